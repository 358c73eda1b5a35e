"""What a player presses and what a player then sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.quiz import Item
from domain.quiz_play import Attempt, Slot
from domain.quiz_rounds import Round


@dataclass(frozen=True, slots=True)
class Press:
    """A press below a question: one option picked, one ticked or unticked, or all handed in."""

    attempt_id: str
    member_id: int
    place: int
    # None hands in what is ticked.
    option: int | None
    # None picks: the answer is given. True and False tick and untick.
    is_on: bool | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """The question that is open, with the moment until which an answer counts, if there is one."""

    attempt: Attempt
    title: str
    slot: Slot
    item: Item
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """An answer that was recorded. `is_now` is False if it had been before."""

    attempt: Attempt
    title: str
    slot: Slot
    item: Item
    is_now: bool


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt that is over. `best` and `left` are of its day; `is_late` if it ended by itself
    before the answer that was just given."""

    attempt: Attempt
    title: str
    round: Round | None
    best: Attempt | None
    left: int
    is_late: bool = False


View = Question | Feedback | Result
