"""Rules of the second person: what nobody does alone, who may agree, and for how long it holds.

RELIABILITY 6.3: full names that leave the house, erasing somebody, new keys. Broadcasts, rounds of
quizzes, grants and the ledger of risks keep their own records of who agreed; who may be a second
person is decided here for them as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.refusal import Refusal
from domain.staff import Actor, Permission

# What was asked for, and what was agreed to, holds for so long.
LAPSES = timedelta(hours=24)
KEPT = timedelta(days=30)
SHORTEST_REASON, LONGEST_REASON = 4, 200


class Act(StrEnum):
    """What needs a second person."""

    EXPORT = "export"
    # A list of cases: agreed to by somebody who leads case work, as nobody else may know of them.
    CASES = "cases"
    ERASURE = "erasure"
    KEYS = "keys"


class State(StrEnum):
    """Where a countersignature stands."""

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    DONE = "done"


# What the second person must be allowed to do, in the unit that it concerns.
NEEDED: Mapping[Act, Permission] = MappingProxyType(
    {
        Act.EXPORT: Permission.COUNTERSIGN,
        Act.CASES: Permission.CASES_EXPORT,
        Act.ERASURE: Permission.ERASURE_WRITE,
        Act.KEYS: Permission.SYSTEM_WRITE,
    }
)


@dataclass(frozen=True, slots=True)
class Countersign:
    """Somebody asks a second person to agree to exactly one thing.

    `digest` binds it to that thing: another list, another person, another filter is another thing.
    `path` is the unit that it concerns, "" for what concerns the whole house.
    """

    id: str
    act: Act
    digest: str
    path: str
    asked_by: str
    asked_session: str
    asked_at: datetime
    state: State = State.WAITING
    settled_by: str | None = None
    settled_at: datetime | None = None

    def is_waiting(self, now: datetime) -> bool:
        """True while somebody may still agree."""
        return self.state is State.WAITING and now < self.asked_at + LAPSES

    def is_agreed(self, now: datetime) -> bool:
        """True while what was agreed to may be done, once."""
        if self.state is not State.AGREED or self.settled_at is None:
            return False
        return now < self.settled_at + LAPSES

    def has_lapsed(self, now: datetime) -> bool:
        """True if nobody agreed in time, or it was not done in time."""
        is_open = self.state in (State.WAITING, State.AGREED)
        return is_open and not self.is_waiting(now) and not self.is_agreed(now)

    def is_for(self, actor: Actor) -> bool:
        """Whether this person has what a second person needs, whoever asked."""
        return actor.may(NEEDED[self.act], self.path or None)


def must_be_second(
    actor: Actor,
    first: Collection[str],
    first_session: str,
    now: datetime,
    *,
    own: str = "countersigns.not_yourself",
    old: str = "countersigns.factor_old",
) -> None:
    """Refuses with `own` whoever is one of the `first`, with `old` a factor shown long ago.

    The same session is the same person, whatever name it gave.
    """
    same_session = bool(first_session) and actor.session_id == first_session
    if actor.staff_id in first or same_session:
        raise Refusal(own)
    if not actor.is_fresh(now):
        raise Refusal(old)


def checked_reason(text: str) -> str:
    """Why, in one line. Refuses with `countersigns.reason_missing`, `countersigns.reason_long`."""
    reason = " ".join(text.split())
    if len(reason) < SHORTEST_REASON:
        raise Refusal("countersigns.reason_missing", least=SHORTEST_REASON)
    if len(reason) > LONGEST_REASON:
        raise Refusal("countersigns.reason_long", limit=LONGEST_REASON)
    return reason
