"""Live contests in groups: polls of Telegram's own, one after the other, for whoever is there.

A contest gives no prize: it is for learning together, and a poll proves neither who answered nor
with whose help.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.calendar import QuietHours
from domain.quiz import EXPLANATION, EXPLANATION_LINES, OPTION, QUESTION, Item, size
from domain.quiz_play import PoolItem
from domain.quiz_rounds import Cell, RoundState
from domain.refusal import Refusal

TITLE = 40
FEWEST, MOST = 1, 20
SECONDS_LEAST, SECONDS_MOST = 10, 120
SECONDS = (15, 20, 30, 45, 60)
# Telegram takes 2 to 12 options, older servers of its API only 10.
OPTIONS_LEAST, OPTIONS_MOST = 2, 10
# Room for the number of the question before it, and for the mark between explanation and source.
NUMBERING, SOURCE_MARK = 16, 8
# Between the first word in the group and the first question.
LEAD = timedelta(seconds=15)
# Between the end of a question and the next: time to read why.
PAUSE = timedelta(seconds=6)
# A question that could not be sent for so long is of no use any more.
SEND_WITHIN = timedelta(seconds=60)
# After so long a gap people have gone home.
LATEST = timedelta(minutes=10)
# So many questions in a row that did not arrive end a contest.
MOST_MISSED = 2
BOARD_PLACES = 5
# Single votes are kept as long as answers of rounds, then counted and forgotten.
KEPT = timedelta(days=365)
# What belongs to no question of ours is of no use after this.
STRAY_VOTES_KEPT = timedelta(days=7)
# Rounds whose questions may be used: two people have looked where two are needed.
USABLE = frozenset({RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED})


class ContestState(StrEnum):
    """Where a contest is. STOPPED was ended by staff, FAILED by what happened: see Ending."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


CONTEST_MOVES: Mapping[ContestState, frozenset[ContestState]] = {
    ContestState.RUNNING: frozenset(
        {ContestState.FINISHED, ContestState.STOPPED, ContestState.FAILED}
    ),
    ContestState.FINISHED: frozenset(),
    ContestState.STOPPED: frozenset(),
    ContestState.FAILED: frozenset(),
}


class Ending(StrEnum):
    """Why a contest failed: the bot may not write there, questions did not arrive, or the program
    was away for too long."""

    GONE = "gone"
    UNSENT = "unsent"
    LATE = "late"


