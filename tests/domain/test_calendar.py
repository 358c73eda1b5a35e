"""Beijing's calendar: holidays and made-up days, office hours, hours of quiet."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, Interval, OfficeHours, QuietHours, load_calendar
from domain.clock import BEIJING

CALENDAR = load_calendar()
OFFICE = OfficeHours(CALENDAR, (Interval.of("09:00-11:30"), Interval.of("13:30-17:30")))
INSTANTS = st.timedeltas(timedelta(), timedelta(days=690)).map(
    lambda ahead: datetime(2025, 1, 1, tzinfo=UTC) + ahead
)


def beijing(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(("year", "made_up"), [(2025, 5), (2026, 6)])
def test_each_year_has_thirteen_free_days_more_than_made_up_days(year: int, made_up: int) -> None:
    free = [day for day in CALENDAR.off if day.year == year and day.weekday() < 5]
    worked = [day for day in CALENDAR.work if day.year == year]
    assert len(worked) == made_up
    assert all(day.weekday() >= 5 for day in worked)
    # Thirteen holidays by law since 2025: whatever else is free is made up on weekends.
    assert len(free) - len(worked) == 13


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 1), False),
        (date(2025, 1, 26), True),
        (date(2025, 2, 4), False),
        (date(2025, 2, 5), True),
        (date(2025, 4, 27), True),
        (date(2025, 9, 28), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 1, 2), False),
        (date(2026, 1, 4), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2026, 2, 28), True),
        (date(2026, 5, 9), True),
        (date(2026, 6, 19), False),
        (date(2026, 9, 20), True),
        (date(2026, 9, 25), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
    ],
)
def test_a_day_is_worked_or_free_as_the_notice_says(day: date, works: bool) -> None:
    assert CALENDAR.is_working_day(day) is works
    assert CALENDAR.knows(day)


def test_an_unknown_year_is_monday_to_friday_and_says_that_it_is_unknown() -> None:
    assert not CALENDAR.knows(date(2031, 10, 1))
    assert CALENDAR.is_working_day(date(2031, 10, 1))
    assert not CALENDAR.is_working_day(date(2031, 10, 4))


def test_working_days_are_counted_over_a_holiday() -> None:
    # From Wednesday before the National Day of 2026: Thursday to Wednesday are free.
    assert CALENDAR.next_working_day(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CALENDAR.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)


def test_lunch_is_no_office_time() -> None:
    monday = beijing(11, 23, 11, 30)
    assert OFFICE.is_open(beijing(11, 23, 11, 29))
    assert not OFFICE.is_open(monday)
    assert OFFICE.next_opening(monday) == beijing(11, 23, 13, 30)


def test_after_the_last_hour_before_a_holiday_the_office_opens_after_it() -> None:
    assert OFFICE.next_opening(beijing(9, 30, 17, 30)) == beijing(10, 8, 9)
    # A Saturday on which people work.
    assert OFFICE.next_opening(beijing(10, 9, 18)) == beijing(10, 10, 9)


def test_minutes_are_counted_over_lunch_night_and_holiday() -> None:
    assert OFFICE.working_minutes_between(beijing(11, 23, 11), beijing(11, 23, 14)) == 60
    assert OFFICE.working_minutes_between(beijing(9, 30, 17), beijing(10, 8, 9, 15)) == 45
    assert OFFICE.working_minutes_between(beijing(11, 21, 9), beijing(11, 22, 17)) == 0


@given(INSTANTS, INSTANTS)
def test_minutes_there_and_back_are_the_same(start: datetime, end: datetime) -> None:
    forth = OFFICE.working_minutes_between(start, end)
    assert forth == -OFFICE.working_minutes_between(end, start)
    assert (forth >= 0) == (end >= start) or forth == 0


@given(INSTANTS, st.integers(1, 3000))
def test_added_minutes_are_the_minutes_between(start: datetime, minutes: int) -> None:
    end = OFFICE.add_working_minutes(start, minutes)
    assert OFFICE.working_minutes_between(start, end) == pytest.approx(minutes)


@given(INSTANTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(at: datetime) -> None:
    opening = OFFICE.next_opening(at)
    assert opening >= at
    assert OFFICE.is_open(opening)
    assert OFFICE.working_minutes_between(at, opening) == 0


@pytest.mark.parametrize("text", ["9-11", "09:00-08:00", "09:00-25:00", "", "09:00-09:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Interval.of(text)


def test_hours_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        OfficeHours(CALENDAR, (Interval.of("09:00-12:00"), Interval.of("11:00-13:00")))


@pytest.mark.parametrize(
    ("hour", "minute", "is_quiet"),
    [(21, 59, False), (22, 0, True), (0, 0, True), (7, 59, True), (8, 0, False), (12, 0, False)],
)
def test_quiet_hours_cross_midnight(hour: int, minute: int, is_quiet: bool) -> None:
    assert QuietHours().holds(beijing(11, 25, hour, minute)) is is_quiet


@given(INSTANTS, st.times(), st.times())
def test_quiet_ends_when_it_says(at: datetime, begins: time, ends: time) -> None:
    quiet = QuietHours(begins, ends)
    free = quiet.next_end(at)
    assert at <= free <= at + timedelta(days=1)
    assert (free == at) is not quiet.holds(at)
    assert not quiet.holds(free)


@pytest.mark.parametrize(
    "text",
    [
        '[2027]\nnotice="x"\noff=[[2027-01-02, 2027-01-01]]\nwork=[]',
        '[2027]\nnotice="x"\noff=[[2028-01-01, 2028-01-01]]\nwork=[]',
        '[2027]\nnotice="x"\noff=[[2027-01-01, 2027-01-03]]\nwork=[2027-01-02]',
    ],
)
def test_days_that_cannot_be_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"2027|2028"):
        load_calendar(path)


def test_an_empty_calendar_knows_weekends_only() -> None:
    assert Calendar().next_working_day(date(2026, 9, 30)) == date(2026, 10, 1)
