"""What must be known of a dispute for its limits: two or three dates, any of them "not known"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

from domain.cases.kinds import Kind
from domain.reading.times import read_day
from domain.reading.words import Words
from domain.refusal import Refusal

EARLIEST = date(1990, 1, 1)
# A notice may name a last day of work that is still to come.
AHEAD = timedelta(days=366)
UNKNOWN = "unknown"

# What was answered, by step: a day as ISO, or the name of a choice.
Answers: TypeAlias = Mapping[str, str]


class Stage(StrEnum):
    """How far the matter has gone."""

    NOTHING = "nothing"
    MEDIATION = "mediation"
    FILED = "filed"
    ACCEPTED = "accepted"
    AWARD = "award"


@dataclass(frozen=True, slots=True)
class Question:
    """One step: a choice, or a day that is typed; choices are answers by one press."""

    step: str
    choices: tuple[str, ...] = ()
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Questions in progress: step `number` of `total`, counted from one."""

    matter: Kind
    question: Question
    number: int
    total: int
    answers: Answers = field(default_factory=dict)


def plan(matter: Kind, answers: Answers) -> tuple[Question, ...]:
    """All steps, as far as the answers tell."""
    stage = Question("stage", tuple(Stage))
    taken = {"mediation": "asked", "filed": "filed", "accepted": "accepted", "award": "received"}
    told = answers.get("stage")
    steps = [stage]
    if told in taken:
        steps.append(_day(taken[told]))
    # Once an arbitration body has it, the limit of applying is behind the member.
    if told in (None, Stage.NOTHING, Stage.MEDIATION):
        steps += _matter(matter, answers)
    return tuple(steps)


def progress(matter: Kind, answers: Answers) -> Progress | None:
    """Where the questions stand, or None if all were answered."""
    steps = plan(matter, answers)
    for number, question in enumerate(steps, 1):
        if question.step not in answers:
            return Progress(matter, question, number, len(steps), answers)
    return None


def before(now: Progress) -> Progress | None:
    """The step before, its answer forgotten; None at the first one."""
    if now.number == 1:
        return None
    kept = {question.step for question in plan(now.matter, now.answers)[: now.number - 2]}
    answers = {step: value for step, value in now.answers.items() if step in kept}
    return progress(now.matter, answers)


def told(now: Progress, text: str, today: date, words: Words) -> dict[str, str]:
    """The answers with a typed day added.

    Refuses with `limits.press_one` where a button is asked for, `limits.unclear_day` for a text
    that is no day or only a month, and with what is wrong with a day that cannot be.
    """
    if not now.question.is_day:
        raise Refusal("limits.press_one")
    typed = read_day(text, words, today)
    if typed is None or not typed.is_exact:
        # A month would be off by up to thirty days, and a limit is a day.
        raise Refusal("limits.unclear_day")
    return {**now.answers, now.question.step: _checked(now, typed.day, today).isoformat()}


def picked(now: Progress, choice: str, today: date) -> dict[str, str]:
    """The answers with a choice added. Refuses with `limits.step_gone` if it is not offered."""
    if choice not in now.question.choices:
        raise Refusal("limits.step_gone")
    if choice == "today":
        choice = today.isoformat()
    elif choice in ("this_year", "last_year"):
        choice = date(today.year - (choice == "last_year"), 12, 31).isoformat()
    return {**now.answers, now.question.step: choice}


def _checked(now: Progress, day: date, today: date) -> date:
    ahead = AHEAD if now.question.step in ("left", "until", "known") else timedelta()
    if day > today + ahead:
        raise Refusal("limits.future", day=day)
    if day < EARLIEST:
        raise Refusal("limits.long_ago", day=day)
    start = now.answers.get("start", UNKNOWN)
    if now.question.step == "until" and start != UNKNOWN and day < date.fromisoformat(start):
        raise Refusal("limits.before_start", start=date.fromisoformat(start))
    return day


def _day(step: str, *choices: str) -> Question:
    return Question(step, (*choices, UNKNOWN), is_day=True)


def _matter(matter: Kind, answers: Answers) -> list[Question]:
    claimed = _day("claimed", "never")
    if matter in (Kind.WAGES, Kind.OVERTIME):
        left = [_day("left"), claimed] if answers.get("employed") == "no" else []
        return [Question("employed", ("yes", "no")), *left, _day("owed")]
    if matter is Kind.SEVERANCE:
        return [_day("left"), claimed]
    if matter is Kind.CONTRACT:
        until = [_day("until")] if answers.get("contract") in ("signed", "left") else []
        return [
            _day("start"),
            Question("contract", ("never", "signed", "left")),
            *until,
            claimed,
        ]
    if matter is Kind.INJURY:
        return [_day("accident"), Question("applied", ("yes", "no", UNKNOWN))]
    if matter is Kind.SOCIAL_INSURANCE:
        return [_day("known"), _day("ended", "still")]
    if matter is Kind.LEAVE:
        return [_day("known", "this_year", "last_year"), claimed]
    # Inspection counts from what was done, arbitration from when it was known.
    return [_day("happened", "today"), _day("known", "today"), claimed]
