"""What members can rely on when they sign up, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.clock import BEIJING
from domain.events import GroupKind, GroupQuota, Rule, RuleKind, Session
from domain.seats import Quota, QuotaKind, State
from domain.sign_ups import Wish
from storage.database import Database
from storage.tables import people
from tests.services.event_kit import FIRST, ORGANISER, Events, full_event, refused
from tests.world import MovableClock


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


async def test_whoever_comes_first_has_a_seat_and_the_others_a_place_in_line(
    events: Events,
) -> None:
    curling = await events.event(capacity=2)
    receipts = [await events.joins(curling, number) for number in range(4)]
    assert [(one.state, one.place) for one in receipts] == [
        (State.CONFIRMED, None),
        (State.CONFIRMED, None),
        (State.WAITING, 1),
        (State.WAITING, 2),
    ]
    assert len({one.code for one in receipts}) == 4


async def test_pressing_twice_changes_nothing(events: Events) -> None:
    curling = await events.event(capacity=1)
    first = await events.joins(curling, 0)
    wish = Wish(curling.id, FIRST + 0)
    both = await asyncio.gather(*(events.members.sign_up(wish) for _ in range(5)))
    assert {one.seat_id for one in both} == {first.seat_id}
    assert await events.states(curling) == {State.CONFIRMED: 1}
    twice = await asyncio.gather(*(events.joins(curling, 1) for _ in range(2)))
    assert [one.place for one in twice] == [1, 1]


async def test_a_freed_seat_is_offered_to_the_first_in_line_until_a_deadline(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events)
    await events.leaves(curling, 0)
    seat = await events.seat(curling, 1)
    assert (seat.state, seat.offered_until) == (
        State.OFFERED,
        clock.now() + timedelta(hours=24),
    )
    assert await events.told() == [("offer", 1)]
    # The offer holds the seat: a newcomer waits.
    assert (await events.joins(curling, 3)).state is State.WAITING
    assert (await events.accepts(curling, 1)).state is State.CONFIRMED
    assert await events.states(curling) == {
        State.CONFIRMED: 1,
        State.WAITING: 2,
        State.CANCELLED: 1,
    }


async def test_an_offer_that_is_not_answered_goes_to_the_next(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events)
    await events.leaves(curling, 0)
    clock.move(hours=24)
    # Too late by the server's clock, though no tick has come yet.
    assert await refused(events.accepts(curling, 1)) == "events.offer_gone"
    assert await events.state(curling, 1) is State.EXPIRED
    assert await events.state(curling, 2) is State.OFFERED
    clock.move(hours=24)
    assert await events.ticks.expire_due() == 1
    assert await events.ticks.expire_due() == 0
    assert await events.state(curling, 2) is State.EXPIRED
    assert await events.told() == [("offer", 1), ("offer", 2), ("lapsed", 2)]


async def test_whoever_gave_up_may_sign_up_again_at_the_end_of_the_line(events: Events) -> None:
    curling = await full_event(events, waiting=1)
    await events.leaves(curling, 0)
    again = await events.joins(curling, 0)
    assert (again.state, again.place) == (State.WAITING, 1)
    await events.members.decline(curling.id, FIRST + 1)
    assert await events.state(curling, 0) is State.OFFERED


async def test_within_three_days_the_next_is_seated_at_once(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events, waiting=1)
    clock.move(days=7)
    await events.leaves(curling, 0)
    assert await events.state(curling, 1) is State.CONFIRMED
    assert await events.told() == [("seated", 1)]
    assert await events.reasons(curling, 1) == ["in_line", "seated_at_once"]


async def test_the_rule_that_fails_is_told(events: Events) -> None:
    await events.unit(4, "/1/4/", "黄村镇总工会")
    await events.unit(5, "/1/5/", "西红门镇总工会")
    town = Rule(RuleKind.UNIT, ("/1/4/",), "黄村镇")
    riders = Rule(RuleKind.OCCUPATION, ("rider",), "骑手")
    walk = await events.event(rules=(town, riders))
    assert await refused(events.joins(walk, 0)) == "events.unit_unknown"
    await events.person(1, unit_id=5)
    assert await refused(events.joins(walk, 1)) == "events.rule_unit"
    await events.person(2, unit_id=4)
    assert await refused(events.joins(walk, 2)) == "events.occupation_unknown"
    await events.person(3, unit_id=4, occupation="office")
    assert await refused(events.joins(walk, 3)) == "events.rule_occupation"
    await events.person(4, unit_id=4, occupation="rider")
    assert (await events.joins(walk, 4)).state is State.CONFIRMED
    views = [await events.members.get(walk.id, FIRST + number) for number in (3, 4)]
    assert [view.is_eligible for view in views] == [False, True]
    assert views[0].obstacle is not None
    assert views[0].obstacle.code == "events.rule_occupation"


async def test_one_person_with_two_accounts_has_one_seat(
    events: Events, database: Database
) -> None:
    curling = await events.event(capacity=5)
    await events.person(0)
    await events.joins(curling, 0)
    # The same person moves to another account.
    async with database.open_work() as work:
        await work._connection.execute(sa.update(people).values(member_id=FIRST + 1))
        await work.commit()
    assert await refused(events.joins(curling, 1)) == "events.other_account"
    await events.leaves(curling, 0)
    assert (await events.joins(curling, 1)).state is State.CONFIRMED
    assert await events.states(curling) == {State.CONFIRMED: 1, State.CANCELLED: 1}


async def test_reserved_seats_wait_for_their_group(events: Events) -> None:
    riders = GroupQuota(
        Quota("riders", "骑手", QuotaKind.RESERVED, 1), GroupKind.OCCUPATION, ("rider",)
    )
    curling = await events.event(capacity=2, quotas=(riders,))
    await events.person(9, occupation="rider")
    assert (await events.joins(curling, 0)).state is State.CONFIRMED
    assert (await events.joins(curling, 1)).state is State.WAITING
    assert (await events.joins(curling, 9)).state is State.CONFIRMED


async def test_a_session_has_its_own_seats(events: Events, clock: MovableClock) -> None:
    starts = clock.now() + timedelta(days=10)
    sessions = tuple(
        Session(key, title, starts + timedelta(hours=at), starts + timedelta(hours=at + 1), 1)
        for at, (key, title) in enumerate([("am", "上午场"), ("pm", "下午场")])
    )
    course = await events.event(capacity=2, sessions=sessions)
    assert await refused(events.joins(course, 0)) == "events.which_session"
    assert (await events.joins(course, 0, session="am")).state is State.CONFIRMED
    assert (await events.joins(course, 1, session="am")).state is State.WAITING
    assert (await events.joins(course, 2, session="pm")).state is State.CONFIRMED
    full = events.seats.move(ORGANISER, (await events.seat(course, 2)).id, "am", "换场")
    assert await refused(full) == "events.full"
    await events.leaves(course, 0)
    assert await events.state(course, 1) is State.OFFERED


async def test_companions_take_seats_and_a_party_too_big_is_passed_over_with_the_reason(
    events: Events,
) -> None:
    picnic = await events.event(capacity=2, companions=2)
    assert await refused(events.joins(picnic, 0, party=4)) == "events.too_many_companions"
    await events.joins(picnic, 0)
    await events.joins(picnic, 1)
    assert (await events.joins(picnic, 2, party=2)).place == 1
    assert (await events.joins(picnic, 3)).place == 2
    await events.leaves(picnic, 0)
    assert await events.state(picnic, 3) is State.OFFERED
    assert await events.reasons(picnic, 2) == ["in_line", "party_too_big"]


async def test_a_team_has_a_limit(events: Events) -> None:
    league = await events.event(capacity=9, team_size=2)
    for number in range(2):
        await events.joins(league, number, team="飞石队")
    assert await refused(events.joins(league, 2, team="飞石队")) == "events.team_full"
    assert (await events.joins(league, 2, team="冰刀队")).state is State.CONFIRMED
    listed, _ = await events.reader.list_guests(ORGANISER, league.id, limit=9)
    assert [one.team for one in listed] == ["飞石队", "飞石队", "冰刀队"]


async def test_times_are_the_servers(events: Events, clock: MovableClock) -> None:
    now = clock.now()
    later = await events.event(opens_at=now + timedelta(hours=1))
    assert await refused(events.joins(later, 0)) == "events.not_open_yet"
    curling = await events.event()
    await events.joins(curling, 0)
    clock.move(days=9)
    assert await refused(events.joins(curling, 1)) == "events.is_closed"
    assert await refused(events.leaves(curling, 0)) == "events.cancel_late"
    assert (await events.members.cannot_come(curling.id, FIRST)).state is State.CANCELLED
    clock.move(days=1)
    assert await refused(events.joins(curling, 1)) == "events.is_closed"


async def test_my_events_tell_waiting_from_having(events: Events, clock: MovableClock) -> None:
    curling = await full_event(events, waiting=1)
    ((_, mine),) = await events.members.my_events(FIRST + 1)
    assert (mine.state, mine.place) == (State.WAITING, 1)
    await events.leaves(curling, 1)
    assert await events.members.my_events(FIRST + 1) == []
    clock.move(days=11)
    assert await events.members.my_events(FIRST) == []


async def test_answers_are_sealed_and_only_those_who_may_see_them(
    events: Events, database: Database
) -> None:
    curling = await events.event()
    await events.joins(curling, 0, answers={"name": "王芳", "size": "41"})
    async with database.open_read() as work:
        rows = await work._connection.exec_driver_sql("SELECT * FROM seats")
        assert "王芳" not in str(rows.mappings().all())
    (listed,), _ = await events.reader.list_guests(ORGANISER, curling.id, limit=9)
    assert listed.answers == {"name": "王芳", "size": "41"}


async def test_reminders_come_once_each_and_never_in_the_last_quarter_of_an_hour(
    events: Events, clock: MovableClock
) -> None:
    curling = await events.event(capacity=3)
    for number in range(3):
        await events.joins(curling, number)
    assert await events.ticks.remind_due() == 0
    clock.move(days=9)
    assert [await events.ticks.remind_due() for _ in range(2)] == [3, 0]
    await events.members.cannot_come(curling.id, FIRST)
    await events.members.will_come(curling.id, FIRST + 1)
    clock.move(hours=22)
    assert [await events.ticks.remind_due() for _ in range(2)] == [2, 0]
    assert [kind for kind, _ in await events.told()] == ["day"] * 3 + ["hours"] * 2
    late = await events.event(
        starts_at=clock.now() + timedelta(minutes=10), closes_at=clock.now() + timedelta(minutes=5)
    )
    await events.joins(late, 0)
    assert await events.ticks.remind_due() == 0
    assert await events.reasons(late, 0) == ["signed_up", "reminder_too_late"]


async def test_nobody_is_promoted_at_night_and_the_morning_makes_up_for_it(
    events: Events, clock: MovableClock
) -> None:
    curling = await full_event(events, waiting=1)
    clock.move(hours=9)
    assert clock.now().astimezone(BEIJING).hour == 23
    await events.leaves(curling, 0)
    assert await events.state(curling, 1) is State.WAITING
    assert await events.reasons(curling, 1) == ["in_line", "quiet_hours"]
    # The free seat is for whoever waits, not for whoever is awake.
    assert (await events.joins(curling, 2)).place == 2
    assert await events.ticks.fill_due() == 1
    assert await events.told() == []
    clock.move(hours=9)
    await events.ticks.fill_due()
    assert await events.told() == [("offer", 1)]
    assert await events.ticks.fill_due() == 0
