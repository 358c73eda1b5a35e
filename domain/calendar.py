"""Beijing's calendar: working days with public holidays, office hours, hours of quiet.

Holidays are data (holidays.toml), by the yearly notices of the State Council's General Office. For
a year without a notice working days are Monday to Friday, and `knows` says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.clock import BEIJING, beijing_date

_HOLIDAYS = Path(__file__).parent / "holidays.toml"
_DAY = timedelta(days=1)
_FIRST_WEEKEND_DAY = 5
# No office is closed for longer; a search that runs further is a mistake in the data.
_HORIZON = 366


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days people work. `notices` names the notice behind each year that is known."""

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    notices: Mapping[int, str] = field(default_factory=dict)

    def knows(self, day: date) -> bool:
        """Whether the year's holidays are known; otherwise only weekends are free days here."""
        return day.year in self.notices

    def is_working_day(self, day: date) -> bool:
        """Whether people work that day, as far as is known."""
        if day in self.work:
            return True
        return day not in self.off and day.weekday() < _FIRST_WEEKEND_DAY

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        for later in _days_from(day + _DAY):
            if self.is_working_day(later):
                return later
        raise ValueError(f"no working day within a year of {day}")

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself does not count."""
        for _ in range(count):
            day = self.next_working_day(day)
        return day


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `begins` to before `ends`, within one day."""

    begins: time
    ends: time

    def __post_init__(self) -> None:
        if not self.begins < self.ends:
            raise ValueError(f"{self} does not end after it begins")

    @classmethod
    def of(cls, text: str) -> Interval:
        """Read "09:00-11:30". Raises ValueError."""
        found = re.fullmatch(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not of the form 09:00-11:30")
        begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
        return cls(time(begin_hour, begin_minute), time(end_hour, end_minute))


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office is open: the same intervals on each working day, in Beijing time."""

    calendar: Calendar
    intervals: tuple[Interval, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.intervals)
        if any(left.ends > right.begins for left, right in pairwise(ordered)):
            raise ValueError("office hours overlap")
        if not ordered:
            raise ValueError("an office must be open at some time")
        object.__setattr__(self, "intervals", tuple(ordered))

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at `at`."""
        return any(begins <= at < ends for begins, ends in self._spans(beijing_date(at)))

    def next_opening(self, at: datetime) -> datetime:
        """The first moment from `at` on at which somebody is there; `at` itself if it is open."""
        for day in _days_from(beijing_date(at)):
            for begins, ends in self._spans(day):
                if at < ends:
                    return max(at, begins)
        raise ValueError(f"no opening within a year of {at}")

    def working_minutes_between(self, start: datetime, end: datetime) -> float:
        """Minutes of office hours from `start` to `end`; negative if `end` is earlier."""
        if end < start:
            return -self.working_minutes_between(end, start)
        total, day, last = timedelta(), beijing_date(start), beijing_date(end)
        while day <= last:
            for begins, ends in self._spans(day):
                total += max(min(end, ends) - max(start, begins), timedelta())
            day += _DAY
        return total / timedelta(minutes=1)

    def add_working_minutes(self, at: datetime, minutes: float) -> datetime:
        """The moment at which so many minutes of office hours have passed since `at`."""
        left = timedelta(minutes=minutes)
        while True:
            at = self.next_opening(at)
            ends = next(ends for begins, ends in self._spans(beijing_date(at)) if at < ends)
            if left <= ends - at:
                return at + left
            left -= ends - at
            at = ends

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.calendar.is_working_day(day):
            return []
        return [(_at(day, span.begins), _at(day, span.ends)) for span in self.intervals]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is told anything that can wait, in Beijing time; may cross midnight."""

    begins: time = time(22)
    ends: time = time(8)

    def holds(self, at: datetime) -> bool:
        """Whether `at` is in the hours of quiet."""
        local = at.astimezone(BEIJING).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def next_end(self, at: datetime) -> datetime:
        """The first moment from `at` on at which people may be told; `at` itself outside."""
        if not self.holds(at):
            return at
        end = _at(beijing_date(at), self.ends)
        return end if end > at else end + _DAY


def load_calendar(path: Path = _HOLIDAYS) -> Calendar:
    """The calendar with every year that is known. Raises ValueError for days that cannot be."""
    off: set[date] = set()
    work: set[date] = set()
    years: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))
    for year, data in years.items():
        for first, last in data["off"]:
            if first > last:
                raise ValueError(f"{first} to {last} is no span")
            off.update(_span(first, last))
        work.update(data["work"])
        wrong = [day for day in work | off if str(day.year) not in years]
        if wrong:
            raise ValueError(f"{year}: {min(wrong)} is of another year")
    if off & work:
        raise ValueError(f"{min(off & work)} is both free and a working day")
    return Calendar(
        frozenset(off),
        frozenset(work),
        {int(year): str(data["notice"]) for year, data in years.items()},
    )


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, BEIJING).astimezone(UTC)


def _span(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def _days_from(day: date) -> Iterator[date]:
    for ahead in range(_HORIZON):
        yield day + ahead * _DAY
