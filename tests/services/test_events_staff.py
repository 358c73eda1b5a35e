"""What staff do with events and what the clock does, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from domain.draw import verify
from domain.events import EventState, GroupKind, GroupQuota, Mode, Place
from domain.seats import Quota, QuotaKind, State
from domain.sign_ups import CheckIn, Source, entry_id
from storage.database import Database
from storage.tables import audit
from tests.services.event_kit import ELSEWHERE, FIRST, ORGANISER, Events, full_event, plan, refused
from tests.world import MovableClock


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


async def acts(database: Database) -> list[str]:
    async with database.open_read() as work:
        rows = await work._connection.execute(sa.select(audit.c.act).order_by(audit.c.id))
        return [str(row[0]) for row in rows]


async def test_an_event_is_seen_only_within_reach(events: Events) -> None:
    curling = await events.event()
    receipt = await events.joins(curling, 0)
    for act in (
        events.desk.get(ELSEWHERE, curling.id),
        events.desk.hold(ELSEWHERE, curling.id, "停"),
        events.reader.list_guests(ELSEWHERE, curling.id, limit=9),
        events.seats.promote(ELSEWHERE, receipt.seat_id, "x"),
        events.door.check_in(ELSEWHERE, curling.id, receipt.code),
        events.desk.get(ELSEWHERE, "no-such-event"),
    ):
        assert await refused(act) == "events.not_found"
    assert await events.desk.list_mine(ELSEWHERE) == []
    assert len(await events.desk.list_mine(ORGANISER)) == 1
    assert await refused(events.desk.create(ELSEWHERE, plan(events.clock.now()))) == (
        "staff.not_allowed"
    )


async def test_every_act_of_staff_is_audited_in_the_same_transaction(
    events: Events, database: Database
) -> None:
    curling = await events.event(capacity=1)
    receipt = await events.joins(curling, 0)
    await events.seats.release(ORGANISER, receipt.seat_id, "不符合条件")
    await events.desk.hold(ORGANISER, curling.id, "场地检查")
    await events.desk.publish(ORGANISER, curling.id)
    assert await refused(events.seats.release(ORGANISER, receipt.seat_id, " ")) == (
        "events.note_needed"
    )
    await events.desk.cancel_event(ORGANISER, curling.id, "停电")
    assert await acts(database) == [
        "event.create",
        "event.published",
        "event.release",
        "event.held",
        "event.published",
        "event.cancel",
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": " "}, "events.plan_title"),
        ({"capacity": 0}, "events.plan_capacity"),
        ({"companions": 10}, "events.plan_companions"),
    ],
    ids=["title", "capacity", "companions"],
)
async def test_an_event_that_could_not_be_held_is_refused(
    events: Events, fields: dict[str, Any], code: str
) -> None:
    draft = replace(plan(events.clock.now()), **fields)
    assert await refused(events.desk.create(ORGANISER, draft)) == code


async def test_times_and_reservations_must_fit(events: Events) -> None:
    good = plan(events.clock.now())
    bad = replace(good, ends_at=good.starts_at - timedelta(hours=1))
    assert await refused(events.desk.create(ORGANISER, bad)) == "events.plan_times"
    many = GroupQuota(Quota("riders", "骑手", QuotaKind.RESERVED, 3), GroupKind.OCCUPATION, ())
    bad = replace(good, quotas=(many,))
    assert await refused(events.desk.create(ORGANISER, bad)) == "events.plan_reserved"


async def test_a_series_is_drafts_at_other_times_without_people(events: Events) -> None:
    curling = await events.event()
    await events.joins(curling, 0)
    made = await events.desk.repeat(ORGANISER, curling.id, timedelta(days=7), 3)
    assert [one.starts_at - curling.starts_at for one in made] == [
        timedelta(days=7 * number) for number in (1, 2, 3)
    ]
    assert {one.state for one in made} == {EventState.DRAFT}
    assert len({one.id for one in made} | {one.code_salt for one in made}) == 6
    assert await events.states(made[0]) == {}
    (copy,) = [await events.desk.clone(ORGANISER, curling.id, timedelta(days=1))]
    assert (copy.title, copy.series_id, copy.last_rank) == (curling.title, None, 0)


async def test_a_draft_is_unknown_to_members(events: Events) -> None:
    draft = await events.desk.create(ORGANISER, plan(events.clock.now()))
    assert await refused(events.members.get(draft.id, FIRST)) == "events.not_found"
    assert await refused(events.joins(draft, 0)) == "events.not_found"
    assert await events.members.list_open(FIRST) == []


async def test_more_seats_go_to_the_line_and_seats_in_use_stay(events: Events) -> None:
    curling = await full_event(events, waiting=3)
    await events.desk.change(ORGANISER, curling.id, capacity=3)
    assert await events.states(curling) == {
        State.CONFIRMED: 1,
        State.OFFERED: 2,
        State.WAITING: 1,
    }
    fewer = events.desk.change(ORGANISER, curling.id, capacity=2)
    assert await refused(fewer) == "events.capacity_held"


async def test_a_change_of_place_reaches_exactly_those_with_a_seat(events: Events) -> None:
    curling = await events.event(capacity=2)
    for number in range(4):
        await events.joins(curling, number)
    await events.leaves(curling, 0)
    await events.desk.change(ORGANISER, curling.id, summary="带手套")
    await events.desk.change(ORGANISER, curling.id, place=Place("新馆", "某某路 2 号"))
    assert [one for one in await events.told() if one[0] == "changed"] == [
        ("changed", 1),
        ("changed", 2),
    ]


async def test_on_the_last_day_staff_may_fill_a_seat(events: Events, clock: MovableClock) -> None:
    curling = await full_event(events)
    waiting = await events.seat(curling, 2)
    early = events.seats.promote(ORGANISER, waiting.id, "队长")
    assert await refused(early) == "events.full"
    clock.move(days=9, hours=1)
    await events.members.cannot_come(curling.id, FIRST)
    await events.seats.promote(ORGANISER, waiting.id, "电话说好了")
    assert await events.state(curling, 2) is State.CONFIRMED
    rows = await events.seats.why(ORGANISER, curling.id, waiting.id)
    assert [(row.reason, row.by, row.note) for row in rows][-1] == (
        "promoted_by_staff",
        ORGANISER.staff_id,
        "电话说好了",
    )


async def test_paper_and_devices_without_a_network_bring_in_their_ticks_once(
    events: Events, clock: MovableClock
) -> None:
    curling = await events.event(capacity=5)
    receipts = [await events.joins(curling, number) for number in range(4)]
    walk_in = await events.seats.add_manually(
        ORGANISER, curling.id, {"name": "孙大爷"}, source=Source.COUNTER
    )
    clock.move(days=10)
    at = clock.now()
    ticks = [
        CheckIn("k1", receipts[0].seat_id, True, at),
        # Undone later, but brought in first.
        CheckIn("k3", receipts[1].seat_id, False, at + timedelta(minutes=2)),
        CheckIn("k2", receipts[1].seat_id, True, at),
        CheckIn("k4", walk_in.seat_id, True, at),
        CheckIn("k5", "no-such-seat", True, at),
    ]
    became = await events.door.sync(ORGANISER, curling.id, ticks)
    assert became == dict.fromkeys(("k1", "k2", "k3", "k4"), "kept") | {
        "k5": "events.code_unknown"
    }
    before = await events.seats.why(ORGANISER, curling.id)
    assert await events.door.sync(ORGANISER, curling.id, ticks) == became
    assert await events.seats.why(ORGANISER, curling.id) == before
    assert await events.state(curling, 0) is State.ATTENDED
    assert await events.state(curling, 1) is State.CONFIRMED
    await events.desk.finish(ORGANISER, curling.id)
    assert await events.states(curling) == {State.ATTENDED: 2, State.NO_SHOW: 3}
    # A name that stood on the paper list after all.
    late = [CheckIn("p1", receipts[2].seat_id, True, at)]
    await events.door.sync(ORGANISER, curling.id, late)
    assert await events.state(curling, 2) is State.ATTENDED


async def test_a_key_counts_for_the_claim_that_it_was_made_for(events: Events) -> None:
    curling = await events.event(capacity=5)
    first, second = [await events.joins(curling, number) for number in range(2)]
    at = events.clock.now()
    ticks = [CheckIn("k1", first.seat_id, True, at)]
    assert await events.door.sync(ORGANISER, curling.id, ticks) == {"k1": "kept"}
    ticks = [CheckIn("k1", second.seat_id, True, at)]
    became = await events.door.sync(ORGANISER, curling.id, ticks)
    assert became == {"k1": "events.code_unknown"}
    assert await events.states(curling) == {State.ATTENDED: 1, State.CONFIRMED: 1}


async def test_afterwards_guests_are_asked_and_their_hours_are_kept(
    events: Events, clock: MovableClock, database: Database
) -> None:
    help_out = await events.event(hours=Decimal("2.5"))
    receipt = await events.joins(help_out, 0)
    await events.joins(help_out, 1)
    clock.move(days=10)
    await events.door.check_in(ORGANISER, help_out.id, receipt.code)
    await events.desk.finish(ORGANISER, help_out.id)
    clock.move(hours=4)
    assert [await events.ticks.ask_feedback_due() for _ in range(2)] == [1, 0]
    assert ("feedback", 0) in await events.told()
    await events.members.rate(help_out.id, FIRST, 3)
    await events.members.comment(help_out.id, FIRST, "很好，打我电话13812345678")
    assert await refused(events.members.rate(help_out.id, FIRST + 1, 3)) == "events.not_now"
    (past,) = await events.members.history(FIRST)
    assert (past.state, past.hours) == (State.ATTENDED, Decimal("2.5"))
    (missed,) = await events.members.history(FIRST + 1)
    assert (missed.state, missed.hours) == (State.NO_SHOW, Decimal(0))
    async with database.open_read() as work:
        assert await work.seats.comments(help_out.id) == ["很好，打我电话***"]


async def test_a_message_reaches_those_in_the_states_once(events: Events) -> None:
    curling = await full_event(events, waiting=1)
    for _ in range(2):
        count = await events.seats.tell(
            ORGANISER, curling.id, [State.CONFIRMED], "请带身份证", "first"
        )
        assert count == 1
    assert await events.told() == [("message", 0)]


async def test_a_draw_is_promised_fixed_and_made_and_everybody_can_check_it(
    events: Events, clock: MovableClock
) -> None:
    riders = GroupQuota(
        Quota("riders", "骑手", QuotaKind.RESERVED, 4), GroupKind.OCCUPATION, ("rider",)
    )
    closes = clock.now() + timedelta(days=6)
    curling = await events.event(capacity=10, mode=Mode.DRAW, quotas=(riders,), closes_at=closes)
    assert curling.seed is not None and curling.seed_hash is not None
    for number in range(6):
        await events.person(number, occupation="rider")
    receipts = {number: await events.joins(curling, number) for number in range(30)}
    assert {one.state for one in receipts.values()} == {State.APPLIED}
    await events.leaves(curling, 29)
    assert await events.ticks.draw_due() == 0
    clock.move(days=6)
    assert await events.ticks.draw_due() == 0
    fixed = await events.desk.get(ORGANISER, curling.id)
    assert fixed.entries_hash is not None and fixed.seed_hash == curling.seed_hash
    assert "seed" not in json.loads(fixed.draw_record or "")
    closed = events.seats.add_manually(ORGANISER, curling.id, {"name": "孙大爷"})
    assert await refused(closed) == "events.draw_running"
    # Somebody gives up in the ten minutes between: the seat goes to the line.
    await events.leaves(curling, 28)
    clock.move(minutes=10)
    assert [await events.ticks.draw_due() for _ in range(2)] == [1, 0]
    drawn = await events.desk.get(ORGANISER, curling.id)
    assert drawn.entries_hash == fixed.entries_hash
    result = verify(drawn.draw_record or "")
    assert len(result.winners) == 10
    found = await events.states(curling)
    # If it was a winner who gave up, the first in line has an offer now.
    assert found[State.CONFIRMED] + found[State.OFFERED] == 10
    assert found[State.WAITING] == 18
    stays = range(28)
    winners = [n for n in stays if await events.state(curling, n) is State.CONFIRMED]
    assert {receipts[n].entry for n in winners} == set(result.winners) - {receipts[28].entry}
    assert sum(number < 6 for number in winners) >= 4
    line = [await events.joins(curling, number) for number in stays]
    places = sorted(one.place for one in line if one.place is not None)
    assert places == list(range(1, 19))
    assert receipts[0].entry == entry_id(receipts[0].seat_id)


async def test_lots_follow_attendance_and_earlier_draws(
    events: Events, clock: MovableClock
) -> None:
    first = await events.event(capacity=1, mode=Mode.DRAW)
    for number in range(2):
        await events.joins(first, number)
    clock.move(days=9)
    await events.ticks.draw_due()
    clock.move(minutes=10)
    await events.ticks.draw_due()
    winner, loser = (0, 1) if await events.state(first, 0) is State.CONFIRMED else (1, 0)
    clock.move(days=1)
    code = (await events.seat(first, winner)).code
    await events.door.check_in(ORGANISER, first.id, code)
    second = await events.event(capacity=1, mode=Mode.DRAW)
    for number in range(2):
        await events.joins(second, number)
    clock.move(days=9)
    await events.ticks.draw_due()
    weights = second.weights
    assert (await events.seat(second, winner)).weight == weights.base
    assert (await events.seat(second, loser)).weight == (
        weights.base + weights.never_attended + weights.lost
    )
