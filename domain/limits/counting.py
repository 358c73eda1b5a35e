"""How the law counts days, months and years (Civil Code 200-203)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from domain.calendar import Calendar

REMINDED = (90, 30, 7, 3, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as a law names it: calendar days, or months."""

    days: int = 0
    months: int = 0


ONE_YEAR, TWO_YEARS = Period(months=12), Period(months=24)


def last_day(start: date, period: Period) -> date:
    """The last day of a period that begins to run with what happened on `start`.

    That day itself does not count (201); a period of months ends on the day of the same number,
    or with the month that lacks it (202).
    """
    if not period.months:
        return start + timedelta(days=period.days)
    year, month = divmod(start.year * 12 + start.month - 1 + period.months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def moved(last: date, calendar: Calendar) -> date | None:
    """Where the last day moves to if nobody works on it (203); None if it stays, or if the
    holidays of its year are not known yet."""
    if not calendar.knows(last) or calendar.is_working_day(last):
        return None
    return calendar.next_working_day(last)


def reminders(last: date, today: date) -> tuple[date, ...]:
    """The days that are still to come on which the member is to be told, in order."""
    days = (last - timedelta(days=ahead) for ahead in REMINDED)
    return tuple(day for day in days if day > today)
