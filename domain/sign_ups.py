"""Sign-ups: a member's claim to a seat at an event, the receipt for it, and the way it went."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.refusal import Refusal
from domain.seats import GONE, InLine, Reason, State

CODES = 1_000_000
_STRIDE_BASE = 100_003
# What somebody would rather keep, the best first.
_NEAREST = (
    *(State.ATTENDED, State.CONFIRMED, State.OFFERED, State.WAITING, State.APPLIED),
    *(State.NO_SHOW, State.RELEASED, State.EXPIRED, State.CANCELLED),
)


class Source(StrEnum):
    """How somebody signed up."""

    BOT = "bot"
    COUNTER = "counter"
    PHONE = "phone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Seat:
    """A claim as it is kept. Who it is in words stands in its answers, which are sealed."""

    id: str
    event_id: str
    member_id: int | None
    person_id: str | None
    state: State
    reason: str
    rank: int
    party: int
    marks: frozenset[str]
    session: str | None
    team_id: str | None
    weight: int
    is_extra: bool
    source: Source
    code: str
    offered_until: datetime | None
    joined_at: datetime
    changed_at: datetime
    checked_in_at: datetime | None = None
    reminded: int = 0
    is_coming: bool | None = None
    stars: int | None = None

    @property
    def is_gone(self) -> bool:
        return self.state in GONE

    def in_line(self) -> InLine:
        return InLine(self.id, self.rank, self.party, self.marks)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for when signing up. `party` counts the member and all companions."""

    event_id: str
    member_id: int | None
    party: int = 1
    session: str | None = None
    team: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a claim stands now. `place` counts from 1 and is None for whoever does not wait."""

    event_id: str
    seat_id: str
    state: State
    reason: str
    party: int
    session: str | None = None
    place: int | None = None
    offered_until: datetime | None = None
    code: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One change of a claim, or one reason why it did not change. `by` is who caused it."""

    event_id: str
    seat_id: str | None
    at: datetime
    before: str
    after: str
    reason: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A tick on a list that may have been made without a network. `key` is made by the device."""

    key: str
    seat_id: str
    is_in: bool
    at: datetime


def receipt_of(seat: Seat, place: int | None) -> Receipt:
    """A claim as its owner sees it."""
    return Receipt(
        seat.event_id,
        seat.id,
        seat.state,
        seat.reason,
        seat.party,
        seat.session,
        place,
        seat.offered_until,
        seat.code,
        entry_id(seat.id),
    )


def own_claim(wish: Wish, mine: Sequence[Seat]) -> Seat | None:
    """The member's own claim. Refuses with `events.other_account` one of the same person."""
    if any(seat.member_id != wish.member_id and not seat.is_gone for seat in mine):
        raise Refusal("events.other_account")
    return next((seat for seat in mine if seat.member_id == wish.member_id), None)


def better_first(claims: Iterable[Seat]) -> list[Seat]:
    """Claims of one person at one event, the one that they keep first: what is nearer to a seat,
    then what is earlier in line."""
    return sorted(claims, key=lambda seat: (_NEAREST.index(seat.state), seat.rank))


def entry_id(seat_id: str) -> str:
    """The number by which somebody finds their own line in a published draw.

    Not the seat's own id, which opens the door.
    """
    return hashlib.sha256(f"entry:{seat_id}".encode()).hexdigest()[:12]


def short_code(salt: str, rank: int) -> str:
    """Six digits, different for each rank below a million; without the salt they tell nothing."""
    digest = hashlib.sha256(salt.encode()).digest()
    # An odd number that 5 does not divide: its multiples meet every residue of a million once.
    stride = _STRIDE_BASE + 10 * (int.from_bytes(digest[:4]) % 80_000)
    offset = int.from_bytes(digest[4:8]) % CODES
    return f"{(rank * stride + offset) % CODES:06d}"


def block_note(reason: Reason, quota: str) -> str:
    """The reason with its quota, as the log keeps it."""
    return f"{reason.value}:{quota}" if quota else reason.value
