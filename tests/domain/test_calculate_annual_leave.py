"""Unused annual leave by the rules of the regulation, and what must hold for any case."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculate.annual_leave import LeaveCase, annual_leave, entitled_days, unused_days
from domain.calculate.sheet import Parameters, Sheet

KNOWN = Parameters(date(2026, 11, 25))
WAGES = st.decimals(100, 1_000_000, places=2)
TAKEN = st.decimals(0, 60, places=1)
LEAVING = st.none() | st.dates(date(2009, 1, 1), date(2030, 12, 31))


def sheet_of(
    years: int, taken: str | Decimal, wage: str | Decimal, leaving: date | None = None
) -> Sheet:
    return annual_leave(LeaveCase(years, Decimal(taken), Decimal(wage), leaving), KNOWN)


@pytest.mark.parametrize(
    ("years", "days"), [(0, 0), (1, 5), (9, 5), (10, 10), (19, 10), (20, 15), (45, 15)]
)
def test_days_go_by_all_years_of_work(years: int, days: int) -> None:
    assert entitled_days(years) == days


def test_five_days_at_6525_are_3000_more_and_4500_in_all() -> None:
    sheet = sheet_of(3, "0", "6525")
    assert [result.amount for result in sheet.results] == [3000, 4500]


def test_leaving_at_the_end_of_june_with_ten_days_a_year_leaves_four() -> None:
    # 181 / 365 x 10 is 4.96: the part of a day is not paid.
    sheet = sheet_of(12, "0", "6525", date(2026, 6, 30))
    assert sheet.amount == 4 * 600
    assert sheet.steps[1].amounts["share"] == Decimal("4.95")


def test_days_taken_too_many_are_not_taken_back() -> None:
    sheet = sheet_of(12, "8", "6525", date(2026, 6, 30))
    assert sheet.amount == 0
    assert "leave_no_refund" in {line.code for line in sheet.flags}


def test_half_a_day_counts_in_a_whole_year_and_not_in_the_year_of_leaving() -> None:
    assert unused_days(LeaveCase(3, Decimal("1.5"), Decimal(6000))) == Decimal("3.5")
    last = LeaveCase(3, Decimal("1.5"), Decimal(6000), date(2026, 12, 31))
    assert unused_days(last) == 3


def test_a_leap_year_gives_no_day_more() -> None:
    last = LeaveCase(25, Decimal(0), Decimal(6000), date(2028, 12, 31))
    assert unused_days(last) == 15


def test_less_than_a_year_of_work_gives_nothing() -> None:
    assert sheet_of(0, "0", "0").amount == 0


@given(st.integers(0, 60), TAKEN, WAGES, LEAVING)
def test_days_and_pay_are_never_negative(
    years: int, taken: Decimal, wage: Decimal, leaving: date | None
) -> None:
    sheet = sheet_of(years, taken, wage, leaving)
    assert 0 <= unused_days(LeaveCase(years, taken, wage, leaving)) <= entitled_days(years)
    assert sheet.amount >= 0
    assert Sheet.of(sheet.data()) == sheet


@given(st.integers(0, 59), TAKEN, WAGES, st.dates(date(2009, 1, 1), date(2030, 12, 30)))
def test_more_years_days_and_wage_never_pay_less(
    years: int, taken: Decimal, wage: Decimal, leaving: date
) -> None:
    least = sheet_of(years, taken, wage, leaving).amount
    assert sheet_of(years + 1, taken, wage, leaving).amount >= least
    assert sheet_of(years, taken, wage + 1, leaving).amount >= least
    assert sheet_of(years, taken / 2, wage, leaving).amount >= least
    assert sheet_of(years, taken, wage, leaving.replace(month=12, day=31)).amount >= least


@given(st.integers(1, 60), WAGES)
def test_the_whole_is_half_as_much_again_as_the_extra_pay(years: int, wage: Decimal) -> None:
    extra, whole = (result.amount for result in sheet_of(years, "0", wage).results)
    assert abs(whole - extra * 3 / 2) <= Decimal("0.02")
