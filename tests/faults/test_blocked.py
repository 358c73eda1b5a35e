"""R8: somebody who blocked the bot or is gone costs one attempt and is no error."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from telegram import Update

from handlers import errors
from handlers.outcome import failed
from storage.tables import journal, members
from tests.faults.support import rows
from tests.world import World

_ONE_IN = 20


async def test_one_in_twenty_of_200_members_is_gone_and_nobody_else_notices(
    small_world: World,
) -> None:
    await _a_twentieth_is_gone(small_world, 200)


@pytest.mark.faults
async def test_one_in_twenty_of_2000_members_is_gone_and_nobody_else_notices(
    small_world: World,
) -> None:
    await _a_twentieth_is_gone(small_world, 2000)


async def test_somebody_whose_chat_is_gone_costs_one_attempt(small_world: World) -> None:
    simulator = small_world.simulator
    person = await small_world.regular()
    chat = simulator.chats[person.id]
    simulator.say(person.id, "老板三个月没发工资了")
    del simulator.chats[person.id]
    await small_world.settle()
    assert await _reach(small_world) == {"blocked": 1}
    assert await _fates(small_world) == {("done", 1): 2}
    simulator.chats[person.id] = chat
    await person.starts()
    assert await _reach(small_world) == {"reachable": 1}


async def test_a_reply_to_somebody_gone_would_be_tried_thrice_as_an_error(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_an_error(_update: Update, _context: Any, error: Exception) -> None:
        failed(error)

    monkeypatch.setattr(errors, "_lost", is_an_error)
    monkeypatch.setattr("bot.intake._RETRY_AFTER", {1: 0.01, 2: 0.01})
    person = await small_world.regular()
    small_world.simulator.fault("sendMessage", "403", times=-1, chat_id=person.id)
    small_world.simulator.say(person.id, "老板三个月没发工资了")
    await small_world.settle()
    assert await _fates(small_world) == {("done", 1): 1, ("quarantined", 3): 1}
    assert await _reach(small_world) == {"reachable": 1}


async def _a_twentieth_is_gone(world: World, count: int) -> None:
    simulator = world.simulator
    people = [world.member(f"职工{number}") for number in range(count)]
    for person in people:
        simulator.start(person.id)
    await world.settle(120)
    gone = people[::_ONE_IN]
    for number, person in enumerate(gone):
        reason = "user is deactivated" if number % 2 else "bot was blocked by the user"
        simulator.fault("sendMessage", "403", times=-1, chat_id=person.id, description=reason)
    before = simulator.calls.next
    for person in people:
        simulator.say(person.id, "老板三个月没发工资了")
    await world.settle(120)

    tries = _tries(world, before)
    assert all(tries[person.id] == 1 for person in people)
    assert len(tries) == count
    assert await _fates(world) == {("done", 1): 2 * count}
    half = len(gone) // 2
    assert await _reach(world) == {
        "reachable": count - len(gone),
        "blocked": len(gone) - half,
        "deactivated": half,
    }
    simulator.faults.clear()
    for person in gone:
        simulator.start(person.id)
    await world.settle(120)
    assert await _reach(world) == {"reachable": count}
    for person in gone:
        assert "您好，我是暖心" in await person.reads()


def _tries(world: World, since: int) -> Counter[int]:
    return Counter(
        call["payload"]["chat_id"]
        for call in world.simulator.calls.since(since)
        if call["method"] == "sendMessage"
    )


async def _reach(world: World) -> Counter[str]:
    return Counter(row["reach"] for row in await rows(world.parts.database, members))


async def _fates(world: World) -> Counter[tuple[str, int]]:
    found = await rows(world.parts.database, journal)
    return Counter((row["state"], row["attempts"]) for row in found)
