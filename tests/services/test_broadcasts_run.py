"""Whom a broadcast reaches, when it comes again, how it runs, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from domain.broadcasts import (
    Audience,
    Behaviour,
    BroadcastSieve,
    Language,
    Plan,
    Returned,
    Segment,
    Topic,
    WithEvent,
)
from domain.consents import Answer, Consent, Purpose
from domain.members import Reach
from domain.outbox import PushState, State
from domain.people import Occupation
from domain.recurrence import Every, Rule
from domain.sign_ups import Wish
from domain.staff import Role
from services import outbox as outbox_module
from services.events import EventDesk, EventService
from storage.database import Database
from storage.tables import outbox, quiz_attempts, quiz_rounds
from tests.services.broadcast_kit import FIRST, Casting, make_casting
from tests.services.event_kit import ORGANISER, plan
from tests.staffing import make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def cast(database: Database, clock: MovableClock) -> Casting:
    return await make_casting(await make_house(database, clock))


async def count(cast: Casting, *segments: Segment) -> int:
    found = await cast.segments.reckon(cast.br, Audience(segments), Topic.NEWS)
    return found.count


async def test_a_segment_means_exactly_those_for_whom_every_criterion_holds(
    cast: Casting,
) -> None:
    house = cast.house
    await cast.people(house.east, 20)
    await cast.people(house.riders, 10, 100)
    await cast.people(house.west, 10, 200)
    east, west = house.east.path, house.west.path
    assert await count(cast, Segment((east,))) == 30
    assert await count(cast, Segment((house.top.path,))) == 40
    assert await count(cast, Segment((east,), (Occupation.RIDER,))) == 15
    assert await count(cast, Segment((east,), (), (Language.OTHER,))) == 3
    # In two segments, and counted once.
    assert await count(cast, Segment((east,)), Segment((house.riders.path, west))) == 40
    desk, members = EventDesk(cast.database, cast.clock), EventService(cast.database, cast.clock)
    draft = await desk.create(ORGANISER, plan(cast.clock.now(), unit_path=east, capacity=50))
    event = await desk.publish(
        replace(ORGANISER, grants=(replace(ORGANISER.grants[0], path="/"),)), draft.id
    )
    for number in range(7):
        await members.sign_up(Wish(event.id, FIRST + number))
    await members.cancel(event.id, FIRST)
    for behaviour, expected in (
        (Behaviour.SIGNED_UP, 6),
        (Behaviour.NOT_SIGNED_UP, 24),
        (Behaviour.ATTENDED, 0),
        (Behaviour.ABSENT, 0),
    ):
        segment = Segment((east,), events=(WithEvent(event.id, behaviour),))
        assert await count(cast, segment) == expected, behaviour


async def test_a_segment_means_who_took_part_in_a_round_of_the_quiz(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    east, now = cast.house.east.path, cast.clock.now()
    round_ = {
        "id": "round-1",
        "title": "垃圾分类",
        "state": "published",
        "unit_path": east,
        "plan": {},
        "note": "",
        "is_demo": False,
        "created_by": "s",
        "created_at": now,
    }
    attempt = {
        "kind": "round",
        "round_id": "round-1",
        "number": 1,
        "state": "finished",
        "started_at": now,
        "total": 10,
        "done": 10,
        "right": 8,
        "ticked": "",
        "took": 60,
    }
    async with cast.database.open_work() as work:
        await work._connection.execute(sa.insert(quiz_rounds), round_)
        await work._connection.execute(
            sa.insert(quiz_attempts),
            [
                {"id": f"a{one}", "member_id": FIRST + one, "who": str(one), **attempt}
                for one in range(4)
            ],
        )
        await work.commit()
    async with cast.database.open_read() as work:
        for rounds, expected in ((("round-1",), 4), (("other",), 0), ((), 30)):
            audience = Audience((Segment((east,), rounds=rounds),))
            assert (await work.audiences.count(audience, Topic.NEWS)).gets == expected
    with refused("staff.not_allowed"):
        unknown = Audience((Segment((east,), rounds=("other",)),))
        await cast.segments.reckon(cast.br, unknown, Topic.NEWS)


async def test_who_is_meant_and_does_not_get_it_is_counted_with_the_reason(cast: Casting) -> None:
    house = cast.house
    await cast.people(house.east, 30)
    await cast.people(house.east, 4, 50, reach=Reach.BLOCKED)
    await cast.members.mute(FIRST, Topic.NEWS, is_muted=True)
    await cast.members.mute(FIRST + 1, Topic.EVENTS, is_muted=True)
    async with cast.database.open_work() as work:
        for member, answers in (
            (FIRST + 2, (Answer.GIVEN, Answer.WITHDRAWN)),
            (FIRST + 3, (Answer.REFUSED, Answer.GIVEN)),
        ):
            for answer in answers:
                said = Consent(Purpose.SERVICE, 1, answer, cast.clock.now())
                await work.consents.add(member, said)
        await work._connection.exec_driver_sql(
            f"UPDATE people SET member_id = NULL WHERE id = 'p{FIRST + 29}'"
        )
        await work.commit()
    audience = Audience((Segment((house.east.path,)),))
    found = await cast.segments.reckon(cast.br, audience, Topic.NEWS)
    assert (found.count, found.unreachable, found.muted, found.refused, found.unlinked) == (
        27,
        4,
        1,
        1,
        1,
    )
    # The account of which no person is known any more belongs to no unit.
    assert found.share == 27 / 29


async def test_segments_are_kept_and_reach_no_further_than_their_makers(cast: Casting) -> None:
    house = cast.house
    west = await house.person(Role.BROADCASTER, house.west, 7009, name="别处")
    saved = await cast.segments.save(cast.br, "东街道骑手", Segment((house.east.path,)))
    assert [one.id for one in await cast.segments.list_segments(cast.br)] == [saved.id]
    assert await cast.segments.list_segments(west) == []
    with refused("broadcasts.not_found"):
        await cast.segments.remove(west, saved.id)
    for outside in (Segment((house.east.path,)), Segment((house.top.path,))):
        with refused("staff.not_allowed"):
            await cast.segments.reckon(west, Audience((outside,)), Topic.NEWS)
    with refused("staff.not_allowed"):
        somebody_elses = Segment((house.west.path,), events=(WithEvent("x", Behaviour.ATTENDED),))
        await cast.segments.save(west, "别人的活动", somebody_elses)
    await cast.segments.remove(cast.br, saved.id)
    assert await cast.segments.list_segments(cast.br) == []


async def test_who_turned_the_topic_off_after_it_was_agreed_to_gets_nothing(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.approved()
    await cast.members.mute(FIRST, Topic.NEWS, is_muted=True)
    await cast.members.mute(FIRST + 1, Topic.BENEFITS, is_muted=True)
    cast.clock.move(seconds=61)
    await cast.ticks.start_due()
    await cast.outbox.expand_due()
    assert one.push is not None
    assert await cast.states(one.push.id) == {"pending": 29, "skipped": 1}
    rows, _ = await cast.runs.ledger(cast.br, one.id, fail_class="topic", offset=0, limit=9)
    assert [row.state for row in rows] == [State.SKIPPED]


async def test_nobody_gets_more_in_a_week_than_was_set(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    cast.outbox = outbox_module.OutboxService(cast.database, cast.clock, weekly_cap=2)
    for _ in range(2):
        await cast.sent()
    third = await cast.started()
    assert third.push is not None
    assert await cast.states(third.push.id) == {"skipped": 30}
    failures = (await cast.runs.progress(cast.br, third.id)).failures
    assert failures == {"often": 30}
    cast.clock.move(days=7)
    fourth = await cast.started()
    assert fourth.push is not None
    assert await cast.states(fourth.push.id) == {"pending": 30}


async def test_nobody_gets_a_text_with_a_gap_in_it(cast: Casting) -> None:
    house = cast.house
    await cast.people(house.east, 30)
    one = await cast.tried(text="{unit}的会员，您好。")
    async with cast.database.open_work() as work:
        await work._connection.exec_driver_sql(
            f"UPDATE people SET unit_id = NULL WHERE member_id = {FIRST}"
        )
        await work.commit()
    top = await cast.tried(house.top, text="{unit}的会员，您好。")
    with refused("broadcasts.placeholder_empty"):
        await cast.desk.hand_in(cast.br, top.id)
    # Within the street everybody has a unit.
    handed = await cast.desk.hand_in(cast.br, one.id)
    await cast.approvals.approve(house.fresh(cast.ok), handed.id, "29")
    cast.clock.move(seconds=61)
    await cast.ticks.start_due()
    await cast.outbox.expand_due()
    async with cast.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(outbox.c.details).where(outbox.c.kind == "broadcast.message")
        )
        assert {tuple(row[0].items()) for row in rows} == {(("unit", "东街道"),)}


async def test_progress_tells_the_pace_and_what_is_left(cast: Casting) -> None:
    await cast.people(cast.house.east, 130)
    one = await cast.started()
    await cast.ended("sent", most=30)
    found = await cast.runs.progress(cast.br, one.id)
    assert (found.total, found.written, found.waiting) == (130, 50, 100)
    assert found.pace.last_minute == 30
    assert found.pace.left == timedelta(seconds=200)
    listed, total = await cast.desk.list_broadcasts(cast.br, BroadcastSieve(), offset=0, limit=5)
    assert total == 1
    assert listed[0].counts == {State.SENT: 30, State.PENDING: 20}
    assert listed[0].author_name == "写稿人"
    sieve = BroadcastSieve(states=(PushState.EXPANDING,), words="慰问", topic="news")
    assert (await cast.desk.list_broadcasts(cast.br, sieve, offset=0, limit=5))[1] == 1


async def test_a_series_makes_its_broadcasts_and_each_is_agreed_to(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    rule = Rule(Every.WEEKS, date(2026, 11, 23), time(9), weekdays=(3,))
    one = await cast.desk.create(cast.br, cast.draft(plan=Plan(rule=rule)))
    assert one.is_series and await cast.ticks.make_due() == 0
    await cast.desk.set_active(cast.br, one.id, is_active=True)
    assert await cast.ticks.make_due() == 1
    assert await cast.ticks.make_due() == 0
    (made,) = (await cast.approvals.waiting(cast.ok)).approvals
    assert (made.series_id, made.plan.rule) == (one.id, None)
    # Its test went to the author by itself, and must have arrived.
    with refused("broadcasts.test_needed"):
        await cast.approvals.approve(cast.house.fresh(cast.ok), made.id, "30")
    await cast.ended("sent", kind="broadcast.test")
    await cast.approvals.approve(cast.house.fresh(cast.ok), made.id, "30")
    cast.clock.move(hours=19)
    assert await cast.ticks.start_due() == 1
    await cast.desk.set_active(cast.br, one.id, is_active=False)
    cast.clock.move(days=6, hours=12)
    assert await cast.ticks.make_due() == 0


async def test_a_series_that_cannot_go_on_tells_its_author(cast: Casting) -> None:
    await cast.people(cast.house.east, 3)
    rule = Rule(Every.DAYS, date(2026, 11, 23), time(9))
    one = await cast.desk.create(cast.br, cast.draft(plan=Plan(rule=rule)))
    await cast.desk.set_active(cast.br, one.id, is_active=True)
    assert await cast.ticks.make_due() == 1
    listed, _ = await cast.desk.list_broadcasts(cast.br, BroadcastSieve(), offset=0, limit=5)
    made = next(row.broadcast for row in listed if row.broadcast.series_id)
    assert (made.returned, made.return_note) == (Returned.NOT_MADE, "broadcasts.too_few")
    assert "broadcasts.notice_returned" in await cast.kinds()


async def test_two_to_the_same_people_within_the_hour_are_warned_of(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.handed(plan=Plan(cast.clock.now() + timedelta(hours=2)))
    near = cast.draft(plan=Plan(cast.clock.now() + timedelta(hours=2, minutes=50)))
    assert [clash.broadcast_id for clash in await cast.desk.clashes(cast.br, near)] == [one.id]
    assert await cast.desk.clashes(cast.br, near, besides=one.id) == ()
    later = cast.draft(plan=Plan(cast.clock.now() + timedelta(hours=3, minutes=1)))
    elsewhere = cast.draft(cast.house.west, plan=near.plan)
    for draft in (later, elsewhere):
        assert await cast.desk.clashes(cast.br, draft) == ()


async def test_what_was_taken_back_and_files_that_nobody_holds_are_forgotten(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    held = await cast.desk.keep_file(cast.br, "海报.png", b"\x89PNG\r\n\x1a\nx")
    loose = await cast.desk.keep_file(cast.br, "别的.pdf", b"%PDF-x")
    one = await cast.handed(media=held.ref)
    await cast.desk.take_back(cast.br, one.id)
    cast.clock.move(days=1, seconds=1)
    await cast.ticks.purge()
    assert one.push is not None
    assert (await cast.desk.open_file(cast.br, held.id))[1].startswith(b"\x89PNG")
    with refused("broadcasts.not_found"):
        await cast.desk.open_file(cast.br, loose.id)
    async with cast.database.open_read() as work:
        assert await work.pushes.find(one.push.id) is None
        assert await work.pushes.audience_after(one.push.id, None) == []
    # The control: the draft itself is still there, and can be handed in again.
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.DRAFT


async def test_what_nobody_agreed_to_in_time_goes_back(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.handed(plan=Plan(cast.clock.now() + timedelta(hours=2)))
    now = await cast.handed()
    cast.clock.move(hours=2)
    assert await cast.ticks.return_due() == 1
    back = await cast.desk.get(cast.br, one.id)
    assert (back.state, back.returned) == (PushState.DRAFT, Returned.NOT_APPROVED)
    assert "broadcasts.notice_returned" in await cast.kinds()
    cast.clock.move(hours=23)
    assert await cast.ticks.return_due() == 1
    assert (await cast.desk.get(cast.br, now.id)).returned is Returned.NOT_APPROVED


async def test_what_falls_due_while_nobody_is_there_waits_for_a_person(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.approved()
    cast.clock.move(minutes=40)
    assert await cast.ticks.start_due() == 0
    held = await cast.desk.get(cast.br, one.id)
    assert held.push is not None
    assert (held.state, held.push.pause_reason) == (PushState.HELD, "late")
    assert [b.id for b in (await cast.approvals.waiting(cast.br)).held] == [one.id]
    await cast.outbox.resume(cast.br, held.push.id)
    assert await cast.ticks.start_due() == 1
