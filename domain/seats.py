"""Rules of seats: who gets one, who waits, who is next, and why somebody is not.

A seat is somebody's claim to a place in something with a capacity: an event, and later a benefit
or an hour of advice. Nothing here knows what it is a seat in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.calendar import QuietHours
from domain.clock import BEIJING
from domain.refusal import Refusal

# An offer waits at most a day, and at most a quarter of the time that is left.
LONGEST_OFFER = timedelta(hours=24)
OFFER_SHARE = 4
# So near the start nobody is asked any more: the next in line is seated and may say no.
SEATED_AT_ONCE = timedelta(hours=72)
# So near the start nobody can plan any more: only staff fill a seat, after a talk.
LAST_DAY = timedelta(hours=24)
QUIET = QuietHours()
# An offer that would end at night ends this long before it, so that the next in line can still be
# told that evening.
_EVENING = timedelta(hours=1)


class State(StrEnum):
    """What a claim to a seat is."""

    APPLIED = "applied"
    WAITING = "waiting"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    ATTENDED = "attended"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RELEASED = "released"


# An offer holds its seat: it is nobody else's until it is answered or lapses.
HOLDING = frozenset({State.OFFERED, State.CONFIRMED, State.ATTENDED, State.NO_SHOW})
OPEN = frozenset({State.APPLIED, State.WAITING, State.OFFERED, State.CONFIRMED})
GONE = frozenset({State.CANCELLED, State.EXPIRED, State.RELEASED})

_AGAIN = frozenset({State.APPLIED, State.WAITING, State.CONFIRMED})
MOVES: Mapping[State, frozenset[State]] = {
    State.APPLIED: frozenset({State.CONFIRMED, State.WAITING, State.CANCELLED, State.RELEASED}),
    State.WAITING: frozenset({State.OFFERED, State.CONFIRMED, State.CANCELLED, State.RELEASED}),
    State.OFFERED: frozenset({State.CONFIRMED, State.CANCELLED, State.EXPIRED, State.RELEASED}),
    State.CONFIRMED: frozenset({State.ATTENDED, State.NO_SHOW, State.CANCELLED, State.RELEASED}),
    # Undone: somebody was ticked by mistake, or came late.
    State.ATTENDED: frozenset({State.CONFIRMED}),
    State.NO_SHOW: frozenset({State.CONFIRMED, State.ATTENDED}),
    # Signing up again is a new wish, at the end of the line.
    State.CANCELLED: _AGAIN,
    State.EXPIRED: _AGAIN,
    State.RELEASED: _AGAIN,
}


class Reason(StrEnum):
    """Why a claim changed, or why it did not although a seat was free."""

    SIGNED_UP = "signed_up"
    IN_LINE = "in_line"
    IN_DRAW = "in_draw"
    DRAWN = "drawn"
    NOT_DRAWN = "not_drawn"
    OFFER_MADE = "offer_made"
    SEATED_AT_ONCE = "seated_at_once"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    CANNOT_COME = "cannot_come"
    EVENT_CANCELLED = "event_cancelled"
    ADDED_BY_STAFF = "added_by_staff"
    PROMOTED_BY_STAFF = "promoted_by_staff"
    RELEASED_BY_STAFF = "released_by_staff"
    MOVED_BY_STAFF = "moved_by_staff"
    # Two accounts turned out to be one person, who keeps the better claim.
    SAME_PERSON = "same_person"
    CHECKED_IN = "checked_in"
    CHECK_IN_UNDONE = "check_in_undone"
    ABSENT = "absent"
    # Why somebody in line was passed over, or nobody was promoted.
    FULL = "full"
    PARTY_TOO_BIG = "party_too_big"
    RESERVED = "reserved"
    LIMIT = "limit"
    QUIET_HOURS = "quiet_hours"
    IN_LAST_DAY = "in_last_day"
    PAST_CUT_OFF = "past_cut_off"


class QuotaKind(StrEnum):
    """What a quota says about its group: at least so many seats, or at most."""

    RESERVED = "reserved"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Quota:
    """Some seats of a group. `key` is a short word of a-z, 0-9 and _, unique in its room."""

    key: str
    name: str
    kind: QuotaKind
    seats: int


@dataclass(frozen=True, slots=True)
class Block:
    """Why a seat cannot be had: the reason and, if it is one, the quota."""

    reason: Reason
    quota: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A capacity with its quotas, and how much of each is held. `held_by` counts by quota key."""

    capacity: int
    quotas: tuple[Quota, ...] = ()
    held: int = 0
    held_by: Mapping[str, int] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """Seats that nobody holds; none if staff seated more than fit."""
        return max(0, self.capacity - self.held)

    def block(self, party: int, marks: frozenset[str]) -> Block | None:
        """Why `party` seats for somebody of these quotas cannot be had, or None if they can."""
        if self.free == 0:
            return Block(Reason.FULL)
        if party > self.free:
            return Block(Reason.PARTY_TOO_BIG)
        for quota in self.quotas:
            over = self.held_by.get(quota.key, 0) + party > quota.seats
            if quota.kind is QuotaKind.LIMIT and quota.key in marks and over:
                return Block(Reason.LIMIT, quota.key)
        return self._reserved_for_others(party, marks)

    def taking(self, party: int, marks: frozenset[str]) -> Room:
        """The room when somebody of these quotas holds `party` more seats; fewer if negative."""
        counted = {
            key: self.held_by.get(key, 0) + (party if key in marks else 0)
            for key in {*self.held_by, *marks}
        }
        return replace(self, held=self.held + party, held_by=counted)

    def owed(self) -> int:
        """Seats that groups with a reservation have not taken yet."""
        return sum(self._owed(quota) for quota in self.quotas)

    def kept_for(self, waiting: Iterable[InLine]) -> Room:
        """The room without what is kept for groups of which nobody waits."""
        marks = {mark for one in waiting for mark in one.marks}
        kept = (one for one in self.quotas if one.kind is QuotaKind.LIMIT or one.key in marks)
        return replace(self, quotas=tuple(kept))

    def _owed(self, quota: Quota) -> int:
        if quota.kind is not QuotaKind.RESERVED:
            return 0
        return max(0, quota.seats - self.held_by.get(quota.key, 0))

    def _reserved_for_others(self, party: int, marks: frozenset[str]) -> Block | None:
        after = self.taking(party, marks)
        before = self.held + self.owed()
        # Whoever takes what was reserved for them makes nothing worse, also if more was promised
        # than there is since staff made the room smaller.
        if after.held + after.owed() <= max(self.capacity, before):
            return None
        waiting_for = next(quota for quota in self.quotas if after._owed(quota))
        return Block(Reason.RESERVED, waiting_for.key)


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who waits. The line is in the order of `rank`."""

    seat_id: str
    rank: int
    party: int
    marks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filled:
    """Who is next, and who was passed over and why; the room as it is then."""

    promoted: tuple[InLine, ...]
    passed: tuple[tuple[InLine, Block], ...]
    room: Room


def fill(room: Room, line: Iterable[InLine], *, is_closed: bool = False) -> Filled:
    """Give the free seats to the line, in its order.

    Nobody is passed over unless their seats cannot be had, and then it is told why. When sign-up
    `is_closed`, nothing is kept for a group of which nobody waits: nobody of it can come any more.
    """
    waiting = sorted(line, key=lambda one: one.rank)
    promoted: list[InLine] = []
    passed: dict[str, tuple[InLine, Block]] = {}
    while room.free:
        # From the start each time: a seat that counts for two quotas may free one for an earlier.
        found = None
        kept = room.kept_for(waiting) if is_closed else room
        for one in waiting:
            block = kept.block(one.party, one.marks)
            if block is None:
                found = one
                break
            passed.setdefault(one.seat_id, (one, block))
        if found is None:
            break
        promoted.append(found)
        passed.pop(found.seat_id, None)
        waiting.remove(found)
        room = room.taking(found.party, found.marks)
    return Filled(tuple(promoted), tuple(passed.values()), room)


def is_overtaking(room: Room, line: Iterable[InLine]) -> bool:
    """True if somebody in line could have the free seat that a newcomer asks for."""
    return any(room.block(one.party, one.marks) is None for one in line)


class How(StrEnum):
    """What happens with a seat that became free."""

    OFFER = "offer"
    SEAT = "seat"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Turn:
    """How the line moves at a moment: offers until `until`, seats at once, or rests and why."""

    how: How
    until: datetime | None = None
    reason: Reason | None = None


def turn(now: datetime, starts_at: datetime, cut_off: datetime) -> Turn:
    """How the line moves at `now`. After the cut-off and at night it rests."""
    if now >= min(cut_off, starts_at):
        return Turn(How.REST, reason=Reason.PAST_CUT_OFF)
    if QUIET.holds(now):
        return Turn(How.REST, reason=Reason.QUIET_HOURS)
    left = starts_at - now
    if left <= LAST_DAY:
        return Turn(How.REST, reason=Reason.IN_LAST_DAY)
    # A cut-off long before the start leaves no time for an answer either.
    if left <= SEATED_AT_ONCE or cut_off - now <= SEATED_AT_ONCE - LAST_DAY:
        return Turn(How.SEAT)
    return Turn(How.OFFER, until=offer_until(now, min(cut_off, starts_at)))


def offer_until(now: datetime, cut_off: datetime) -> datetime:
    """When an offer that is made now lapses: after at most 24 h and a quarter of the time left.

    Never at night: it then ends the evening before.
    """
    until = now + min(LONGEST_OFFER, (cut_off - now) / OFFER_SHARE)
    if not QUIET.holds(until):
        return until
    local = until.astimezone(BEIJING)
    is_before_midnight = local.time() >= QUIET.begins
    day = local.date() - timedelta(days=not is_before_midnight)
    begins = datetime.combine(day, QUIET.begins, BEIJING).astimezone(until.tzinfo)
    return max(begins - _EVENING, now)


def must_move(before: State, after: State) -> None:
    """Refuses with `events.not_now` what the table of moves does not know."""
    if after not in MOVES[before]:
        raise Refusal("events.not_now")
