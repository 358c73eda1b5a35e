"""Double pay without a written contract: the law's own days, and what must hold for any case."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculate.double_pay import Contract, DoublePayCase, double_pay
from domain.calculate.sheet import Parameters, Sheet
from domain.calculate.tenure import anniversary
from domain.refusal import Refusal

STARTS = st.dates(date(2008, 1, 1), date(2026, 1, 1))
WAGES = st.decimals(100, 1_000_000, places=2)


def sheet_of(
    start: date,
    contract: Contract,
    wage: str | Decimal = "5000",
    until: date | None = None,
    today: date = date(2026, 11, 25),
) -> Sheet:
    return double_pay(DoublePayCase(start, contract, Decimal(wage), until), Parameters(today))


def flags(sheet: Sheet) -> set[str]:
    return {line.code for line in sheet.flags}


def test_april_to_august_are_five_months() -> None:
    sheet = sheet_of(date(2026, 3, 1), Contract.NEVER, today=date(2026, 8, 31))
    assert sheet.amount == 25_000
    assert sheet.steps[0].days == {"first": date(2026, 4, 1), "last": date(2026, 8, 31)}


def test_it_ends_on_the_day_before_a_full_year_after_eleven_months() -> None:
    sheet = sheet_of(date(2025, 3, 1), Contract.NEVER)
    assert sheet.amount == 55_000
    assert sheet.steps[0].days["last"] == date(2026, 2, 28)
    assert "double_open_ended" in flags(sheet)


def test_it_ends_on_the_day_before_the_contract_was_signed() -> None:
    signed = sheet_of(date(2026, 3, 1), Contract.SIGNED, until=date(2026, 7, 1))
    assert signed.amount == 15_000
    left = sheet_of(date(2026, 3, 1), Contract.LEFT, until=date(2026, 6, 30))
    assert left.amount == 15_000


def test_within_the_first_month_nothing_is_owed() -> None:
    for until in (date(2026, 3, 2), date(2026, 4, 1)):
        sheet = sheet_of(date(2026, 3, 1), Contract.SIGNED, until=until)
        assert sheet.amount == 0
        assert sheet.steps[0].code == "double_none"
    assert sheet_of(date(2026, 3, 1), Contract.SIGNED, until=date(2026, 4, 2)).amount > 0


def test_a_part_of_a_month_goes_by_calendar_days() -> None:
    # 1 to 10 September are ten of thirty days.
    sheet = sheet_of(date(2025, 3, 1), Contract.LEFT, until=date(2025, 9, 10))
    assert sheet.amount == Decimal("26666.67")
    assert "double_part" in flags(sheet)


@pytest.mark.parametrize(
    ("today", "flag"),
    [
        (date(2026, 4, 1), "double_limit_ahead"),
        (date(2026, 4, 2), "double_limit_eats"),
        (date(2027, 2, 28), "double_limit_eats"),
        (date(2027, 3, 1), "double_limit_over"),
    ],
)
def test_a_year_later_the_limit_begins_to_eat_it_day_by_day(today: date, flag: str) -> None:
    assert flag in flags(sheet_of(date(2025, 3, 1), Contract.NEVER, today=today))


def test_what_the_limit_leaves_is_told() -> None:
    sheet = sheet_of(date(2025, 3, 1), Contract.NEVER, today=date(2026, 10, 1))
    line = next(line for line in sheet.flags if line.code == "double_limit_eats")
    # October to February.
    assert line.amounts["left"] == 25_000
    assert line.days["oldest"] == date(2025, 10, 1)


def test_who_was_there_before_the_law_counts_from_the_law() -> None:
    sheet = sheet_of(date(2001, 5, 1), Contract.NEVER)
    assert sheet.amount == 55_000
    assert sheet.steps[0].days["first"] == date(2008, 2, 1)


def test_signing_before_the_start_is_refused() -> None:
    with pytest.raises(Refusal, match=r"calculate\.end_before_start"):
        sheet_of(date(2026, 3, 1), Contract.SIGNED, until=date(2026, 2, 28))


@given(STARTS, st.integers(0, 800), st.integers(0, 60), WAGES, st.sampled_from(Contract))
def test_more_time_and_wage_never_pay_less_and_eleven_months_are_the_most(
    start: date, days: int, more: int, wage: Decimal, contract: Contract
) -> None:
    today = start + timedelta(days=days + more)
    until = None if contract is Contract.NEVER else start + timedelta(days=days)
    sheet = sheet_of(start, contract, wage, until, today)
    assert 0 <= sheet.amount <= 11 * wage
    assert sheet_of(start, contract, wage + 1, until, today).amount >= sheet.amount
    longer = None if until is None else until + timedelta(days=more)
    later = today + timedelta(days=more)
    assert sheet_of(start, contract, wage, longer, later).amount >= sheet.amount
    assert Sheet.of(sheet.data()) == sheet


@given(STARTS, WAGES)
def test_a_full_year_is_always_eleven_months(start: date, wage: Decimal) -> None:
    today = anniversary(start, 12)
    assert sheet_of(start, Contract.NEVER, wage, today=today).amount == 11 * wage


@given(STARTS, WAGES, st.integers(0, 900))
def test_what_the_limit_leaves_is_a_part_of_the_whole(
    start: date, wage: Decimal, days: int
) -> None:
    sheet = sheet_of(start, Contract.NEVER, wage, today=start + timedelta(days=days))
    for line in sheet.flags:
        if line.code == "double_limit_eats":
            assert 0 < line.amounts["left"] <= sheet.amount
