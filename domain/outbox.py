"""Rules of the outbox: what may become of a message to somebody, and what a failure means.

A message is a row that is written with the effect it tells of, and sent later. sendMessage has no
key by which Telegram would know a second try, so each message is sent at least once (`RESEND`) or
at most once (`HOLD`), by choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from domain.consents import Purpose
from domain.refusal import Refusal

# Among the details: the number, at Telegram, of a message that is changed or taken back.
EDITED = "message_id"
# After so many tries of which nobody knows whether they arrived, a person looks.
MOST_AMBIGUOUS = 2
_BACKOFF_LIMIT = timedelta(seconds=60)
_AMBIGUOUS_WAIT = (timedelta(seconds=30), timedelta(seconds=90))
# Somebody waits for it: whoever is on duty hears rather twice than a minute late. Once only, so
# that the tries last for longer than a short outage (decision 0008).
_URGENT_WAIT = (timedelta(seconds=3), timedelta(seconds=8))
# The owner is known to be dead: nothing can still be on its way for long.
_ORPHAN_WAIT = (timedelta(seconds=1), timedelta(seconds=5))


class State(StrEnum):
    """Where a message is. Each ends in exactly one state, or waits visibly as held."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    HELD = "held"


MOVES: Mapping[State, frozenset[State]] = {
    # Unknown if it is given up after a try that may have arrived.
    State.PENDING: frozenset(
        {
            State.SENDING,
            State.SKIPPED,
            State.EXPIRED,
            State.CANCELLED,
            State.UNKNOWN,
            State.HELD,
        }
    ),
    State.SENDING: frozenset(
        {
            State.SENT,
            State.FAILED,
            State.UNKNOWN,
            State.PENDING,
            State.SKIPPED,
            State.EXPIRED,
            State.CANCELLED,
            State.HELD,
        }
    ),
    State.HELD: frozenset({State.PENDING, State.EXPIRED, State.CANCELLED, State.UNKNOWN}),
    # Only when staff ask for it.
    State.FAILED: frozenset({State.PENDING}),
    State.UNKNOWN: frozenset({State.PENDING}),
    State.SENT: frozenset(),
    State.SKIPPED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}


class PushState(StrEnum):
    """Where a message to many is."""

    DRAFT = "draft"
    # Handed in; the list of recipients is being written.
    FREEZING = "freezing"
    APPROVING = "approving"
    APPROVED = "approved"
    EXPANDING = "expanding"
    RUNNING = "running"
    PAUSED = "paused"
    HELD = "held"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FINISHED = "finished"


class Canary(StrEnum):
    """How far the first few messages of a push are, which tell whether it is well."""

    WAITING = "waiting"
    PASSED = "passed"


_LIVE = frozenset({PushState.PAUSED, PushState.HELD, PushState.CANCELLING})
PUSH_MOVES: Mapping[PushState, frozenset[PushState]] = {
    PushState.DRAFT: frozenset({PushState.FREEZING, PushState.APPROVING, PushState.CANCELLED}),
    PushState.FREEZING: frozenset(
        {PushState.DRAFT, PushState.APPROVING, PushState.APPROVED, PushState.HELD}
    ),
    PushState.APPROVING: frozenset({PushState.DRAFT, PushState.APPROVED, PushState.CANCELLED}),
    PushState.APPROVED: frozenset({PushState.DRAFT, PushState.EXPANDING, *_LIVE}),
    # Rows are sent while more are still being written.
    PushState.EXPANDING: frozenset({PushState.RUNNING, *_LIVE}),
    PushState.RUNNING: frozenset({PushState.FINISHED, *_LIVE}),
    PushState.PAUSED: frozenset(
        {
            # Paused before it began.
            PushState.APPROVED,
            PushState.EXPANDING,
            PushState.RUNNING,
            PushState.HELD,
            PushState.CANCELLING,
        }
    ),
    PushState.HELD: frozenset(
        {PushState.APPROVED, PushState.EXPANDING, PushState.RUNNING, PushState.CANCELLING}
    ),
    PushState.CANCELLING: frozenset({PushState.CANCELLED}),
    PushState.CANCELLED: frozenset(),
    # Staff send again what failed or is unknown.
    PushState.FINISHED: frozenset({PushState.RUNNING}),
}
SENDABLE = frozenset({PushState.EXPANDING, PushState.RUNNING})


