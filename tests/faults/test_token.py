"""R29: while the token is refused nothing is consumed; when it works again all is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot import link, polling
from storage.tables import journal, questions
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.support import hasten, rows
from tests.world import MovableClock, Person, World, start_world

_ANSWER = "拖欠工资怎么要"


@pytest.fixture
async def world(
    mode: str, blank: Path, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    hasten(monkeypatch, polling, 0.005)
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode=mode, knowledge=KNOWLEDGE) as started:
            yield started


async def test_questions_wait_until_the_token_works_again(world: World) -> None:
    people = await _members(world)
    world.simulator.fault("*", "401", times=-1)
    _all_ask(world, people)
    assert not await world.simulator.settle(1.0)
    assert len(world.simulator.delivery.pending) == len(people)
    assert await _faults(world) == {"telegram": "the token is refused"}

    world.simulator.faults.clear()
    assert await world.simulator.settle(20)
    for person in people:
        assert sum(_ANSWER in message["text"] for message in person.bot_messages()) == 1
    found = await rows(world.parts.database, journal)
    assert {(row["state"], row["attempts"]) for row in found} == {("done", 1)}
    assert len(await rows(world.parts.database, questions)) == len(people)
    assert await _faults(world) == {}


@pytest.mark.parametrize("mode", ["polling"])
async def test_polling_with_a_refused_token_goes_on_when_it_works(world: World) -> None:
    (person, *_) = await _members(world)
    world.simulator.fault("getUpdates", "401", times=5)
    world.simulator.fault("*", "401", times=5)
    assert _ANSWER in await person.says("老板三个月没发工资了")


async def test_if_a_refused_token_were_the_updates_fault_it_would_be_quarantined(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await _members(world)
    monkeypatch.setattr(link.TelegramLink, "outage", lambda _self, _error: None)
    world.simulator.fault("*", "401", times=-1)
    _all_ask(world, people)
    assert await world.simulator.settle(20)
    found = await rows(world.parts.database, journal)
    assert sum(row["state"] == "quarantined" for row in found) == len(people)


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_a_rate_limit_is_waited_out_and_counts_as_no_attempt(world: World) -> None:
    (person, *_) = await _members(world)
    world.simulator.fault("sendMessage", "429", times=2, retry_after=3)
    assert _ANSWER in await person.says("老板三个月没发工资了")
    found = await rows(world.parts.database, journal)
    assert {(row["state"], row["attempts"]) for row in found} == {("done", 1)}


async def test_a_dead_line_is_an_outage_and_no_fault_of_the_update(world: World) -> None:
    people = await _members(world)
    world.simulator.fault("*", "drop_before", times=60)
    _all_ask(world, people)
    assert await world.simulator.settle(30)
    for person in people:
        assert any(_ANSWER in message["text"] for message in person.bot_messages())


async def _members(world: World) -> list[Person]:
    people = [world.member(f"职工{number}") for number in range(10)]
    for person in people:
        world.simulator.start(person.id)
    await world.settle()
    return people


def _all_ask(world: World, people: list[Person]) -> None:
    for person in people:
        world.simulator.say(person.id, "老板三个月没发工资了")


async def _faults(world: World) -> object:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{world.parts.url}/readyz") as response,
    ):
        body = await response.json()
        assert response.status == (503 if body["faults"] else 200)
        return body["faults"]
