"""Rounds of the quiz: what staff plan, which states it goes through, when it needs two people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from domain.calendar import Calendar
from domain.quiz import EASIEST, HARDEST
from domain.quiz_bank import Shelf
from domain.quiz_timetable import Days, Timetable, check_timetable
from domain.refusal import Refusal

TITLE, INTRO, NOTE = 40, 200, 200
MOST_CELLS, MOST_QUESTIONS = 30, 50
MOST_ATTEMPTS, MOST_MINUTES = 10, 120
# An approval lapses (RELIABILITY 6.3).
APPROVE_WITHIN = timedelta(hours=24)
# Between publishing the list of entries and the draw, so that everybody can keep the list.
DRAW_AFTER = timedelta(minutes=10)
# Staff look for wrong keys before the list is fixed.
LOOK_BEFORE_DRAW = timedelta(hours=24)
# One reminder, so long before the end of a day.
REMIND_BEFORE = timedelta(hours=2)
# Our own outage so shortly before a deadline moves it (RELIABILITY R16).
NEAR_DEADLINE = timedelta(minutes=10)
# Quiz detail is kept for twelve months (RELIABILITY 8).
KEPT = timedelta(days=365)


class RoundState(StrEnum):
    """Where a round is. Only PUBLISHED opens days; a HELD one opens none and starts nothing."""

    DRAFT = "draft"
    APPROVING = "approving"
    PUBLISHED = "published"
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"


ROUND_MOVES: Mapping[RoundState, frozenset[RoundState]] = {
    RoundState.DRAFT: frozenset(
        {RoundState.APPROVING, RoundState.PUBLISHED, RoundState.CANCELLED}
    ),
    RoundState.APPROVING: frozenset(
        {RoundState.DRAFT, RoundState.PUBLISHED, RoundState.CANCELLED}
    ),
    RoundState.PUBLISHED: frozenset({RoundState.HELD, RoundState.CLOSED, RoundState.CANCELLED}),
    RoundState.HELD: frozenset({RoundState.PUBLISHED, RoundState.CLOSED, RoundState.CANCELLED}),
    RoundState.CLOSED: frozenset(),
    RoundState.CANCELLED: frozenset(),
}
# What members may see.
SHOWN = frozenset({RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED})


class SittingState(StrEnum):
    """One day of a round. DROPPED fell due while nobody was there, or its round rested."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Cell:
    """So many items of a topic, of one difficulty or of any."""

    topic: str
    count: int
    difficulty: int | None = None


@dataclass(frozen=True, slots=True)
class CellCheck:
    """A cell with what may be drawn for it once the cells before it had theirs."""

    cell: Cell
    available: int

    @property
    def is_enough(self) -> bool:
        return self.available >= self.cell.count


@dataclass(frozen=True, slots=True)
class Prize:
    """What is drawn among those who passed on enough days; chance decides, not speed.

    With `roster_only` somebody must be known from a roster of the union: otherwise whoever has a
    hundred accounts has a hundred lots. `where` tells where and when to fetch it.
    """

    what: str
    winners: int
    passed_days: int
    claim_days: int
    where: str
    roster_only: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """A round as planned, and what became of it. The ids and the seed are made by the service.

    `minutes` is the time for one attempt, 0 for as much as the day has; `pass_mark` is in
    percent. `unit_path` is whose members are invited. Units are compared with each other only if
    somebody wrote down why: `unit_table_reason`.
    """

    id: str
    title: str
    state: RoundState
    unit_path: str
    timetable: Timetable
    blueprint: tuple[Cell, ...]
    created_by: str
    created_at: datetime
    intro: str = ""
    attempts: int = 1
    minutes: int = 10
    pass_mark: int = 60
    is_pushed: bool = True
    reminds: bool = True
    has_board: bool = True
    prize: Prize | None = None
    unit_table_reason: str = ""
    note: str = ""
    is_demo: bool = False
    handed_in_by: str | None = None
    handed_in_at: datetime | None = None
    plan_hash: str | None = None
    approved_by: str | None = None
    published_at: datetime | None = None
    closed_at: datetime | None = None
    draw_at: datetime | None = None
    seed: str | None = None
    seed_hash: str | None = None
    entries_hash: str | None = None
    draw_list: str | None = None
    drawn_at: datetime | None = None
    draw_record: str | None = None

    @property
    def questions(self) -> int:
        """How many questions one attempt has."""
        return sum(cell.count for cell in self.blueprint)

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.topic for cell in self.blueprint))


@dataclass(frozen=True, slots=True)
class Sitting:
    """One day of a round, counted from 1. `planned_to` is when it should have closed."""

    id: str
    round_id: str
    number: int
    state: SittingState
    opens_at: datetime
    closes_at: datetime
    planned_to: datetime
    push_id: int | None = None
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoundSieve:
    """Which rounds are wanted; what is None or empty lets everything through."""

    words: str = ""
    state: RoundState | None = None


def must_move_round(before: RoundState, after: RoundState) -> None:
    """Refuses with `quiz.not_now` a step that no round may take."""
    if after not in ROUND_MOVES[before]:
        raise Refusal("quiz.not_now")


