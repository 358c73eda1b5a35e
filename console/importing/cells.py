"""One cell of a workbook as it was typed, or as what became of it."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from domain.roster import Cell, Kind

_MOST_DIGITS = 15


def cell_of(cell: Any) -> Cell:
    """The text of a cell, with its kind: a formula's or a date's text is not what was typed."""
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type == "f":
        return Cell("=", Kind.FORMULA)
    if cell.data_type == "e":
        return Cell(str(value), Kind.FAULT)
    if isinstance(value, date | time):
        return Cell(str(value), Kind.DATE)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(str(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**_MOST_DIGITS:
        value = int(value)
    return Cell(str(value), Kind.NUMBER)
