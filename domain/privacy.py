"""Numbers that must not be kept: identity cards and bank cards typed into a chat."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

MASK = "***"

# Digits as people type them, with single spaces or hyphens between groups.
_RUN = re.compile(r"[0-9]+(?:[ \-]?[0-9]+)*(?:[ \-]?[Xx](?![A-Za-z]))?")
_GROUP = re.compile(r"[0-9Xx]+")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}){2}(?!\d)")
# Input methods type full-width digits; the text keeps its length, so places stay the same.
_HALF_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "x"}
# GB 11643-1999: weights and check characters of the 18-digit citizen identity number.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LONGEST = 19

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Screened:
    """A text without its sensitive numbers. `found` tells whether any had to be masked."""

    text: str
    found: bool


def clean(text: str) -> str:
    """The text without control, format (zero-width, bidirectional), and unassigned characters."""
    return "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character)[0] != "C"
    )


def is_identity_number(digits: str) -> bool:
    """True for 18 characters with a possible birthday and a right check character (GB 11643)."""
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", digits):
        return False
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    if born.year < 1900:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == digits[17].upper()


def is_bank_card(digits: str) -> bool:
    """True for 15 to 19 digits that pass the Luhn check and begin as cards do (3 to 6, 9)."""
    if not re.fullmatch(r"[3-69][0-9]{14,18}", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def screen(text: str) -> Screened:
    """Mask identity and bank-card numbers; everything else stays as it was typed."""
    folded = text.translate(_HALF_WIDTH)
    parts, end = [], 0
    for start, stop in _numbers(folded):
        parts += [text[end:start], MASK]
        end = stop
    return Screened("".join([*parts, text[end:]]), end > 0)


def for_keeping(text: str) -> str:
    """A text as it may be stored without a name: no identity, card or mobile numbers.

    It is clean as well: nothing in it can hide or turn round what stands beside it.
    """
    kept = screen(clean(text)).text
    parts, end = [], 0
    for match in _PHONE.finditer(kept.translate(_HALF_WIDTH)):
        parts += [kept[end : match.start()], MASK]
        end = match.end()
    return "".join([*parts, kept[end:]])


def _numbers(text: str) -> Iterator[Span]:
    """Where the sensitive numbers are, in order, without overlap."""
    for run in _RUN.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        at, rest = 0, 0
        while at < len(groups):
            # Other numbers may stand beside it, so a run is searched from each of its groups.
            last = _last_group(text, groups, at, is_rest=at == rest)
            if last is not None:
                yield groups[at][0], groups[last][1]
                rest = last + 1
            at = at + 1 if last is None else rest


def _last_group(text: str, groups: list[Span], at: int, *, is_rest: bool) -> int | None:
    """The group that ends a sensitive number beginning at group `at`, if there is one there."""
    digits = ""
    for place in range(at, len(groups)):
        begin, end = groups[place]
        digits += text[begin:end]
        if len(digits) > _LONGEST:
            return None
        # Any few numbers may pass the Luhn check together (a list of wages): a card is one group,
        # or all that is left of the run.
        is_whole = place == at or (is_rest and place == len(groups) - 1)
        if is_identity_number(digits) or (is_whole and is_bank_card(digits)):
            return place
    return None
