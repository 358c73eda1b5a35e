"""The form of a case: which step comes next, what counts as an answer, what is known already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.cases.case import STORY_LIMIT
from domain.cases.kinds import Kind
from domain.forms import Form, lifetime_of
from domain.people import Occupation, read_name, read_phone, read_unit
from domain.privacy import for_keeping
from domain.reading.amounts import read_money
from domain.reading.words import Words
from domain.refusal import Refusal
from domain.units import Level

LIFETIME = lifetime_of(Form.CASE)
STORY_LEAST = 5
REACH_LIMIT = 60
SKIPPED = "-"
NAMED, ANONYMOUS = "named", "anonymous"
_MOST_FEN = 10_000_000_000


class Ask(StrEnum):
    """The steps, in the order in which they are asked."""

    KIND = "kind"
    STORY = "story"
    EMPLOYER = "employer"
    WHICH = "which"
    TOWN = "town"
    AMOUNT = "amount"
    EVIDENCE = "evidence"
    LEVEL = "level"
    WHO = "who"
    NAME = "name"
    PHONE = "phone"
    REACH = "reach"
    CHECK = "check"


# What else is kept beside the answers, under names that are no steps.
ENTRY, QUESTION, SHEET, UNIT, MAYBE, IS_FIRM, ASKED, OCCUPATION, REVEALS = (
    "entry",
    "question",
    "sheet",
    "unit",
    "maybe",
    "is_firm",
    "asked",
    "occupation",
    "reveals",
)
OPTIONAL = frozenset({Ask.TOWN, Ask.AMOUNT, Ask.EVIDENCE, Ask.PHONE, Ask.REACH})
# What the check page lets people change; who they are is decided by the step before it.
EDITABLE = (
    Ask.KIND,
    Ask.STORY,
    Ask.EMPLOYER,
    Ask.AMOUNT,
    Ask.LEVEL,
    Ask.WHO,
    Ask.NAME,
    Ask.PHONE,
    Ask.REACH,
)
# They work for a platform or in a house where everybody knows everybody: the district takes them.
DISTRICT_ONLY = frozenset({Occupation.RIDER, Occupation.DRIVER, Occupation.FUNERAL})

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit that can be chosen."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Where the form stands: the step to answer, what was answered, what can be chosen."""

    step: Ask
    answers: Answers
    number: int
    total: int
    choices: tuple[Choice, ...] = ()

    @property
    def is_optional(self) -> bool:
        return self.step in OPTIONAL

    @property
    def can_go_back(self) -> bool:
        return bool(asked_of(self.answers))


def steps(given: Answers) -> tuple[Ask, ...]:
    """The steps of this form, as far as the answers so far tell."""
    if REVEALS in given:
        # Only who: the case is there already.
        return (Ask.NAME, Ask.PHONE, Ask.REACH, Ask.CHECK)
    is_found = UNIT in given
    shown = {
        Ask.WHICH: bool(given.get(MAYBE)) and not is_found,
        Ask.TOWN: Ask.EMPLOYER in given and not is_found,
        Ask.LEVEL: not is_for_district(given),
        Ask.NAME: given.get(Ask.WHO) != ANONYMOUS,
        Ask.PHONE: given.get(Ask.WHO) != ANONYMOUS,
        Ask.REACH: given.get(Ask.WHO) != ANONYMOUS,
    }
    return tuple(step for step in Ask if shown.get(step, True))


def next_step(given: Answers) -> Ask:
    """The first step without an answer."""
    return next(step for step in steps(given) if step is Ask.CHECK or step not in given)


def asked(given: Answers, choices: Sequence[Choice] = ()) -> Asked:
    """Where the form stands, with what can be chosen at this step."""
    step = next_step(given)
    # What was known beforehand is not asked, and does not count.
    mine = [
        one
        for one in steps(given)
        if one is not Ask.CHECK and (one not in given or one in asked_of(given))
    ]
    number = mine.index(step) + 1 if step in mine else len(mine)
    return Asked(step, given, number, len(mine), tuple(choices))


def is_for_district(given: Answers) -> bool:
    """Whether the level is no question."""
    return given.get(OCCUPATION) in DISTRICT_ONLY