def check_round(one: Round, calendar: Calendar, now: datetime) -> None:
    """Refuses with `quiz.plan_...` what could not be held as it is written."""
    if not 0 < len(one.title.strip()) <= TITLE:
        raise Refusal("quiz.plan_title", limit=TITLE)
    if len(one.intro) > INTRO:
        raise Refusal("quiz.plan_intro", limit=INTRO)
    check_timetable(one.timetable, calendar, now)
    _check_blueprint(one.blueprint)
    if not 1 <= one.attempts <= MOST_ATTEMPTS:
        raise Refusal("quiz.plan_attempts", most=MOST_ATTEMPTS)
    if not 0 <= one.minutes <= MOST_MINUTES:
        raise Refusal("quiz.plan_minutes", most=MOST_MINUTES)
    if not 1 <= one.pass_mark <= 100:
        raise Refusal("quiz.plan_pass")
    if one.prize is not None:
        _check_prize(one.prize, len(list(one.timetable.all(calendar))))


def check_shelf(blueprint: Sequence[Cell], shelf: Shelf) -> Sequence[CellCheck]:
    """For each cell, in the blueprint's order, what is there for it. Cells of one difficulty have
    the first choice: a cell of any difficulty gets what they leave."""
    left = dict(shelf.counts)
    found: dict[int, CellCheck] = {}
    numbered = sorted(enumerate(blueprint), key=lambda pair: pair[1].difficulty is None)
    for place, cell in numbered:
        keys = [
            key
            for key in sorted(left)
            if key[0] == cell.topic and cell.difficulty in (None, key[1])
        ]
        found[place] = CellCheck(cell, sum(left[key] for key in keys))
        wanted = cell.count
        for key in keys:
            taken = min(wanted, left[key])
            left[key] -= taken
            wanted -= taken
    return tuple(found[place] for place in range(len(blueprint)))


def plan_of(one: Round) -> dict[str, Any]:
    """What staff decided, as plain data: what an approval is bound to."""
    timetable = one.timetable
    return {
        "intro": one.intro,
        "timetable": {
            "first": timetable.first.isoformat(),
            "last": timetable.last.isoformat(),
            "opens": timetable.opens.isoformat(),
            "closes": timetable.closes.isoformat(),
            "weekdays": sorted(timetable.weekdays),
            "month_days": sorted(timetable.month_days),
            "every_weeks": timetable.every_weeks,
            "days": timetable.days.value,
        },
        "blueprint": [[cell.topic, cell.count, cell.difficulty] for cell in one.blueprint],
        "attempts": one.attempts,
        "minutes": one.minutes,
        "pass_mark": one.pass_mark,
        "is_pushed": one.is_pushed,
        "reminds": one.reminds,
        "has_board": one.has_board,
        "prize": None if one.prize is None else asdict(one.prize),
        "unit_table_reason": one.unit_table_reason,
    }


def fields_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a round that `plan_of` wrote."""
    rule = plan["timetable"]
    return {
        **{
            name: plan[name]
            for name in (
                "intro",
                "attempts",
                "minutes",
                "pass_mark",
                "is_pushed",
                "reminds",
                "has_board",
                "unit_table_reason",
            )
        },
        "timetable": Timetable(
            date.fromisoformat(rule["first"]),
            date.fromisoformat(rule["last"]),
            time.fromisoformat(rule["opens"]),
            time.fromisoformat(rule["closes"]),
            frozenset(rule["weekdays"]),
            frozenset(rule["month_days"]),
            rule["every_weeks"],
            Days(rule["days"]),
        ),
        "blueprint": tuple(Cell(*row) for row in plan["blueprint"]),
        "prize": None if plan["prize"] is None else Prize(**plan["prize"]),
    }


def plan_hash(one: Round) -> str:
    """The SHA-256 of what would be published: any change of it voids an approval."""
    bound = {"title": one.title, "unit_path": one.unit_path, **plan_of(one)}
    text = json.dumps(bound, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_approval_live(one: Round, now: datetime) -> bool:
    """Whether what was handed in may still be approved: unchanged, and within 24 hours."""
    if one.handed_in_at is None or one.plan_hash != plan_hash(one):
        return False
    return now < one.handed_in_at + APPROVE_WITHIN


def extended(
    deadline: datetime, since: datetime, down: Iterable[tuple[datetime, datetime]]
) -> datetime:
    """The deadline, moved by each span in which we were not there between `since` and it."""
    for began, ended in sorted(down):
        if began < deadline and ended > since:
            deadline += ended - max(began, since)
    return deadline


def _check_blueprint(blueprint: Sequence[Cell]) -> None:
    if not 1 <= len(blueprint) <= MOST_CELLS:
        raise Refusal("quiz.plan_cells", most=MOST_CELLS)
    if len({(cell.topic, cell.difficulty) for cell in blueprint}) != len(blueprint):
        raise Refusal("quiz.plan_cell_twice")
    for cell in blueprint:
        if cell.difficulty is not None and not EASIEST <= cell.difficulty <= HARDEST:
            raise Refusal("quiz.plan_difficulty", least=EASIEST, most=HARDEST)
    if min(cell.count for cell in blueprint) < 1:
        raise Refusal("quiz.plan_count", most=MOST_QUESTIONS)
    if sum(cell.count for cell in blueprint) > MOST_QUESTIONS:
        raise Refusal("quiz.plan_count", most=MOST_QUESTIONS)


def _check_prize(prize: Prize, days: int) -> None:
    if not prize.what.strip() or not prize.where.strip():
        raise Refusal("quiz.plan_prize_words")
    if prize.winners < 1 or not 1 <= prize.claim_days <= 90:
        raise Refusal("quiz.plan_prize_numbers")
    if not 1 <= prize.passed_days <= days:
        raise Refusal("quiz.plan_prize_days", days=days)
