"""A list of questions from a spreadsheet: which column is what, and the cells as typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.importing import texts, workbooks
from console.importing.cells import cell_of
from domain.people import folded
from domain.quiz import EASIEST, HARDEST, Kind
from domain.quiz_import import LETTERS, MOST_ROWS, Field, RawRow, Rules
from domain.refusal import Refusal
from domain.roster import Cell
from domain.roster import Kind as CellKind
from locales import Texts

# Above the header stand titles and notes; a header further down is none.
_MOST_ABOVE = 10
_MOST_COLUMNS = 60
_NEEDED = (Field.QUESTION, Field.ANSWER)

_Line = tuple[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class QuizFile:
    """What was read: the rows, from which sheet, and the headings that were passed over."""

    rows: list[RawRow]
    sheet: str = ""
    hidden: int = 0
    unused: tuple[str, ...] = ()


def read(raw: bytes, t: Texts) -> QuizFile:
    """The rows of the first visible sheet, or of a CSV file.

    Refuses with `imports.book_...`, `imports.text_...`, or `quiz_import.no_header` and the like:
    what cannot be read at all. What is wrong with single rows is told by the dry run.
    """
    if raw[:2] == b"PK" or raw.startswith(b"\xd0\xcf\x11\xe0"):
        return _from_workbook(raw, t)
    if not raw.strip(b"\0 \r\n\t\xef\xbb\xbf\xff\xfe"):
        raise Refusal("quiz_import.empty")
    lines = ((line, [Cell(text) for text in cells]) for line, cells in texts.rows(raw))
    found = _rows(lines, _Headings(t))
    return QuizFile(found.rows, unused=found.unused)


def rules(
    t: Texts, topics: Mapping[str, str], referring: Sequence[str], topic: str, difficulty: int
) -> Rules:
    """The words that a list may use. `topics` are titles by topic; `topic` and `difficulty` are
    for rows that name none, an empty topic for none."""
    kinds: dict[str, Kind | None] = {
        word: kind for kind in Kind for word in _folded(t, f"kind_{kind}")
    }
    kinds |= dict.fromkeys(_folded(t, "kind_unfit_words"))
    return Rules(
        kinds=kinds,
        difficulties={
            word: level
            for level in range(EASIEST, HARDEST + 1)
            for word in _folded(t, f"difficulty_{level}")
        },
        topics={folded(name): key for key, title in topics.items() for name in (key, title)},
        true=tuple(_folded(t, "true")),
        false=tuple(_folded(t, "false")),
        referring=tuple(referring),
        topic=topic,
        difficulty=difficulty,
    )


def heading(t: Texts, column: str) -> str:
    """How we call a column: a name of `Field`, or a letter for the column of an option."""
    return _headings(t, column)[0]


@dataclass(frozen=True, slots=True)
class _Found:
    rows: list[RawRow]
    header: int
    unused: tuple[str, ...]


class _Headings:
    """What the words of a header line mean."""

    def __init__(self, t: Texts) -> None:
        self._t = t
        self._known = {
            folded(word): name
            for name in (*Field, *LETTERS)
            for word in reversed(_headings(t, name))
        }

    def columns(self, named: Sequence[tuple[int, str]]) -> dict[int, str]:
        """Column by column, a field or a letter; nothing for what is not known."""
        found = {at: self._known.get(folded(word)) for at, word in named}
        return {at: str(name) for at, name in found.items() if name}

    def check(self, columns: Mapping[int, str]) -> None:
        """Refuses a header from which nobody could tell what is what."""
        there = list(columns.values())
        for name in there:
            if there.count(name) > 1:
                raise Refusal("quiz_import.twice", column=heading(self._t, name))
        for needed in _NEEDED:
            if needed not in there:
                raise Refusal("quiz_import.missing", column=heading(self._t, needed))
        letters = [name for name in LETTERS if name in there]
        for at, name in enumerate(letters):
            if LETTERS[at] != name:
                raise Refusal("quiz_import.gap", letter=LETTERS[at], after=name)


def _from_workbook(raw: bytes, t: Texts) -> QuizFile:
    with workbooks.opened(raw) as book:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise Refusal("quiz_import.no_sheet")
        sheet: Any = sheets[0]
        spans = workbooks.merged(sheet)
        # The size that a file states of itself may be wrong, and rows would be missed.
        sheet.reset_dimensions()
        lines = (
            (number, [_shown(cell) for cell in cells])
            for number, cells in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), 1)
        )
        found = _rows(lines, _Headings(t))
        for span in spans:
            if int("".join(filter(str.isdigit, span.rpartition(":")[2]))) >= found.header:
                raise Refusal("quiz_import.merged", cells=span)
        hidden = len(book.worksheets) - len(sheets)
        return QuizFile(found.rows, sheet.title, hidden, found.unused)


def _shown(cell: Any) -> Cell:
    """The cell, a percentage as it is shown: that is what the question means."""
    found = cell_of(cell)
    if found.kind is CellKind.NUMBER and "%" in str(cell.number_format):
        return replace(found, text=f"{cell.value * 100:.10g}%")
    return found


def _rows(lines: Iterator[_Line], headings: _Headings) -> _Found:
    header, columns, unused = _header(lines, headings)
    fields = {at: Field(name) for at, name in columns.items() if name not in LETTERS}
    options = sorted((name, at) for at, name in columns.items() if name in LETTERS)
    rows: list[RawRow] = []
    for number, cells in lines:
        named = {field: cells[at] for at, field in fields.items() if at < len(cells)}
        texts_ = tuple(cells[at] if at < len(cells) else Cell("") for _, at in options)
        if not any(cell.text.strip() for cell in (*named.values(), *texts_)):
            continue
        if len(rows) >= MOST_ROWS:
            raise Refusal("quiz_import.too_many", limit=MOST_ROWS)
        rows.append(RawRow(number, named, texts_))
    if not rows:
        raise Refusal("quiz_import.empty")
    return _Found(rows, header, unused)


def _header(
    lines: Iterator[_Line], headings: _Headings
) -> tuple[int, dict[int, str], tuple[str, ...]]:
    """The line of the headings, what each column is, and the headings that mean nothing to us."""
    for number, cells in lines:
        if number > _MOST_ABOVE:
            break
        named = [(at, cell.text.strip()) for at, cell in enumerate(cells) if cell.text.strip()]
        columns = headings.columns(named)
        if len(columns) < 2:
            continue
        headings.check(columns)
        return number, columns, tuple(word for at, word in named if at not in columns)
    raise Refusal("quiz_import.no_header")


def _headings(t: Texts, column: str) -> list[str]:
    if column in tuple(LETTERS):
        number = LETTERS.index(column) + 1
        return t("quiz_import.column_letter", letter=column, number=number).split()
    return t(f"quiz_import.column_{column}").split()


def _folded(t: Texts, name: str) -> list[str]:
    return [folded(word) for word in t(f"quiz_import.{name}").split()]
