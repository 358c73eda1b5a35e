"""Certificates: what they say, and the code by which staff see that a line of one is ours.

A code is made from the claim, or from the line in a quiz's standings, and the installation's own
key: nothing is kept of who asked for a certificate, and nobody can make up a code. It begins with
the day of the event, or on which the quiz was over, so that it is found again among those of one
day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

# For the keyed hash from which the code of a claim, or of a line in standings, is made.
PURPOSE, QUIZ_PURPOSE = "certificate:event", "certificate:quiz"
# Without letters that are taken for digits or for each other on paper (Crockford's base 32).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_MARK, _BITS = 8, 5
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\uff0d]")


class Subject(StrEnum):
    """What a certificate is about; its sentences are `certificates.*_<subject>`."""

    EVENT = "event"
    QUIZ = "quiz"


_LETTERS = {Subject.EVENT: "H", Subject.QUIZ: "D"}
_SUBJECTS = {letter: subject for subject, letter in _LETTERS.items()}
_WRITTEN = re.compile(rf"([{''.join(_SUBJECTS)}])(\d{{6}})([{_ALPHABET}]{{{_MARK}}})")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is certified: what, on which day, the figure that counts ("2.5", "8/10";
    empty if there is none), and its code as it is printed."""

    what: str
    day: date
    figure: str
    code: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for one member. Without a name there is a line to write it on.

    `total` adds the figures up and is empty where that would say nothing.
    """

    subject: Subject
    issuer: str
    name: str
    lines: tuple[Line, ...]
    made_on: date
    total: str = ""
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a claim to a seat, or of a line in the standings of a quiz."""

    day: date
    mark: str
    subject: Subject = Subject.EVENT

    def __str__(self) -> str:
        half, letter = _MARK // 2, _LETTERS[self.subject]
        return f"{letter}{self.day:%y%m%d}-{self.mark[:half]}-{self.mark[half:]}"


def event_code(day: date, print_: str) -> Code:
    """The code of a claim. `print_` is the keyed hash of its id as hex digits."""
    return Code(day, _mark(print_))


def quiz_code(day: date, print_: str) -> Code:
    """The code of a line in standings. `print_` is the keyed hash of round and line."""
    return Code(day, _mark(print_), Subject.QUIZ)


def read_code(text: str) -> Code | None:
    """The code that somebody typed: spaces, dashes and small letters do not matter, nor whether
    0 and O or 1, I and L were taken for each other. None if it cannot be one."""
    found = _WRITTEN.fullmatch(_BETWEEN.sub("", text).upper().translate(_MISREAD))
    if found is None:
        return None
    try:
        day = datetime.strptime(found[2], "%y%m%d").date()  # noqa: DTZ007 - a day, no instant
    except ValueError:
        return None
    return Code(day, found[3], _SUBJECTS[found[1]])


def _mark(print_: str) -> str:
    number = int(print_[: _MARK * _BITS // 4], 16)
    places = range(_BITS * (_MARK - 1), -1, -_BITS)
    return "".join(_ALPHABET[number >> place & 31] for place in places)
