"""Rules of playing: which items somebody gets, when an answer counts, who stands where."""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from domain.privacy import for_keeping
from domain.quiz import TRUE, Item, Kind
from domain.quiz_rounds import Cell
from domain.refusal import Refusal

# A wrong answer comes back after these days; after the last of them it is known.
REVIEW_AFTER = tuple(timedelta(days=days) for days in (1, 3, 7, 21))
PRACTICE_QUESTIONS = 5
REVIEW_QUESTIONS = 10
# A practice that was left lying is not gone on with.
PRACTICE_LASTS = timedelta(days=7)
BOARD_PLACES = 10
NICKNAME_LEAST, NICKNAME_MOST = 2, 10


class AttemptKind(StrEnum):
    """Only ROUND is scored; PRACTICE and REVIEW (the notebook) are for oneself."""

    ROUND = "round"
    PRACTICE = "practice"
    REVIEW = "review"


class AttemptState(StrEnum):
    """FINISHED has every answer; TIMED_OUT counts with the answers that came in time."""

    RUNNING = "running"
    FINISHED = "finished"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Slot:
    """One question of an attempt: the options in the order in which they are shown.

    `item` is the version that was drawn: what is changed in the bank later changes nothing here.
    """

    place: int
    item_id: str
    version: int
    order: str
    chosen: str | None = None
    is_right: bool | None = None
    is_void: bool = False
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One go at the questions of a day. `who` is the person, or the account of somebody unknown:
    several accounts of one person count as one.

    `done` is how many questions are answered, always the first ones; `ticked` are the options
    chosen so far at a question with several right ones.
    """

    id: str
    kind: AttemptKind
    round_id: str | None
    sitting_id: str | None
    member_id: int | None
    person_id: str | None
    who: str
    number: int
    state: AttemptState
    started_at: datetime
    deadline: datetime | None
    total: int
    done: int = 0
    right: int = 0
    ticked: str = ""
    finished_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        return self.state is AttemptState.RUNNING

    @property
    def took(self) -> timedelta:
        """How long a finished attempt took; nothing for one that runs."""
        ended = self.finished_at
        return timedelta() if ended is None else max(ended - self.started_at, timedelta())

    def is_late(self, now: datetime) -> bool:
        return self.deadline is not None and now >= self.deadline


def passes(right: int, total: int, pass_mark: int) -> bool:
    """Whether so many right answers reach the mark, which is in percent."""
    return right * 100 >= pass_mark * total


@dataclass(frozen=True, slots=True)
class PoolItem:
    """What the draw needs to know of an item."""

    id: str
    version: int
    topic: str
    difficulty: int


def draw_items(
    seed: str, blueprint: Sequence[Cell], pool: Collection[PoolItem], seen: Mapping[str, int]
) -> Sequence[PoolItem]:
    """The items of one attempt, in their order: decided by the seed and the order of the pool.

    What somebody saw less often comes first, so nothing is repeated until all of its cell was
    seen. `seen` counts by item id. Cells of one difficulty choose before those of any. Refuses
    with `quiz.too_few` if a cell cannot be filled.
    """
    # One generator for each attempt: a hash of each item of the bank, for each of a thousand who
    # begin in the same second, took most of the time of beginning.
    chance = random.Random(seed)  # noqa: S311 - nobody knows the seed beforehand
    taken: dict[str, PoolItem] = {}
    for cell in sorted(blueprint, key=lambda cell: cell.difficulty is None):
        fitting = [
            one
            for one in pool
            if one.topic == cell.topic
            and cell.difficulty in (None, one.difficulty)
            and one.id not in taken
        ]
        if len(fitting) < cell.count:
            raise Refusal("quiz.too_few")
        taken |= {one.id: one for one in _least_seen(fitting, cell.count, seen, chance)}
    drawn = list(taken.values())
    chance.shuffle(drawn)
    return drawn


def _least_seen(
    fitting: Sequence[PoolItem], count: int, seen: Mapping[str, int], chance: random.Random
) -> Sequence[PoolItem]:
    """So many of those that were seen least, by chance among equals."""
    if not seen:
        return chance.sample(fitting, count)
    by_times: dict[int, list[PoolItem]] = defaultdict(list)
    for one in fitting:
        by_times[seen.get(one.id, 0)].append(one)
    found: list[PoolItem] = []
    for times in sorted(by_times):
        some = by_times[times]
        found += chance.sample(some, min(count - len(found), len(some)))
    return found


def shown_order(seed: str, item: Item) -> str:
    """The ids of the options in the order in which they are shown; true comes before false."""
    ids = [option.id for option in item.options]
    if item.kind is Kind.TRUE_FALSE:
        return ",".join(sorted(ids, key=lambda option: option != TRUE))
    # Eight bytes of one hash for each option: a hash of each would cost four times as much.
    mark = hashlib.sha512(f"{seed}:{item.id}".encode()).digest()
    places = sorted(range(len(ids)), key=lambda place: mark[8 * place : 8 * place + 8])
    return ",".join(ids[place] for place in places)


def slots_of(seed: str, drawn: Sequence[tuple[Item, int]]) -> tuple[Slot, ...]:
    """The questions of an attempt from items and their versions."""
    return tuple(
        Slot(place, item.id, version, shown_order(seed, item))
        for place, (item, version) in enumerate(drawn)
    )


def option_at(order: str, place: int) -> str:
    """The option at a place on the screen. Refuses with `common.button_gone`: it was forged."""
    options = order.split(",")
    if not 0 <= place < len(options):
        raise Refusal("common.button_gone")
    return options[place]


def ids_of(options: str) -> frozenset[str]:
    """The options of a kept choice."""
    return frozenset(options.split(",")) if options else frozenset()


def kept(options: Collection[str]) -> str:
    """A choice as it is kept."""
    return ",".join(sorted(options))


# Steps of the notebook ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lesson:
    """An item in somebody's notebook of wrong answers, and when it comes up again."""

    item_id: str
    step: int
    due_at: datetime


