"""The steps of the calculators: their order, going back, and what an answer may be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.calculate.asking import Answers, Progress, Unclear, before, picked, progress, told
from domain.calculate.sheet import Calculator, Parameters, Sheet
from domain.calculate.working import work_out
from domain.reading.words import Words
from domain.refusal import Refusal
from locales import load_words

TODAY = date(2026, 11, 25)
WORDS = Words.of(load_words())


def at(calculator: Calculator, answers: Answers) -> Progress:
    now = progress(calculator, answers)
    assert now is not None
    return now


def walk(calculator: Calculator, *texts: str) -> dict[str, str]:
    """The answers after so many typed texts; `=name` presses a button."""
    answers: dict[str, str] = {}
    for text in texts:
        now = at(calculator, answers)
        if text.startswith("="):
            answers = picked(now, text[1:], TODAY)
        else:
            answers = told(now, text, TODAY, WORDS)
    return answers


def sheet_after(calculator: Calculator, *texts: str) -> Sheet:
    answers = walk(calculator, *texts)
    assert progress(calculator, answers) is None
    return work_out(calculator, answers, TODAY, lambda day: Parameters(TODAY, Decimal(2540)))


def test_every_calculator_leads_from_typed_texts_to_its_sheet() -> None:
    severance = sheet_after(Calculator.SEVERANCE, "协商", "2021年3月5日", "2024.11.4", "6千")
    assert severance.amount == 24_000
    overtime = sheet_after(Calculator.OVERTIME, "5000", "3x22", "没有", "=none")
    assert overtime.amount == Decimal("2844.83")
    leave = sheet_after(Calculator.ANNUAL_LEAVE, "12年", "2026-6-30", "没休", "6525")
    assert leave.amount == 2400
    double = sheet_after(Calculator.DOUBLE_PAY, "2026-3-1", "后来补签了", "2026.7.1", "5000")
    assert double.amount == 15_000


def test_every_choice_is_offered_and_leads_on() -> None:
    for how in ("lawful", "unlawful", "unsure"):
        sheet_after(Calculator.SEVERANCE, f"={how}", "2021-3-5", "=today", "6000")
    plus = sheet_after(
        Calculator.SEVERANCE, "=no_notice", "2021-3-5", "2024-11-4", "6000", "=same"
    )
    assert plus.amount == 30_000
    for worked, days in (("from1", 5), ("from10", 10), ("from20", 15)):
        leave = sheet_after(Calculator.ANNUAL_LEAVE, f"={worked}", "=whole", "=none", "2175")
        assert leave.amount == days * 200
    assert sheet_after(Calculator.ANNUAL_LEAVE, "=under1").amount == 0
    never = sheet_after(Calculator.DOUBLE_PAY, "2025-3-1", "=never", "5000")
    assert never.amount == 55_000
    left = sheet_after(Calculator.DOUBLE_PAY, "2026-3-1", "=left", "2026-6-30", "5000")
    assert left.amount == 15_000


@pytest.mark.parametrize(
    ("text", "months"),
    [("3年8个月", 4), ("7年4个月", "7.5"), ("半年", 1), ("20天", "0.5"), ("3年", 3)],
)
def test_a_length_of_time_stands_for_both_days(text: str, months: str | int) -> None:
    sheet = sheet_after(Calculator.SEVERANCE, "=lawful", text, "6000")
    assert sheet.steps[0].amounts["count"] == Decimal(months)
    assert "severance_estimated" in {line.code for line in sheet.flags}


def test_a_length_of_time_is_exact_on_every_day() -> None:
    for day in (date(2028, 2, 28), date(2028, 2, 29), date(2027, 2, 28), date(2026, 8, 31)):
        now = at(Calculator.SEVERANCE, {"how": "lawful"})
        answers = {**told(now, "3年", day, WORDS), "wage": "6000"}
        sheet = work_out(Calculator.SEVERANCE, answers, day, Parameters)
        assert sheet.amount == 18_000


def test_going_back_forgets_one_answer_at_a_time() -> None:
    calculator = Calculator.SEVERANCE
    now: Progress | None = at(calculator, walk(calculator, "=no_notice", "3年8个月", "6000"))
    steps = []
    while now is not None:
        steps.append(now.question.step)
        now = before(now)
    # The length of time has answered the last day as well: there is nothing to go back to.
    assert steps == ["last", "wage", "start", "how"]


def test_going_back_keeps_the_end_that_a_length_of_time_implied() -> None:
    calculator = Calculator.SEVERANCE
    now = before(at(calculator, walk(calculator, "=no_notice", "3年8个月", "6000")))
    assert now is not None
    assert "start.end" in now.answers


@pytest.mark.parametrize(
    ("calculator", "given", "text", "code"),
    [
        (Calculator.SEVERANCE, ("=lawful",), "0年", "zero_time"),
        (Calculator.SEVERANCE, ("=lawful",), "100年", "long_time"),
        (Calculator.SEVERANCE, ("=lawful",), "2027-1-1", "future"),
        (Calculator.SEVERANCE, ("=lawful",), "1910-1-1", "long_ago"),
        (Calculator.SEVERANCE, ("=lawful", "2021-3-5"), "2020-1-1", "end_before_start"),
        (Calculator.SEVERANCE, ("=lawful", "2021-3-5"), "2029-1-1", "future"),
        (Calculator.OVERTIME, (), "100,000,000", "wage_large"),
        (Calculator.OVERTIME, (), "0", "wage_small"),
        (Calculator.OVERTIME, ("5000",), "99999", "hours_many"),
        (Calculator.OVERTIME, ("5000", "0", "0"), "0", "no_hours"),
        (Calculator.ANNUAL_LEAVE, (), "200", "years_many"),
        (Calculator.ANNUAL_LEAVE, ("12", "=whole"), "400", "days_many"),
        (Calculator.DOUBLE_PAY, ("2025-3-1", "=left"), "明天", "future"),
        (Calculator.DOUBLE_PAY, ("2025-3-1", "=left"), "2025-2-1", "end_before_start"),
    ],
)
def test_impossible_answers_are_refused(
    calculator: Calculator, given: tuple[str, ...], text: str, code: str
) -> None:
    now = at(calculator, walk(calculator, *given))
    with pytest.raises(Refusal) as refused:
        told(now, text, TODAY, WORDS)
    assert refused.value.code == f"calculate.{code}"
    assert not isinstance(refused.value, Unclear)


@pytest.mark.parametrize(
    ("calculator", "given"),
    [
        (Calculator.SEVERANCE, ()),
        (Calculator.SEVERANCE, ("=lawful",)),
        (Calculator.SEVERANCE, ("=lawful", "2021-3-5")),
        (Calculator.OVERTIME, ()),
        (Calculator.OVERTIME, ("5000",)),
        (Calculator.ANNUAL_LEAVE, ()),
        (Calculator.ANNUAL_LEAVE, ("12", "=whole")),
    ],
)
@pytest.mark.parametrize("text", ["abc", "老板三个月没发工资了怎么办啊", "？？"])
def test_what_is_no_answer_is_unclear(
    calculator: Calculator, given: tuple[str, ...], text: str
) -> None:
    with pytest.raises(Unclear):
        told(at(calculator, walk(calculator, *given)), text, TODAY, WORDS)


def test_a_choice_of_another_step_is_refused() -> None:
    with pytest.raises(Refusal, match=r"calculate\.step_gone"):
        picked(at(Calculator.SEVERANCE, {}), "same", TODAY)
