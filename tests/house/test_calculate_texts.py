"""Every step and every kind of sheet has its words, each is used, and a sheet fits a message."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

import locales
from domain.calculate.annual_leave import LeaveCase, annual_leave
from domain.calculate.asking import Kind, plan, progress
from domain.calculate.double_pay import Contract, DoublePayCase, double_pay
from domain.calculate.overtime import OvertimeCase, overtime
from domain.calculate.severance import Ending, SeveranceCase, severance
from domain.calculate.sheet import Calculator, Parameters, Sheet
from handlers.calculate import _prompt
from handlers.sheets import sheet_text
from locales import Markup, Texts

TODAY = date(2026, 11, 25)
FILE = Path(locales.__file__).parent / "zh-CN" / "calculate.toml"
# Said by name, or a refusal's code: others are put together from parts.
NAMED = (
    "unclear_",
    "menu",
    "urgent",
    "other_matter",
    "only_text",
    "command",
    "go_on",
    "left",
    "again",
    "page",
    "step_gone",
    "end_before_start",
    "future",
    "long_ago",
    "before_2008",
    "zero_time",
    "long_time",
    "wage_",
    "hours_many",
    "days_many",
    "years_many",
    "no_hours",
)


class Heard(Texts):
    """Notes every key that is said."""

    def __init__(self) -> None:
        words = tomllib.loads(FILE.read_text("utf-8"))
        super().__init__({f"calculate.{name}": text for name, text in words.items()})
        self.keys: set[str] = set()

    def __call__(self, key: str, **values: object) -> Markup:
        self.keys.add(key)
        return super().__call__(key, **values)


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


def sheets() -> list[Sheet]:
    """Every branch of every calculator."""
    found = []
    for wage, cap, floor, start, ending in product(
        ("1800", "50000"), (None, "36000"), (None, "2540"), (2003, 2021), Ending
    ):
        for end, is_estimated in ((date(2024, 11, 4), True), (date(2026, 8, 9), False)):
            case = SeveranceCase(
                date(start, 3, 5), end, Decimal(wage), ending, Decimal(6500), is_estimated
            )
            known = [None if value is None else Decimal(value) for value in (floor, cap)]
            found.append(severance(case, Parameters(TODAY, *known)))
    for wage in ("1800", "5000"):
        hours = [Decimal(hour) for hour in ("66", "16", "24")]
        case_of_hours = OvertimeCase(Decimal(wage), *hours)
        found.append(overtime(case_of_hours, Parameters(TODAY, Decimal(2540))))
    for years, taken, leaving in product((0, 3, 25), ("0", "8"), (None, date(2026, 6, 30))):
        leave = LeaveCase(years, Decimal(taken), Decimal(6525), leaving)
        found.append(annual_leave(leave, Parameters(TODAY)))
    for start_day, contract, is_estimated in product(
        (date(2024, 3, 1), date(2025, 3, 1), date(2026, 3, 9), date(2026, 11, 20)),
        Contract,
        (True, False),
    ):
        until = None if contract is Contract.NEVER else TODAY
        paid = DoublePayCase(start_day, contract, Decimal(5000), until, is_estimated)
        found.append(double_pay(paid, Parameters(TODAY)))
    return found


def say_all_sheets(heard: Heard) -> None:
    for sheet in sheets():
        text = sheet_text(heard, Sheet.of(sheet.data()))
        assert len(text.encode("utf-16-le")) // 2 <= 4096


def say_all_prompts(heard: Heard) -> None:
    """Every step of every way, each as its first and as a later one."""
    typed = {
        Kind.START: "2021-03-05",
        Kind.DAY: "2021-03-05",
        Kind.MONEY: "6000.00",
        Kind.HOURS: "1.5",
        Kind.DAYS: "1",
        Kind.YEARS: "12",
    }
    for calculator in Calculator:
        for first in (*Ending, *Contract):
            answers: dict[str, str] = {}
            while (now := progress(calculator, answers)) is not None:
                _prompt(heard, now)
                choices = now.question.choices
                value = first if first in choices else typed.get(now.question.kind)
                answers[now.question.step] = value or str(choices[0])
            assert len(plan(calculator, answers)) == len(answers)
            if "until" in answers:
                later = {**answers, "until": "whole"}
                del later["wage"]
                late = progress(calculator, later)
                assert late is not None
                _prompt(heard, late)


def test_every_word_is_there_and_every_word_is_said(heard: Heard) -> None:
    say_all_sheets(heard)
    say_all_prompts(heard)
    written = {key.removeprefix("calculate.") for key in heard.gaps}
    said = {key.removeprefix("calculate.") for key in heard.keys}
    assert {key for key in written - said if not key.startswith(NAMED)} == set()