def levels(given: Answers) -> tuple[Level, ...]:
    """What can be chosen; the enterprise last, and only where there is one."""
    usual = (Level.DISTRICT, Level.TOWN)
    return (*usual, Level.ENTERPRISE) if given.get(IS_FIRM) else usual


def with_answer(given: Answers, step: Ask, value: str, **more: str) -> dict[str, str]:
    """The answers with one more, remembered as asked."""
    order = [one for one in asked_of(given) if one is not step]
    return {**given, step: value, **more, ASKED: ",".join([*order, step])}


def back(given: Answers) -> dict[str, str]:
    """The answers without the last one that was asked. Refuses with `cases.step_gone`."""
    order = asked_of(given)
    if not order:
        raise Refusal("cases.step_gone")
    return without(given, order[-1])


def without(given: Answers, step: Ask) -> dict[str, str]:
    """The answers without this one and what followed from it."""
    gone = {str(step)}
    if step is Ask.EMPLOYER:
        gone |= {Ask.WHICH, Ask.TOWN, Ask.LEVEL, UNIT, MAYBE, IS_FIRM}
    if step is Ask.WHICH:
        gone |= {Ask.TOWN, Ask.LEVEL, UNIT, IS_FIRM}
    if step is Ask.WHO:
        gone |= {Ask.NAME, Ask.PHONE, Ask.REACH}
    kept = {name: value for name, value in given.items() if name not in gone}
    order = [one for one in asked_of(given) if one not in gone]
    return {**kept, ASKED: ",".join(order)}


def asked_of(given: Answers) -> list[Ask]:
    """Which steps the member was asked, in order."""
    return [Ask(name) for name in given.get(ASKED, "").split(",") if name]


def typed(step: Ask, text: str, words: Words) -> str:
    """A typed answer as it is kept.

    Refuses with `cases.story_short`, `cases.story_long`, `cases.amount_unclear`,
    `cases.reach_long`, `cases.choose_button`, and the codes of names, phones and units.
    """
    if step is Ask.STORY:
        return read_story(text)
    if step is Ask.EMPLOYER:
        return read_unit(for_keeping(text))
    if step is Ask.AMOUNT:
        return str(_amount(text, words))
    if step is Ask.NAME:
        return read_name(text)
    if step is Ask.PHONE:
        return read_phone(text)
    if step is Ask.REACH:
        return _reach(text)
    raise Refusal("cases.choose_button")


def picked(step: Ask, choice: str, now: Asked) -> str:
    """The answer behind a button. Refuses with `cases.step_gone` one that is none of this step."""
    if step is not now.step:
        raise Refusal("cases.step_gone")
    allowed: tuple[str, ...] = ()
    if step is Ask.KIND:
        allowed = tuple(Kind)
    elif step is Ask.LEVEL:
        allowed = tuple(levels(now.answers))
    elif step is Ask.WHO:
        allowed = (NAMED, ANONYMOUS)
    elif step in (Ask.WHICH, Ask.TOWN):
        allowed = tuple(str(one.id) for one in now.choices)
        if step is Ask.WHICH:
            allowed += (SKIPPED,)
    if choice not in allowed:
        raise Refusal("cases.step_gone")
    return choice


def read_story(text: str) -> str:
    """What happened, without numbers that must not be kept."""
    story = for_keeping(text).strip()
    if sum(char.isalnum() for char in story) < STORY_LEAST:
        raise Refusal("cases.story_short")
    if len(story) > STORY_LIMIT:
        raise Refusal("cases.story_long", limit=STORY_LIMIT, length=len(story))
    return story


def _amount(text: str, words: Words) -> int:
    """Fen; members say yuan."""
    found = read_money(re.sub(r"[,\uff0c]", "", text), words)
    if found is None or found <= 0 or found * 100 > _MOST_FEN:
        raise Refusal("cases.amount_unclear")
    return int(found * 100)


def _reach(text: str) -> str:
    reach = " ".join(for_keeping(text).split())
    if not reach or len(reach) > REACH_LIMIT:
        raise Refusal("cases.reach_long", limit=REACH_LIMIT)
    return reach
