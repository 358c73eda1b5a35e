"""Numbers that must not be kept: identity cards and bank cards typed into a chat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MASK = "***"

# Digits as people type them: with spaces or hyphens between groups.
_RUN = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ \-]?[0-9]){11,22}(?:[ \-]?[Xx])?(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[ \-]?)?1[3-9]\d(?:[ \-]?\d{4}){2}(?!\d)")
# GB 11643-1999: weights and check characters of the 18-digit citizen identity number.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Screened:
    """A text without its sensitive numbers. `found` tells whether any had to be masked."""

    text: str
    found: bool


def is_identity_number(digits: str) -> bool:
    """True for 18 characters with a possible birthday and a right check character (GB 11643)."""
    if not re.fullmatch(r"\d{17}[\dXx]", digits):
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
    if not re.fullmatch(r"[3-69]\d{14,18}", digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def screen(text: str) -> Screened:
    """Mask identity and bank-card numbers; everything else stays as it was typed."""
    found = False

    def masked(match: re.Match[str]) -> str:
        nonlocal found
        digits = re.sub(r"[ \-]", "", match.group())
        if is_identity_number(digits) or is_bank_card(digits):
            found = True
            return MASK
        return match.group()

    return Screened(_RUN.sub(masked, text), found)


def for_keeping(text: str) -> str:
    """A text as it may be stored without a name: no identity, card or mobile numbers."""
    return _PHONE.sub(MASK, screen(text).text)
