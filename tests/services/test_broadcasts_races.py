"""A broadcast that two touch at once, that is touched too late, or that fails for its own reasons:
no message is left without an end, and none goes out that should not; on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.broadcasts import ActState, Broadcast, Returned
from domain.outbox import PushState, State
from storage.database import Database
from storage.keeping import REGISTER, Subject
from storage.pushes import Pushes
from storage.tables import outbox, push
from tests.services.broadcast_kit import FIRST, Casting, make_casting
from tests.staffing import make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def cast(database: Database, clock: MovableClock) -> Casting:
    return await make_casting(await make_house(database, clock))


def push_id(one: Broadcast) -> int:
    assert one.push is not None
    return one.push.id


async def values(cast: Casting, number: int, *columns: sa.Column[Any]) -> list[tuple[Any, ...]]:
    async with cast.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(*columns).where(outbox.c.push_id == number).order_by(outbox.c.member_id)
        )
        return [tuple(row) for row in rows]


async def mark(cast: Casting, number: int, **changes: Any) -> None:
    async with cast.database.open_work() as work:
        await work._connection.execute(
            sa.update(outbox).where(outbox.c.push_id == number).values(changes)
        )
        await work.commit()


async def resent_while_it_ends(cast: Casting) -> PushState:
    """Staff send two again in the very moment in which the clock would end it."""
    await cast.people(cast.house.east, 30)
    one = await cast.started()
    await cast.ended("failed", "content", most=2)
    await cast.ended("sent")
    number = push_id(one)
    async with cast.database.open_work() as work:
        held = await work.pushes.lock(number)
        assert held is not None and held.state is PushState.RUNNING
        await work.outbox.resend(number, cast.clock.now(), "content", 10)
        ending = asyncio.create_task(cast.outbox.expand_due())
        await asyncio.sleep(1.5)
        await work.commit()
    await ending
    assert (await cast.states(number))["pending"] == 2
    return (await cast.desk.get(cast.br, one.id)).state


async def test_what_is_sent_again_is_not_left_behind_in_a_push_that_ends(cast: Casting) -> None:
    assert await resent_while_it_ends(cast) is PushState.RUNNING


async def test_without_the_lock_two_messages_would_wait_for_ever(
    cast: Casting, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cast.database.is_sqlite:
        pytest.skip("SQLite has one writer; nothing can come between")
    real = Pushes.lock

    async def unlocked(self: Pushes, number: int) -> Any:
        task = asyncio.current_task()
        is_ours = task is not None and "expand_due" in repr(task.get_coro())
        return await (self.find(number) if is_ours else real(self, number))

    monkeypatch.setattr(Pushes, "lock", unlocked)
    assert await resent_while_it_ends(cast) is PushState.FINISHED


async def test_sending_again_that_was_asked_for_before_a_cancel_comes_too_late(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 130)
    one = await cast.started()
    await cast.ended("sent")
    await cast.outbox.expand_due()
    await cast.ended("unknown", "ambiguous", most=60)
    asked = await cast.runs.resend(cast.br, one.id, "ambiguous")
    assert asked.state is ActState.WAITING
    await cast.outbox.cancel(cast.br, push_id(one))
    with refused("broadcasts.not_now"):
        await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "60")
    assert "pending" not in await cast.states(push_id(one))


async def test_what_was_asked_for_lapses_after_a_day_and_with_the_right_to_ask(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 60)
    one = await cast.sent()
    for spoil in ("day", "right"):
        asked = await cast.runs.ask_correction(cast.br, one.id, f"改到周日。{spoil}")
        if spoil == "day":
            cast.clock.move(hours=24, seconds=1)
            assert (await cast.approvals.waiting(cast.ok)).acts == ()
        else:
            await cast.house.staff.suspend(cast.house.admin, cast.br.staff_id)
        with refused("broadcasts.act_lapsed"):
            await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "60")
        await cast.approvals.reject_act(cast.ok, asked.id)
    await cast.house.staff.reactivate(cast.house.admin, cast.br.staff_id)
    # The control: asked for just now, by somebody who may.
    asked = await cast.runs.ask_correction(cast.br, one.id, "改到周日。")
    done = await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "60")
    assert done.state is ActState.DONE


async def corrected_twice(cast: Casting) -> tuple[Broadcast, int, int]:
    """Thirty got the old words, the others the corrected ones; then it is corrected again."""
    await cast.people(cast.house.east, 130)
    one = await cast.started(correction="更正：改到周日。")
    await cast.ended("sent", most=30)
    first = await cast.runs.correct(cast.br, one.id)
    assert first.recipients == 130, "whoever agrees types how many will have the new words"
    for _ in range(3):
        await cast.outbox.expand_due()
    await cast.ended("sent", kind="broadcast.edit")
    await cast.outbox.expand_due()
    asked = await cast.runs.ask_correction(cast.br, one.id, "还是周六。")
    await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, str(asked.recipients))
    for _ in range(3):
        await cast.outbox.expand_due()
    acts = {act.id: act for act in await cast.runs.acts(cast.br, one.id)}
    numbers = [acts[first.id].push_id, acts[asked.id].push_id]
    assert numbers[0] is not None and numbers[1] is not None
    return one, numbers[0], numbers[1]


async def test_a_second_correction_reaches_those_who_got_only_the_first(cast: Casting) -> None:
    one, first, second = await corrected_twice(cast)
    sent = dict(await values(cast, first, outbox.c.member_id, outbox.c.message_id))
    edits = dict(await values(cast, second, outbox.c.member_id, outbox.c.details))
    assert len(sent) == len(edits) == 130
    # Every phone has one message, and it is that one which is changed.
    news = {member for member, details in edits.items() if "message_id" not in details}
    assert not news
    old = dict(await values(cast, push_id(one), outbox.c.member_id, outbox.c.message_id))
    for member, details in edits.items():
        had = [found for found in (sent[member], old[member]) if found is not None]
        assert details["message_id"] == max(had)
    # All of them can press its buttons, and all of it can be taken back.
    for member in (FIRST, FIRST + 129):
        await cast.members.press(member, one.id, 0)
    await cast.ended("sent", kind="broadcast.edit")
    await cast.outbox.expand_due()
    recall = await cast.runs.recall(cast.br, one.id)
    assert recall.recipients == 130


async def test_old_words_are_not_sent_again_after_a_correction(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.started(correction="更正：改到周日。")
    await cast.ended("unknown", "ambiguous", most=1)
    await cast.ended("sent")
    await cast.outbox.expand_due()
    # The control: before the correction it may be sent again.
    assert (await cast.runs.resend(cast.br, one.id, "ambiguous")).state is ActState.DONE
    await cast.ended("unknown", "ambiguous")
    await cast.outbox.expand_due()
    await cast.runs.correct(cast.br, one.id)
    await cast.outbox.expand_due()
    with refused("broadcasts.resend_old"):
        await cast.runs.resend(cast.br, one.id, "ambiguous")


async def test_what_is_of_no_use_any_more_is_not_sent_again(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.started()
    await cast.ended("failed", "content", most=1)
    await cast.ended("sent")
    await cast.outbox.expand_due()
    cast.clock.move(hours=25)
    with refused("broadcasts.resend_late"):
        await cast.runs.resend(cast.br, one.id, "content")
    assert await cast.states(push_id(one)) == {"sent": 29, "failed": 1}


async def test_what_may_have_arrived_ends_as_unknown_and_not_as_expired_or_cancelled(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.started()
    async with cast.database.open_work() as work:
        await work._connection.execute(
            sa.update(outbox)
            .where(outbox.c.push_id == push_id(one), outbox.c.member_id < FIRST + 4)
            .values(ambiguous=1)
        )
        await work.commit()
    assert await cast.outbox.cancel(cast.br, push_id(one)) == 30
    assert await cast.states(push_id(one)) == {"unknown": 4, "cancelled": 26}
    assert (await cast.runs.progress(cast.br, one.id)).failures == {"ambiguous": 4}
    other = await cast.started()
    await mark(cast, push_id(other), ambiguous=2)
    cast.clock.move(hours=25)
    assert await cast.outbox.expire_due() == 30
    assert await cast.states(push_id(other)) == {"unknown": 30}


async def test_one_that_fails_stops_no_other(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    bad, good = await cast.approved(), await cast.approved()
    cast.clock.move(seconds=61)
    assert await cast.ticks.start_due() == 2
    async with cast.database.open_work() as work:
        await work._connection.execute(
            sa.update(push).where(push.c.id == push_id(bad)).values(body={"text": 5})
        )
        await work.commit()
    with pytest.raises(ExceptionGroup):
        await cast.outbox.expand_due()
    assert await cast.states(push_id(bad)) == {}
    assert await cast.states(push_id(good)) == {"pending": 30}


async def test_what_waited_for_a_person_until_it_was_of_no_use_goes_back(cast: Casting) -> None:
    from domain.broadcasts import Plan

    await cast.people(cast.house.east, 30)
    one = await cast.approved(plan=Plan(lasts=timedelta(hours=1)))
    cast.clock.move(minutes=40)
    assert await cast.ticks.start_due() == 0
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.HELD
    cast.clock.move(minutes=30)
    await cast.outbox.resume(cast.br, push_id(one))
    assert await cast.ticks.start_due() == 0
    back = await cast.desk.get(cast.br, one.id)
    assert (back.state, back.returned) == (PushState.DRAFT, Returned.LAPSED)


async def test_the_figures_add_up_whoever_is_erased_and_whenever(cast: Casting) -> None:
    await cast.people(cast.house.east, 130)
    one = await cast.started()
    async with cast.database.open_work() as work:
        # Two with a message already, one of the first fifty and one of the others.
        for member in (FIRST + 2, FIRST + 3, FIRST + 100):
            await work.keeping.erase(Subject(member, f"p{member}"), REGISTER)
        await work.commit()
    for _ in range(3):
        await cast.ended("sent")
        await cast.outbox.expand_due()
    found = await cast.runs.progress(cast.br, one.id)
    assert found.push.state is PushState.FINISHED
    assert sum(found.counts.values()) == found.total == 129
    assert found.counts == {State.SENT: 127, State.CANCELLED: 2}
    assert (await cast.runs.reach(cast.br, one.id)).total == 129


async def test_an_act_that_rests_since_a_restore_is_let_go_on_or_given_up(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    one = await cast.sent(correction="更正：改到周日。")
    acts = [await cast.runs.correct(cast.br, one.id)]
    await cast.outbox.expand_due()
    async with cast.database.open_work() as work:
        await work.outbox.raise_epoch()
        await work.commit()
    number = acts[0].push_id
    assert number is not None
    run = await cast.runs.act_progress(cast.br, acts[0].id)
    assert run.push.state is PushState.HELD
    await cast.outbox.resume(cast.br, number)
    assert await cast.states(number) == {"pending": 30}
    await cast.outbox.cancel(cast.br, number)
    await cast.outbox.expand_due()
    run = await cast.runs.act_progress(cast.br, acts[0].id)
    assert run.push.state is PushState.CANCELLED
    # What was let go may have gone before the copy was made: nobody knows.
    assert run.counts == {State.UNKNOWN: 30}


async def test_a_cancel_of_many_is_finished_by_the_clock(
    cast: Casting, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import outbox as module

    monkeypatch.setattr(module, "CHUNK", 20)
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    await cast.people(cast.house.east, 130)
    one = await cast.started()
    await cast.ended("sent", most=7)
    assert await cast.outbox.cancel(cast.br, push_id(one)) == 123
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.CANCELLING
    await cast.outbox.expand_due()
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.CANCELLED
    assert await cast.states(push_id(one)) == {"sent": 7, "cancelled": 123}


async def test_nobody_agrees_to_what_they_asked_for_in_the_same_browser(cast: Casting) -> None:
    await cast.people(cast.house.east, 60)
    one = await cast.sent()
    asked = await cast.runs.recall(cast.br, one.id)
    same = replace(cast.house.fresh(cast.ok), session_id=cast.br.session_id)
    with refused("broadcasts.not_yourself"):
        await cast.approvals.approve_act(same, asked.id, "60")
