"""Rules of questions that are asked twice: which say the same, and which contradict each other."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.quiz import Item


class Likeness(StrEnum):
    """REPEAT says the same word for word, CONFLICT another answer to the same question with the
    same options, SAME_QUESTION asks the same with other options."""

    REPEAT = "repeat"
    CONFLICT = "conflict"
    SAME_QUESTION = "same_question"


@dataclass(frozen=True, slots=True)
class Known:
    """A question that is there already: by its id in the bank, or its line in a list."""

    where: str
    options: frozenset[str]
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class Twin:
    """A line that asks what another line, or (`in_bank`) an item of the bank, asks already."""

    line: int
    other: str
    likeness: Likeness
    in_bank: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """The lines that repeat something and are left out, those that contradict something, and
    each twin to be told."""

    repeated: frozenset[int]
    contrary: frozenset[int]
    twins: tuple[Twin, ...]


def compare(found: Sequence[tuple[int, Item]], bank: Mapping[str, Known]) -> Compared:
    """Hold the lines of a list against each other and against the bank, by `question_key`."""
    repeated: dict[int, int] = {}
    contrary: set[int] = set()
    twins: list[Twin] = []
    first: dict[str, tuple[int, Known]] = {}
    for line, item in found:
        key = question_key(item.question)
        own = known_of(item, str(line))
        if (there := bank.get(key)) is not None:
            likeness = _likeness(own, there)
            twins.append(Twin(line, there.where, likeness, in_bank=True))
            if likeness is Likeness.REPEAT:
                repeated[line] = 0
            else:
                contrary.add(line)
        if key in first:
            earlier, other = first[key]
            likeness = _likeness(own, other)
            twins.append(Twin(line, other.where, likeness))
            if likeness is Likeness.REPEAT:
                repeated.setdefault(line, earlier)
                continue
            if earlier not in contrary:
                twins.append(Twin(earlier, str(line), likeness))
            contrary |= {line, earlier}
        first.setdefault(key, (line, own))
    # What repeats a line that cannot be taken is no second copy of anything.
    contrary |= {line for line, earlier in repeated.items() if earlier in contrary}
    return Compared(frozenset(repeated) - contrary, frozenset(contrary), tuple(twins))


def known_of(item: Item, where: str) -> Known:
    """What is compared of an item."""
    return Known(
        where,
        frozenset(_plain(option.text) for option in item.options),
        frozenset(_plain(option.text) for option in item.right),
    )


def question_key(question: str) -> str:
    """How questions are compared: width, case, spaces, gaps and punctuation make no difference."""
    return "".join(char for char in _plain(question) if char.isalnum())


def _likeness(own: Known, other: Known) -> Likeness:
    if own.options != other.options:
        return Likeness.SAME_QUESTION
    return Likeness.REPEAT if own.right == other.right else Likeness.CONFLICT


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
