"""Severance by the law's own rules: worked examples, and what must hold for any case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calculate.severance import IN_FORCE, Ending, SeveranceCase, severance
from domain.calculate.sheet import Parameters, Sheet
from domain.calculate.tenure import anniversary, full_months, months_of_pay, tenure
from domain.refusal import Refusal

TODAY = date(2026, 11, 25)
KNOWN = Parameters(TODAY, minimum_wage=Decimal(2540))
CAPPED = Parameters(TODAY, minimum_wage=Decimal(2540), wage_cap=Decimal(36_000))
SINCE_2008 = st.dates(IN_FORCE, date(2026, 12, 31))
WAGES = st.decimals(100, 1_000_000, places=2)


def sheet_of(
    start: date,
    end: date,
    wage: str | Decimal = "6000",
    ending: Ending = Ending.LAWFUL,
    parameters: Parameters = KNOWN,
    last: str | None = None,
) -> Sheet:
    case = SeveranceCase(start, end, Decimal(wage), ending, Decimal(last) if last else None)
    return severance(case, parameters)


def codes(sheet: Sheet) -> set[str]:
    return {line.code for line in (*sheet.steps, *sheet.flags)}


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        # Three years eight months count as four, seven years four months as seven and a half.
        (date(2021, 3, 5), date(2024, 11, 4), "4"),
        (date(2017, 7, 1), date(2024, 10, 31), "7.5"),
        # Six months are a year; a day less is half of one.
        (date(2024, 1, 1), date(2024, 6, 30), "1"),
        (date(2024, 1, 1), date(2024, 6, 29), "0.5"),
        (date(2024, 1, 1), date(2024, 1, 1), "0.5"),
        (date(2023, 1, 1), date(2023, 12, 31), "1"),
        (date(2023, 1, 1), date(2024, 1, 1), "1.5"),
        # A leap day in the way, at the start and at the end.
        (date(2020, 2, 29), date(2021, 2, 28), "1"),
        (date(2020, 2, 29), date(2021, 2, 27), "1"),
        (date(2020, 3, 1), date(2024, 2, 29), "4"),
        (date(2020, 3, 1), date(2024, 2, 28), "4"),
        (date(2023, 8, 31), date(2024, 2, 29), "1"),
        (date(2023, 8, 31), date(2024, 2, 28), "0.5"),
    ],
)
def test_half_years_follow_the_days(start: date, end: date, months: str) -> None:
    assert months_of_pay(start, end) == Decimal(months)


def test_three_years_and_eight_months_at_6000_are_24000() -> None:
    sheet = sheet_of(date(2021, 3, 5), date(2024, 11, 4))
    assert sheet.amount == 24_000
    assert sheet.steps[0].amounts == {"years": 3, "months": 8, "days": 0, "count": 4}


def test_the_extra_month_is_the_last_month_and_not_the_mean() -> None:
    sheet = sheet_of(
        date(2021, 1, 1), date(2023, 12, 31), "6000", Ending.WITHOUT_NOTICE, last="6500"
    )
    assert sheet.amount == 24_500


def test_an_unlawful_dismissal_after_eight_years_at_6000_costs_96000() -> None:
    sheet = sheet_of(date(2016, 1, 1), date(2023, 12, 31), "6000", Ending.UNLAWFUL)
    assert sheet.amount == 96_000


def test_whoever_does_not_know_sees_both() -> None:
    sheet = sheet_of(date(2016, 1, 1), date(2023, 12, 31), "6000", Ending.UNSURE)
    assert [result.amount for result in sheet.results] == [48_000, 96_000]


def test_a_mean_below_the_minimum_wage_is_raised_to_it() -> None:
    sheet = sheet_of(date(2021, 1, 1), date(2023, 12, 31), "1800")
    assert sheet.amount == 3 * 2540
    assert "severance_floor" in codes(sheet)


def test_a_high_wage_is_cut_to_the_cap_and_to_twelve_years() -> None:
    sheet = sheet_of(date(2009, 1, 1), date(2023, 12, 31), "50000", parameters=CAPPED)
    assert sheet.amount == 12 * 36_000
    assert {"severance_cap", "severance_years_cap"} <= codes(sheet)


def test_an_ordinary_wage_has_no_limit_of_twelve_years() -> None:
    sheet = sheet_of(date(2009, 1, 1), date(2023, 12, 31), "6000", parameters=CAPPED)
    assert sheet.amount == 15 * 6000


def test_without_a_checked_source_the_cap_is_left_out_and_the_sheet_says_so() -> None:
    sheet = sheet_of(date(2009, 1, 1), date(2023, 12, 31), "50000")
    assert sheet.amount == 15 * 50_000
    assert "severance_cap_unknown" in codes(sheet)
    assert "severance_cap_unknown" not in codes(
        sheet_of(date(2009, 1, 1), date(2023, 12, 31), "50000", parameters=CAPPED)
    )


def test_years_before_2008_are_left_out_of_n_and_counted_for_2n() -> None:
    start, end = date(2003, 1, 1), date(2017, 12, 31)
    lawful = sheet_of(start, end)
    assert lawful.amount == 10 * 6000
    assert "severance_before_2008" in codes(lawful)
    unlawful = sheet_of(start, end, ending=Ending.UNLAWFUL)
    assert unlawful.amount == 2 * 15 * 6000
    assert "severance_before_2008_whole" in codes(unlawful)


def test_impossible_times_are_refused() -> None:
    with pytest.raises(Refusal, match=r"calculate\.end_before_start"):
        sheet_of(date(2024, 1, 2), date(2024, 1, 1))
    with pytest.raises(Refusal, match=r"calculate\.before_2008"):
        sheet_of(date(2001, 1, 2), date(2007, 12, 31))


def test_the_year_for_arbitration_is_told_and_when_it_is_over() -> None:
    assert "arbitration_by" in codes(sheet_of(date(2021, 1, 1), TODAY - timedelta(days=365)))
    assert "arbitration_late" in codes(sheet_of(date(2021, 1, 1), TODAY - timedelta(days=366)))


@given(SINCE_2008, st.integers(0, 7000), st.integers(0, 400), WAGES)
def test_longer_service_never_pays_less(start: date, days: int, more: int, wage: Decimal) -> None:
    end = start + timedelta(days=days)
    longer = end + timedelta(days=more)
    assert sheet_of(start, longer, wage).amount >= sheet_of(start, end, wage).amount


@given(SINCE_2008, st.integers(0, 9000), WAGES, WAGES, st.sampled_from(Ending))
def test_a_higher_wage_never_pays_less(
    start: date, days: int, one: Decimal, other: Decimal, ending: Ending
) -> None:
    low, high = sorted((one, other))
    end = start + timedelta(days=days)
    assert sheet_of(start, end, high, ending).amount >= sheet_of(start, end, low, ending).amount


@given(SINCE_2008, st.integers(0, 9000), WAGES, WAGES)
def test_n_plus_one_is_n_and_the_last_month_and_2n_is_twice_n(
    start: date, days: int, wage: Decimal, last: Decimal
) -> None:
    end = start + timedelta(days=days)
    n = sheet_of(start, end, wage).amount
    plus = sheet_of(start, end, wage, Ending.WITHOUT_NOTICE, last=str(last)).amount
    assert plus == n + last
    base = max(wage, Decimal(2540))
    twice = sheet_of(start, end, wage, Ending.UNLAWFUL).amount
    assert twice == 2 * months_of_pay(start, end) * base
    assert abs(twice - 2 * n) <= Decimal("0.01")


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 30_000))
def test_a_tenure_is_its_parts_put_together(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    served = tenure(start, end)
    months = served.years * 12 + served.months
    assert 0 <= served.months < 12
    assert 0 <= served.days <= 30
    assert anniversary(start, months) + timedelta(days=served.days) == end + timedelta(days=1)
    assert anniversary(start, months + 1) > end + timedelta(days=1)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(1, 700))
def test_a_month_ends_on_the_day_before_its_anniversary(start: date, months: int) -> None:
    after = anniversary(start, months)
    assert full_months(start, after - timedelta(days=1)) == months
    assert full_months(start, after - timedelta(days=2)) == months - 1


@given(SINCE_2008, st.integers(0, 9000), WAGES, st.sampled_from(Ending), st.booleans())
def test_a_sheet_survives_being_kept(
    start: date, days: int, wage: Decimal, ending: Ending, capped: bool
) -> None:
    assume(start + timedelta(days=days) < date(2060, 1, 1))
    parameters = CAPPED if capped else Parameters(TODAY)
    sheet = sheet_of(start, start + timedelta(days=days), wage, ending, parameters, last="4000")
    assert Sheet.of(sheet.data()) == sheet
