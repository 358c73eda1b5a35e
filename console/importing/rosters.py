"""A roster from a spreadsheet: which column is what, and the cells as they were typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.importing import texts, workbooks
from console.importing.cells import cell_of
from domain.people import Occupation, folded
from domain.refusal import Refusal
from domain.roster import MOST_ROWS, Cell, Field, RawRow
from locales import Texts

# Above the header stand titles and notes; a header further down is none.
_MOST_ABOVE = 10
_MOST_COLUMNS = 60

_Line = tuple[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What was read: the rows, from which sheet, and the headings that were passed over."""

    rows: list[RawRow]
    sheet: str
    hidden: int
    unused: tuple[str, ...]


def read(raw: bytes, t: Texts) -> RosterFile:
    """The rows of the first visible sheet, or of a CSV file.

    Refuses with `imports.book_...`, `imports.text_...`, or `roster.column_missing` and the like:
    what cannot be read at all. What is wrong with single rows is told by the dry run.
    """
    words = {folded(word): field for field in Field for word in _words(t, f"column_{field}")}
    if raw[:2] == b"PK" or raw.startswith(b"\xd0\xcf\x11\xe0"):
        return _from_workbook(raw, words, t)
    if not raw.strip(b"\0 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise Refusal("roster.empty")
    lines = ((line, [Cell(text) for text in cells]) for line, cells in texts.rows(raw))
    found = _rows(lines, words, t)
    return RosterFile(found.rows, "", 0, found.unused)


def occupations(t: Texts) -> Mapping[str, Occupation]:
    """The words by which a roster may name an occupation."""
    found = {}
    for one in Occupation:
        for word in (*_words(t, f"occupation_{one}"), t(f"profile.occupation_{one}")):
            found[folded(word)] = one
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    rows: list[RawRow]
    header: int
    unused: tuple[str, ...]


def _from_workbook(raw: bytes, words: Mapping[str, Field], t: Texts) -> RosterFile:
    with workbooks.opened(raw) as book:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise Refusal("roster.no_sheet")
        sheet: Any = sheets[0]
        spans = workbooks.merged(sheet)
        # The size that a file states of itself may be wrong, and rows would be missed.
        sheet.reset_dimensions()
        lines = (
            (number, [cell_of(cell) for cell in cells])
            for number, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), 1)
        )
        found = _rows(lines, words, t)
        for span in spans:
            if _last_row(span) >= found.header:
                raise Refusal("roster.merged", cells=span)
        hidden = len(book.worksheets) - len(sheets)
        return RosterFile(found.rows, sheet.title, hidden, found.unused)


def _rows(lines: Iterator[_Line], words: Mapping[str, Field], t: Texts) -> _Found:
    header, columns, unused = _header(lines, words, t)
    rows: list[RawRow] = []
    for number, cells in lines:
        named = {field: cells[at] for at, field in columns.items() if at < len(cells)}
        if not any(cell.text.strip() for cell in named.values()):
            continue
        if len(rows) >= MOST_ROWS:
            raise Refusal("roster.too_many", limit=MOST_ROWS)
        rows.append(RawRow(number, named))
    return _Found(rows, header, unused)


def _header(
    lines: Iterator[_Line], words: Mapping[str, Field], t: Texts
) -> tuple[int, dict[int, Field], tuple[str, ...]]:
    """The line of the headings, what each column is, and the headings that mean nothing to us."""
    for number, cells in lines:
        if number > _MOST_ABOVE:
            break
        named = [(at, cell.text.strip()) for at, cell in enumerate(cells) if cell.text.strip()]
        columns = {at: words[folded(word)] for at, word in named if folded(word) in words}
        if not columns or (len(columns) == 1 and len(named) == 1):
            continue
        _check_columns(columns, t)
        return number, columns, tuple(word for at, word in named if at not in columns)
    raise Refusal("roster.no_header", words=_heading(t, Field.NAME))


def _check_columns(columns: Mapping[int, Field], t: Texts) -> None:
    there = list(columns.values())
    for field in Field:
        if there.count(field) > 1:
            raise Refusal("roster.column_twice", column=_heading(t, field))
    if Field.NAME not in there:
        raise Refusal("roster.column_missing", column=_heading(t, Field.NAME))
    if Field.NUMBER not in there and Field.PHONE not in there:
        raise Refusal("roster.column_missing", column=_heading(t, Field.PHONE))


def _last_row(span: str) -> int:
    last = span.rpartition(":")[2]
    return int("".join(char for char in last if char.isdigit()))


def _heading(t: Texts, field: Field) -> str:
    return _words(t, f"column_{field}")[0]


def _words(t: Texts, name: str) -> list[str]:
    return t(f"roster.{name}").split()