class Policy(StrEnum):
    """What to do when nobody knows whether a message arrived."""

    RESEND = "resend"
    HOLD = "hold"


class MediaKind(StrEnum):
    """What may hang on a message."""

    PHOTO = "photo"
    DOCUMENT = "document"


class Priority(IntEnum):
    """What goes first. Only SECURITY may wake somebody at night."""

    SECURITY = 1
    REMINDER = 2
    QUIZ = 3
    BROADCAST = 4
    PROMOTION = 5


class Outcome(StrEnum):
    """What one try to send came to, read from the cause of its failure."""

    SENT = "sent"
    RATE_LIMITED = "rate_limited"
    NOT_SENT = "not_sent"
    AMBIGUOUS = "ambiguous"
    GONE = "gone"
    DEACTIVATED = "deactivated"
    CONTENT = "content"
    # What was to be changed or taken back is not there, or too old.
    NO_MESSAGE = "no_message"
    MOVED = "moved"
    TOKEN = "token"  # noqa: S105 - a name
    ORPHANED = "orphaned"
    NOT_TRIED = "not_tried"


# What says that the line is bad, whoever the message was for.
LINE_FAILURES = frozenset({Outcome.NOT_SENT, Outcome.AMBIGUOUS})


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell one member: which kind, and the details that its sentence needs.

    `dedupe_key` names the fact ("event:17:offer:3:member:5"): adding it twice tells it once. The
    details are plain JSON values, never sentences, and as little about the person as possible.
    `parts` are the details of further messages that follow in order. `to` is a member; a notice to
    a group has `chat_id` instead. `purpose` is the consent that it needs; what a member is owed
    because of something they did themselves needs none.
    """

    kind: str
    to: int | None
    dedupe_key: str
    due_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    priority: Priority = Priority.REMINDER
    policy: Policy = Policy.RESEND
    expires_at: datetime | None = None
    purpose: Purpose | None = None
    parts: tuple[Mapping[str, Any], ...] = ()
    chat_id: int | None = None

    @property
    def chat(self) -> int:
        """Where it goes: at Telegram a private chat has the number of its person."""
        chat = self.to if self.chat_id is None else self.chat_id
        if chat is None:
            raise ValueError("a notice needs somebody to go to")
        return chat


@dataclass(frozen=True, slots=True)
class Push:
    """The header of a message to many. `body` is what its kind's renderer needs."""

    kind: str
    title: str
    body: Mapping[str, Any]
    created_by: str
    created_at: datetime
    # Of the unit whose push it is: staff reach it from there upwards.
    path: str = "/"
    id: int = 0
    body_hash: str = ""
    audience: Mapping[str, Any] = field(default_factory=dict)
    audience_hash: str | None = None
    audience_count: int | None = None
    state: PushState = PushState.DRAFT
    priority: Priority = Priority.BROADCAST
    policy: Policy = Policy.RESEND
    purpose: Purpose | None = Purpose.SERVICE
    not_before: datetime | None = None
    expires_at: datetime | None = None
    finished_at: datetime | None = None
    # Set for a push that a schedule makes: one for each due time.
    schedule_id: str | None = None
    due_at: datetime | None = None
    expand_cursor: int | None = None
    is_expanded: bool = False
    notice_no: str | None = None
    pause_reason: str | None = None
    # What it is about, for members who do not want to hear of that.
    topic: str | None = None
    # Set for a push whose first messages are looked at before the others are written.
    canary: Canary | None = None
    # What had been tried and had failed when somebody let it go on after a stop.
    base_tried: int = 0
    base_failed: int = 0
    # Whether it may only begin when a second person agreed.
    needs_second: bool = False
    # Recipients who were erased after the list was frozen and before their message was written.
    erased: int = 0
    # What it came to, in figures: set when the list and its messages are forgotten.
    tally: Mapping[str, Any] | None = None

    @property
    def recipients(self) -> int:
        """How many people it is for, without those who were erased before it was their turn."""
        return max((self.audience_count or 0) - self.erased, 0)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that one sender has for itself until `lease_until`."""

    id: int
    token: str
    kind: str
    chat_id: int
    member_id: int | None
    push_id: int | None
    chain: str
    part: int
    parts: int
    priority: Priority
    policy: Policy
    purpose: Purpose | None
    details: Mapping[str, Any]
    attempts: int
    ambiguous: int
    due_at: datetime
    expires_at: datetime | None
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message after a try. `due_at` is set when it waits for another."""

    state: State
    due_at: datetime | None = None
    ambiguous: int = 0
    fail_class: str | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Unsent:
    """Messages of one kind that did not arrive for one reason, counted.

    `may_resend` is False for what must never arrive twice and for people who cannot be reached.
    """

    kind: str
    reason: str
    is_push: bool
    may_resend: bool
    count: int
    last_at: datetime


