"""What recipients do with a broadcast, and what is done to it afterwards, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from domain.broadcasts import (
    ActKind,
    ActState,
    Button,
    ButtonKind,
    CallOutcome,
    Unreached,
)
from domain.members import Reach
from domain.outbox import PushState, State
from domain.sign_ups import Wish
from services.events import EventDesk, EventService
from storage.database import Database
from storage.tables import outbox
from tests.services.broadcast_kit import FIRST, Casting, make_casting
from tests.services.event_kit import ORGANISER, plan
from tests.staffing import make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def cast(database: Database, clock: MovableClock) -> Casting:
    return await make_casting(await make_house(database, clock))


async def test_presses_count_once_and_only_of_those_who_got_it(cast: Casting) -> None:
    await cast.people(cast.house.east, 30)
    desk, members = EventDesk(cast.database, cast.clock), EventService(cast.database, cast.clock)
    organiser = replace(ORGANISER, grants=(replace(ORGANISER.grants[0], path="/"),))
    draft = await desk.create(organiser, plan(cast.clock.now(), capacity=50))
    event = await desk.publish(organiser, draft.id)
    buttons = (
        Button(ButtonKind.READ, "已读"),
        Button(ButtonKind.EVENT, "去报名", event.id),
    )
    one = await cast.sent(buttons=buttons)
    cast.clock.move(minutes=5)
    for _ in range(3):
        pressed = await cast.members.press(FIRST, one.id, 0)
    assert pressed == buttons[0]
    await cast.members.press(FIRST, one.id, 1)
    await cast.members.press(FIRST + 1, one.id, 1)
    await members.sign_up(Wish(event.id, FIRST + 1))
    for stranger, number in ((FIRST + 999, 0), (FIRST, 2), (FIRST, -1)):
        with refused("common.button_gone"):
            await cast.members.press(stranger, one.id, number)
    report = await cast.runs.reach(cast.br, one.id)
    assert (report.total, report.counts, report.pressed, report.acted) == (
        30,
        {State.SENT: 30},
        2,
        2,
    )
    assert [number for _, number in report.presses] == [1, 2]
    assert sum(sent for _, sent, _ in report.by_hour) == 30
    rows, _ = await cast.runs.ledger(cast.br, one.id, offset=0, limit=50)
    assert [row.name for row in rows[:1]] == ["张*"]
    assert sum(row.pressed_at is not None for row in rows) == 2


async def test_a_correction_while_it_runs_reaches_everybody_and_the_old_words_nobody_more(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 130)
    one = await cast.started(correction="更正：改到周日。")
    assert one.push is not None
    await cast.ended("sent", most=30)
    await cast.ended("unknown", "ambiguous", most=1)
    await cast.ended("failed", "blocked", most=1)
    act = await cast.runs.correct(cast.br, one.id)
    assert (act.state, act.recipients) == (ActState.DONE, 129)
    for _ in range(4):
        await cast.outbox.expand_due()
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.CANCELLED
    assert act.push_id is not None
    async with cast.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(outbox.c.details).where(outbox.c.push_id == act.push_id)
        )
        details = [row[0] for row in rows]
    # Thirty are changed; who has nothing, or perhaps nothing, gets the right words from the start.
    assert sum("message_id" in one for one in details) == 30
    assert len(details) == 129
    progress = await cast.runs.act_progress(cast.br, act.id)
    assert progress.push.kind == "broadcast.edit"


async def test_another_text_a_recall_and_much_sent_again_need_a_second_person(
    cast: Casting,
) -> None:
    await cast.people(cast.house.east, 60)
    waiting = await cast.approved(correction="更正")
    for act in (cast.runs.correct, cast.runs.recall):
        with refused("broadcasts.not_sent"):
            await act(cast.br, waiting.id)
    await cast.desk.take_back(cast.br, waiting.id)
    one = await cast.sent()
    with refused("broadcasts.no_correction"):
        await cast.runs.correct(cast.br, one.id)
    with refused("broadcasts.markup_tag"):
        await cast.runs.ask_correction(cast.br, one.id, "<x>")
    asked = await cast.runs.ask_correction(cast.br, one.id, "改到周日。")
    assert (asked.kind, asked.state) == (ActKind.CORRECT, ActState.WAITING)
    assert [act.id for act, _ in (await cast.approvals.waiting(cast.ok)).acts] == [asked.id]
    with refused("broadcasts.count_wrong"):
        await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "1")
    own = replace(cast.house.fresh(cast.ok), staff_id=cast.br.staff_id)
    with refused("broadcasts.not_yourself"):
        await cast.approvals.approve_act(own, asked.id, "60")
    await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "60")
    assert await cast.outbox.expand_due() == 60
    with refused("broadcasts.not_now"):
        await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "60")

    recall = await cast.runs.recall(cast.br, one.id)
    assert recall.state is ActState.WAITING
    rejected = await cast.approvals.reject_act(cast.ok, recall.id)
    assert rejected.state is ActState.REJECTED
    cast.clock.move(hours=48, seconds=1)
    with refused("broadcasts.nothing_to_recall"):
        await cast.runs.recall(cast.br, one.id)


async def test_fifty_are_sent_again_by_one_and_more_by_two(cast: Casting) -> None:
    await cast.people(cast.house.east, 120)
    one = await cast.started()
    assert one.push is not None
    await cast.ended("sent")
    await cast.outbox.expand_due()
    await cast.ended("unknown", "ambiguous", most=51)
    await cast.ended("sent")
    await cast.outbox.expand_due()
    asked = await cast.runs.resend(cast.br, one.id, "ambiguous")
    assert (asked.state, asked.recipients) == (ActState.WAITING, 51)
    await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, "51")
    assert (await cast.states(one.push.id))["pending"] == 51
    await cast.ended("failed", "content", most=2)
    await cast.ended("sent")
    alone = await cast.runs.resend(cast.br, one.id, "content")
    assert (alone.state, alone.recipients) == (ActState.DONE, 2)
    for never in ("blocked", "often", "no-such"):
        with refused("broadcasts.nothing_to_resend"):
            await cast.runs.resend(cast.br, one.id, never)


async def test_who_could_not_be_reached_is_called_and_phones_are_for_who_may_read_them(
    cast: Casting,
) -> None:
    house = cast.house
    await cast.people(house.east, 30)
    one = await cast.started()
    await cast.ended("failed", "blocked", most=1)
    await cast.ended("unknown", "ambiguous", most=1)
    await cast.ended("sent")
    await cast.people(house.east, 1, 60, reach=Reach.DEACTIVATED)
    await cast.people(house.west, 1, 70, reach=Reach.BLOCKED)
    await cast.people(house.east, 1, 80)
    async with cast.database.open_work() as work:
        await work._connection.exec_driver_sql(
            f"UPDATE people SET member_id = NULL WHERE id = 'p{FIRST + 80}'"
        )
        await work.commit()
    rows, total = await cast.calls.sheet(cast.br, one.id, offset=0, limit=50)
    assert total == 4
    assert {row.why for row in rows} == {
        Unreached.BLOCKED,
        Unreached.UNKNOWN,
        Unreached.DEACTIVATED,
        Unreached.UNLINKED,
    }
    assert all(row.name == "张*" and "****" in row.phone for row in rows)
    whole, _ = await cast.calls.sheet(house.admin, one.id, offset=0, limit=50)
    assert {row.name for row in whole} == {"张小明"}
    assert all(row.phone.isdigit() for row in whole)
    person = rows[0].person_id
    with refused("staff.not_allowed"):
        await cast.calls.phone(cast.br, one.id, person)
    assert (await cast.calls.phone(house.admin, one.id, person)).startswith("138")
    await cast.calls.assign(cast.br, one.id, person, cast.ok.staff_id)
    await cast.calls.called(cast.ok, one.id, person, CallOutcome.REACHED)
    streamed = [row async for row in cast.calls.stream_sheet(cast.br, one.id)]
    assert streamed[-1].person_id == person
    assert (streamed[-1].assigned_name, streamed[-1].called_name) == ("审批人", "审批人")
    assert "broadcast.call_phone" in await house.acts()
