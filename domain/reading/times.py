"""Days and lengths of time as people type them: 2021-3-5, last March, three years and a half."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from domain.reading.numbers import in_digits, numeral
from domain.reading.words import Words, folded

_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
# As likely three and a half years as the fifth of March.
_BARE = re.compile(r"\d{1,2}(?:\.\d{1,2})?")
_APART = re.compile(r"(?<=\d)\s+(?=\d)")
# Two digits of a year: 97 was last century.
_CENTURY = 100


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was typed; `is_exact` is False if only a month or its part was."""

    day: date
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in full months and days beyond them."""

    months: int
    days: int = 0


def read_day(text: str, words: Words, today: date, *, late: bool = False) -> Day | None:
    """The day that the text names, or None.

    A month without its day is taken from its first day, or with `late` to its last. A day without
    a year is the last such day that is not in the future.
    """
    plain = words.frames["day"].bare(folded(_APART.sub("-", text)))
    if plain in words.shifts["days"]:
        return Day(today + timedelta(days=words.shifts["days"][plain]))
    if _BARE.fullmatch(plain):
        return None
    found = re.fullmatch(_day_pattern(words), in_digits(plain, words))
    compact = _COMPACT.fullmatch(plain)
    if compact:
        year, month, day = (int(part) for part in compact.groups())
        return _made(year, month, str(day), late=late)
    if found is None:
        return None
    year_month = _year_month(found, words, today)
    if year_month is None:
        return None
    part = found["day"] or _part(found, words)
    return _made(*year_month, part, late=late)


def read_span(text: str, words: Words) -> Span | None:
    """The length of time that the text names, or None: `3 years 8 months`, `half a year`."""
    plain = words.frames["span"].bare(folded(text))
    found = re.fullmatch(_span_pattern(words), in_digits(plain, words))
    if found is None or not any(found.groups()):
        return None
    months = Decimal(0)
    if found["years"]:
        months += 12 * Decimal(found["years"])
    if found["half_year"] or found["only_half_year"]:
        months += 6
    if found["months"]:
        months += Decimal(found["months"])
    days = int(found["days"] or 0)
    if found["half_month"] or found["only_half_month"] or found["and_half"]:
        days += 15
    return Span(int(months), days)


def read_years(text: str, words: Words) -> int | None:
    """Full years out of a length of time, or out of a bare number."""
    plain = words.frames["span"].bare(folded(text))
    number = numeral(plain, words)
    if number is not None:
        return int(number)
    span = read_span(text, words)
    return None if span is None else span.months // 12


def _day_pattern(words: Words) -> str:
    year, month, day = (words.lists[f"day.{name}"] for name in ("year", "month", "date"))
    years = "|".join(sorted(words.shifts["years"], key=len, reverse=True))
    months = "|".join(sorted(words.shifts["months"], key=len, reverse=True))
    early, middle, late = (words.lists[f"day.{name}"] for name in ("early", "middle", "late"))
    part = f"(?:(?P<early>{early})|(?P<middle>{middle})|(?P<late>{late}))?"
    date_ = rf"(?P<day>\d{{1,2}}){day}?"
    return (
        rf"(?:(?P<year>\d{{4}}|\d{{2}}(?={year}))(?:{year}|[-./])|(?P<relative>{years}))?"
        rf"(?:(?:(?P<month>\d{{1,2}})(?:{month}|[-./](?=\d)|(?=\Z))|(?P<near>{months}))"
        rf"(?:{date_}|{part}))?" + part.replace("P<", "P<year_")
    )


def _year_month(found: re.Match[str], words: Words, today: date) -> tuple[int, int] | None:
    """The year and month that were named, or None if that is not enough."""
    if found["near"]:
        if found["year"] or found["relative"]:
            return None
        shift = words.shifts["months"][found["near"]]
        year, month = divmod(today.year * 12 + today.month - 1 + shift, 12)
        return year, month + 1
    if found["relative"]:
        year = today.year + words.shifts["years"][found["relative"]]
    elif found["year"]:
        year = _full_year(found["year"], today)
    elif found["month"]:
        typed = _made(today.year, int(found["month"]), found["day"] or "", late=False)
        year = today.year - bool(typed and typed.day > today)
    else:
        return None
    if found["month"]:
        return year, int(found["month"])
    for name, month in (("year_early", 1), ("year_middle", 6), ("year_late", 12)):
        if found[name]:
            return year, month
    return None


def _full_year(typed: str, today: date) -> int:
    year = int(typed)
    if len(typed) > 2:
        return year
    century = today.year // _CENTURY * _CENTURY
    return century + year if century + year <= today.year + 1 else century - _CENTURY + year


def _part(found: re.Match[str], words: Words) -> str:
    """The day for the early, middle or late part of a month; empty if none was named."""
    for names, day in (
        (("early", "year_early"), "1"),
        (("middle", "year_middle"), "15"),
        (("late", "year_late"), "0"),
    ):
        if any(found[name] for name in names):
            return f"~{day}"
    return ""


def _made(year: int, month: int, part: str, *, late: bool) -> Day | None:
    if not 1 <= month <= 12 or not 1900 <= year <= 2199:
        return None
    last = monthrange(year, month)[1]
    if part and not part.startswith("~"):
        day = int(part)
        return Day(date(year, month, day)) if 1 <= day <= last else None
    if part:
        return Day(date(year, month, int(part[1:]) or last), is_exact=False)
    return Day(date(year, month, last if late else 1), is_exact=False)


def _span_pattern(words: Words) -> str:
    year, month, day = (words.lists[f"span.{name}"] for name in ("year", "month", "date"))
    half, joint = words.lists["number.half"], words.lists["number.joint"]
    number = r"\d{1,4}(?:\.\d{1,2})?"
    years = rf"(?P<years>{number})(?:{year}(?P<half_year>{half})?|(?={half}{year}))"
    only_half = rf"(?P<only_half_year>{half}{year})"
    months = (
        rf"(?P<months>{number})(?:{month}(?P<half_month>{half})?|(?P<and_half>.{half}{month}))"
    )
    only_half_month = rf"(?P<only_half_month>{half}{month})"
    days = rf"(?P<days>\d{{1,4}}){day}"
    return (
        rf"(?:{years})?(?:{only_half})?{joint}?(?:{months}|{only_half_month})?{joint}?(?:{days})?"
    )