# Reasons for which sending the same once more may do better.
RESENDABLE = frozenset({"ambiguous", "content"})


def given_up(claim: Claim, state: State, why: str | None = None) -> Fate:
    """What becomes of a claimed message that is not tried any more: `state`, unless an earlier
    try may have arrived. Then nobody knows, and that is what is said.
    """
    if claim.ambiguous:
        state, why = State.UNKNOWN, "ambiguous"
    return Fate(state, ambiguous=claim.ambiguous, fail_class=why, counts=False)


def fate(claim: Claim, outcome: Outcome, now: datetime, chance: float) -> Fate:
    """What becomes of a claimed message; `chance` in [0, 1) spreads the waits."""
    seen = claim.ambiguous
    if outcome is Outcome.SENT:
        return Fate(State.SENT, ambiguous=seen)
    if outcome in (Outcome.RATE_LIMITED, Outcome.TOKEN, Outcome.MOVED):
        # Refused for a reason that has nothing to do with the message: not a try of it.
        return Fate(State.PENDING, now, seen, counts=False)
    if outcome is Outcome.NOT_SENT:
        return Fate(State.PENDING, now + backoff(claim.attempts, chance), seen)
    if outcome in (Outcome.AMBIGUOUS, Outcome.ORPHANED):
        return _unclear(claim, outcome, now, chance)
    reasons = {
        Outcome.GONE: "blocked",
        Outcome.DEACTIVATED: "deactivated",
        Outcome.NO_MESSAGE: "gone_message",
    }
    return Fate(State.FAILED, ambiguous=seen, fail_class=reasons.get(outcome, "content"))


def _unclear(claim: Claim, outcome: Outcome, now: datetime, chance: float) -> Fate:
    seen = claim.ambiguous + 1
    if claim.policy is Policy.HOLD or seen > MOST_AMBIGUOUS:
        return Fate(State.UNKNOWN, ambiguous=seen, fail_class="ambiguous")
    least, most = _AMBIGUOUS_WAIT
    if outcome is Outcome.ORPHANED:
        least, most = _ORPHAN_WAIT
    elif claim.priority is Priority.SECURITY and seen == 1:
        least, most = _URGENT_WAIT
    return Fate(State.PENDING, now + least + (most - least) * chance, seen)


def backoff(attempts: int, chance: float) -> timedelta:
    """How long to wait after the `attempts`-th try: up to 1, 2, 4 ... 60 s, never nothing."""
    most = min(timedelta(seconds=2 ** min(max(attempts - 1, 0), 6)), _BACKOFF_LIMIT)
    return max(most * chance, timedelta(milliseconds=100))


def must_move(old: State, new: State) -> None:
    """Refuse a move that no message may make."""
    if new not in MOVES[old]:
        raise Refusal("outbox.not_now", state=old.value)


def must_move_push(old: PushState, new: PushState) -> None:
    """Refuse a move that no message to many may make."""
    if new not in PUSH_MOVES[old]:
        raise Refusal("outbox.not_now", state=old.value)
