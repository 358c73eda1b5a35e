"""Who may send what to many: the rules of RELIABILITY 6.3, each with a test, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.broadcasts import Audience, Broadcast, Language, Plan, Purpose, Returned, Segment
from domain.outbox import Priority, PushState
from domain.people import Occupation
from domain.staff import Actor, Flag, Role, operator
from storage.database import Database
from storage.keeping import REGISTER, Subject
from storage.tables import approvals, outbox
from tests.services.broadcast_kit import FIRST, Casting, make_casting
from tests.staffing import make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def cast(database: Database, clock: MovableClock) -> Casting:
    return await make_casting(await make_house(database, clock))


def typed(one: Broadcast) -> str:
    assert one.push is not None
    return str(one.push.audience_count)


async def test_1_nobody_agrees_to_their_own_and_the_factor_must_be_fresh(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.handed()
    assert one.state is PushState.APPROVING
    author = await cast.house.person(Role.BROADCASTER, cast.house.top, 7003, Flag.APPROVER)
    own = replace(author, staff_id=cast.br.staff_id)
    with refused("broadcasts.not_yourself"):
        await cast.approvals.approve(cast.house.fresh(own), one.id, typed(one))
    same_browser = replace(cast.house.fresh(cast.ok), session_id=cast.br.session_id)
    with refused("broadcasts.not_yourself"):
        await cast.approvals.approve(same_browser, one.id, typed(one))
    cast.clock.move(minutes=16)
    stale = replace(cast.ok, mfa_at=cast.clock.now() - timedelta(minutes=15, seconds=1))
    with refused("broadcasts.factor_old"):
        await cast.approvals.approve(stale, one.id, typed(one))
    # The control: the same person with a factor of now.
    done = await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, typed(one))
    assert done.state is PushState.APPROVED


async def test_2_text_people_or_time_that_changed_since_make_the_agreement_void(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    changes: tuple[dict[str, Any], ...] = (
        {
            "body": {
                "text": "别的内容",
                "topic": "news",
                "media": None,
                "buttons": [],
                "correction": "",
                "broadcast": "x",
            }
        },
        {"expires_at": cast.clock.now() + timedelta(days=5)},
        {"audience_hash": "0" * 64},
    )
    for change in changes:
        one = await cast.approved()
        assert one.push is not None
        await cast.set_push(one.push.id, **change)
        cast.clock.move(seconds=61)
        assert await cast.ticks.start_due() == 0
        back = await cast.desk.get(cast.br, one.id)
        assert (back.state, back.returned) == (PushState.DRAFT, Returned.CHANGED)
    # The control: nothing changed, and it begins.
    one = await cast.started()
    assert one.state in (PushState.EXPANDING, PushState.RUNNING)


async def test_2_a_recipient_too_many_makes_it_void_and_one_who_was_erased_does_not(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    added = await cast.approved()
    assert added.push is not None
    async with cast.database.open_work() as work:
        await work.pushes.freeze(added.push.id, [1])
        await work.commit()
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 0
    assert (await cast.desk.get(cast.br, added.id)).returned is Returned.CHANGED

    erased = await cast.approved()
    async with cast.database.open_work() as work:
        await work.keeping.erase(Subject(FIRST + 3, f"p{FIRST + 3}"), REGISTER)
        await work.commit()
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 1
    await cast.outbox.expand_due()
    assert erased.push is not None
    assert await cast.states(erased.push.id) == {"pending": 29}


async def test_3_an_agreement_lapses_after_a_day_and_with_the_right_of_either(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.approved()
    assert one.push is not None
    old = cast.clock.now() - timedelta(hours=24, seconds=1)
    async with cast.database.open_work() as work:
        await work._connection.execute(approvals.update().values(at=old))
        await work.commit()
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 0
    assert (await cast.desk.get(cast.br, one.id)).returned is Returned.LAPSED

    for staff_id, why in (
        (cast.ok.staff_id, Returned.APPROVER_LOST_RIGHT),
        (cast.br.staff_id, Returned.AUTHOR_LOST_RIGHT),
    ):
        one = await cast.approved()
        await cast.house.staff.suspend(cast.house.admin, staff_id)
        cast.clock.move(seconds=61)
        assert await cast.ticks.start_due() == 0
        assert (await cast.desk.get(cast.house.admin, one.id)).returned is why
        await cast.house.staff.reactivate(cast.house.admin, staff_id)


async def test_3_what_is_still_days_away_is_not_agreed_to_yet(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.handed(plan=Plan(cast.clock.now() + timedelta(hours=46)))
    look = await cast.approvals.look(cast.ok, one.id)
    assert look.not_before == look.starts_at - timedelta(hours=24)
    with refused("broadcasts.too_early"):
        await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, typed(one))
    cast.clock.move(hours=23)
    done = await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, typed(one))
    assert done.push is not None and done.push.not_before == look.starts_at


async def test_4_the_author_must_have_got_a_test_of_exactly_this_text(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.desk.create(cast.br, cast.draft())
    with refused("broadcasts.test_needed"):
        await cast.desk.hand_in(cast.br, one.id)
    await cast.desk.send_test(cast.br, one.id)
    with refused("broadcasts.test_needed"):
        await cast.desk.hand_in(cast.br, one.id)  # still on its way
    await cast.ended("sent", kind="broadcast.test")
    changed = await cast.desk.change(cast.br, one.id, cast.draft(text="改了一个字。"))
    with refused("broadcasts.test_needed"):
        await cast.desk.hand_in(cast.br, changed.id)
    await cast.desk.send_test(cast.br, one.id)
    await cast.ended("sent", kind="broadcast.test")
    cast.clock.move(hours=24, seconds=1)
    with refused("broadcasts.test_needed"):
        await cast.desk.hand_in(cast.br, one.id)
    await cast.desk.send_test(cast.br, one.id)
    await cast.ended("sent", kind="broadcast.test")
    assert (await cast.desk.hand_in(cast.br, one.id)).state is PushState.APPROVING


async def test_4_a_test_reaches_the_author_and_no_member(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.desk.create(cast.br, cast.draft())
    await cast.desk.send_test(cast.br, one.id)
    async with cast.database.open_read() as work:
        rows = (
            await work._connection.exec_driver_sql(
                "SELECT kind, member_id, chat_id, push_id FROM outbox"
            )
        ).all()
    assert [tuple(row) for row in rows] == [("broadcast.test", None, 7001, None)]


async def test_5_the_number_of_recipients_is_typed_and_the_page_shows_a_masked_sample(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.handed()
    look = await cast.approvals.look(cast.ok, one.id)
    assert (look.count, len(look.reckoning.sample)) == (30, 5)
    assert {(s.name, s.unit) for s in look.reckoning.sample} == {("张*", "东街道")}
    assert look.ends_at > look.starts_at >= cast.clock.now() + timedelta(seconds=60)
    for wrong in ("29", "", "三十", "30.0", "-30"):
        with refused("broadcasts.count_wrong"):
            await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, wrong)
    await cast.approvals.approve(cast.house.fresh(cast.ok), one.id, " 30 ")


async def test_6_for_a_minute_it_can_be_taken_back_without_a_trace(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.approved()
    cast.clock.move(seconds=59)
    assert await cast.ticks.start_due() == 0
    progress = await cast.runs.progress(cast.br, one.id)
    assert progress.undo_until == cast.clock.now() + timedelta(seconds=1)
    back = await cast.desk.take_back(cast.br, one.id)
    assert (back.state, back.returned) == (PushState.DRAFT, Returned.TAKEN_BACK)
    cast.clock.move(seconds=60)
    assert await cast.ticks.start_due() == 0


async def test_6_fifty_go_first_and_the_rest_only_when_they_arrived(cast: Casting) -> None:
    await cast.people(cast.house.east, 130)
    one = await cast.started()
    assert one.push is not None
    assert await cast.states(one.push.id) == {"pending": 50}
    assert await cast.outbox.expand_due() == 0
    # Two of fifty are not more than five in a hundred, and blocks are nobody's fault.
    await cast.ended("failed", "content", most=2)
    await cast.ended("failed", "blocked", most=20)
    await cast.ended("sent")
    assert await cast.outbox.expand_due() == 80


async def test_6_more_than_five_in_a_hundred_failed_stop_it_and_the_author_hears(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 130)
    one = await cast.started()
    assert one.push is not None
    await cast.ended("failed", "content", most=3)
    await cast.ended("sent")
    assert await cast.outbox.expand_due() == 0
    stopped = await cast.desk.get(cast.br, one.id)
    assert stopped.push is not None
    assert (stopped.state, stopped.push.pause_reason) == (PushState.PAUSED, "canary")
    assert "broadcasts.notice_stopped" in await cast.kinds()
    # Somebody looked and lets it go on: what failed before does not stop it again.
    await cast.outbox.resume(cast.br, one.push.id)
    await cast.outbox.expand_due()
    await cast.ended("sent")
    await cast.outbox.expand_due()
    assert (await cast.states(one.push.id))["sent"] > 47
    # But what fails from now on does.
    await cast.outbox.expand_due()
    await cast.ended("unknown", "ambiguous", most=20)
    await cast.outbox.expand_due()
    again = await cast.desk.get(cast.br, one.id)
    assert again.push is not None and again.push.pause_reason == "failures"


async def test_7_an_emergency_takes_one_admin_ready_words_and_somebody_who_looks_after(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    house = cast.house
    admin, second = house.fresh(house.admin), house.fresh(house.second)
    words = await cast.emergencies.propose(admin, "高温停工", "气温过高，请立即停止户外作业。")
    east = house.east.path
    with refused("broadcasts.template_waits"):
        await cast.emergencies.send(admin, words.id, east, "高温停工")
    with refused("broadcasts.not_yourself"):
        await cast.emergencies.agree(admin, words.id)
    await cast.emergencies.agree(second, words.id)
    with refused("staff.not_allowed"):
        await cast.emergencies.send(house.fresh(cast.br), words.id, east, "高温停工")
    with refused("broadcasts.title_wrong"):
        await cast.emergencies.send(admin, words.id, east, "高温")
    # At night, and to those who want no news: it is about danger.
    cast.clock.move(hours=11)
    admin = house.fresh(house.admin)
    one = await cast.emergencies.send(admin, words.id, east, "高温停工")
    assert one.purpose is Purpose.EMERGENCY and one.push is not None
    assert one.push.priority is Priority.SECURITY
    assert (await cast.kinds()).count("broadcasts.notice_emergency") == 1
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 1
    with refused("broadcasts.emergency_too_soon"):
        await cast.emergencies.send(house.fresh(house.admin), words.id, east, "高温停工")
    assert [b.id for b in (await cast.approvals.waiting(cast.ok)).reviews] == [one.id]
    with refused("staff.not_allowed"):
        await cast.emergencies.review(admin, one.id, "看过")
    looked = await cast.emergencies.review(cast.ok, one.id, "情况属实")
    assert not looked.owes_review
    assert (await cast.approvals.waiting(cast.ok)).reviews == ()
    cast.clock.move(hours=24)
    await cast.emergencies.send(house.fresh(house.admin), words.id, east, "高温停工")


async def test_8_the_correction_that_was_agreed_to_is_in_the_queue_at_once(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 60)
    one = await cast.sent(correction="更正：改到周日。")
    act = await cast.runs.correct(cast.br, one.id)
    assert act.recipients == 60 and act.push_id is not None
    assert await cast.outbox.expand_due() == 60
    assert await cast.states(act.push_id) == {"pending": 60}
    new, old = outbox.alias("new"), outbox.alias("old")
    async with cast.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(old.c.message_id, new.c.details)
            .join_from(new, old, old.c.member_id == new.c.member_id)
            .where(new.c.kind == "broadcast.edit", old.c.kind == "broadcast.message")
        )
        found = [(row[0], row[1]) for row in rows]
    assert len(found) == 60
    assert all(details == {"message_id": number} for number, details in found)


async def test_9_everybody_is_told_only_where_two_admins_are(cast: Casting) -> None:
    house = cast.house
    await cast.people(house.east, 201)
    await house.staff.suspend(house.admin, house.second.staff_id)
    one = await cast.tried(house.top)
    with refused("broadcasts.two_admins"):
        await cast.desk.hand_in(cast.br, one.id)
    await house.staff.reactivate(house.admin, house.second.staff_id)
    assert (await cast.desk.hand_in(cast.br, one.id)).state is PushState.APPROVING


async def test_9_a_union_of_one_person_reaches_its_few_members_alone(cast: Casting) -> None:
    house = cast.house
    await cast.people(house.east, 40)
    await house.staff.suspend(house.admin, house.second.staff_id)
    await house.staff.suspend(house.admin, cast.ok.staff_id)
    one = await cast.handed(house.top)
    assert one.push is not None
    assert (one.state, one.push.needs_second) == (PushState.APPROVED, False)


async def test_without_anybody_else_who_may_agree_nothing_is_handed_in(cast: Casting) -> None:
    await cast.people(cast.house.east, 40)
    await cast.house.staff.suspend(cast.house.admin, cast.ok.staff_id)
    one = await cast.tried()
    with refused("broadcasts.no_approver"):
        await cast.desk.hand_in(cast.br, one.id)


async def test_a_small_part_of_a_unit_needs_nobody_else(cast: Casting) -> None:
    house = cast.house
    await cast.people(house.east, 250)
    few = Audience((Segment((house.east.path,), languages=(Language.OTHER,)),))
    one = await cast.handed(audience=few)
    assert one.push is not None
    assert (one.state, one.push.needs_second) == (PushState.APPROVED, False)
    assert one.push.audience_count == 25
    # The control: half of the unit.
    half = Audience((Segment((house.east.path,), (Occupation.RIDER,)),))
    assert (await cast.handed(audience=half)).state is PushState.APPROVING


async def test_fewer_than_twenty_are_not_told_by_broadcast(cast: Casting) -> None:
    await cast.people(cast.house.east, 19)
    one = await cast.tried()
    with refused("broadcasts.too_few"):
        await cast.desk.hand_in(cast.br, one.id)
    await cast.people(cast.house.east, 1, 50)
    assert (await cast.desk.hand_in(cast.br, one.id)).state is PushState.APPROVING


async def test_a_broadcast_of_another_unit_is_not_there(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.handed()
    west: Actor = await cast.house.person(
        Role.BROADCASTER, cast.house.west, 7009, Flag.APPROVER, name="别处"
    )
    for act in (
        cast.desk.get(west, one.id),
        cast.desk.hand_in(west, one.id),
        cast.desk.take_back(west, one.id),
        cast.approvals.approve(west, one.id, "30"),
        cast.runs.progress(west, one.id),
        cast.calls.sheet(west, one.id, offset=0, limit=5),
        cast.desk.get(west, "no-such"),
    ):
        with refused("broadcasts.not_found"):
            await act
    with refused("staff.not_allowed"):
        await cast.desk.get(operator(), one.id)
    with refused("staff.not_allowed"):
        await cast.desk.create(west, cast.draft(cast.house.east))


async def test_nobody_agrees_for_members_of_other_units(cast: Casting) -> None:
    everybody = Audience((Segment((cast.house.top.path,)),))
    with refused("broadcasts.audience_outside"):
        await cast.desk.create(cast.br, cast.draft(cast.house.riders, audience=everybody))
    # The control: as a broadcast of the unit above all it may be written.
    await cast.desk.create(cast.br, cast.draft(cast.house.top, audience=everybody))