class AskState(StrEnum):
    """Where a question is. ASKED is on its way; UNCLEAR may have arrived: it is not sent again;
    MISSED did not arrive."""

    WAITING = "waiting"
    ASKED = "asked"
    SHOWN = "shown"
    UNCLEAR = "unclear"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class GroupChat:
    """A group in which the bot is, or was. `unit_path` is whose staff may use it; None is not
    decided yet: then only staff of the whole house may."""

    id: int
    title: str
    unit_path: str | None
    is_in: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest in a group. `asked` is how many questions were handed out; `next_at` is when to
    look again, None once it is over."""

    id: str
    title: str
    unit_path: str
    group_id: int
    group_title: str
    state: ContestState
    questions: int
    seconds: int
    created_by: str
    created_at: datetime
    round_id: str | None = None
    topic: str | None = None
    difficulty: int | None = None
    asked: int = 0
    next_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class ContestQuestion:
    """One question of a contest, counted from 0: the version that was drawn, with its options in
    the order in which they are shown. `answered` and `right` are set once votes are forgotten."""

    contest_id: str
    place: int
    item_id: str
    version: int
    shown: str
    state: AskState = AskState.WAITING
    poll_id: str | None = None
    message_id: int | None = None
    asked_at: datetime | None = None
    shown_at: datetime | None = None
    answered: int | None = None
    right: int | None = None


@dataclass(frozen=True, slots=True)
class QuestionCount:
    """How a question went. `chosen` counts votes by option id."""

    place: int
    answered: int
    right: int
    members: int
    chosen: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BoardLine:
    """Somebody with a name of their own choice, and how many they had right."""

    place: int
    name: str
    right: int
    answered: int


def fits(item: Item) -> bool:
    """Whether a quiz poll of Telegram can hold it, with its number, explanation and source."""
    told = size(item.explanation) + size(item.source) + SOURCE_MARK
    lines = item.explanation.count("\n") + item.source.count("\n") + 1
    return (
        len(item.answer) == 1
        and OPTIONS_LEAST <= len(item.options) <= OPTIONS_MOST
        and size(item.question) + NUMBERING <= QUESTION
        and all(0 < size(option.text.strip()) <= OPTION for option in item.options)
        and told <= EXPLANATION
        and lines <= EXPLANATION_LINES
    )


def check_plan(title: str, questions: int, seconds: int) -> None:
    """Refuses with `contests.title`, `contests.count` or `contests.seconds`."""
    if not 0 < len(title.strip()) <= TITLE:
        raise Refusal("contests.title", limit=TITLE)
    if not FEWEST <= questions <= MOST:
        raise Refusal("contests.count", least=FEWEST, most=MOST)
    if not SECONDS_LEAST <= seconds <= SECONDS_MOST:
        raise Refusal("contests.seconds", least=SECONDS_LEAST, most=SECONDS_MOST)


def check_hours(questions: int, seconds: int, now: datetime, quiet: QuietHours) -> None:
    """Refuses with `contests.hours` what would ring in a group at night."""
    if quiet.holds(now) or quiet.holds(now + lasts(questions, seconds)):
        raise Refusal("contests.hours")


def lasts(questions: int, seconds: int) -> timedelta:
    """How long a contest takes from its first word to its result."""
    return LEAD + questions * (timedelta(seconds=seconds) + PAUSE)


def pick(
    seed: str,
    cells: Sequence[Cell],
    pool: Iterable[PoolItem],
    seen: Mapping[str, int],
    count: int,
) -> Sequence[PoolItem]:
    """So many items of any of the cells, decided by the seed; what the group saw less often comes
    first. Refuses with `contests.too_few`."""
    fitting = [
        one
        for one in pool
        if any(
            one.topic == cell.topic and cell.difficulty in (None, one.difficulty) for cell in cells
        )
    ]
    if len(fitting) < count:
        raise Refusal("contests.too_few", count=len(fitting))
    ranked = sorted(fitting, key=lambda one: (seen.get(one.id, 0), _mark(seed, one.id)))
    return sorted(ranked[:count], key=lambda one: _mark(seed, f"order:{one.id}"))


def over_at(one: Contest, question: ContestQuestion) -> datetime:
    """When a question was answered by whoever would, and its explanation read."""
    begun = question.shown_at or question.asked_at or one.created_at
    return begun + timedelta(seconds=one.seconds) + PAUSE


def must_move_contest(before: ContestState, after: ContestState) -> None:
    """Refuses with `contests.over` a step that no contest may take."""
    if after not in CONTEST_MOVES[before]:
        raise Refusal("contests.over")


def board(rights: Mapping[int, tuple[int, int]], names: Mapping[int, str]) -> Sequence[BoardLine]:
    """The best of those who gave themselves a name; who has as many right has the same place.

    `rights` are right and all answers by account. Who has none right is not shown, nor is anybody
    without a name: a contest shames nobody.
    """
    known = [(names[one], *rights[one]) for one in rights if one in names and rights[one][0]]
    known.sort(key=lambda line: (-line[1], line[2], line[0]))
    found: list[BoardLine] = []
    for number, (name, right, answered) in enumerate(known, 1):
        before = found[-1] if found else None
        place = before.place if before is not None and before.right == right else number
        found.append(BoardLine(place, name, right, answered))
    return found


def _mark(seed: str, what: str) -> str:
    return hashlib.sha256(f"{seed}:{what}".encode()).hexdigest()
