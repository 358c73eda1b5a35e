"""Numbers that must not be kept: identity cards and bank cards typed into a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True)
class Screened:
    """A text without its sensitive numbers. `found` tells whether any had to be masked."""

    text: str
    found: bool


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
    """A text as it may be stored without a name: no identity, card or mobile numbers."""
    kept = screen(text).text
    parts, end = [], 0
    for match in _PHONE.finditer(kept.translate(_HALF_WIDTH)):
        parts += [kept[end : match.start()], MASK]
        end = match.end()
    return "".join([*parts, kept[end:]])


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where the sensitive numbers are, in order, without overlap."""
    for run in _RUN.finditer(text):
        groups = [match.span() for match in _GROUP.finditer(text, *run.span())]
        while groups:
            # Other numbers may stand beside it, so a run is searched from each of its groups.
            found = _first_number(text, groups)
            if found:
                yield found
            groups = [group for group in groups[1:] if not found or group[0] >= found[1]]


def _first_number(text: str, groups: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The sensitive number that begins with the first of the groups, if there is one."""
    digits = ""
    for begin, end in groups:
        digits += text[begin:end]
        if len(digits) > _LONGEST:
            return None
        # Any few numbers may pass the Luhn check together: a card stands alone or in one group.
        is_whole = len(digits) == end - begin or end == groups[-1][1]
        if is_identity_number(digits) or (is_whole and is_bank_card(digits)):
            return groups[0][0], end
    return None
