"""Rules that repeat: every so many hours, days, weeks, months or years, in Beijing time.

A day that a month does not have is its last one, and that is said of each time it happens to.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from domain.calendar import Calendar, QuietHours
from domain.clock import BEIJING, beijing_date
from domain.refusal import Refusal

# More often than that nobody is told anything (RELIABILITY, bad input 46).
LEAST_HOURS = 1
PREVIEW = 5
_MOST_INTERVAL = 366
# A rule that brings nothing in so many steps never will.
_STEPS = 5000


class Every(StrEnum):
    """What a rule counts in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class Note(StrEnum):
    """Why a time is not on the day that was asked for."""

    # The month has no such day: its last one.
    SHORT_MONTH = "short_month"
    # 29 February in a year without one: the 28th.
    NO_LEAP_DAY = "no_leap_day"


@dataclass(frozen=True, slots=True)
class Rule:
    """When something repeats, from `first` on.

    `weekdays` (0 = Monday) are for weeks, `day` and `month` for months and years; without them
    those of `first` count. Hours are counted from `at` on the first day.
    """

    every: Every
    first: date
    at: time
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    day: int | None = None
    month: int | None = None
    last: date | None = None
    working_days_only: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a rule, and why it is not on the day that was asked for."""

    at: datetime
    note: Note | None = None


def check_rule(rule: Rule) -> None:
    """Refuses with `recurrence.interval`, `.weekday`, `.day`, `.month`, `.last` what cannot be."""
    least = LEAST_HOURS if rule.every is Every.HOURS else 1
    if not least <= rule.interval <= _MOST_INTERVAL:
        raise Refusal("recurrence.interval", most=_MOST_INTERVAL)
    if any(not 0 <= day <= 6 for day in rule.weekdays):
        raise Refusal("recurrence.weekday")
    month = rule.month if rule.month is not None else rule.first.month
    if not 1 <= month <= 12:
        raise Refusal("recurrence.month")
    # 2024 has a 29 February, so that this day can be asked for.
    longest = months.monthrange(2024, month)[1] if rule.every is Every.YEARS else 31
    if rule.day is not None and not 1 <= rule.day <= longest:
        raise Refusal("recurrence.day", most=longest)
    if rule.last is not None and rule.last < rule.first:
        raise Refusal("recurrence.last")


def occurrences(
    rule: Rule, after: datetime, calendar: Calendar, quiet: QuietHours
) -> Iterator[Occurrence]:
    """The times after `after`, in order. Times in the hours of quiet are left out."""
    for found in islice(_candidates(rule, after), _STEPS):
        day = beijing_date(found.at)
        if rule.last is not None and day > rule.last:
            return
        if found.at <= after or quiet.holds(found.at):
            continue
        if rule.working_days_only and not calendar.is_working_day(day):
            continue
        yield found


def preview(
    rule: Rule, after: datetime, calendar: Calendar, quiet: QuietHours, count: int = PREVIEW
) -> Sequence[Occurrence]:
    """The next times, at most `count`. Refuses with `recurrence.never` if there are none."""
    check_rule(rule)
    found = tuple(islice(occurrences(rule, after, calendar, quiet), count))
    if not found:
        raise Refusal("recurrence.never")
    return found


def _candidates(rule: Rule, after: datetime) -> Iterator[Occurrence]:
    """All times from shortly before `after` on, without looking at the calendar."""
    match rule.every:
        case Every.HOURS:
            yield from _by_hours(rule, after)
        case Every.DAYS:
            step = rule.interval
            passed = max((beijing_date(after) - rule.first).days, 0)
            for number in _from(passed // step):
                yield _moment(rule.first + timedelta(days=number * step), rule.at)
        case Every.WEEKS:
            yield from _by_weeks(rule, after)
        case Every.MONTHS:
            yield from _by_months(rule, after, rule.interval)
        case Every.YEARS:
            yield from _by_months(rule, after, rule.interval * 12)


def _by_hours(rule: Rule, after: datetime) -> Iterator[Occurrence]:
    start, step = _moment(rule.first, rule.at).at, timedelta(hours=rule.interval)
    for number in _from(max((after - start) // step, 0)):
        yield Occurrence(start + number * step)


def _by_weeks(rule: Rule, after: datetime) -> Iterator[Occurrence]:
    weekdays = sorted(set(rule.weekdays) or {rule.first.weekday()})
    monday = rule.first - timedelta(days=rule.first.weekday())
    passed = max((beijing_date(after) - monday).days // 7, 0)
    for number in _from(passed // rule.interval):
        for weekday in weekdays:
            day = monday + timedelta(weeks=number * rule.interval, days=weekday)
            if day >= rule.first:
                yield _moment(day, rule.at)


def _by_months(rule: Rule, after: datetime, step: int) -> Iterator[Occurrence]:
    first_month = rule.month if rule.every is Every.YEARS and rule.month else rule.first.month
    start = rule.first.year * 12 + first_month - 1
    today = beijing_date(after)
    passed = max(today.year * 12 + today.month - 1 - start, 0)
    wanted = rule.day or rule.first.day
    for number in _from(passed // step):
        year, month = divmod(start + number * step, 12)
        length = months.monthrange(year, month + 1)[1]
        day = date(year, month + 1, min(wanted, length))
        if day < rule.first:
            continue
        yield _moment(day, rule.at, _why(rule, wanted, length))


def _why(rule: Rule, wanted: int, length: int) -> Note | None:
    if wanted <= length:
        return None
    return Note.NO_LEAP_DAY if rule.every is Every.YEARS else Note.SHORT_MONTH


def _moment(day: date, at: time, note: Note | None = None) -> Occurrence:
    return Occurrence(datetime.combine(day, at, BEIJING).astimezone(UTC), note)


def _from(number: int) -> Iterator[int]:
    while True:
        yield number
        number += 1
