"""R9: an update that is delivered three times has the effect of one delivery."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from storage.journal import Begin, Begun, JournalRows, State
from tests.conftest import KNOWLEDGE
from tests.faults.conftest import Fresh
from tests.faults.support import JSON, Poster, content, give_key, said
from tests.world import MovableClock, Person, World, start_world


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a run left behind."""

    tables: dict[str, list[str]]
    said: Counter[tuple[int, str]]
    statuses: Counter[int]


async def test_a_hundred_updates_delivered_three_times_act_once(
    fresh: Fresh, clock: MovableClock
) -> None:
    await _compare(fresh, clock, people=5, seed=1)


@pytest.mark.faults
async def test_a_thousand_updates_delivered_three_times_act_once(
    fresh: Fresh, clock: MovableClock
) -> None:
    await _compare(fresh, clock, people=48, seed=2)


async def test_without_the_journal_people_would_read_things_three_times(
    fresh: Fresh, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = await _record(fresh(), clock, people=3)
    once = await _deliver(fresh(), clock, recorded, 3, [[one] for one in recorded])

    async def knows_nothing(_self: JournalRows, batch: list[Begin]) -> dict[int, Begun]:
        return {item.update_id: Begun(State.WORKING, 1) for item in batch}

    monkeypatch.setattr(JournalRows, "begin_all", knows_nothing)
    thrice = await _deliver(fresh(), clock, recorded, 3, _thrice(recorded, random.Random(3)))
    assert sum(thrice.said.values()) > 2 * sum(once.said.values())


async def _compare(fresh: Fresh, clock: MovableClock, people: int, seed: int) -> None:
    recorded = await _record(fresh(), clock, people)
    assert len(recorded) >= 20 * people
    once = await _deliver(fresh(), clock, recorded, people, [[one] for one in recorded])
    thrice = await _deliver(
        fresh(), clock, recorded, people, _thrice(recorded, random.Random(seed))
    )
    assert once.statuses == {200: len(recorded)}
    assert thrice.statuses == {200: 3 * len(recorded)}
    assert thrice.tables == once.tables
    assert thrice.said == once.said


def _thrice(recorded: list[JSON], chance: random.Random) -> list[list[JSON]]:
    """Groups to deliver at the same moment; each person's first deliveries keep their order.

    The copies come at any later moment, also together with the first.
    """
    groups: list[list[JSON]] = []
    owed: list[JSON] = []
    for update in recorded:
        group = [update]
        for _ in range(2):
            (group if chance.random() < 0.3 else owed).append(update)
        groups.append(group)
        chance.shuffle(owed)
        while owed and chance.random() < 0.6:
            groups.append([owed.pop()])
    return groups + [[late] for late in owed]


async def _deliver(
    url: str, clock: MovableClock, recorded: list[JSON], people: int, groups: list[list[JSON]]
) -> Outcome:
    """Post everything to a new world: people side by side, each person's own in order."""
    await give_key(url)
    queues: dict[int, list[list[JSON]]] = defaultdict(list)
    for group in groups:
        queues[_owner(group[0])].append(group)
    async with (
        start_world(url, clock, mode="webhook", knowledge=KNOWLEDGE) as world,
        aiohttp.ClientSession() as session,
    ):
        post = Poster(session, world)
        for number in range(people):
            world.member(f"职工{number}")

        async def one_after_another(queue: list[list[JSON]]) -> None:
            for group in queue:
                await asyncio.gather(*(post(update) for update in group))

        await asyncio.gather(*map(one_after_another, queues.values()))
        return Outcome(await content(world.parts.database), said(world), post.statuses)


async def _record(url: str, clock: MovableClock, people: int) -> list[JSON]:
    """The updates of people who use everything that there is, in their order."""
    recorded: list[JSON] = []
    async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as world:
        _listen(world, recorded)
        everybody = [world.member(f"职工{number}") for number in range(people)]
        for person in everybody:
            await _use_everything(person)
    return recorded


def _listen(world: World, recorded: list[JSON]) -> None:
    publish = world.simulator.delivery.publish

    def publish_and_record(kind: str, what: JSON, key: Any) -> int | None:
        number = publish(kind, what, key)
        if number is not None:
            recorded.append(json.loads(json.dumps({"update_id": number, kind: what})))
        return number

    world.simulator.delivery.publish = publish_and_record  # type: ignore[assignment, method-assign]


async def _use_everything(person: Person) -> None:
    await person.starts()
    await person.says("老板三个月没发工资了")
    await person.presses("展开详情")
    await person.presses("收起")
    await person.presses("有用")
    await person.says("工伤")
    await person.presses(person.buttons()[0])
    await person.presses("没用")
    await person.presses("看不懂")
    await person.says("量子力学是什么")
    await person.presses("留给工作人员")
    await person.says("工资")
    await person.presses("都不是")
    await person.says("/human")
    await person.presses("留言")
    await person.says(f"食堂的饭凉了，{person.id}")
    await person.says("/menu")
    await person.presses(person.buttons()[0])
    await person.says("我的卡号是 4111 1111 1111 1111，工资没到")
    await person.sends({"dice": {"emoji": "🎲", "value": 3}})
    await person.presses("🙋 找人")
    await person.presses("留言")
    person.world.simulator.block(person.id)
    await person.world.settle()
    person.world.simulator.unblock(person.id)
    await person.says("/cancel")


def _owner(update: JSON) -> int:
    (what,) = (value for key, value in update.items() if key != "update_id")
    return int(what["from"]["id"])
