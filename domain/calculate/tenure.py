"""Time in service, exact to the day: both the first and the last day count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

ONE_DAY = timedelta(days=1)
HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Tenure:
    """Full years, full months beyond them, and days beyond those."""

    years: int
    months: int
    days: int


def anniversary(start: date, months: int) -> date:
    """The day on which so many full months from `start` are over and the next one begins.

    A month that lacks the day ends on its last day (Civil Code 202), so the next begins on the
    first: a month from 31 January is over when February is.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    try:
        return date(year, month + 1, start.day)
    except ValueError:
        return date(year + (month == 11), (month + 1) % 12 + 1, 1)


def full_months(start: date, end: date) -> int:
    """How many full months [start, end] holds; 0 if it is empty."""
    after = end + ONE_DAY
    months = max(0, (after.year - start.year) * 12 + after.month - start.month)
    while months and anniversary(start, months) > after:
        months -= 1
    return months


def tenure(start: date, end: date) -> Tenure:
    """How long [start, end] is."""
    months = full_months(start, end)
    rest = end + ONE_DAY - anniversary(start, months)
    return Tenure(*divmod(months, 12), max(0, rest.days))


def months_of_pay(start: date, end: date) -> Decimal:
    """Months of wage for [start, end] by article 47 of the Labour Contract Law.

    One for each full year; six months or more beyond count as a year, less as half a month.
    """
    served = tenure(start, end)
    if served.months >= 6:
        return Decimal(served.years + 1)
    if served.months or served.days:
        return served.years + HALF
    return Decimal(served.years)
