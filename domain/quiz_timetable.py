"""When a round is held: days by a rule, and the hours of each day, in Beijing time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice

from domain.calendar import Calendar
from domain.clock import BEIJING
from domain.refusal import Refusal

# Nobody is invited at night, and nobody has to hurry before it.
EARLIEST, LATEST = time(8), time(22)
SHORTEST = timedelta(minutes=30)
MOST_DAYS = 366
MOST_WEEKS = 8
PREVIEW = 5
WEEK = frozenset(range(7))


class Days(StrEnum):
    """Which days count: ANY, only those on which people WORK, or only those that are FREE."""

    ANY = "any"
    WORK = "work"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Times:
    """One sitting: from `opens_at` to before `closes_at`."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Timetable:
    """Every day from `first` to `last` that fits: its weekday (0 is Monday) is named, it is a
    working or a free day if that is asked, and its week is the first or every n-th after it.

    `month_days`, if any, name the days of the month besides.
    """

    first: date
    last: date
    opens: time = EARLIEST
    closes: time = time(21)
    weekdays: frozenset[int] = WEEK
    month_days: frozenset[int] = frozenset()
    every_weeks: int = 1
    days: Days = Days.ANY

    def all(self, calendar: Calendar) -> Iterator[Times]:
        """Every sitting in order."""
        monday = self.first - timedelta(days=self.first.weekday())
        for ahead in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=ahead)
            weeks = (day - monday).days // 7
            if weeks % self.every_weeks == 0 and self._fits(day, calendar):
                yield Times(_at(day, self.opens), _at(day, self.closes))

    def next(self, calendar: Calendar, now: datetime, most: int = PREVIEW) -> Sequence[Times]:
        """The next sittings that are not over."""
        coming = (times for times in self.all(calendar) if times.closes_at > now)
        return tuple(islice(coming, most))

    def unknown_years(self, calendar: Calendar) -> Sequence[int]:
        """Years of the rule whose holidays are not known yet, where they matter."""
        if self.days is Days.ANY:
            return ()
        years = range(self.first.year, self.last.year + 1)
        return tuple(year for year in years if not calendar.knows(date(year, 1, 1)))

    def _fits(self, day: date, calendar: Calendar) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        if self.month_days and day.day not in self.month_days:
            return False
        is_work = calendar.is_working_day(day)
        return self.days is Days.ANY or is_work is (self.days is Days.WORK)


def check_timetable(one: Timetable, calendar: Calendar, now: datetime) -> None:
    """Refuses with `quiz.plan_days`, `quiz.plan_hours`, `quiz.plan_weeks` or `quiz.plan_no_day`
    what could not be held as it is written."""
    if not 0 <= (one.last - one.first).days < MOST_DAYS:
        raise Refusal("quiz.plan_days", most=MOST_DAYS)
    span = _at(one.first, one.closes) - _at(one.first, one.opens)
    if one.opens < EARLIEST or one.closes > LATEST or span < SHORTEST:
        minutes = int(SHORTEST.total_seconds() // 60)
        raise Refusal(
            "quiz.plan_hours", begins=f"{EARLIEST:%H:%M}", ends=f"{LATEST:%H:%M}", least=minutes
        )
    if not 1 <= one.every_weeks <= MOST_WEEKS:
        raise Refusal("quiz.plan_weeks", most=MOST_WEEKS)
    if not one.next(calendar, now, 1):
        raise Refusal("quiz.plan_no_day")


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, BEIJING).astimezone(UTC)
