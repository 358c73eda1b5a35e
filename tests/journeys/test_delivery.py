"""What others are told: sent once, at the right hour, to those who want it and can be reached."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from telegram.error import NetworkError

from bot.delivery import Policy as DeliveryPolicy
from domain.consents import Answer, Consent, Purpose
from domain.members import Reach
from domain.outbox import Notice, Policy, Priority, Push, PushState, State
from domain.pushes import PushWindow
from tests.pushing import begun, found
from tests.world import Person, World

NEWS = "活动改到周六"


async def tell(world: World, person: Person, text: str = NEWS, **more: Any) -> None:
    """Put a notice into the outbox."""
    given: dict[str, Any] = {"details": {"text": text}, **more}
    key = given.pop("key", f"test:{person.id}:{text}")
    notice = Notice("message", person.id, key, world.clock.now(), **given)
    async with world.parts.database.open_work() as work:
        await work.outbox.add(notice)
        await work.commit()


async def states(world: World, push_id: int | None = None) -> Mapping[State, int]:
    async with world.parts.database.open_read() as work:
        return await work.outbox.counts(push_id)


def copies(person: Person, text: str = NEWS) -> int:
    return sum(text in message["text"] for message in person.bot_messages())


def change(world: World, **policy: Any) -> None:
    """Let the pump go by another policy."""
    now: DeliveryPolicy = world.parts.pump._policy
    world.parts.pump._policy = replace(now, **policy)


async def push(world: World, people: list[Person], **more: Any) -> int:
    """A push that is being sent to these people."""
    given: dict[str, Any] = {"title": "t", "body": {"text": NEWS}, **more}
    kind = given.pop("kind", "message")
    one = Push(kind, created_by="s", created_at=world.clock.now(), **given)
    return await begun(world.parts.database, one, [person.id for person in people])


async def test_a_notice_arrives_once_however_often_it_is_added(world: World) -> None:
    member = await world.regular()
    for _ in range(3):
        await tell(world, member)
    await world.deliver()
    assert copies(member) == 1
    assert await states(world) == {State.SENT: 1}


async def test_a_push_reaches_everybody_once(world: World) -> None:
    people = [await world.regular(f"职工{number}") for number in range(4)]
    number = await push(world, people)
    await world.deliver()
    assert [copies(person) for person in people] == [1] * 4
    assert (await found(world.parts.database, number)).state is PushState.FINISHED
    assert await states(world, number) == {State.SENT: 4}


async def test_who_blocked_the_bot_is_tried_once_and_reached_again_after_start(
    small_world: World,
) -> None:
    world = small_world
    member = await world.regular()
    world.simulator.fault("sendMessage", "403", times=-1, chat_id=member.id)
    await tell(world, member)
    await world.deliver()
    assert len([call for call in world.calls("sendMessage") if NEWS in call["text"]]) == 1
    async with world.parts.database.open_read() as work:
        known = await work.members.find_all([member.id])
    assert known[member.id].reach is Reach.BLOCKED
    await tell(world, member, "第二条")
    await world.deliver()
    assert await states(world) == {State.FAILED: 1, State.SKIPPED: 1}
    world.simulator.faults.clear()
    await member.starts()
    await tell(world, member, "第三条")
    await world.deliver()
    assert copies(member, "第三条") == 1


async def test_a_lost_reply_gives_at_most_two_more_copies_and_each_says_so(
    small_world: World,
) -> None:
    world = small_world
    member = await world.regular()
    world.simulator.fault("sendMessage", "drop_after", times=-1, chat_id=member.id)
    await tell(world, member)
    for _ in range(5):
        await world.deliver()
        world.clock.move(seconds=91)
        await asyncio.sleep(0)
    assert copies(member) == 3
    first, *others = [
        message["text"] for message in member.bot_messages() if NEWS in message["text"]
    ]
    assert first == NEWS
    assert all(text.startswith("（重发") for text in others)
    assert await states(world) == {State.UNKNOWN: 1}


async def test_what_must_not_arrive_twice_is_left_to_a_person(small_world: World) -> None:
    world = small_world
    member = await world.regular()
    world.simulator.fault("sendMessage", "drop_after", times=1, chat_id=member.id)
    await tell(world, member, policy=Policy.HOLD)
    await world.deliver()
    world.clock.move(hours=1)
    await world.deliver()
    assert copies(member) == 1
    assert await states(world) == {State.UNKNOWN: 1}


@pytest.mark.parametrize("kind", ["500", "garbage"])
async def test_a_bad_gateway_is_tried_again(small_world: World, kind: str) -> None:
    world = small_world
    member = await world.regular()
    world.simulator.fault("sendMessage", kind, times=1, chat_id=member.id)
    await tell(world, member)
    await world.deliver()
    assert copies(member) == 0
    world.clock.move(seconds=91)
    await world.deliver()
    assert copies(member) == 1


async def test_after_429_nobody_sends_until_the_pause_is_over_and_nothing_is_lost(
    small_world: World,
) -> None:
    world = small_world
    people = [await world.regular(f"职工{number}") for number in range(8)]
    world.simulator.fault("sendMessage", "429", times=1, retry_after=1)
    begun = time.monotonic()
    number = await push(world, people)
    while (await states(world, number)).get(State.SENT, 0) < 8:
        await world.parts.outbox.expand_due()
        await asyncio.sleep(0.05)
    assert time.monotonic() - begun >= 1
    assert [copies(person) for person in people] == [1] * 8
    async with world.parts.database.open_read() as work:
        rows = await work._connection.exec_driver_sql("SELECT max(attempts) FROM outbox")
        assert rows.scalar_one() == 1, "a refusal is no try"


async def test_a_refused_token_stops_everything_and_consumes_nothing(small_world: World) -> None:
    world = small_world
    member, others = await world.regular(), [await world.regular() for _ in range(5)]
    world.simulator.fault("sendMessage", "401", times=-1)
    world.simulator.fault("getMe", "401", times=-1)
    for person in (member, *others):
        await tell(world, person)
    while "delivery" not in await readiness(world):
        await asyncio.sleep(0.02)
    assert await readiness(world) == {"delivery": "the token is refused"}
    tried = len(world.calls("sendMessage"))
    await asyncio.sleep(1.2)
    assert len(world.calls("sendMessage")) <= tried + world.parts.pump._policy.in_flight
    while (await states(world)).get(State.SENDING):
        await asyncio.sleep(0.02)
    assert await states(world) == {State.PENDING: 6}
    world.simulator.faults.clear()
    change(world, token_probe=timedelta())
    await world.deliver()
    assert [copies(person) for person in (member, *others)] == [1] * 6
    assert await readiness(world) == {}


async def readiness(world: World) -> dict[str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(world.parts.url + "/readyz") as response,
    ):
        return dict((await response.json())["faults"])


def night(world: World) -> datetime:
    """Move to 22:30 in Beijing."""
    world.clock.move(hours=8.5)
    return world.clock.now()


async def test_at_night_only_what_cannot_wait(small_world: World) -> None:
    world = small_world
    member, other = await world.regular(), await world.regular("王芳")
    night(world)
    await tell(world, member)
    await tell(world, other, priority=Priority.SECURITY)
    await world.deliver()
    assert (copies(member), copies(other)) == (0, 1)
    world.clock.move(hours=9.4)
    await world.deliver()
    assert copies(member) == 0, "it is 07:54"
    world.clock.move(hours=0.1)
    await world.deliver()
    assert copies(member) == 1


async def test_what_would_be_too_late_in_the_morning_is_dropped_with_a_record(
    small_world: World,
) -> None:
    world = small_world
    member = await world.regular()
    now = night(world)
    await tell(world, member, expires_at=now + timedelta(hours=5))
    await world.deliver()
    assert await states(world) == {State.EXPIRED: 1}


async def test_a_member_chooses_their_hours_for_what_comes_unasked(small_world: World) -> None:
    world = small_world
    member = await world.regular()
    async with world.parts.database.open_work() as work:
        await work.push_windows.add(member.id, PushWindow(18 * 60, 22 * 60))
        await work.commit()
    await tell(world, member, "名额", priority=Priority.REMINDER)
    await tell(world, member, priority=Priority.BROADCAST)
    await world.deliver()
    assert (copies(member, "名额"), copies(member)) == (1, 0), "it is 14:00"
    world.clock.move(hours=4)
    await world.deliver()
    assert copies(member) == 1


async def test_who_says_no_during_a_push_gets_no_copy_any_more(small_world: World) -> None:
    world = small_world
    member, other = await world.regular(), await world.regular("王芳")
    number = await push(world, [member, other], not_before=world.clock.now() + timedelta(hours=1))
    await world.deliver()
    async with world.parts.database.open_work() as work:
        no = Consent(Purpose.SERVICE, 1, Answer.WITHDRAWN, world.clock.now())
        await work.consents.add(member.id, no)
        await work.commit()
    world.clock.move(hours=1)
    await world.deliver()
    assert (copies(member), copies(other)) == (0, 1)
    assert await states(world, number) == {State.SENT: 1, State.SKIPPED: 1}


async def test_promotion_needs_a_yes(small_world: World) -> None:
    world = small_world
    member = await world.regular()
    await tell(world, member, priority=Priority.PROMOTION, purpose=Purpose.PROMOTION)
    await world.deliver()
    assert await states(world) == {State.SKIPPED: 1}


async def test_a_kind_that_cannot_be_said_fails_alone_and_stops_its_push(
    small_world: World,
) -> None:
    world = small_world
    people = [await world.regular(f"职工{number}") for number in range(8)]
    number = await push(world, people, kind="no_such_kind")
    await tell(world, people[0])
    await world.deliver()
    assert copies(people[0]) == 1
    one = await found(world.parts.database, number)
    assert (one.state, one.pause_reason) == (PushState.PAUSED, "content")
    assert 5 <= (await states(world, number))[State.FAILED] <= 8
    async with world.parts.database.open_read() as work:
        assert set(await work.outbox.failures(number)) == {"content"}


KINDS = ("500", "drop_before", "drop_after", "403", "429", "garbage")
# Three parts to one chat take seconds: each kind with one part, or in `make faults` with each.
FAULTS = [
    pytest.param(kind, part, marks=() if part == n % 3 + 1 else pytest.mark.faults)
    for n, kind in enumerate(KINDS)
    for part in (1, 2, 3)
]


@pytest.mark.parametrize(("kind", "part"), FAULTS)
async def test_parts_keep_their_order_whatever_happens_to_one(
    small_world: World, kind: str, part: int
) -> None:
    world = small_world
    member = await world.regular()
    texts = [f"第{number}部分" for number in (1, 2, 3)]
    await tell(world, member, texts[0], key="long", parts=tuple({"text": t} for t in texts[1:]))
    # The parts go one after another: the fault is for the part-th of them.
    for _ in range(part - 1):
        world.simulator.fault("sendMessage", "slow", times=1, seconds=0, chat_id=member.id)
    world.simulator.fault("sendMessage", kind, times=1, chat_id=member.id)
    for _ in range(4):
        await world.deliver()
        world.clock.move(seconds=91)
    seen = [
        number
        for message in member.bot_messages()
        for number, text in enumerate(texts, 1)
        if text in message["text"]
    ]
    assert seen == sorted(seen)
    if kind == "403":
        # The member is gone: what comes later is skipped, not lost.
        assert sum((await states(world)).values()) == 3
    else:
        assert set(seen) == {1, 2, 3}


async def test_no_call_to_telegram_inside_a_transaction(small_world: World) -> None:
    member = await small_world.regular()
    bot = small_world.parts.intake._bot
    async with small_world.parts.database.open_work():
        with pytest.raises(NetworkError, match="unit of work"):
            await bot.send_message(member.id, "…")
    async with small_world.parts.database.open_read():
        with pytest.raises(NetworkError, match="unit of work"):
            await bot.send_message(member.id, "…")
    await bot.send_message(member.id, "好了")
    assert copies(member, "好了") == 1


async def test_a_reply_does_not_wait_behind_a_push(small_world: World) -> None:
    world = small_world
    people = [await world.regular(f"职工{number}") for number in range(30)]
    # Slow enough that the push still runs when the last of these has asked.
    for person in people[5:]:
        world.simulator.fault("sendMessage", "slow", times=1, seconds=0.4, chat_id=person.id)
    number = await push(world, people)
    await world.parts.outbox.expand_due()
    for person in people[:5]:
        before = copies(person, "工资")
        world.simulator.say(person.id, "老板三个月没发工资了")
        # The simulator is idle only when the push is over: the reply itself is waited for.
        async with asyncio.timeout(20):
            while copies(person, "工资") == before:
                await world.simulator.changed.wait(0.05)
        assert copies(person, "工资") == before + 1
    assert (await states(world, number)).get(State.PENDING, 0) > 0, "the push must still run"
    await world.deliver()
    assert Counter(copies(person) for person in people) == {1: 30}
