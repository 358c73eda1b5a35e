"""Seats: moves, offers and their deadlines, quotas, and what holds in every history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import BEIJING
from domain.refusal import Refusal
from domain.seats import (
    HOLDING,
    LONGEST_OFFER,
    MOVES,
    QUIET,
    Block,
    How,
    InLine,
    Quota,
    QuotaKind,
    Reason,
    Room,
    State,
    fill,
    is_overtaking,
    must_move,
    offer_until,
    turn,
)
from domain.sign_ups import short_code

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
RIDERS = Quota("riders", "R", QuotaKind.RESERVED, 2)
OTHERS = Quota("town", "T", QuotaKind.RESERVED, 1)
TOWN = Quota("town", "T", QuotaKind.LIMIT, 1)
NONE: frozenset[str] = frozenset()
R, T, BOTH = frozenset({"riders"}), frozenset({"town"}), frozenset({"riders", "town"})


def test_every_move_is_in_the_table_and_nothing_else() -> None:
    assert set(MOVES) == set(State)
    for before in State:
        for after in State:
            if after in MOVES[before]:
                must_move(before, after)
            else:
                with pytest.raises(Refusal):
                    must_move(before, after)
    # Whoever gave up is in no line: only a new wish of their own brings them back.
    assert State.OFFERED not in MOVES[State.CANCELLED]


def test_reserved_seats_are_kept_for_the_group_until_it_has_them() -> None:
    room = Room(4, (RIDERS,), held=2)
    assert room.block(1, NONE) == Block(Reason.RESERVED, "riders")
    assert room.block(1, R) is None
    assert room.taking(1, R).taking(1, R).block(1, NONE) == Block(Reason.FULL)
    assert Room(4, (RIDERS,), held=1, held_by={"riders": 1}).block(1, NONE) is None


def test_a_limit_and_a_party_too_big_are_told_apart() -> None:
    room = Room(3, (TOWN,), held=1, held_by={"town": 1})
    assert room.block(1, T) == Block(Reason.LIMIT, "town")
    assert room.block(3, NONE) == Block(Reason.PARTY_TOO_BIG)
    assert room.block(2, NONE) is None


def test_a_room_made_smaller_than_promised_still_seats_the_group() -> None:
    room = Room(1, (RIDERS,), held=0)
    assert room.block(1, R) is None
    assert room.block(1, NONE) == Block(Reason.RESERVED, "riders")


def test_extra_seats_leave_none_free_and_taking_them_back_frees_none() -> None:
    room = Room(1, held=2)
    assert room.free == 0
    assert room.taking(-1, NONE).free == 0
    assert room.taking(-2, NONE).free == 1


def test_a_newcomer_does_not_overtake_whoever_could_have_the_seat() -> None:
    room = Room(1)
    assert is_overtaking(room, [InLine("a", 1, 1, NONE)])
    assert not is_overtaking(room, [InLine("a", 1, 2, NONE)])
    assert not is_overtaking(room, [])


@given(
    st.integers(0, 60 * 24 * 30),
    st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=60)),
)
def test_a_turn_by_the_hours_that_are_left(minute: int, left: timedelta) -> None:
    now = NOW + timedelta(minutes=minute)
    starts = now + left
    found = turn(now, starts, starts - timedelta(hours=2))
    if left <= timedelta(hours=2):
        assert found.reason is Reason.PAST_CUT_OFF
    elif QUIET.holds(now):
        assert found.reason is Reason.QUIET_HOURS
    elif left <= timedelta(hours=24):
        assert found.reason is Reason.IN_LAST_DAY
    elif left <= timedelta(hours=72):
        assert found.how is How.SEAT
    else:
        assert found.how is How.OFFER and found.until is not None
        window = found.until - now
        assert not QUIET.holds(found.until)
        assert window <= min(LONGEST_OFFER, (left - timedelta(hours=2)) / 4)
        # By day, so that somebody who works has some hours to answer.
        assert window >= timedelta(hours=6)


@pytest.mark.parametrize("hour", range(24))
def test_an_offer_that_would_end_at_night_ends_the_evening_before(hour: int) -> None:
    now = NOW.astimezone(BEIJING).replace(hour=hour).astimezone(UTC)
    until = offer_until(now, now + timedelta(hours=80)).astimezone(BEIJING)
    assert 8 <= until.hour < 22


def test_short_codes_differ_for_a_hundred_thousand_ranks() -> None:
    codes = {short_code("salt", rank) for rank in range(100_000)}
    assert len(codes) == 100_000
    assert all(len(code) == 6 for code in codes)
    assert short_code("salt", 1) != short_code("other", 1)


@dataclass
class _Seat:
    state: State
    rank: int
    party: int
    marks: frozenset[str]


@dataclass
class _Hall:
    """The smallest keeper of seats by the rules: what a service does, without a database."""

    capacity: int
    quotas: tuple[Quota, ...]
    seats: dict[int, _Seat] = field(default_factory=dict)
    ranks: int = 0
    rests: bool = False
    explained: dict[int, Reason] = field(default_factory=dict)

    def room(self) -> Room:
        held: dict[str, int] = {}
        for one in self.holders():
            for mark in one.marks:
                held[mark] = held.get(mark, 0) + one.party
        return Room(self.capacity, self.quotas, sum(o.party for o in self.holders()), held)

    def holders(self) -> list[_Seat]:
        return [one for one in self.seats.values() if one.state in HOLDING]

    def line(self) -> list[InLine]:
        return [
            InLine(str(number), one.rank, one.party, one.marks)
            for number, one in self.seats.items()
            if one.state is State.WAITING
        ]

    def sign_up(self, number: int, party: int, marks: frozenset[str]) -> None:
        known = self.seats.get(number)
        if known is not None and known.state in (State.WAITING, *HOLDING):
            return
        room = self.room()
        waits = room.block(party, marks) is not None or is_overtaking(room, self.line())
        after = State.WAITING if waits else State.CONFIRMED
        if known is not None:
            must_move(known.state, after)
        self.ranks += 1
        self.seats[number] = _Seat(after, self.ranks, party, marks)

    def move(self, number: int, after: State) -> None:
        one = self.seats.get(number)
        if one is None or after not in MOVES[one.state] or one.state is State.WAITING:
            return
        if after in (State.CANCELLED, State.EXPIRED) or one.state is State.OFFERED:
            one.state = after
            self.refill()

    def refill(self) -> None:
        if self.rests:
            return
        before = self.room()
        filled = fill(before, self.line())
        for promoted in filled.promoted:
            self.seats[int(promoted.seat_id)].state = State.OFFERED
        self.explained = {int(one.seat_id): block.reason for one, block in filled.passed}


acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("sign_up"),
            st.integers(0, 11),
            st.integers(1, 3),
            st.sampled_from([NONE, R, T, BOTH]),
        ),
        st.tuples(st.just("cancel"), st.integers(0, 11)),
        st.tuples(st.just("accept"), st.integers(0, 11)),
        st.tuples(st.just("expire"), st.integers(0, 11)),
        st.tuples(st.just("grow"), st.integers(1, 3)),
        st.tuples(st.just("rest"), st.booleans()),
    ),
    max_size=60,
)


@settings(max_examples=400)
@given(
    acts,
    st.integers(1, 6),
    st.sampled_from([(), (RIDERS,), (TOWN,), (RIDERS, TOWN), (RIDERS, OTHERS)]),
)
def test_in_every_history_nobody_is_skipped_without_a_reason_and_nothing_is_oversold(
    history: list[tuple[object, ...]], capacity: int, quotas: tuple[Quota, ...]
) -> None:
    hall = _Hall(capacity, quotas)
    for act in history:
        _do(hall, act)
        room = hall.room()
        assert room.held <= hall.capacity
        for quota in quotas:
            if quota.kind is QuotaKind.LIMIT:
                assert room.held_by.get(quota.key, 0) <= quota.seats
        if act[0] in ("cancel", "accept", "expire", "grow") and not hall.rests:
            _nobody_is_skipped(hall, room)


def _do(hall: _Hall, act: tuple[object, ...]) -> None:
    name, *rest = act
    if name == "sign_up":
        hall.sign_up(*rest)  # type: ignore[arg-type]
    elif name == "grow":
        hall.capacity += int(str(rest[0]))
        hall.refill()
    elif name == "rest":
        hall.rests = bool(rest[0])
        hall.refill()
    else:
        after: Mapping[str, State] = {
            "cancel": State.CANCELLED,
            "accept": State.CONFIRMED,
            "expire": State.EXPIRED,
        }
        hall.move(int(str(rest[0])), after[str(name)])


def _nobody_is_skipped(hall: _Hall, room: Room) -> None:
    """Whoever still waits could have no seat; if somebody behind was promoted, it is told why."""
    offered = [one.rank for one in hall.seats.values() if one.state is State.OFFERED]
    for number, one in hall.seats.items():
        if one.state is not State.WAITING or not room.free:
            continue
        assert room.block(one.party, one.marks) is not None
        if any(rank > one.rank for rank in offered) and number in hall.explained:
            assert hall.explained[number] in {
                Reason.PARTY_TOO_BIG,
                Reason.RESERVED,
                Reason.LIMIT,
                Reason.FULL,
            }
