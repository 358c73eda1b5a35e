"""How a broadcast runs: the first few tell whether it is well, and when it stops by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.outbox import Push, State

# The kinds of messages in the outbox.
MESSAGE, EDIT, RECALL = "broadcast.message", "broadcast.edit", "broadcast.recall"
TEST = "broadcast.test"
# What its author is told when it stopped by itself.
STOPPED = "broadcasts.notice_stopped"
CANARY = 50
# Fewer than this tell nothing, unless there are no more.
CANARY_LEAST = 20
MOST_FAILED = 0.05
# Telegram lets a bot delete what is younger than that.
RECALL_WITHIN = timedelta(hours=48)
# Failures that say something about the recipient and nothing about the message.
RECIPIENT_GONE = frozenset({"blocked", "deactivated"})


@dataclass(frozen=True, slots=True)
class Tried:
    """How many messages were tried, and how many of them failed for a reason that may be ours."""

    tried: int
    failed: int

    def is_bad(self, least: int) -> bool:
        return self.tried >= least and self.failed > MOST_FAILED * self.tried


def tried_of(counts: Mapping[State, int], failures: Mapping[str, int]) -> Tried:
    """What the counts of a push say of its health. Blocks are nobody's fault."""
    unknown = counts.get(State.UNKNOWN, 0)
    gone = sum(count for reason, count in failures.items() if reason in RECIPIENT_GONE)
    failed = counts.get(State.FAILED, 0) - gone + unknown
    return Tried(counts.get(State.SENT, 0) + counts.get(State.FAILED, 0) + unknown, failed)


class ActKind(StrEnum):
    """What is done to a broadcast after it was sent."""

    CORRECT = "correct"
    RECALL = "recall"
    RESEND = "resend"


class ActState(StrEnum):
    """How far such an act is."""

    WAITING = "waiting"
    DONE = "done"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class BroadcastAct:
    """Something done to what was sent. `push_id` is of the messages that do it."""

    id: str
    broadcast_id: str
    kind: ActKind
    state: ActState
    recipients: int
    asked_by: str
    asked_session: str
    asked_at: datetime
    text: str = ""
    fail_class: str = ""
    settled_by: str | None = None
    settled_at: datetime | None = None
    push_id: int | None = None


class CallOutcome(StrEnum):
    """What a call came to."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


class Unreached(StrEnum):
    """Why somebody who was meant did not get it."""

    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    UNLINKED = "unlinked"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Change:
    """Which messages of a push are changed: those that arrived, after `since` if it is set.

    `again` adds those of which nobody knows whether they arrived, `rest` those that were stopped
    so that nobody gets the old words any more. `also` are earlier corrections of the push: who
    was stopped has a message of one of these.
    """

    of_push: int
    since: datetime | None = None
    again: bool = False
    rest: bool = False
    also: tuple[int, ...] = ()


def change_json(change: Change) -> dict[str, Any]:
    """As it is kept where other pushes keep their audience."""
    return {
        "of": change.of_push,
        "since": change.since.isoformat() if change.since else None,
        "again": change.again,
        "rest": change.rest,
        "also": list(change.also),
    }


def change_of(push: Push) -> Change:
    """What the push of an act changes."""
    data = push.audience
    since = data["since"]
    return Change(
        int(data["of"]),
        None if since is None else datetime.fromisoformat(since),
        bool(data["again"]),
        bool(data["rest"]),
        tuple(data.get("also", ())),
    )
