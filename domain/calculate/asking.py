"""What a calculator asks, in which order, and what counts as an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from domain.calculate.double_pay import Contract
from domain.calculate.severance import Ending
from domain.calculate.sheet import Calculator
from domain.calculate.tenure import ONE_DAY, anniversary
from domain.reading.amounts import read_days, read_hours, read_money
from domain.reading.times import Span, read_day, read_span, read_years
from domain.reading.words import Words, folded
from domain.refusal import Refusal

LEAST_WAGE, MOST_WAGE = Decimal(100), Decimal(1_000_000)
MOST_HOURS, MOST_DAYS, MOST_YEARS = Decimal(10_000), Decimal(60), 60
EARLIEST = date(1950, 1, 1)
# A notice may name a last day that is still to come.
AHEAD = timedelta(days=366)
# A choice is named in a few words; what is longer is told, or asked.
_LONGEST_CHOICE = 12

# What was answered so far, by step; `step.detail` tells how a step was answered.
Answers: TypeAlias = Mapping[str, str]


class Kind(StrEnum):
    """What a step wants to hear."""

    CHOICE = "choice"
    START = "start"
    DAY = "day"
    MONEY = "money"
    HOURS = "hours"
    DAYS = "days"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Question:
    """One step: its name, what it wants, and answers that are given with one press."""

    step: str
    kind: Kind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """A calculator that waits for its next answer: step `number` of `total`, counted from one."""

    calculator: Calculator
    question: Question
    number: int
    total: int
    answers: Answers = field(default_factory=dict)


class Unclear(Refusal):
    """The text is no answer to the step, though it may be something else, such as a question."""


def plan(calculator: Calculator, answers: Answers) -> tuple[Question, ...]:
    """All steps, as far as the answers tell; those answered come first, in order."""
    if calculator is Calculator.SEVERANCE:
        return _severance(answers)
    if calculator is Calculator.OVERTIME:
        hours = ("workday", "restday", "holiday")
        return (
            Question("wage", Kind.MONEY),
            *(Question(name, Kind.HOURS, ("none",)) for name in hours),
        )
    if calculator is Calculator.ANNUAL_LEAVE:
        return _annual_leave(answers)
    return _double_pay(answers)


def progress(calculator: Calculator, answers: Answers) -> Progress | None:
    """Where the calculator stands, or None if everything was answered."""
    steps = plan(calculator, answers)
    for number, question in enumerate(steps, 1):
        if question.step not in answers:
            return Progress(calculator, question, number, len(steps), answers)
    return None


def before(now: Progress) -> Progress | None:
    """The step before, its answer forgotten; None at the first one."""
    if now.number == 1:
        return None
    steps = plan(now.calculator, now.answers)
    kept = {question.step for question in steps[: now.number - 2]}
    answers = {k: v for k, v in now.answers.items() if k.partition(".")[0] in kept}
    return progress(now.calculator, answers)


def told(now: Progress, text: str, today: date, words: Words) -> dict[str, str]:
    """The answers with a typed one added.

    Raises Unclear if the text is no answer to the step, Refusal if it is one that cannot be.
    """
    value = _READERS[now.question.kind](now, text, today, words)
    if value is None:
        choice = _named(now, text, words)
        if choice is None:
            raise Unclear(f"calculate.unclear_{now.question.kind}")
        return picked(now, choice, today)
    return {**now.answers, **value}


def picked(now: Progress, choice: str, today: date) -> dict[str, str]:
    """The answers with a choice added. Refuses with `calculate.step_gone` if it is not offered."""
    if choice not in now.question.choices:
        raise Refusal("calculate.step_gone")
    step, answers = now.question.step, now.answers
    if choice == "none":
        value = _hours(now, Decimal(0))
    elif choice == "same":
        value = {step: answers["wage"]}
    elif choice == "today":
        value = {step: today.isoformat()}
    elif now.question.kind is Kind.YEARS:
        value = {step: choice.removeprefix("from") if choice != "under1" else "0"}
    else:
        value = {step: choice}
    return {**answers, **value}


def _severance(answers: Answers) -> tuple[Question, ...]:
    steps = [
        Question("how", Kind.CHOICE, tuple(Ending)),
        Question("start", Kind.START),
        Question("end", Kind.DAY, ("today",)),
        Question("wage", Kind.MONEY),
    ]
    if "start.end" in answers:
        del steps[2]
    if answers.get("how") == Ending.WITHOUT_NOTICE:
        steps.append(Question("last", Kind.MONEY, ("same",)))
    return tuple(steps)


def _annual_leave(answers: Answers) -> tuple[Question, ...]:
    worked = Question("worked", Kind.YEARS, ("under1", "from1", "from10", "from20"))
    if answers.get("worked") == "0":
        return (worked,)
    return (
        worked,
        Question("until", Kind.DAY, ("whole",)),
        Question("taken", Kind.DAYS, ("none",)),
        Question("wage", Kind.MONEY),
    )


def _double_pay(answers: Answers) -> tuple[Question, ...]:
    contract = answers.get("contract", Contract.SIGNED)
    steps = [
        Question("start", Kind.START),
        Question("contract", Kind.CHOICE, tuple(Contract)),
        Question(contract, Kind.DAY),
        Question("wage", Kind.MONEY),
    ]
    if contract == Contract.NEVER:
        del steps[2]
    return tuple(steps)


def _named(now: Progress, text: str, words: Words) -> str | None:
    """The choice whose words stand in the text; the longest word decides."""
    plain = folded(text)
    known = words.choices.get(f"{now.calculator}-{now.question.step}", {})
    if len(plain) > _LONGEST_CHOICE:
        return None
    found = [
        (len(word), choice)
        for choice, names in known.items()
        for word in names
        if word == plain or (len(word) > 1 and word in plain)
    ]
    longest = max((size for size, _ in found), default=0)
    best = {choice for size, choice in found if size == longest}
    return best.pop() if len(best) == 1 else None


def _read_choice(now: Progress, text: str, today: date, words: Words) -> None:
    return None


def _read_start(now: Progress, text: str, today: date, words: Words) -> dict[str, str] | None:
    typed = read_day(text, words, today)
    if typed is not None:
        _check_start(typed.day, today)
        how = {} if typed.is_exact else {"start.month": "1"}
        return {"start": typed.day.isoformat(), **how}
    span = read_span(text, words)
    return None if span is None else _start_of(now.calculator, span, today)


def _start_of(calculator: Calculator, span: Span, today: date) -> dict[str, str]:
    if not span.months and not span.days:
        raise Refusal("calculate.zero_time")
    if span.months > MOST_YEARS * 12 or span.days > MOST_YEARS * 365:
        raise Refusal("calculate.long_time", most=MOST_YEARS)
    start = anniversary(today + ONE_DAY, -span.months) - timedelta(days=span.days)
    found = {"start": start.isoformat(), "start.span": "1"}
    if calculator is Calculator.SEVERANCE:
        # No month has a 30th of February: the end follows the start, so that the span is exact.
        end = anniversary(start, span.months) + timedelta(days=span.days) - ONE_DAY
        found["start.end"] = end.isoformat()
    return found


def _check_start(day: date, today: date) -> None:
    if day > today:
        raise Refusal("calculate.future", day=day)
    if day < EARLIEST:
        raise Refusal("calculate.long_ago", day=day)


def _read_day(now: Progress, text: str, today: date, words: Words) -> dict[str, str] | None:
    typed = read_day(text, words, today, late=True)
    if typed is None:
        return None
    is_past = now.calculator is Calculator.DOUBLE_PAY
    # "This month" ends in the future; today is what was meant.
    day = today if is_past and not typed.is_exact and typed.day > today else typed.day
    start = now.answers.get("start")
    if start is not None and day < date.fromisoformat(start):
        raise Refusal("calculate.end_before_start", start=date.fromisoformat(start), end=day)
    if day > (today if is_past else today + AHEAD):
        raise Refusal("calculate.future", day=day)
    if day < EARLIEST:
        raise Refusal("calculate.long_ago", day=day)
    return {now.question.step: day.isoformat()}


def _read_money(now: Progress, text: str, today: date, words: Words) -> dict[str, str] | None:
    wage = read_money(text, words)
    if wage is None:
        return None
    if wage < LEAST_WAGE:
        raise Refusal("calculate.wage_small", amount=wage)
    if wage > MOST_WAGE:
        raise Refusal("calculate.wage_large", amount=wage)
    return {now.question.step: str(wage.quantize(Decimal("0.01")))}


def _read_hours(now: Progress, text: str, today: date, words: Words) -> dict[str, str] | None:
    hours = read_hours(text, words)
    if hours is None:
        return None
    if hours > MOST_HOURS:
        raise Refusal("calculate.hours_many", most=MOST_HOURS)
    return _hours(now, hours.quantize(Decimal("0.01")))


def _hours(now: Progress, count: Decimal) -> dict[str, str]:
    others = [now.answers.get(name, "0") for name in ("workday", "restday")]
    if now.question.step == "holiday" and not count and not any(map(Decimal, others)):
        raise Refusal("calculate.no_hours")
    return {now.question.step: str(count)}


def _read_days(now: Progress, text: str, today: date, words: Words) -> dict[str, str] | None:
    days = read_days(text, words)
    if days is None:
        return None
    if days > MOST_DAYS:
        raise Refusal("calculate.days_many", most=MOST_DAYS)
    return {now.question.step: str(days)}


def _read_years(now: Progress, text: str, today: date, words: Words) -> dict[str, str] | None:
    years = read_years(text, words)
    if years is None:
        return None
    if years > MOST_YEARS:
        raise Refusal("calculate.years_many", most=MOST_YEARS)
    return {now.question.step: str(years)}


_Reader: TypeAlias = Callable[[Progress, str, date, Words], dict[str, str] | None]
_READERS: Mapping[Kind, _Reader] = {
    Kind.CHOICE: _read_choice,
    Kind.START: _read_start,
    Kind.DAY: _read_day,
    Kind.MONEY: _read_money,
    Kind.HOURS: _read_hours,
    Kind.DAYS: _read_days,
    Kind.YEARS: _read_years,
}
