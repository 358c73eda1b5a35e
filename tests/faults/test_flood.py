"""R20: one person's flood does not slow the others and costs them nothing themselves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Limits
from handlers import gate
from simulator import Simulator
from simulator import running as simulating
from storage.tables import drafts, notes
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.processes import Program, free_port
from tests.faults.support import RealClock, percentile, rows
from tests.world import TOKEN, World, start_world

_OTHERS = 200
_SECONDS = 5.0
_ROUNDS = 3
_RATE = 50


@pytest.fixture
async def world(mode: str, blank: Path, tmp_path: Path) -> AsyncIterator[World]:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(
            url, RealClock(), mode=mode, knowledge=KNOWLEDGE, limits=Limits()
        ) as started:
            yield started


@pytest.mark.faults
async def test_others_do_not_wait_longer_and_the_flooder_is_told_once(
    mode: str, tmp_path: Path
) -> None:
    port = free_port() if mode == "webhook" else 0
    async with (
        simulating(token=TOKEN) as telegram,
        Program(tmp_path, telegram.url, port=port, burst=6) as program,
    ):
        simulator = telegram.simulator
        simulator.delivery.reach = program.reach
        flooder = simulator.add_user("刷屏")
        await program.start()
        await _latencies(simulator, None)
        calm, flooded = [], []
        for _ in range(_ROUNDS):
            calm.append(percentile(await _latencies(simulator, None), 0.95))
            flooded.append(percentile(await _latencies(simulator, flooder), 0.95))
    replies = [m["text"] for m in simulator.screen(flooder)["messages"] if m["from"] == "bot"]
    notices = sum("发得有点快" in text for text in replies)
    print(f"{mode}: p95 calm {_ms(calm)}, flooded {_ms(flooded)}; {len(replies)} replies")
    # The best rounds are compared: the machine has other work too. Below 50 ms its own jitter is
    # larger than what is measured.
    assert min(flooded) <= max(1.5 * min(calm), 0.05)
    assert min(flooded) <= 1.0
    assert notices == 1
    # The privacy notice, the burst of six, one a second, and the request to slow down.
    lasted = 2 * _ROUNDS * (_SECONDS + 4)
    assert len(replies) <= 1 + 6 + lasted + notices


@pytest.mark.faults
async def test_without_the_gate_the_flooder_would_be_answered_every_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate.Flood, "admits", lambda *_: True)
    flooder = world.member("刷屏").id
    await _latencies(world.simulator, flooder)
    replies = [m for m in world.simulator.screen(flooder)["messages"] if m["from"] == "bot"]
    assert len(replies) > 3 * _SECONDS


async def test_a_note_typed_in_a_flood_is_kept(world: World) -> None:
    person = await world.regular()
    await person.presses("🙋 找人")
    await person.presses("留言")
    for _ in range(30):
        world.simulator.press(person.id, "留言")
    await world.settle()
    for number in range(30):
        world.simulator.say(person.id, f"食堂的饭凉了，第 {number} 句")
    await world.settle()
    assert [row["text"] for row in await rows(world.parts.database, notes)] == [
        "食堂的饭凉了，第 0 句"
    ]
    assert await rows(world.parts.database, drafts) == []


@pytest.mark.parametrize("mode", ["polling"])
async def test_if_forms_were_held_back_too_the_note_would_be_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await world.regular()
    await person.presses("🙋 找人")
    await person.presses("留言")
    monkeypatch.setattr(gate.Flood, "admits", lambda *_: False)
    await person.says("食堂的饭凉了")
    assert len(await rows(world.parts.database, notes)) == 1, "over the limit, and kept"

    async def knows_no_form(*_: object) -> bool:
        return False

    monkeypatch.setattr(gate, "_keeps_pace", knows_no_form)
    await person.says("饭还是凉的")
    assert len(await rows(world.parts.database, notes)) == 1


def _ms(seconds: list[float]) -> str:
    return "/".join(f"{1000 * one:.0f}" for one in seconds) + " ms"


async def _latencies(simulator: Simulator, flooder: int | None) -> list[float]:
    """Seconds from a person's question to the call that answers, for each of the others."""
    chance = random.Random(20)
    people = [simulator.add_user(f"职工{number}") for number in range(_OTHERS)]
    for person in people:
        simulator.start(person)
    assert await simulator.settle(60)
    asked: dict[int, float] = {}
    first = simulator.calls.next

    async def ask(person: int) -> None:
        await asyncio.sleep(chance.uniform(0, _SECONDS))
        asked[person] = simulator.clock()
        simulator.say(person, "老板三个月没发工资了")

    async def flood() -> None:
        for number in range(int(_RATE * _SECONDS) if flooder else 0):
            simulator.say(flooder or 0, f"在吗 {number}")
            await asyncio.sleep(1 / _RATE)

    await asyncio.gather(flood(), *map(ask, people))
    assert await simulator.settle(60)
    answered = {
        call["payload"]["chat_id"]: call["time"]
        for call in simulator.calls.since(first)
        if call["method"] == "sendMessage"
    }
    return [answered[person] - asked[person] for person in people]
