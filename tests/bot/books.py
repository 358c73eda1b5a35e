"""A small knowledge folder, its workbook, and a hand that edits the workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot import sheets
from bot.sheets.layout import Layout
from domain.ask import Fault
from knowledge import ContentError
from knowledge.wording import Format
from locales import load as load_texts
from tests.knowledge.conftest import ARREARS, FIGURES, OVERTIME, TODAY, TOPICS, entry

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
LAYOUT = Layout(Format.read(), load_texts())
ARREARS_FILE, OVERTIME_FILE = "entries/wage/arrears.md", "entries/hours/overtime.md"
# In the order of files: hours.overtime is the first entry, its phrasings the first phrasings.
OVERTIME_ROW, ARREARS_ROW, FIRST_ARREARS_PHRASING = 2, 3, 6


@dataclass
class Books:
    """A folder and a workbook of it."""

    folder: Path
    path: Path

    def export(self) -> None:
        sheets.export(self.folder, self.path, LAYOUT, NOW, overwrite=True)

    def edit(self, change: Callable[[Any], None]) -> None:
        """Open the workbook as a spreadsheet program would, change it and save it."""
        book = load_workbook(self.path)
        change(book)
        book.save(self.path)

    def set(self, sheet: str, column: str, row: int, value: object) -> None:
        def change(book: Workbook) -> None:
            cell_of(book[sheet], column, row).value = value

        self.edit(change)

    def plan(self, *, allow_removals: bool = False) -> sheets.Plan:
        return sheets.plan(self.folder, self.path, LAYOUT, TODAY, allow_removals=allow_removals)

    def faults(self) -> tuple[Fault, ...]:
        """What planning tells; and the folder must be as it was."""
        before = self.files()
        try:
            self.plan()
        except ContentError as error:
            assert self.files() == before
            return error.faults
        return ()

    def told(self) -> list[tuple[str, int, str]]:
        return [(fault.path, fault.line, fault.code) for fault in self.faults()]

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def rows(self, sheet: str) -> list[list[Any]]:
        book = load_workbook(self.path)
        return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def cell_of(sheet: Worksheet, column: str, row: int) -> Any:
    words = [cell.value for cell in sheet[1]]
    return sheet.cell(row, words.index(column) + 1)


def append(sheet: Worksheet, **values: object) -> None:
    """A row at the end, cells by the word of their column."""
    sheet.append([values.get(str(cell.value)) for cell in sheet[1]])


def make(place: Path) -> Books:
    """A sound folder and its workbook."""
    folder = place / "knowledge"
    for topic in ("wage", "hours"):
        (folder / "entries" / topic).mkdir(parents=True)
    files = {
        "topics.toml": TOPICS,
        "figures.toml": FIGURES,
        ARREARS_FILE: entry("wage.arrears", "拖欠工资怎么要", "hours.overtime", ARREARS),
        OVERTIME_FILE: entry("hours.overtime", "加班费怎么算", "wage.arrears", OVERTIME),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    books = Books(folder, place / "book.xlsx")
    books.export()
    return books
