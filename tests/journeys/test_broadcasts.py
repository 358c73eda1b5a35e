"""A broadcast as members meet it: a picture, buttons that lead on, topics that are turned off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.broadcasts import Button, ButtonKind, Topic
from domain.events import EventState
from domain.members import Member, Reach
from domain.outbox import Notice, PushState
from domain.people import Person as Somebody
from domain.staff import Flag, Grant, Role
from services.events import EventDesk
from tests.services.broadcast_kit import Casting
from tests.services.event_kit import ORGANISER, plan
from tests.staffing import make_house
from tests.world import Person, World

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
MEMBERS = 21


async def furnished(world: World) -> tuple[Casting, list[Person], Person]:
    """A house with staff and members whose phones the simulated Telegram knows; the author."""
    house = await make_house(world.parts.database, world.clock)
    author, second = world.member("写稿人"), world.member("审批人")
    br = await house.person(Role.BROADCASTER, house.top, author.id, name="写稿人")
    ok = await house.person(Role.BROADCASTER, house.top, second.id, Flag.APPROVER, name="审批人")
    members = [world.member(f"会员{number}") for number in range(MEMBERS)]
    now = world.clock.now()
    async with world.parts.database.open_work() as work:
        await work.members.save_all(
            [Member(one.id, one.id, "zh", Reach.REACHABLE, 2, now) for one in members]
        )
        await work.people.add_all(
            [Somebody(f"p{one.id}", now, now, one.id, unit_id=house.east.id) for one in members]
        )
        await work.commit()
    return (
        Casting(house, replace(br, session_id="1"), replace(ok, session_id="2")),
        members,
        author,
    )


async def send(world: World, cast: Casting, broadcast_id: str) -> None:
    """From a test that arrived to the last message."""
    await cast.desk.send_test(cast.br, broadcast_id)
    await world.deliver()
    handed = await cast.desk.hand_in(cast.br, broadcast_id)
    assert handed.push is not None
    typed = str(handed.push.audience_count)
    await cast.approvals.approve(cast.house.fresh(cast.ok), broadcast_id, typed)
    world.clock.move(seconds=61)
    await world.tick("broadcasts.start")
    await world.deliver()
    await world.deliver()


async def test_a_picture_with_buttons_is_read_corrected_and_recalled(small_world: World) -> None:
    world = small_world
    cast, members, author = await furnished(world)
    organiser = replace(ORGANISER, grants=(Grant(Role.ORGANISER, "/"),))
    desk = EventDesk(world.parts.database, world.clock)
    event = await desk.create(organiser, plan(world.clock.now(), title="厂区观影", capacity=9))
    assert (await desk.publish(organiser, event.id)).state is EventState.PUBLISHED
    picture = await cast.desk.keep_file(cast.br, "海报.png", PICTURE)
    one = await cast.desk.create(
        cast.br,
        cast.draft(
            text="<b>观影</b>：{unit}的会员周六来看。",
            media=picture.ref,
            buttons=(
                Button(ButtonKind.READ, "看过了"),
                Button(ButtonKind.EVENT, "去报名", event.id),
                Button(ButtonKind.LINK, "看通知", "https://www.gov.cn/x"),
                Button(ButtonKind.QUIZ, "去答题"),
            ),
            correction="<b>观影</b>：改到周日。",
        ),
    )
    await send(world, cast, one.id)
    assert (await cast.desk.get(cast.br, one.id)).state is PushState.FINISHED
    assert "（这里是会员的单位）" in author.bot_messages()[0]["text"]
    # The picture went up once, with the test; all others are Telegram's own copy of it.
    sent = world.calls("sendPhoto")
    assert len(sent) == MEMBERS + 1
    assert len({str(call["photo"]) for call in sent[1:]}) == 1
    member = members[3]
    assert "东街道的会员" in member.bot_messages()[-1]["text"]
    assert member.buttons() == ["看过了", "去报名", "看通知", "去答题", "🔔 通知设置"]
    await member.presses("看过了")
    assert member.toast() == "已记录，谢谢您看完。"
    assert "厂区观影" in await member.presses("去报名")
    # What was announced stays to be read.
    assert "东街道的会员" in member.bot_messages()[0]["text"]
    report = await cast.runs.reach(cast.br, one.id)
    assert (report.pressed, report.acted) == (1, 1)

    await cast.runs.correct(cast.br, one.id)
    await world.deliver()
    await world.deliver()
    assert {who.bot_messages()[0]["text"] for who in members} == {"【更正】观影：改到周日。"}
    asked = await cast.runs.recall(cast.br, one.id)
    await cast.approvals.approve_act(cast.house.fresh(cast.ok), asked.id, str(MEMBERS))
    await world.deliver()
    await world.deliver()
    assert all(not who.bot_messages() for who in members if who is not member)


async def test_a_topic_that_is_off_brings_nothing_and_blocks_no_own_matter(
    small_world: World,
) -> None:
    world = small_world
    cast, members, _ = await furnished(world)
    member, other = members[0], members[1]
    await member.starts()
    await member.says("👤 我的")
    assert "想收到哪些通知" in await member.presses("🔔 通知设置")
    await member.presses("✅ 工会通知")
    assert "🔕 工会通知（已关）" in member.buttons()
    await member.presses("🔕 工会通知")
    assert "✅ 工会通知" in member.buttons()
    await member.presses("✅ 工会通知")
    before = len(member.bot_messages())
    one = await cast.desk.create(cast.br, cast.draft())
    await send(world, cast, one.id)
    assert "慰问品" in other.bot_messages()[-1]["text"]
    assert len(member.bot_messages()) == before
    async with world.parts.database.open_work() as work:
        await work.outbox.add(
            Notice("message", member.id, "own", world.clock.now(), details={"text": "您的名额"})
        )
        await work.commit()
    await world.deliver()
    assert "您的名额" in member.bot_messages()[-1]["text"]
    # Below a broadcast the choice opens as a message of its own.
    assert "想收到哪些通知" in await other.presses("🔔 通知设置")
    assert "慰问品" in other.bot_messages()[0]["text"]
    found = await cast.segments.reckon(cast.br, one.audience, Topic.NEWS)
    assert (found.count, found.muted) == (MEMBERS - 1, 1)


@pytest.mark.parametrize("data", ["cast:go:nothing:0", "cast:go:nothing:-1", "cast:mute:safety:1"])
async def test_a_forged_button_does_nothing(small_world: World, data: str) -> None:
    member = await small_world.regular()
    message = member.bot_messages()[-1]
    small_world.simulator.press_data(member.id, message["id"], data)
    await small_world.settle()
    async with small_world.parts.database.open_read() as work:
        assert await work.topic_mutes.of(member.id) == frozenset()
        assert await work.broadcast_reach.count_pressed(1) == 0
