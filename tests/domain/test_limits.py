"""The limits of time: worked examples from the text of each law, and properties over all days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Calendar, load_calendar
from domain.cases.kinds import Kind
from domain.limits.asking import UNKNOWN, Answers, Stage, before, picked, plan, progress, told
from domain.limits.counting import ONE_YEAR, TWO_YEARS, Period, last_day, moved, reminders
from domain.limits.kept import RightsClock, days_to_remind
from domain.limits.rules import AFTER, Limit, Name, Standing, first_to_lapse, limits
from domain.reading.words import Words
from domain.refusal import Refusal
from locales import load_words

CALENDAR = load_calendar()
WORDS = Words.of(load_words())
DAYS = st.dates(date(1995, 1, 1), date(2095, 12, 31))


def d(text: str) -> date:
    return date.fromisoformat(text)


# What happened, the period, the last day: Civil Code 201 (the day itself does not count) and 202
# (the day of the same number, or the end of a month that lacks it).
COUNTED = [
    ("2026-03-05", ONE_YEAR, "2027-03-05"),
    ("2024-02-29", ONE_YEAR, "2025-02-28"),
    ("2023-02-28", ONE_YEAR, "2024-02-28"),
    ("2024-02-29", Period(months=48), "2028-02-29"),
    ("2026-01-31", Period(months=1), "2026-02-28"),
    ("2024-01-31", Period(months=1), "2024-02-29"),
    ("2026-08-31", Period(months=1), "2026-09-30"),
    ("2025-12-31", ONE_YEAR, "2026-12-31"),
    ("2026-11-20", Period(days=15), "2026-12-05"),
    ("2026-12-20", Period(days=15), "2027-01-04"),
    ("2024-02-20", Period(days=15), "2024-03-06"),
    ("2026-02-20", Period(days=15), "2026-03-07"),
    ("2026-11-30", Period(days=30), "2026-12-30"),
    ("2024-11-30", TWO_YEARS, "2026-11-30"),
]


@pytest.mark.parametrize(("start", "period", "last"), COUNTED)
def test_a_period_ends_where_the_civil_code_says(start: str, period: Period, last: str) -> None:
    assert last_day(d(start), period) == d(last)


# What is told, which limit, its last day, by the article that stands beside it.
WORKED = [
    # Arbitration law 27, 1: one year from knowing.
    (Kind.OTHER, {"known": "2026-03-05"}, Name.ARBITRATION, "2027-03-05"),
    (Kind.LEAVE, {"known": "2025-12-31"}, Name.ARBITRATION, "2026-12-31"),
    (Kind.WOMEN, {"known": "2024-02-29"}, Name.ARBITRATION, "2025-02-28"),
    # 27, 4: unpaid wages, one year from the end of the work.
    (Kind.WAGES, {"employed": "no", "left": "2026-06-30"}, Name.ARBITRATION, "2027-06-30"),
    (Kind.OVERTIME, {"employed": "no", "left": "2026-01-31"}, Name.ARBITRATION, "2027-01-31"),
    (Kind.SEVERANCE, {"left": "2026-06-30"}, Name.ARBITRATION, "2027-06-30"),
    # Inspection regulation 20: two years from the act, or from its end.
    (Kind.WAGES, {"employed": "yes", "owed": "2025-08-15"}, Name.INSPECTION, "2027-08-15"),
    (
        Kind.SOCIAL_INSURANCE,
        {"known": "2026-01-10", "ended": "2024-02-29"},
        Name.INSPECTION,
        "2026-02-28",
    ),
    # It counts from what was done, not from when it was known.
    (
        Kind.WOMEN,
        {"happened": "2025-03-08", "known": "2026-01-10"},
        Name.INSPECTION,
        "2027-03-08",
    ),
    # Work-injury regulation 17: thirty days for the employer, one year for the worker.
    (Kind.INJURY, {"accident": "2026-10-01", "applied": "no"}, Name.INJURY_EMPLOYER, "2026-10-31"),
    (Kind.INJURY, {"accident": "2026-10-01", "applied": "no"}, Name.INJURY_OWN, "2027-10-01"),
    # Contract law 82 with its rules 6 and 7: from the day after a full month to the day before a
    # full year, or before the contract; each day's part then has its year.
    (Kind.CONTRACT, {"start": "2025-03-05", "contract": "never"}, Name.DOUBLE_FIRST, "2026-04-05"),
    (Kind.CONTRACT, {"start": "2025-03-05", "contract": "never"}, Name.DOUBLE_LAST, "2027-03-04"),
    (
        Kind.CONTRACT,
        {"start": "2025-03-05", "contract": "signed", "until": "2025-09-01"},
        Name.DOUBLE_LAST,
        "2026-08-31",
    ),
    (
        Kind.CONTRACT,
        {"start": "2025-03-05", "contract": "left", "until": "2025-09-01"},
        Name.DOUBLE_LAST,
        "2026-09-01",
    ),
    # Arbitration law 14, 29, 43, 48 and 50.
    (Kind.OTHER, {"stage": "mediation", "asked": "2026-11-20"}, Name.MEDIATION, "2026-12-05"),
    (Kind.OTHER, {"stage": "filed", "filed": "2026-11-20"}, Name.ACCEPTANCE, "2026-11-25"),
    (Kind.OTHER, {"stage": "accepted", "accepted": "2026-11-20"}, Name.AWARD, "2027-01-04"),
    (Kind.OTHER, {"stage": "award", "received": "2026-11-20"}, Name.SUING, "2026-12-05"),
]


def found(kind: Kind, told: Answers) -> dict[Name, Limit]:
    """The limits for these answers; what is not told is not known."""
    answers = {"stage": "nothing", **told}
    while (now := progress(kind, answers)) is not None:
        answers[now.question.step] = UNKNOWN
    return {limit.name: limit for limit in limits(kind, answers, CALENDAR)}


@pytest.mark.parametrize(("kind", "told", "name", "last"), WORKED)
def test_each_limit_ends_where_its_article_says(
    kind: Kind, told: Answers, name: Name, last: str
) -> None:
    assert found(kind, told)[name].last == d(last)


def test_while_the_work_goes_on_unpaid_wages_have_no_limit() -> None:
    limit = found(Kind.WAGES, {"employed": "yes"})[Name.EMPLOYED]
    assert (limit.last, limit.standing(d("2026-11-25"))) == (None, Standing.NONE)


def test_without_a_date_only_the_rule_is_told() -> None:
    for kind in Kind:
        for name, limit in found(kind, {}).items():
            assert limit.last is None, (kind, name)
            assert limit.standing(d("2026-11-25")) in (Standing.UNKNOWN, Standing.NONE)


def test_no_contract_for_less_than_a_month_gives_no_double_pay() -> None:
    told = {"start": "2026-11-01", "contract": "signed", "until": "2026-11-20"}
    assert found(Kind.CONTRACT, told) == {}


def test_a_claim_within_the_limit_stands_beside_it_and_never_moves_it() -> None:
    told = {"left": "2025-12-01", "claimed": "2026-10-08"}
    limit = found(Kind.SEVERANCE, told)[Name.ARBITRATION]
    assert (limit.last, limit.restarted) == (d("2026-12-01"), d("2027-10-08"))
    assert limit.days_left(d("2026-11-25")) == 6


@pytest.mark.parametrize("claimed", ["2025-11-30", "2026-12-02"])
def test_a_claim_before_or_after_the_limit_interrupts_nothing(claimed: str) -> None:
    limit = found(Kind.SEVERANCE, {"left": "2025-12-01", "claimed": claimed})[Name.ARBITRATION]
    assert (limit.claimed, limit.restarted) == (None, None)


def test_a_last_day_that_nobody_works_moves_to_the_next_working_day() -> None:
    # National Day 2026 is free from the 1st to the 7th; Saturday the 10th is a working day.
    assert moved(d("2026-10-01"), CALENDAR) == d("2026-10-08")
    assert moved(d("2026-10-10"), CALENDAR) is None
    assert moved(d("2026-11-28"), CALENDAR) == d("2026-11-30")
    assert moved(d("2026-11-25"), CALENDAR) is None


def test_nothing_moves_in_a_year_whose_holidays_are_not_known() -> None:
    assert not CALENDAR.knows(d("2031-10-01"))
    assert moved(d("2031-10-01"), CALENDAR) is None


def test_a_moved_last_day_is_not_over_before_the_working_day() -> None:
    limit = found(Kind.OTHER, {"known": "2025-10-01"})[Name.ARBITRATION]
    assert limit.last == d("2026-10-01")
    assert limit.days_left(d("2026-10-01")) == 0
    assert limit.standing(d("2026-10-08")) is Standing.RUNNING
    assert limit.standing(d("2026-10-09")) is Standing.LAPSED


def test_a_lapsed_limit_says_what_is_still_possible() -> None:
    limit = found(Kind.OTHER, {"known": "2020-01-01"})[Name.ARBITRATION]
    assert [code for code, _ in limit.after(d("2026-11-25"))] == [
        "interrupted",
        "agreed",
        "raised",
    ]
    assert limit.after(d("2020-12-01")) == ()
    can_lapse = set(Name) - {Name.EMPLOYED, Name.INJURY_FILED}
    assert set(AFTER) == can_lapse


def test_what_others_must_do_is_no_limit_of_the_member() -> None:
    both = tuple(found(Kind.INJURY, {"accident": "2026-10-01", "applied": "no"}).values())
    nearest = first_to_lapse(both, d("2026-10-10"))
    assert nearest is not None
    assert nearest.name is Name.INJURY_OWN


@given(start=DAYS, months=st.integers(1, 48))
def test_a_period_of_months_ends_in_its_month_on_the_day_or_the_last_one(
    start: date, months: int
) -> None:
    last = last_day(start, Period(months=months))
    assert (last.year * 12 + last.month) - (start.year * 12 + start.month) == months
    assert last.day == start.day or (last.day < start.day and (last + timedelta(days=1)).day == 1)


@given(start=DAYS, later=st.integers(0, 800), months=st.integers(1, 48))
def test_who_learns_later_never_has_less_time(start: date, later: int, months: int) -> None:
    period = Period(months=months)
    assert last_day(start, period) <= last_day(start + timedelta(days=later), period)


@given(start=DAYS)
def test_a_year_has_365_days_or_one_more_if_it_holds_a_29th_of_february(start: date) -> None:
    assert (last_day(start, ONE_YEAR) - start).days in (365, 366)


@given(last=st.dates(date(2025, 1, 1), date(2026, 12, 20)))
def test_a_moved_day_is_a_working_day_and_the_days_before_it_are_free(last: date) -> None:
    later = moved(last, CALENDAR)
    assert (later is None) == CALENDAR.is_working_day(last)
    if later is not None:
        assert CALENDAR.is_working_day(later)
        between = (last + timedelta(days=ahead) for ahead in range((later - last).days))
        assert not any(CALENDAR.is_working_day(day) for day in between)


@given(last=DAYS, ahead=st.integers(-5, 400))
def test_reminders_come_90_30_7_3_and_1_days_before_and_never_in_the_past(
    last: date, ahead: int
) -> None:
    today = last - timedelta(days=ahead)
    assert [(last - day).days for day in reminders(last, today)] == [
        days for days in (90, 30, 7, 3, 1) if days < ahead
    ]


@given(kind=st.sampled_from(list(Kind)), data=st.data())
def test_whatever_is_answered_the_questions_end_and_the_limits_can_be_told(
    kind: Kind, data: st.DataObject
) -> None:
    today = d("2026-11-25")
    answers: dict[str, str] = {}
    for _ in range(8):
        now = progress(kind, answers)
        if now is None:
            break
        if now.question.is_day and data.draw(st.booleans()):
            day = data.draw(st.dates(date(2019, 1, 1), today))
            try:
                answers = told(now, day.isoformat(), today, WORDS)
            except Refusal as refusal:
                if refusal.code != "limits.before_start":
                    raise
                answers = picked(now, UNKNOWN, today)
        else:
            answers = picked(now, data.draw(st.sampled_from(now.question.choices)), today)
    assert progress(kind, answers) is None
    dates = sum(1 for question in plan(kind, answers) if question.is_day)
    assert dates <= 4
    for limit in limits(kind, answers, Calendar()):
        assert limit.sources
        limit.standing(today)


def test_going_back_forgets_one_answer() -> None:
    answers = {"stage": Stage.NOTHING.value, "left": "2026-06-30"}
    now = progress(Kind.SEVERANCE, answers)
    assert now is not None
    earlier = before(now)
    assert earlier is not None
    assert (earlier.question.step, dict(earlier.answers)) == ("left", {"stage": "nothing"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-12-24", "limits.future"),
        ("1949-10-01", "limits.long_ago"),
        ("去年3月", "limits.unclear_day"),
        ("很久以前", "limits.unclear_day"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_a_month_is_no_day(text: str, code: str) -> None:
    now = progress(Kind.INJURY, {"stage": "nothing"})
    assert now is not None
    with pytest.raises(Refusal, match=code.replace(".", r"\.")):
        told(now, text, d("2026-11-25"), WORDS)


def test_each_day_of_reminding_comes_once_even_if_two_limits_share_it() -> None:
    answers = {
        "stage": "nothing",
        "happened": "2026-10-01",
        "known": "2026-10-01",
        "claimed": "never",
    }
    clock = RightsClock("c", 1, Kind.OTHER, answers, made_at=datetime(2026, 11, 25, tzinfo=UTC))
    days = days_to_remind(clock, CALENDAR, d("2026-11-25"))
    assert days == tuple(sorted(set(days)))
    # One year and two years from the same day: five reminders each.
    assert len(days) == 10