def after_answer(
    lesson: Lesson | None, item_id: str, now: datetime, *, is_right: bool
) -> Lesson | None:
    """What the notebook holds of an item after an answer; None if nothing.

    Wrong puts it in, at the first step. Right moves it on only once it is due: the same evening's
    memory proves little.
    """
    if not is_right:
        return Lesson(item_id, 0, now + REVIEW_AFTER[0])
    if lesson is None or now < lesson.due_at:
        return lesson
    step = lesson.step + 1
    if step >= len(REVIEW_AFTER):
        return None
    return Lesson(item_id, step, now + REVIEW_AFTER[step])


# Standings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Best:
    """Somebody's best attempt of one day; `took` in milliseconds. `attempts` is of how many."""

    who: str
    member_id: int | None
    person_id: str | None
    sitting_id: str
    right: int
    total: int
    took: int
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands in a round: the sum of their best attempts. Equal sums go by time."""

    place: int
    who: str
    member_id: int | None
    person_id: str | None
    right: int
    total: int
    took: int
    days: int
    passed_days: int
    attempts: int
    # By which somebody finds their own line in the published draw.
    code: str = ""


def rank(bests: Iterable[Best], pass_mark: int) -> Sequence[Standing]:
    """Everybody in order: more right answers first, then less time."""
    by_person = groupby(sorted(bests, key=attrgetter("who", "sitting_id")), attrgetter("who"))
    found = []
    for who, rows in by_person:
        days = list(rows)
        found.append(
            Standing(
                0,
                who,
                next((day.member_id for day in days if day.member_id is not None), None),
                next((day.person_id for day in days if day.person_id is not None), None),
                sum(day.right for day in days),
                sum(day.total for day in days),
                sum(day.took for day in days),
                len(days),
                sum(passes(day.right, day.total, pass_mark) for day in days),
                sum(day.attempts for day in days),
            )
        )
    found.sort(key=lambda one: (-one.right, one.took, one.who))
    places: list[Standing] = []
    for number, one in enumerate(found, 1):
        before = places[-1] if places else None
        tied = before is not None and (before.right, before.took) == (one.right, one.took)
        places.append(_placed(one, before.place if tied and before else number))
    return places


def _placed(one: Standing, place: int) -> Standing:
    return Standing(
        place,
        one.who,
        one.member_id,
        one.person_id,
        one.right,
        one.total,
        one.took,
        one.days,
        one.passed_days,
        one.attempts,
        one.code,
    )


def check_nickname(text: str, reserved: Collection[str]) -> str:
    """A name for the board as it is kept. `reserved` are words that would pretend an office.

    Refuses with `quiz.nickname_length`, `quiz.nickname_characters`, `quiz.nickname_number` or
    `quiz.nickname_reserved`.
    """
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not NICKNAME_LEAST <= len(name) <= NICKNAME_MOST:
        raise Refusal("quiz.nickname_length", least=NICKNAME_LEAST, most=NICKNAME_MOST)
    if any(unicodedata.category(char)[0] not in "LN" and char not in " -_." for char in name):
        raise Refusal("quiz.nickname_characters")
    digits = sum(char.isdigit() for char in name)
    if digits > 4 or for_keeping(name) != name:
        raise Refusal("quiz.nickname_number")
    folded = name.casefold().replace(" ", "")
    if any(word.casefold() in folded for word in reserved):
        raise Refusal("quiz.nickname_reserved")
    return name


def who_of(member_id: int, person_id: str | None) -> str:
    """By whom attempts are counted."""
    return f"m:{member_id}" if person_id is None else f"p:{person_id}"
