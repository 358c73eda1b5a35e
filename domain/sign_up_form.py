"""What is asked when somebody signs up: one step after the other, and how an answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from domain.events import AnswerKind, Event, Question
from domain.people import read_name, read_phone
from domain.privacy import clean, for_keeping
from domain.reading.numbers import numeral
from domain.reading.times import read_day
from domain.reading.words import Words, folded
from domain.refusal import Refusal

TEXT_LIMIT = 100
TEAM_LIMIT = 20
# A step that was passed over on purpose.
SKIPPED = ""
_QUESTION = "q_"
Given: TypeAlias = Mapping[str, str]


class Part(StrEnum):
    """The steps that are not questions of the event's own."""

    SESSION = "session"
    PARTY = "party"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked now. `choices` are pairs of a value and its label, for buttons."""

    key: str
    question: Question | None
    choices: tuple[tuple[str, str], ...]
    number: int
    total: int

    @property
    def is_optional(self) -> bool:
        if self.question is None:
            return self.key == Part.TEAM
        return not self.question.is_required


def next_step(event: Event, given: Given) -> Step | None:
    """The first step without an answer, or None when everything is known."""
    keys = _steps(event)
    for number, key in enumerate(keys, 1):
        if key not in given:
            question = _question(event, key)
            return Step(key, question, _choices(event, key, question), number, len(keys))
    return None


def typed(event: Event, step: Step, text: str, today: date, words: Words) -> str:
    """The answer that was typed, in the one form that is kept.

    Refuses with `events.answer_...` or `people....` what is none.
    """
    if step.key == Part.PARTY:
        count = numeral(folded(text), words)
        companions = -1 if count is None or count != int(count) else int(count)
        if not 0 <= companions <= event.companions:
            raise Refusal("events.answer_party", most=event.companions)
        return str(companions + 1)
    if step.key == Part.TEAM:
        return _line(text, TEAM_LIMIT)
    if step.question is None:
        raise Refusal("events.answer_choice")
    return _read(step.question, text, today, words)


def picked(step: Step, number: int) -> str:
    """The answer behind a button. Refuses with `common.button_gone`."""
    if not 0 <= number < len(step.choices):
        raise Refusal("common.button_gone")
    return step.choices[number][0]


def answers_of(event: Event, given: Given) -> dict[str, str]:
    """The answers to the event's own questions, by question key."""
    return {
        question.key: given[_QUESTION + question.key]
        for question in event.questions
        if given.get(_QUESTION + question.key, SKIPPED) != SKIPPED
    }


def known_already(event: Event, name: str | None, phone: str | None) -> dict[str, str]:
    """Answers that the member's profile gives."""
    profile = {"name": name, "phone": phone}
    return {
        _QUESTION + question.key: value
        for question in event.questions
        if (value := profile.get(question.profile)) is not None
    }


def _steps(event: Event) -> list[str]:
    keys = []
    if event.sessions:
        keys.append(Part.SESSION.value)
    if event.companions:
        keys.append(Part.PARTY.value)
    if event.team_size:
        keys.append(Part.TEAM.value)
    return keys + [_QUESTION + question.key for question in event.questions]


def _question(event: Event, key: str) -> Question | None:
    return next((one for one in event.questions if _QUESTION + one.key == key), None)


def _choices(event: Event, key: str, question: Question | None) -> tuple[tuple[str, str], ...]:
    if key == Part.SESSION:
        return tuple((one.key, one.title) for one in event.sessions)
    if key == Part.PARTY:
        return tuple((str(count + 1), str(count)) for count in range(event.companions + 1))
    if question is not None and question.kind is AnswerKind.CHOICE:
        return tuple((choice, choice) for choice in question.choices)
    return ()


def _read(question: Question, text: str, today: date, words: Words) -> str:
    if question.profile == "name":
        return read_name(text)
    if question.kind is AnswerKind.PHONE:
        return read_phone(text)
    if question.kind is AnswerKind.NUMBER:
        return _number(question, text, words)
    if question.kind is AnswerKind.DATE:
        day = read_day(text, words, today)
        if day is None or not day.is_exact:
            raise Refusal("events.answer_date")
        return day.day.isoformat()
    if question.kind is AnswerKind.CHOICE:
        wanted = folded(text)
        found = next((one for one in question.choices if folded(one) == wanted), None)
        if found is None:
            raise Refusal("events.answer_choice")
        return found
    return _line(text, TEXT_LIMIT)


def _number(question: Question, text: str, words: Words) -> str:
    value = numeral(folded(text), words)
    too_small = value is not None and question.least is not None and value < question.least
    too_big = value is not None and question.most is not None and value > question.most
    if value is None or too_small or too_big:
        if question.least is not None and question.most is not None:
            raise Refusal("events.answer_between", least=question.least, most=question.most)
        raise Refusal("events.answer_number")
    return f"{value:f}"


def _line(text: str, limit: int) -> str:
    line = " ".join(for_keeping(clean(text)).split())
    if not line or len(line) > limit:
        raise Refusal("events.answer_text", limit=limit)
    return line
