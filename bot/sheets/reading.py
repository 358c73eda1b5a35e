"""The rows of a workbook as texts: every cell that is none is told with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from bot.sheets.layout import DAYS, MOST_ROWS, ONE_LINE, Sheet
from bot.sheets.opening import opened
from console.importing.workbooks import merged
from knowledge.errors import Faults

# More columns than anybody adds; a cell in column XFD must not make every row that wide.
_MOST_COLUMNS = 100
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Row:
    """A row that says something: its number, and the text by field. Absent columns are absent."""

    number: int
    cells: dict[str, str]
    letters: dict[str, str]

    def cell(self, name: str) -> str:
        """The address of a cell, as the spreadsheet program shows it."""
        return f"{self.letters[name]}{self.number}"


@dataclass(slots=True)
class Sheets:
    """What was read: rows by the name of the sheet, and the sheets that were passed over."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read(path: Path, wanted: Sequence[Sheet], own: Sequence[str], faults: Faults) -> Sheets:
    """The rows of the wanted sheets. `own` are sheets of ours that are not read back.

    Every fault of every sheet is noted. Raises ContentError if the file cannot be read at all.
    """
    found = Sheets()
    with opened(path, faults) as book:
        visible = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        names = {sheet.name for sheet in wanted}
        found.hidden = [s.title for s in book.worksheets if s.title not in visible]
        found.ignored = [name for name in visible if name not in names and name not in own]
        for sheet in wanted:
            if sheet.name in visible:
                found.rows[sheet.name] = list(_rows(book, sheet, faults))
            else:
                faults.add(path.name, 1, "sheet_missing", name=sheet.name)
    return found


def _rows(book: Workbook, sheet: Sheet, faults: Faults) -> Iterator[Row]:
    source: Any = book[sheet.name]
    for span in merged(source):
        first, _, _ = span.partition(":")
        at_row = int("".join(char for char in first if char.isdigit()))
        faults.add(sheet.name, at_row, "sheet_merged", cells=span)
    # The size that a file states of itself may be wrong, and rows would be missed.
    source.reset_dimensions()
    columns: list[str | None] | None = None
    strays: set[int] = set()
    for number, cells in enumerate(source.iter_rows(max_col=_MOST_COLUMNS), 1):
        if all(cell.value is None for cell in cells):
            continue
        if columns is None:
            columns = _columns(cells, number, sheet, faults)
            continue
        if number > MOST_ROWS:
            faults.add(sheet.name, number, "sheet_rows", most=MOST_ROWS)
            return
        row = _row(cells, number, columns, sheet, faults)
        for at, cell in enumerate(cells):
            if columns[at] is None and cell.value is not None and at not in strays:
                strays.add(at)
                place = f"{get_column_letter(at + 1)}{number}"
                faults.add(sheet.name, number, "header_blank", cell=place)
        if any(row.cells.values()):
            yield row
    if columns is None:
        _columns((), 1, sheet, faults)


def _columns(cells: Sequence[Any], number: int, sheet: Sheet, faults: Faults) -> list[str | None]:
    """The field of each column; an unknown one is told once and then passed over."""
    found: list[str | None] = []
    for at, cell in enumerate(cells):
        word = "" if cell.value is None else str(cell.value).strip()
        place = f"{get_column_letter(at + 1)}{number}"
        name = sheet.columns.get(word)
        if word and name is None:
            known = " ".join(sheet.columns)
            faults.add(sheet.name, number, "header_unknown", cell=place, column=word, known=known)
        elif name and name in found:
            faults.add(sheet.name, number, "header_twice", cell=place, column=word)
            name = None
        # An unknown column has been told; what stands in it needs no second word.
        found.append(name or (f"?{word}" if word else None))
    for word, name in sheet.columns.items():
        if name not in found and name not in sheet.optional:
            faults.add(sheet.name, number, "header_missing", column=word)
    return found


def _row(
    cells: Sequence[Any], number: int, columns: list[str | None], sheet: Sheet, faults: Faults
) -> Row:
    row = Row(number, {}, {})
    for at, (cell, name) in enumerate(zip(cells, columns, strict=True)):
        if name is None or name.startswith("?"):
            continue
        row.letters[name] = get_column_letter(at + 1)
        row.cells[name] = _text(cell, name, sheet, row, faults)
    return row


def _text(cell: Any, name: str, sheet: Sheet, row: Row, faults: Faults) -> str:
    """The text of a cell, or an empty one after noting why it has none."""
    value, place = cell.value, (sheet.name, row.number)
    where = row.cell(name)
    if value is None:
        return ""
    if cell.data_type == "f":
        faults.add(*place, "cell_formula", cell=where)
    elif cell.data_type == "e":
        faults.add(*place, "cell_error", cell=where, value=value)
    elif isinstance(value, str):
        text = value.replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n").strip()
        if name not in ONE_LINE or "\n" not in text:
            return text
        faults.add(*place, "cell_lines", cell=where)
    elif isinstance(value, date):
        midnight = not isinstance(value, datetime) or value.time() == time()
        if name in DAYS and midnight:
            return f"{value:%Y-%m-%d}"
        faults.add(*place, "cell_date", cell=where, value=value)
    elif type(value) is int and len(str(abs(value))) <= _MOST_DIGITS and name not in DAYS:
        return str(value)
    else:
        # Zeros at the end, digits after the fifteenth: what was typed is no longer known.
        faults.add(*place, "cell_number", cell=where, value=value)
    return ""
