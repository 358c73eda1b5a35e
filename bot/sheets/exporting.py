"""Writing the knowledge base into a workbook: everything is text, and stays text when edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from bot.sheets.layout import MOST_CHARACTERS, PHRASINGS, VERSION, Layout, to_cell, version, width
from domain.clock import beijing_date
from knowledge import ContentError, load
from knowledge.drafts import read_drafts
from knowledge.errors import Faults
from knowledge.figures import Figure
from knowledge.overlay import NO_OVERLAY, Overlay
from knowledge.wording import read_table
from knowledge.writing import TITLE, Contents, contents

# Without these a cell that begins with = or http would become something else than its text.
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FIGURE_COLUMNS = {
    "content.column_name": 30,
    "content.column_label": 40,
    "content.column_value": 12,
    "content.column_unit": 12,
    "content.column_region": 8,
    "content.column_from": 12,
    "content.column_to": 12,
    "content.column_review": 12,
    "content.column_source": 60,
}
_VIEWING = {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True}


@dataclass(frozen=True, slots=True)
class Exported:
    """How much a workbook holds."""

    entries: int
    phrasings: int
    figures: int


def export(
    folder: Path,
    path: Path,
    layout: Layout,
    now: datetime,
    *,
    overwrite: bool = False,
    overlay: Overlay = NO_OVERLAY,
) -> Exported:
    """Write the folder, with what staff published over it, into a workbook; whole or not at all.

    Raises ContentError if the folder has faults, the workbook cannot be written, or a file of
    that name is there and may not be overwritten: it may hold somebody's work.
    """
    _check_target(path, overwrite)
    today = beijing_date(now)
    figures = load(folder, today, overlay).figures
    drafts = read_drafts(folder, layout.form, overlay)
    entries = {name: contents(draft) for name, draft in drafts.items()}
    faults = Faults(read_table("faults.toml"))
    arriving = path.with_name(f".{path.name}.arriving")
    try:
        book = _Book(arriving, layout, now, faults)
        book.write_help()
        book.write_entries(entries)
        book.write_phrasings(entries)
        book.write_figures(figures)
        book.close()
        if not faults:
            arriving.replace(path)
    except (OSError, XlsxWriterException) as error:
        faults.add(path.name, 1, "book_unwritable", why=str(error))
    finally:
        arriving.unlink(missing_ok=True)
    if faults:
        raise ContentError(faults.found())
    rows = sum(len(said.get(PHRASINGS, ())) for said in entries.values())
    return Exported(len(entries), rows, len(figures))


def _check_target(path: Path, overwrite: bool) -> None:
    faults = Faults(read_table("faults.toml"))
    if path.suffix.lower() != ".xlsx":
        faults.add(path.name, 1, "book_suffix")
    if not path.parent.is_dir():
        faults.add(str(path.parent), 1, "book_folder")
    elif path.exists() and not overwrite:
        faults.add(path.name, 1, "book_there")
    if faults:
        raise ContentError(faults.found())


class _Book:
    """A workbook in the making."""

    def __init__(self, path: Path, layout: Layout, now: datetime, faults: Faults) -> None:
        self._book = xlsxwriter.Workbook(str(path), _OPTIONS)
        self._book.set_properties({"created": now.replace(tzinfo=None)})
        self._layout = layout
        self._faults = faults
        # "@" is the text format: what is typed into a cell later stays as it is typed, too.
        body = {"num_format": "@", "text_wrap": True, "valign": "top"}
        self._body = self._book.add_format(body)
        self._head = self._book.add_format(
            body | {"bold": True, "bg_color": "#F2DCDB", "bottom": 1, "text_wrap": False}
        )

    def close(self) -> None:
        self._book.close()

    def write_help(self) -> None:
        sheet = self._book.add_worksheet(self._layout.text("content.sheet_help"))
        sheet.set_column(0, 0, 100, self._body)
        for at, key in enumerate(
            ("content.help_edit", "content.help_keep", "content.help_return")
        ):
            sheet.write_string(at, 0, self._layout.text(key), self._body)
        sheet.protect("", _VIEWING)

    def write_entries(self, entries: Mapping[str, Contents]) -> None:
        form, shape = self._layout.form, self._layout.entries
        rows = (
            [
                version(said, form) if field == VERSION else to_cell(field, said.get(field, ()))
                for field in shape.columns.values()
            ]
            for said in entries.values()
        )
        widths = [width(field) for field in shape.columns.values()]
        sheet = self._table(shape.name, list(shape.columns), widths, rows, frozen=2)
        fields = list(shape.columns.values())
        at = fields.index("region")
        choice = {"validate": "list", "source": form.allowed("regions"), "ignore_blank": True}
        sheet.data_validation(1, at, max(1, len(entries)) + 1000, at, choice)

    def write_phrasings(self, entries: Mapping[str, Contents]) -> None:
        shape = self._layout.phrasings
        rows = (
            [name, said[TITLE][0], phrasing]
            for name, said in entries.items()
            for phrasing in said.get(PHRASINGS, ())
        )
        widths = [width(field) for field in shape.columns.values()]
        self._table(shape.name, list(shape.columns), widths, rows)

    def write_figures(self, figures: Sequence[Figure]) -> None:
        rows = (
            [
                figure.name,
                figure.label,
                str(value.amount),
                figure.unit,
                figure.region,
                value.start.isoformat(),
                value.end.isoformat() if value.end else "",
                value.review.isoformat() if value.review else "",
                figure.source,
            ]
            for figure in figures
            for value in figure.values
        )
        words = [self._layout.text(key) for key in _FIGURE_COLUMNS]
        name = self._layout.text("content.sheet_figures")
        self._table(name, words, list(_FIGURE_COLUMNS.values()), rows).protect("", _VIEWING)

    def _table(
        self,
        name: str,
        words: list[str],
        widths: list[int],
        rows: Iterable[Sequence[str]],
        frozen: int = 0,
    ) -> Any:
        """A sheet with a header that stays in sight, filters, and every cell a text."""
        sheet = self._book.add_worksheet(name)
        for at, (word, wide) in enumerate(zip(words, widths, strict=True)):
            sheet.set_column(at, at, wide, self._body)
            sheet.write_string(0, at, word, self._head)
        row = 0
        for row, texts in enumerate(rows, 1):
            for at, text in enumerate(texts):
                self._write(sheet, name, row, at, text)
        sheet.freeze_panes(1, frozen)
        sheet.autofilter(0, 0, row, len(words) - 1)
        return sheet

    def _write(self, sheet: Any, name: str, row: int, at: int, text: str) -> None:
        # XlsxWriter would leave out a text that is too long, and say nothing.
        if len(text.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
            cell = xlsxwriter.utility.xl_rowcol_to_cell(row, at)
            values = {"cell": cell, "size": len(text), "most": MOST_CHARACTERS}
            self._faults.add(name, row + 1, "cell_long", **values)
        elif text:
            sheet.write_string(row, at, text, self._body)
