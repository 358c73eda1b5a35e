"""An event that is changed after people signed up: whose seat counts for what, and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.draw import verify
from domain.events import Event, Facts, GroupKind, GroupQuota, Mode, Rule, RuleKind, Session, stamp
from domain.reading.words import Words
from domain.refusal import Refusal
from domain.seats import Quota, QuotaKind, State
from domain.sign_ups import Wish
from domain.staff import Actor, Grant, Role
from locales import load_words
from services.events import Asked, SignUpForms
from storage.database import Database
from tests.services.event_kit import FIRST, ORGANISER, Events, plan, refused
from tests.staffing import make_house
from tests.world import MovableClock

RIDERS = GroupQuota(
    Quota("riders", "骑手", QuotaKind.RESERVED, 1), GroupKind.OCCUPATION, ("rider",)
)


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


def sessions(starts: datetime, days: int = 1) -> tuple[Session, ...]:
    """Three sessions, each so many days after the one before."""
    return tuple(
        Session(
            f"s{number}",
            f"第{number + 1}场",
            starts + number * timedelta(days=days),
            starts + number * timedelta(days=days) + timedelta(hours=1),
            5,
        )
        for number in range(3)
    )


async def course(events: Events, capacity: int = 5) -> Event:
    """An event of three sessions on three days."""
    starts = events.clock.now() + timedelta(days=10)
    ends = starts + timedelta(days=3)
    return await events.event(capacity=capacity, sessions=sessions(starts), ends_at=ends)


async def test_a_quota_that_is_added_counts_the_seats_that_are_taken(events: Events) -> None:
    await events.person(0, occupation="rider")
    curling = await events.event(capacity=3)
    await events.joins(curling, 0)
    await events.joins(curling, 1)
    changed = await events.desk.change(ORGANISER, curling.id, quotas=(RIDERS,))
    # The rider has a seat already: nothing is kept for another one.
    assert (await events.joins(changed, 2)).state is State.CONFIRMED
    assert (await events.seat(curling, 0)).marks == {"riders"}
    assert (await events.seat(curling, 1)).marks == frozenset()


async def test_a_quota_for_others_does_not_count_the_seats_of_those_before(
    events: Events,
) -> None:
    await events.person(0, occupation="rider")
    await events.person(1, occupation="driver")
    most = replace(RIDERS, quota=replace(RIDERS.quota, kind=QuotaKind.LIMIT))
    curling = await events.event(capacity=3, quotas=(most,))
    await events.joins(curling, 0)
    await events.desk.change(ORGANISER, curling.id, quotas=())
    drivers = replace(most, values=("driver",))
    await events.desk.change(ORGANISER, curling.id, quotas=(drivers,))
    assert (await events.joins(curling, 1)).state is State.CONFIRMED


async def test_somebody_from_the_counter_keeps_the_group_that_they_named(events: Events) -> None:
    curling = await events.event(capacity=3, quotas=(RIDERS,))
    await events.seats.add_manually(
        ORGANISER, curling.id, {"name": "孙大爷"}, facts=Facts(occupation="rider")
    )
    more = replace(RIDERS, quota=replace(RIDERS.quota, seats=2))
    await events.desk.change(ORGANISER, curling.id, quotas=(more,))
    (seat,) = await events.all_of(curling)
    assert seat.marks == {"riders"}


async def test_a_session_that_somebody_signed_up_for_stays(events: Events) -> None:
    taught = await course(events)
    await events.joins(taught, 0, session="s0")
    left = events.desk.change(ORGANISER, taught.id, sessions=taught.sessions[1:])
    assert await refused(left) == "events.session_held"
    await events.leaves(taught, 0)
    changed = await events.desk.change(ORGANISER, taught.id, sessions=taught.sessions[1:])
    assert [one.key for one in changed.sessions] == ["s1", "s2"]


async def test_a_change_of_one_session_is_told_to_those_of_that_session(events: Events) -> None:
    taught = await course(events)
    for number in range(3):
        await events.joins(taught, number, session=f"s{number}")
    first, second, third = taught.sessions
    wider = (first, replace(second, seats=9, title="第二场"), third)
    await events.desk.change(ORGANISER, taught.id, sessions=wider)
    assert await events.told() == []
    later = (first, second, replace(third, ends_at=third.ends_at + timedelta(minutes=30)))
    await events.desk.change(ORGANISER, taught.id, sessions=later)
    assert await events.told() == [("changed", 2)]


async def test_attendance_is_not_closed_before_the_last_session_has_begun(
    events: Events, clock: MovableClock
) -> None:
    taught = await course(events)
    await events.joins(taught, 0, session="s0")
    await events.joins(taught, 2, session="s2")
    clock.move(days=10, hours=2)
    assert await refused(events.desk.finish(ORGANISER, taught.id)) == "events.not_over"
    clock.move(days=2)
    await events.desk.finish(ORGANISER, taught.id)
    assert await events.states(taught) == {State.NO_SHOW: 2}


async def test_who_is_moved_to_another_session_is_told_each_time_and_reminded_again(
    events: Events, clock: MovableClock
) -> None:
    taught = await course(events)
    seat = await events.joins(taught, 0, session="s0")
    clock.move(days=9)
    assert await events.ticks.remind_due() == 1
    for session in ("s1", "s2", "s1"):
        clock.move(minutes=1)
        await events.seats.move(ORGANISER, seat.seat_id, session, "换场")
    assert await events.told() == [("day", 0), *[("changed", 0)] * 3]
    clock.move(days=1)
    assert await events.ticks.remind_due() == 1


async def test_who_waits_for_a_session_that_is_over_keeps_nobody_from_another(
    events: Events, clock: MovableClock
) -> None:
    starts = clock.now() + timedelta(days=10)
    first, second, third = sessions(starts)
    first = replace(first, seats=1)
    ends = starts + timedelta(days=3)
    taught = await events.event(
        capacity=5, sessions=(first, second, third), ends_at=ends, closes_at=starts
    )
    await events.joins(taught, 0, session="s0")
    await events.joins(taught, 1, session="s0")
    clock.move(days=9, hours=23)
    # Too late for the one who waits: the first session takes nobody any more.
    await events.members.cannot_come(taught.id, FIRST)
    assert (await events.joins(taught, 2, session="s1")).state is State.CONFIRMED
    # Of the same session nobody overtakes.
    assert (await events.joins(taught, 3, session="s0")).state is State.WAITING


async def test_what_is_kept_for_a_group_of_which_nobody_waits_is_given_when_sign_up_has_closed(
    events: Events, clock: MovableClock
) -> None:
    closes = clock.now() + timedelta(days=3)
    curling = await events.event(capacity=2, quotas=(RIDERS,), closes_at=closes)
    await events.joins(curling, 0)
    assert (await events.joins(curling, 1)).state is State.WAITING
    await events.ticks.fill_due()
    assert await events.state(curling, 1) is State.WAITING
    clock.move(days=3)
    await events.ticks.fill_due()
    assert await events.state(curling, 1) is State.OFFERED


async def test_what_is_kept_for_a_group_goes_to_the_group_also_when_sign_up_has_closed(
    events: Events, clock: MovableClock
) -> None:
    await events.person(2, occupation="rider")
    await events.person(3, occupation="rider")
    closes = clock.now() + timedelta(days=3)
    curling = await events.event(capacity=2, quotas=(RIDERS,), closes_at=closes)
    for number in (0, 2, 1, 3):
        await events.joins(curling, number)
    clock.move(days=3)
    await events.members.cancel(curling.id, FIRST + 2)
    assert await events.state(curling, 1) is State.WAITING
    assert await events.state(curling, 3) is State.OFFERED


async def test_an_offer_may_be_taken_while_sign_up_is_held(events: Events) -> None:
    curling = await events.event(capacity=1)
    for number in range(2):
        await events.joins(curling, number)
    await events.leaves(curling, 0)
    await events.desk.hold(ORGANISER, curling.id, "等场馆消息")
    assert (await events.accepts(curling, 1)).state is State.CONFIRMED


async def test_the_reason_for_holding_is_not_endless(events: Events) -> None:
    curling = await events.event()
    assert await refused(events.desk.hold(ORGANISER, curling.id, "长" * 201)) == "events.note_long"
    held = await events.desk.hold(ORGANISER, curling.id, "  ")
    assert held.note == ""


async def test_only_who_waits_is_promoted(events: Events) -> None:
    curling = await events.event(capacity=2)
    receipt = await events.joins(curling, 0)
    await events.leaves(curling, 0)
    # The page with the button was opened before: who cancelled has not changed their mind.
    late = events.seats.promote(ORGANISER, receipt.seat_id, "名额空着")
    assert await refused(late) == "events.not_now"
    assert await events.told() == []


async def test_nobody_is_seated_beside_a_draw(events: Events, clock: MovableClock) -> None:
    curling = await events.event(capacity=2, mode=Mode.DRAW)
    receipts = [await events.joins(curling, number) for number in range(4)]
    clock.move(days=9)
    await events.ticks.draw_due()
    for receipt in receipts:
        beside = events.seats.promote(ORGANISER, receipt.seat_id, "队长")
        assert await refused(beside) in ("events.not_now", "events.draw_running")
    clock.move(minutes=10)
    await events.ticks.draw_due()
    assert (await events.states(curling))[State.CONFIRMED] == 2


async def test_a_list_that_was_fixed_late_is_still_seen_ten_minutes_before_the_draw(
    events: Events, clock: MovableClock
) -> None:
    curling = await events.event(capacity=1, mode=Mode.DRAW)
    for number in range(3):
        await events.joins(curling, number)
    # Nobody was there to fix it in time.
    clock.move(days=9, hours=3)
    assert [await events.ticks.draw_due() for _ in range(3)] == [0, 0, 0]
    clock.move(minutes=9)
    assert await events.ticks.draw_due() == 0
    clock.move(minutes=1)
    assert await events.ticks.draw_due() == 1


async def test_a_draw_is_made_while_the_line_can_still_move(events: Events) -> None:
    now = events.clock.now()
    starts = now + timedelta(days=10)
    late = plan(now, mode=Mode.DRAW, closes_at=starts - timedelta(hours=2))
    assert await refused(events.desk.create(ORGANISER, late)) == "events.plan_draw"
    await events.desk.create(
        ORGANISER, replace(late, closes_at=starts - timedelta(hours=2, minutes=10))
    )


async def test_a_draw_without_entries_leaves_all_seats_free(
    events: Events, clock: MovableClock
) -> None:
    curling = await events.event(capacity=2, mode=Mode.DRAW)
    clock.move(days=9)
    await events.ticks.draw_due()
    clock.move(minutes=10)
    assert await events.ticks.draw_due() == 1
    drawn = await events.desk.get(ORGANISER, curling.id)
    assert verify(drawn.draw_record or "").winners == ()


async def test_the_last_word_on_leaving_is_that_of_the_members_own_session(
    events: Events, clock: MovableClock
) -> None:
    taught = await course(events)
    await events.joins(taught, 0, session="s2")
    clock.move(days=11, hours=1)
    with pytest.raises(Refusal) as told:
        await events.leaves(taught, 0)
    assert told.value.code == "events.cancel_late"
    deadline = taught.sessions[2].starts_at - timedelta(days=1)
    assert told.value.values["until"] == stamp(deadline)


async def test_who_signs_up_after_a_reminder_was_due_is_not_reminded_in_the_same_minute(
    events: Events, clock: MovableClock
) -> None:
    starts = clock.now() + timedelta(hours=10)
    curling = await events.event(
        starts_at=starts, ends_at=starts + timedelta(hours=2), closes_at=starts
    )
    await events.joins(curling, 0)
    assert await events.ticks.remind_due() == 0
    clock.move(hours=8)
    await events.joins(curling, 1)
    assert await events.ticks.remind_due() == 1
    assert await events.told() == [("hours", 0)]


async def test_who_would_set_out_before_the_night_is_over_is_woken(
    events: Events, clock: MovableClock
) -> None:
    # 14:00 in Beijing; it begins at 07:00 on the tenth day from now.
    starts = clock.now() + timedelta(days=9, hours=17)
    walk = await events.event(
        capacity=1, starts_at=starts, ends_at=starts + timedelta(hours=3), closes_at=starts
    )
    for number in range(2):
        await events.joins(walk, number)
    clock.move(days=9, hours=9)
    later = starts + timedelta(days=3)
    await events.desk.change(
        ORGANISER, walk.id, starts_at=later, ends_at=later + timedelta(hours=3)
    )
    assert await events.urgent() == [("changed", 0)]
    other = await events.event(
        capacity=1, starts_at=starts, ends_at=starts + timedelta(hours=3), closes_at=starts
    )
    for number in range(2):
        await events.joins(other, number)
    await events.desk.cancel_event(ORGANISER, other.id, "下雪")
    # Who only waited need not be woken for it.
    assert await events.urgent() == [("changed", 0), ("cancelled", 0)]
    far = await events.event(capacity=1)
    await events.joins(far, 0)
    await events.desk.cancel_event(ORGANISER, far.id, "场馆停电")
    assert len(await events.urgent()) == 2


async def test_a_unit_that_hangs_elsewhere_takes_along_its_events_and_who_may_come(
    database: Database, clock: MovableClock
) -> None:
    house = await make_house(database, clock)
    events, riders = Events(database, clock), house.riders
    everybody = Actor("maker", "办活动的人", (Grant(Role.ORGANISER, house.top.path),))
    rule = Rule(RuleKind.UNIT, (riders.path,), riders.name)
    most = GroupQuota(Quota("riders", "速达", QuotaKind.LIMIT, 1), GroupKind.UNIT, (riders.path,))
    draft = await events.desk.create(
        everybody,
        plan(clock.now(), unit_path=riders.path, rules=(rule,), quotas=(most,)),
    )
    curling = await events.desk.publish(everybody, draft.id)
    beside = await events.desk.create(everybody, plan(clock.now(), unit_path=house.east.path))
    await house.units.move(house.admin, riders.id, house.west.id)
    for number in range(2):
        await events.person(number, unit_id=riders.id)
    assert (await events.joins(curling, 0)).state is State.CONFIRMED
    assert (await events.joins(curling, 1)).state is State.WAITING
    west = Actor("west", "西镇的人", (Grant(Role.ORGANISER, house.west.path),))
    (found,) = [event for event, _ in await events.desk.list_mine(west)]
    assert found.id == curling.id
    assert (await events.desk.get(everybody, beside.id)).unit_path == house.east.path


async def test_an_old_button_asks_nothing_anew_of_who_has_signed_up(
    events: Events, database: Database, clock: MovableClock
) -> None:
    forms = SignUpForms(database, clock, Words.of(load_words()))
    curling = await events.event(capacity=5, companions=2)
    asked = await forms.begin(FIRST, curling.id)
    assert isinstance(asked, Asked)
    await events.joins(curling, 0)
    wish = await forms.begin(FIRST, curling.id)
    # Answers to questions that are asked once more would be thrown away.
    assert isinstance(wish, Wish)
    assert (await events.members.sign_up(wish)).party == 1
    await events.leaves(curling, 0)
    assert isinstance(await forms.begin(FIRST, curling.id), Asked)
