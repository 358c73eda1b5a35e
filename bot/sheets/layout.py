"""Which sheets a workbook has, which columns, and how a field stands in a cell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from knowledge.parsing import PARAGRAPHS
from knowledge.wording import Format
from knowledge.writing import TITLE, Contents, render
from locales import Texts, plain

VERSION = "version"
PHRASINGS = "phrasings"
DAYS = frozenset({"reviewed_on", "valid_from", "valid_to"})
ONE_LINE = DAYS | {"id", TITLE, "region", "audience", "reviewed_by", PHRASINGS, VERSION}
# The first row is the header; another 100,000 may follow.
MOST_ROWS = 100_001
# What a spreadsheet program holds in one cell.
MOST_CHARACTERS = 32_767

_WIDTHS = {"region": 8, "audience": 18, "reviewed_by": 10, TITLE: 28, "id": 24, VERSION: 10}
_WIDE = {"answer": 50, "details": 70, "steps": 44, "basis": 56, "next_steps": 36, PHRASINGS: 80}
# A list mark as people type it; 3.5 and -5 are none.
_MARK = re.compile(r"(?:[-\u2022]|\d{1,2}[.\uff0e\u3001])(?!\d)\s*")


@dataclass(frozen=True)
class Sheet:
    """A sheet that is read back: its columns by word, and which of them may be absent."""

    name: str
    columns: Mapping[str, str]
    optional: frozenset[str]

    def word(self, field: str) -> str:
        return next(word for word, name in self.columns.items() if name == field)


@dataclass(frozen=True)
class Layout:
    """The sheets of a workbook, named in the words of the entry files."""

    form: Format
    texts: Texts

    @cached_property
    def entries(self) -> Sheet:
        """One row an entry: every field but the phrasings, and a version to notice changes by."""
        columns = {self.form.word("id"): "id", self.text("content.column_title"): TITLE}
        columns |= {word: name for word, name in self.form.meta.items() if name != "id"}
        columns |= {w: name for w, name in self.form.sections.items() if name != PHRASINGS}
        columns[self.text("content.column_version")] = VERSION
        return Sheet(self.text("content.sheet_entries"), columns, frozenset({VERSION}))

    @cached_property
    def phrasings(self) -> Sheet:
        """One row a phrasing; the title only tells the reader whose it is."""
        columns = {self.form.word("id"): "id", self.text("content.column_title"): TITLE}
        columns[self.form.word(PHRASINGS)] = PHRASINGS
        return Sheet(self.text("content.sheet_phrasings"), columns, frozenset({TITLE}))

    def text(self, key: str, **values: object) -> str:
        """A sentence as plain text."""
        return plain(self.texts(key, **values))


def width(field: str) -> int:
    """How wide a column is, in characters."""
    return 12 if field in DAYS else _WIDTHS.get(field, _WIDE.get(field, 40))


def to_cell(field: str, texts: tuple[str, ...]) -> str:
    """A field as one cell: paragraphs with an empty line between, lists one item a line."""
    if field in PARAGRAPHS:
        return "\n\n".join(texts)
    if field in ONE_LINE:
        return "\n".join(texts)
    # An item that begins like a list mark keeps it by standing behind another one.
    return "\n".join(f"- {text}" if _MARK.match(text) else text for text in texts)


def from_cell(field: str, cell: str) -> tuple[str, ...]:
    """The texts of a field as an entry file would hold them; list marks that people type go."""
    lines = [line.strip() for line in cell.split("\n")]
    if field in PARAGRAPHS:
        return tuple(part for part in re.split(r"\n{2,}", "\n".join(lines).strip("\n")) if part)
    if field in ONE_LINE:
        return (cell.strip(),) if cell.strip() else ()
    items = [_unmarked(line) for line in lines]
    return tuple(item for item in items if item)


def version(said: Contents, form: Format) -> str:
    """Differs as soon as anything in the entry does."""
    return hashlib.sha256(render(said, form).encode()).hexdigest()[:8]


def _unmarked(line: str) -> str:
    mark = _MARK.match(line)
    return line[mark.end() :] if mark else line
