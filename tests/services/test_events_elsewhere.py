"""Nine failures that other systems have had, each of which cannot happen here."""

from __future__ import annotations

import pytest

from domain.events import GroupKind, GroupQuota
from domain.seats import Quota, QuotaKind, State
from storage.database import Database
from tests.services.event_kit import FIRST, ORGANISER, Events, full_event, refused
from tests.world import MovableClock


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


async def test_1_whoever_cancelled_is_not_offered_the_seat_again(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events, waiting=1)
    await events.leaves(curling, 0)
    await events.members.decline(curling.id, FIRST + 1)
    for _ in range(3):
        clock.move(hours=24)
        await events.ticks.expire_due()
        await events.ticks.fill_due()
    assert [kind for kind, _ in await events.told()] == ["offer"]
    assert await events.states(curling) == {State.CANCELLED: 2}


async def test_2_nothing_is_offered_on_the_last_day_after_the_start_or_a_cancellation(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events)
    clock.move(days=9, hours=1)
    await events.members.cannot_come(curling.id, FIRST)
    clock.move(days=1)
    for tick in (events.ticks.expire_due, events.ticks.fill_due, events.ticks.draw_due):
        await tick()
    assert await events.told() == []
    assert await events.reasons(curling, 1) == ["in_line", "in_last_day"]
    seat = await events.seat(curling, 1)
    late = events.seats.promote(ORGANISER, seat.id, "来得及")
    assert await refused(late) == "events.past_cut_off"
    other = await full_event(events)
    await events.leaves(other, 0)
    await events.desk.cancel_event(ORGANISER, other.id, "场馆停电")
    assert await refused(events.accepts(other, 1)) == "events.offer_gone"
    assert sorted(await events.told()) == [("cancelled", 1), ("cancelled", 2), ("offer", 1)]
    assert await events.states(other) == {State.CANCELLED: 3}


async def test_3_the_first_in_line_is_promoted_first(events: Events) -> None:
    curling = await full_event(events, waiting=4)
    await events.leaves(curling, 0)
    for number in range(1, 4):
        assert await events.state(curling, number) is State.OFFERED
        await events.members.decline(curling.id, FIRST + number)
    assert [member for _, member in await events.told()] == [1, 2, 3, 4]


async def test_4_where_quotas_overlap_it_is_told_which_one_stood_in_the_way(
    events: Events,
) -> None:
    await events.unit(4, "/1/4/", "黄村镇总工会")
    quotas = (
        GroupQuota(
            Quota("riders", "骑手", QuotaKind.RESERVED, 1), GroupKind.OCCUPATION, ("rider",)
        ),
        GroupQuota(Quota("town", "黄村镇", QuotaKind.LIMIT, 1), GroupKind.UNIT, ("/1/4/",)),
    )
    await events.person(1, unit_id=4, occupation="rider")
    await events.person(2, unit_id=4)
    await events.person(4, unit_id=4, occupation="rider")
    curling = await events.event(capacity=3, quotas=quotas)
    assert (await events.joins(curling, 0)).state is State.CONFIRMED
    assert (await events.joins(curling, 1)).state is State.CONFIRMED
    # The town has its one seat, also a rider of it has to wait; others do not.
    assert (await events.joins(curling, 2)).state is State.WAITING
    assert (await events.joins(curling, 4)).state is State.WAITING
    assert (await events.joins(curling, 3)).state is State.CONFIRMED
    await events.leaves(curling, 0)
    assert await events.reasons(curling, 2) == ["in_line", "limit:town"]
    assert await events.reasons(curling, 4) == ["in_line", "limit:town"]
    await events.leaves(curling, 1)
    # Now the seat that is left for a rider goes to the rider, and the other is told why not.
    assert await events.state(curling, 2) is State.OFFERED
    assert await events.reasons(curling, 4) == ["in_line", "limit:town"]


async def test_5_taking_back_an_extra_seat_makes_no_seat_free(events: Events) -> None:
    curling = await full_event(events, waiting=1)
    full = events.seats.add_manually(ORGANISER, curling.id, {"name": "孙大爷"})
    assert await refused(full) == "events.full"
    extra = await events.seats.add_manually(
        ORGANISER, curling.id, {"name": "孙大爷"}, beyond=True, note="评委"
    )
    await events.seats.release(ORGANISER, extra.seat_id, "不来了")
    assert await events.state(curling, 1) is State.WAITING
    again = await events.seats.add_manually(
        ORGANISER, curling.id, {"name": "周大爷"}, beyond=True, note="评委"
    )
    # With the extra still there the room is full when a member goes.
    await events.leaves(curling, 0)
    assert await events.state(curling, 1) is State.WAITING
    await events.seats.release(ORGANISER, again.seat_id, "不来了")
    assert await events.state(curling, 1) is State.OFFERED


async def test_6_nobody_is_promoted_in_the_hours_of_quiet(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events)
    await events.leaves(curling, 0)
    # Offered at 14:00 for a day; declined at 23:00.
    clock.move(hours=9)
    await events.members.decline(curling.id, FIRST + 1)
    for _ in range(9):
        await events.ticks.fill_due()
        assert await events.told() == [("offer", 1)]
        clock.move(hours=1)
    await events.ticks.fill_due()
    assert await events.told() == [("offer", 1), ("offer", 2)]


async def test_7_whoever_waits_leaves_the_line_by_themselves_and_the_others_move_up(
    events: Events,
) -> None:
    curling = await full_event(events, waiting=3)
    assert (await events.leaves(curling, 1)).state is State.CANCELLED
    assert [(await events.joins(curling, number)).place for number in (2, 3)] == [1, 2]
    await events.leaves(curling, 0)
    assert await events.told() == [("offer", 2)]


async def test_8_whoever_waits_is_never_shown_as_having_a_seat(events: Events) -> None:
    curling = await events.event(capacity=1)
    await events.joins(curling, 0)
    receipt = await events.joins(curling, 1)
    view = await events.members.get(curling.id, FIRST + 1)
    ((_, mine),) = await events.members.my_events(FIRST + 1)
    for seen in (receipt, view.mine, mine):
        assert seen is not None and (seen.state, seen.place) == (State.WAITING, 1)
    assert (view.free, view.waiting) == (0, 1)
    seat = await events.seat(curling, 1)
    assert await refused(events.door.check_in(ORGANISER, curling.id, seat.code)) == (
        "events.no_seat"
    )


async def test_9_a_check_in_can_be_undone(events: Events, clock: MovableClock) -> None:
    curling = await events.event(capacity=1)
    receipt = await events.joins(curling, 0)
    clock.move(days=10)
    entered = await events.door.check_in(ORGANISER, curling.id, receipt.code)
    assert entered.state is State.ATTENDED
    undone = await events.door.undo_check_in(ORGANISER, receipt.seat_id)
    assert undone.state is State.CONFIRMED
    assert (await events.seat(curling, 0)).checked_in_at is None
    clock.move(minutes=5)
    again = await events.door.check_in(ORGANISER, curling.id, receipt.seat_id)
    assert again.state is State.ATTENDED
    assert await events.reasons(curling, 0) == [
        "signed_up",
        "checked_in",
        "check_in_undone",
        "checked_in",
    ]
