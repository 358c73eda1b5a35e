"""XLSX: every cell a text, a true number or a true day; never a formula, never a link."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from console.exporting.cells import Row
from domain.exports import Kind

# Rows of a sheet below its titles; a sheet of Excel ends at 1,048,576.
SHEET_ROWS = 1_000_000
_OPTIONS = {
    # One row in memory at a time, whatever the length of the list.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDTHS = {Kind.NUMBER: 12, Kind.DATE: 12, Kind.INSTANT: 20, Kind.PHONE: 16, Kind.NAME: 14}
_USUAL_WIDTH, _WIDEST = 20, 60


@dataclass(frozen=True, slots=True)
class Book:
    """What a workbook says besides its rows: names of sheets, titles, and lines about itself."""

    about: str
    sheet: str
    titles: Sequence[str]
    kinds: Sequence[Kind]
    lines: Sequence[tuple[str, str]]


def write_xlsx(path: Path, book: Book, chunks: Iterable[list[Row]]) -> None:
    """Write the workbook: a sheet about the list, then the rows, more sheets for more than a
    million. Takes seconds: run it in a thread.
    """
    import xlsxwriter  # noqa: PLC0415 - megabytes that are needed when somebody takes a list

    with xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": str(path.parent)}) as workbook:
        _write_about(workbook, book)
        sheets = _Sheets(workbook, book)
        for chunk in chunks:
            for row in chunk:
                sheets.write(row)


def _write_about(workbook: Any, book: Book) -> None:
    sheet = workbook.add_worksheet(book.about)
    text = workbook.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    head = workbook.add_format({"bold": True, "valign": "top"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 80)
    for at, (name, value) in enumerate(book.lines):
        sheet.write_string(at, 0, name, head)
        sheet.write_string(at, 1, value, text)


class _Sheets:
    """The sheet that is being filled, and the next when it is full."""

    def __init__(self, workbook: Any, book: Book) -> None:
        self._workbook = workbook
        self._book = book
        self._head = workbook.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        text = workbook.add_format({"num_format": "@"})
        formats = {
            Kind.NUMBER: workbook.add_format(),
            Kind.DATE: workbook.add_format({"num_format": "yyyy-mm-dd"}),
            Kind.INSTANT: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._text = text
        self._columns = [(kind, formats.get(kind, text)) for kind in book.kinds]
        self._number = 0
        self._open()
        # The list is what people want to see first.
        self._sheet.activate()

    def write(self, row: Row) -> None:
        if self._at > SHEET_ROWS:
            self._open()
        sheet, at = self._sheet, self._at
        for column, (cell, (kind, style)) in enumerate(zip(row, self._columns, strict=True)):
            if cell is None or cell == "":
                continue
            if not isinstance(cell, str):
                sheet.write_number(at, column, cell, style)
            elif kind in (Kind.DATE, Kind.INSTANT) and (moment := _moment(cell)) is not None:
                sheet.write_datetime(at, column, moment, style)
            else:
                sheet.write_string(at, column, cell, self._text)
        self._at += 1

    def _open(self) -> None:
        self._number += 1
        name = self._book.sheet if self._number == 1 else f"{self._book.sheet} {self._number}"
        self._sheet = self._workbook.add_worksheet(name)
        self._at = 1
        self._sheet.freeze_panes(1, 0)
        for column, ((kind, style), title) in enumerate(
            zip(self._columns, self._book.titles, strict=True)
        ):
            width = max(_WIDTHS.get(kind, _USUAL_WIDTH), min(_shown(title) + 2, _WIDEST))
            self._sheet.set_column(column, column, width, style)
            self._sheet.write_string(0, column, title, self._head)


def _moment(text: str) -> datetime | None:
    """The day of a cell; None for a text, and for days before a spreadsheet's first."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.year >= 1900 and moment.tzinfo is None else None


def _shown(text: str) -> int:
    """How many narrow characters wide a text is: ideographs count twice."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
