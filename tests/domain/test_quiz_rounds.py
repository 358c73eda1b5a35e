"""Rules of rounds: the days, the blueprint, plans that cannot be held, approvals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.calendar import Calendar, load_calendar
from domain.clock import BEIJING
from domain.quiz_bank import Shelf
from domain.quiz_rounds import (
    Cell,
    Prize,
    Round,
    RoundState,
    check_round,
    check_shelf,
    fields_of,
    is_approval_live,
    plan_hash,
    plan_of,
)
from domain.quiz_timetable import Days, Timetable
from domain.refusal import Refusal

NOW = datetime(2026, 9, 21, 1, 0, tzinfo=UTC)
CALENDAR = load_calendar()
WEEK = Timetable(date(2026, 9, 21), date(2026, 10, 11))


def days(one: Timetable) -> list[str]:
    return [f"{times.opens_at.astimezone(BEIJING):%m-%d}" for times in one.all(CALENDAR)]


def plan(**fields: object) -> Round:
    base = Round(
        "r",
        "垃圾分类答题周",
        RoundState.DRAFT,
        "/1/",
        WEEK,
        (Cell("waste", 10),),
        "editor",
        NOW,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def test_a_rule_names_weekdays_and_knows_holidays_and_working_weekends() -> None:
    tuesdays = replace(WEEK, weekdays=frozenset({1}))
    assert days(tuesdays) == ["09-22", "09-29", "10-06"]
    # 2026: free from 1 to 7 October; Sunday 20 September and Saturday 10 October are worked.
    working = replace(WEEK, days=Days.WORK)
    assert "10-10" in days(working)
    assert not {"09-26", "10-01", "10-06"} & set(days(working))
    assert days(replace(tuesdays, days=Days.WORK)) == ["09-22", "09-29"]
    free = replace(WEEK, days=Days.FREE)
    assert "10-01" in days(free)
    assert "10-10" not in days(free)


def test_a_rule_may_take_every_other_week_or_days_of_the_month() -> None:
    mondays = replace(WEEK, weekdays=frozenset({0}))
    assert days(replace(mondays, every_weeks=2)) == ["09-21", "10-05"]
    assert days(replace(WEEK, month_days=frozenset({1, 31}))) == ["10-01"]


def test_the_next_five_are_those_that_are_not_over() -> None:
    found = WEEK.next(CALENDAR, datetime(2026, 9, 23, 13, 30, tzinfo=UTC))
    assert [f"{one.opens_at.astimezone(BEIJING):%m-%d %H:%M}" for one in found] == [
        f"09-{day} 08:00" for day in (24, 25, 26, 27, 28)
    ]


def test_years_whose_holidays_are_not_known_are_told_where_they_matter() -> None:
    far = Timetable(date(2026, 12, 1), date(2031, 1, 5))
    assert far.unknown_years(CALENDAR) == ()
    assert 2031 in replace(far, days=Days.WORK).unknown_years(CALENDAR)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": " "}, "title"),
        ({"intro": "长" * 201}, "intro"),
        ({"timetable": replace(WEEK, last=date(2026, 9, 20))}, "days"),
        ({"timetable": replace(WEEK, opens=time(7, 59))}, "hours"),
        ({"timetable": replace(WEEK, closes=time(22, 1))}, "hours"),
        ({"timetable": replace(WEEK, opens=time(9), closes=time(9, 29))}, "hours"),
        ({"timetable": replace(WEEK, every_weeks=0)}, "weeks"),
        ({"timetable": replace(WEEK, weekdays=frozenset())}, "no_day"),
        ({"blueprint": ()}, "cells"),
        ({"blueprint": (Cell("waste", 2), Cell("waste", 3))}, "cell_twice"),
        ({"blueprint": (Cell("waste", 2, 4),)}, "difficulty"),
        ({"blueprint": (Cell("waste", 0),)}, "count"),
        ({"blueprint": (Cell("waste", 51),)}, "count"),
        ({"attempts": 0}, "attempts"),
        ({"minutes": 121}, "minutes"),
        ({"pass_mark": 0}, "pass"),
        ({"prize": Prize("袋子", 30, 22, 7, "大厅")}, "prize_days"),
        ({"prize": Prize("", 30, 3, 7, "大厅")}, "prize_words"),
        ({"prize": Prize("袋子", 0, 3, 7, "大厅")}, "prize_numbers"),
    ],
)
def test_a_plan_that_cannot_be_held_is_refused(fields: dict[str, object], code: str) -> None:
    check_round(plan(), CALENDAR, NOW)
    with pytest.raises(Refusal) as refused:
        check_round(plan(**fields), CALENDAR, NOW)
    assert refused.value.code == f"quiz.plan_{code}"


def test_cells_of_one_difficulty_choose_before_those_of_any() -> None:
    shelf = Shelf({("waste", 1): 4, ("waste", 2): 3, ("civility", 1): 9})
    found = check_shelf((Cell("waste", 4), Cell("waste", 3, 1), Cell("waste", 1, 3)), shelf)
    assert [(one.available, one.is_enough) for one in found] == [
        (4, True),
        (3 + 1, True),
        (0, False),
    ]
    # A fifth of any difficulty is not there any more.
    (any_, _) = check_shelf((Cell("waste", 5), Cell("waste", 3, 1)), shelf)
    assert not any_.is_enough


def test_a_plan_is_kept_whole() -> None:
    rule = replace(WEEK, weekdays=frozenset({1, 3}), days=Days.WORK, every_weeks=2)
    one = plan(timetable=rule, prize=Prize("袋子", 3, 1, 7, "大厅"), blueprint=(Cell("a", 1, 2),))
    again = fields_of(plan_of(one))
    assert {name: getattr(one, name) for name in again} == again


def test_an_approval_is_for_one_plan_and_one_day() -> None:
    one = plan(handed_in_at=NOW)
    one = replace(one, plan_hash=plan_hash(one))
    assert is_approval_live(one, NOW + timedelta(hours=23))
    assert not is_approval_live(one, NOW + timedelta(hours=24))
    for change in ({"pass_mark": 61}, {"title": "别的"}, {"unit_path": "/1/2/"}):
        assert not is_approval_live(replace(one, **change), NOW)


def test_without_holidays_only_weekends_are_free() -> None:
    free = replace(WEEK, days=Days.FREE)
    assert len(list(free.all(Calendar()))) == 6
