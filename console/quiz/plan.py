"""A round as a form: its values for the fields, and the plan that the fields tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time

from console.events.fields import Fields
from console.frame.page import Page
from console.quiz.wording import day_of, time_of
from domain.quiz import EASIEST, HARDEST
from domain.quiz_rounds import (
    INTRO,
    MOST_ATTEMPTS,
    MOST_MINUTES,
    MOST_QUESTIONS,
    TITLE,
    Cell,
    Prize,
    Round,
)
from domain.quiz_timetable import MOST_WEEKS, WEEK, Days, Timetable

_WHAT, _WHERE = 60, 120
_MOST_WINNERS, _MOST_CLAIM, _MOST_DAYS = 10_000, 90, 366
# What staff decide, and in a change is compared and handed on.
DECIDED = (
    "title",
    "unit_path",
    "timetable",
    "blueprint",
    "intro",
    "attempts",
    "minutes",
    "pass_mark",
    "is_pushed",
    "reminds",
    "has_board",
    "prize",
)
# Where a fault that only the rules of a whole plan see is told.
FIELD_OF = {
    "quiz.plan_title": "title",
    "quiz.plan_intro": "intro",
    "quiz.plan_days": "last",
    "quiz.plan_hours": "opens",
    "quiz.plan_weeks": "every_weeks",
    "quiz.plan_no_day": "first",
    "quiz.plan_cells": "cell",
    "quiz.plan_cell_twice": "cell",
    "quiz.plan_difficulty": "cell",
    "quiz.plan_count": "cell",
    "quiz.plan_attempts": "attempts",
    "quiz.plan_minutes": "minutes",
    "quiz.plan_pass": "pass_mark",
    "quiz.plan_prize_words": "prize_what",
    "quiz.plan_prize_numbers": "prize_winners",
    "quiz.plan_prize_days": "prize_passed_days",
}
_CHECKS = ("is_pushed", "reminds", "has_board")


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen: units by path, topics by key."""

    units: Mapping[str, str]
    topics: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Read:
    """What a form says. `plan` is None if something is wrong with it."""

    plan: Round | None
    fields: Fields


def values_of(one: Round) -> dict[str, object]:
    """What the fields hold when the form is opened."""
    rule, prize = one.timetable, one.prize
    return {
        "title": one.title,
        "unit": one.unit_path,
        "intro": one.intro,
        "first": rule.first.isoformat(),
        "last": rule.last.isoformat(),
        "opens": f"{rule.opens:%H:%M}",
        "closes": f"{rule.closes:%H:%M}",
        "weekdays": tuple(map(str, sorted(rule.weekdays))),
        "month_days": " ".join(map(str, sorted(rule.month_days))),
        "every_weeks": rule.every_weeks,
        "days": rule.days.value,
        "attempts": one.attempts,
        "minutes": one.minutes,
        "pass_mark": one.pass_mark,
        **{name: getattr(one, name) for name in _CHECKS},
        "has_prize": prize is not None,
        "prize_what": prize.what if prize else "",
        "prize_winners": prize.winners if prize else 10,
        "prize_passed_days": prize.passed_days if prize else 1,
        "prize_claim_days": prize.claim_days if prize else 14,
        "prize_where": prize.where if prize else "",
        "prize_roster_only": prize.roster_only if prize else True,
    }


def cells_of(one: Round) -> list[Mapping[str, object]]:
    """The rows of the blueprint."""
    return [
        {"topic": cell.topic, "difficulty": cell.difficulty or "", "count": cell.count}
        for cell in one.blueprint
    ]


def read(page: Page, base: Round, choices: Choices) -> Read:
    """The plan that the form tells, with everything else as in `base`."""
    fields = Fields(page)
    unit = fields.given("unit")
    if unit not in choices.units:
        fields.fault("unit", "console_quiz.fault_unit")
    plan = replace(
        base,
        title=fields.text("title", TITLE, required=True),
        unit_path=unit,
        intro=fields.text("intro", INTRO),
        timetable=_timetable(fields, base.timetable),
        blueprint=_blueprint(fields, choices),
        attempts=fields.number("attempts", 1, MOST_ATTEMPTS),
        minutes=fields.number("minutes", 0, MOST_MINUTES),
        pass_mark=fields.number("pass_mark", 1, 100),
        is_pushed=fields.is_ticked("is_pushed"),
        reminds=fields.is_ticked("reminds"),
        has_board=fields.is_ticked("has_board"),
        prize=_prize(fields) if fields.is_ticked("has_prize") else None,
    )
    return Read(None if fields.faults else plan, fields)


def changes(before: Round, after: Round) -> dict[str, object]:
    """What the form changes of a round that is there."""
    return {
        name: getattr(after, name)
        for name in DECIDED
        if getattr(before, name) != getattr(after, name)
    }


def _timetable(fields: Fields, base: Timetable) -> Timetable:
    weekdays = frozenset(int(one) for one in fields.ticked("weekdays") if one in tuple("0123456"))
    if not weekdays:
        fields.fault("weekdays", "console_quiz.fault_weekdays")
    days = fields.given("days")
    return Timetable(
        first=_day(fields, "first", base.first),
        last=_day(fields, "last", base.last),
        opens=_time(fields, "opens", base.opens),
        closes=_time(fields, "closes", base.closes),
        weekdays=weekdays or WEEK,
        month_days=_month_days(fields),
        every_weeks=fields.number("every_weeks", 1, MOST_WEEKS),
        days=Days(days) if days in set(Days) else Days.ANY,
    )


def _month_days(fields: Fields) -> frozenset[int]:
    found = set()
    for word in fields.given("month_days").replace("\u3001", " ").replace(",", " ").split():
        if not (word.isascii() and word.isdigit() and 1 <= int(word[:4]) <= 31):
            fields.fault("month_days", "console_quiz.fault_month_days")
            continue
        found.add(int(word))
    return frozenset(found)


def _blueprint(fields: Fields, choices: Choices) -> tuple[Cell, ...]:
    """A row without a number of questions is left out."""
    cells = []
    for at in range(fields.rows("cell")):
        name = f"cell{at}_"
        if not fields.given(f"{name}count"):
            continue
        topic = fields.given(f"{name}topic")
        if topic not in choices.topics:
            fields.fault(f"{name}topic", "console_quiz.fault_topic")
        level = fields.given(f"{name}difficulty")
        difficulty = fields.number(f"{name}difficulty", EASIEST, HARDEST) if level else None
        cells.append(Cell(topic, fields.number(f"{name}count", 1, MOST_QUESTIONS), difficulty))
    if not cells:
        fields.fault("cell", "console_quiz.fault_cells")
    return tuple(cells)


def _prize(fields: Fields) -> Prize:
    return Prize(
        what=fields.text("prize_what", _WHAT, required=True),
        winners=fields.number("prize_winners", 1, _MOST_WINNERS),
        passed_days=fields.number("prize_passed_days", 1, _MOST_DAYS),
        claim_days=fields.number("prize_claim_days", 1, _MOST_CLAIM),
        where=fields.text("prize_where", _WHERE, required=True),
        roster_only=fields.is_ticked("prize_roster_only"),
    )


def _day(fields: Fields, name: str, default: date) -> date:
    found = day_of(fields.given(name))
    if found is None:
        fields.fault(name, "console_quiz.fault_day")
    return found or default


def _time(fields: Fields, name: str, default: time) -> time:
    found = time_of(fields.given(name))
    if found is None:
        fields.fault(name, "console_quiz.fault_time")
        return default
    return found
