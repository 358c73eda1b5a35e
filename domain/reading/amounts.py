"""Sums of money, hours and days as people type them into a field."""

from __future__ import annotations

import re
from decimal import Decimal

from domain.reading.numbers import in_digits, numeral
from domain.reading.words import Words, folded

HOURS_A_DAY = Decimal(8)
_NUMBER = r"\d{1,6}(?:\.\d{1,4})?"


def read_money(text: str, words: Words) -> Decimal | None:
    """A sum in yuan, or None; a range is no sum."""
    return numeral(words.frames["money"].bare(folded(text)), words)


def read_hours(text: str, words: Words) -> Decimal | None:
    """Hours, or None. A day is eight hours, half a day four; `3x22` is multiplied."""
    if _is_none(text, words):
        return Decimal(0)
    plain = in_digits(words.frames["hours"].bare(folded(text)), words)
    parts = re.split(words.lists["hours.times"], plain)
    if len(parts) > 1:
        factors = [_hours(part, words) for part in parts[:2]]
        if len(parts) == 2 and all(factor is not None for factor in factors):
            # `3 hours x 22 days`: the second factor only counts, so its unit is dropped.
            count = re.match(_NUMBER, parts[1])
            return _times(factors[0], count)
        return None
    return _hours(plain, words)


def read_days(text: str, words: Words) -> Decimal | None:
    """Days, or None: a bare number, or one with its unit; half a day is 0.5."""
    if _is_none(text, words):
        return Decimal(0)
    plain = in_digits(words.frames["hours"].bare(folded(text)), words)
    day, half = words.lists["hours.day"], words.lists["number.half"]
    if re.fullmatch(half + day, plain):
        return Decimal("0.5")
    found = re.fullmatch(rf"({_NUMBER})(?:{day}({half})?)?", plain)
    if found is None:
        return None
    return Decimal(found[1]) + (Decimal("0.5") if found[2] else 0)


def _is_none(text: str, words: Words) -> bool:
    return bool(re.fullmatch(words.lists["hours.none"], folded(text)))


def _times(one: Decimal | None, count: re.Match[str] | None) -> Decimal | None:
    return None if one is None or count is None else one * Decimal(count.group())


def _hours(plain: str, words: Words) -> Decimal | None:
    day, hour, minute = (words.lists[f"hours.{name}"] for name in ("day", "hour", "minute"))
    half = words.lists["number.half"]
    found = re.fullmatch(
        rf"(?:(?P<days>{_NUMBER}){day}(?P<half_day>{half})?|(?P<only_half_day>{half}{day}))?"
        rf"(?:(?P<hours>{_NUMBER})(?:{hour}(?P<half_hour>{half})?|(?P<and_half>.{half}{hour})|\Z)"
        rf"|(?P<only_half_hour>{half}{hour}))?"
        rf"(?:(?P<minutes>\d{{1,4}}){minute})?",
        plain,
    )
    if found is None or not plain:
        return None
    hours = HOURS_A_DAY * Decimal(found["days"] or 0) + Decimal(found["hours"] or 0)
    if found["half_day"] or found["only_half_day"]:
        hours += HOURS_A_DAY / 2
    if found["half_hour"] or found["only_half_hour"] or found["and_half"]:
        hours += Decimal("0.5")
    return hours + Decimal(found["minutes"] or 0) / 60
