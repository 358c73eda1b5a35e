"""Random histories through the services: what holds after every single act."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from domain.events import Event, GroupKind, GroupQuota
from domain.refusal import Refusal
from domain.seats import HOLDING, QUIET, Quota, QuotaKind, State
from domain.sign_ups import Wish
from storage.database import Database
from tests.services.event_kit import FIRST, ORGANISER, Events
from tests.world import MovableClock

_PEOPLE, _ACTS = 14, 120
_RIDERS = GroupQuota(
    Quota("riders", "骑手", QuotaKind.RESERVED, 2), GroupKind.OCCUPATION, ("rider",)
)


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_oversold_and_nobody_is_skipped_without_a_reason(
    database: Database, clock: MovableClock, seed: int
) -> None:
    events, chance = Events(database, clock), random.Random(seed)
    for number in range(0, _PEOPLE, 3):
        await events.person(number, occupation="rider")
    event = await events.event(capacity=4, companions=2, quotas=(_RIDERS,))
    capacity = 4
    for _ in range(_ACTS):
        before = {one.id: one for one in await events.all_of(event)}
        try:
            capacity += await _act(events, event, chance, capacity)
        except Refusal:
            continue
        await _holds(events, event, capacity)
        promoted = [
            one.rank
            for one in await events.all_of(event)
            if one.id in before
            and before[one.id].state is State.WAITING
            and one.state in (State.OFFERED, State.CONFIRMED)
        ]
        await _all_explained(events, event, promoted)


async def _act(events: Events, event: Event, chance: random.Random, capacity: int) -> int:
    """One act of somebody; by how much the capacity grew."""
    number = chance.randrange(_PEOPLE)
    name = chance.choice(
        ["join"] * 5 + ["leave"] * 3 + ["accept", "accept", "decline", "wait", "grow", "cannot"]
    )
    if name == "join":
        wish = Wish(event.id, FIRST + number, chance.choice([1, 1, 2, 3]))
        await events.members.sign_up(wish)
    elif name == "leave":
        await events.leaves(event, number)
    elif name == "accept":
        await events.accepts(event, number)
    elif name == "decline":
        await events.members.decline(event.id, FIRST + number)
    elif name == "cannot":
        await events.members.cannot_come(event.id, FIRST + number)
    elif name == "wait":
        events.clock.move(hours=chance.choice([1, 5, 13]))
        await events.ticks.expire_due()
        await events.ticks.fill_due()
    elif capacity < 9:
        await events.desk.change(ORGANISER, event.id, capacity=capacity + 1)
        return 1
    return 0


async def _holds(events: Events, event: Event, capacity: int) -> None:
    claims = await events.all_of(event)
    held = [one for one in claims if one.state in HOLDING]
    assert sum(one.party for one in held) <= capacity
    assert max(Counter(one.member_id for one in claims).values(), default=1) == 1
    others = sum(one.party for one in held if "riders" not in one.marks)
    assert others <= capacity - 2
    for one in claims:
        if one.offered_until is not None:
            assert one.state is State.OFFERED
            assert not QUIET.holds(one.offered_until)
            assert one.offered_until - one.changed_at <= timedelta(hours=24)


async def _all_explained(events: Events, event: Event, promoted: list[int]) -> None:
    """Whoever waits before somebody that was promoted has the reason in the log."""
    last = max(promoted, default=0)
    async with events.database.open_read() as work:
        for one in await events.all_of(event):
            if one.state is State.WAITING and one.rank < last:
                rows = await work.seats.history_of(event.id, one.id)
                assert rows[-1].reason.split(":")[0] in {"party_too_big", "reserved"}
