"""Overtime by the law's own rates, and what must hold for any hours."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.calculate.overtime import OvertimeCase, overtime
from domain.calculate.sheet import Parameters, Sheet

KNOWN = Parameters(date(2026, 11, 25), minimum_wage=Decimal(2540))
WAGES = st.decimals(100, 1_000_000, places=2)
HOURS = st.decimals(0, 10_000, places=2)


def sheet_of(wage: str | Decimal, *hours: str | Decimal) -> Sheet:
    return overtime(OvertimeCase(Decimal(wage), *map(Decimal, hours)), KNOWN)


def test_three_hours_on_22_days_at_5000_are_2844_yuan_83() -> None:
    assert sheet_of("5000", "66", "0", "0").amount == Decimal("2844.83")


def test_three_days_of_spring_festival_at_4350_are_1800() -> None:
    assert sheet_of("4350", "0", "0", "24").amount == 1800


def test_a_saturday_without_other_rest_is_paid_twice() -> None:
    assert sheet_of("4350", "0", "8", "0").amount == 400


def test_the_base_is_at_least_the_minimum_wage() -> None:
    sheet = sheet_of("2000", "10", "0", "0")
    assert sheet.amount == sheet_of("2540", "10", "0", "0").amount
    assert "overtime_floor" in {line.code for line in sheet.flags}


@given(WAGES, HOURS, HOURS, HOURS)
def test_the_whole_is_the_sum_of_its_parts(
    wage: Decimal, workday: Decimal, restday: Decimal, holiday: Decimal
) -> None:
    parts = [(workday, 0, 0), (0, restday, 0), (0, 0, holiday)]
    whole = sheet_of(wage, workday, restday, holiday)
    assert whole.amount == sum(sheet_of(wage, *map(str, part)).amount for part in parts)
    assert whole.amount == sum(line.amounts.get("pay", 0) for line in whole.steps)
    assert Sheet.of(whole.data()) == whole


@given(WAGES, WAGES, HOURS, HOURS)
def test_more_hours_and_a_higher_wage_never_pay_less(
    one: Decimal, other: Decimal, few: Decimal, more: Decimal
) -> None:
    low, high = sorted((one, other))
    few, more = sorted((few, more))
    assert sheet_of(high, more, more, more).amount >= sheet_of(low, few, few, few).amount
