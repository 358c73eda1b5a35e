"""Documents: what a case's papers are made from, and a paper as plain blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from domain.cases.case import Wish
from domain.cases.kinds import Kind
from domain.cases.settlement import Agreement
from domain.evidence import Evidence


class Paper(StrEnum):
    """The papers that a case can fill."""

    REQUEST = "request"
    AGREEMENT = "agreement"
    ARBITRATION = "arbitration"
    CONSULTATION = "consultation"
    EVIDENCE = "evidence"


# What a member may have: their own words and files, and the agreement that they are a side of.
FOR_MEMBERS = (Paper.REQUEST, Paper.ARBITRATION, Paper.EVIDENCE, Paper.AGREEMENT)


class Format(StrEnum):
    """The kinds of file."""

    PDF = "pdf"
    DOCX = "docx"


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a case when a paper is made. Nothing here is guessed: what is missing is
    empty or None, and stands in the paper as missing."""

    number: str
    kind: Kind
    wish: Wish
    made_on: date
    opened_on: date
    unit_name: str
    name: str = ""
    phone: str = ""
    employer: str = ""
    story: str = ""
    question: str = ""
    claimed: int | None = None
    sheet: Mapping[str, str] = field(default_factory=dict)
    mediator: str = ""
    agreement: Agreement | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What a reminder from the union to an employer says: counts, never who."""

    employer: str
    unit_name: str
    theme: str
    members: int
    since: date
    made_on: date


@dataclass(frozen=True, slots=True)
class Title:
    """The name of the paper, in the middle of its first line."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a part."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `is_right` for where one signs, `is_flush` for whom a letter is to: the line
    then begins at the margin."""

    text: str
    is_right: bool = False
    is_small: bool = False
    is_flush: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its head, its rows, and the share of the width of each column."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]


Block: TypeAlias = Title | Heading | Text | Rows


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper that is ready to be put into a file. `foot` stands below each page."""

    name: str
    blocks: tuple[Block, ...]
    foot: str


def close_of(blocks: Sequence[Block]) -> int:
    """Where the close of a paper begins: who signs, and the lines right before that belong to it.

    It is never parted: a page with nothing but a signature could be put behind anything.
    """
    signs = (place for place, one in enumerate(blocks) if isinstance(one, Text) and one.is_right)
    first = next(signs, len(blocks))
    while first and isinstance(before := blocks[first - 1], Text) and before.is_flush:
        first -= 1
    # And one paragraph of what is signed, so that the page says what it belongs to.
    if 0 < first < len(blocks) and isinstance(blocks[first - 1], Text):
        first -= 1
    return first
