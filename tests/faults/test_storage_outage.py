"""R11: while the database is away nothing is acknowledged; afterwards everything is answered."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot import polling
from bot.intake import Fate, Intake, NotHandled
from storage.tables import journal, questions
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.proxy import Proxy
from tests.faults.support import FIRST_UPDATE, Poster, hasten, message, rows
from tests.world import MovableClock, Person, World, start_world

_ANSWER = "拖欠工资怎么要"
# The promise is 1 s; the machine of the tests may be busy.
_AT_ONCE = 1.8


@pytest.fixture
async def sqlite_world(
    mode: str, blank: Path, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    hasten(monkeypatch, polling)
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode=mode, knowledge=KNOWLEDGE) as started:
            yield started


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with Proxy.to(databases.POSTGRES) as running:
        yield running


@pytest.fixture
async def proxied(
    mode: str,
    proxy: Proxy,
    postgres_template: str | None,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[World]:
    if postgres_template is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    hasten(monkeypatch, polling)
    with databases.postgres(postgres_template) as url:
        async with start_world(
            proxy.through(url), clock, mode=mode, knowledge=KNOWLEDGE
        ) as started:
            yield started


async def test_while_sqlite_is_locked_nothing_is_acknowledged_and_nothing_lost(
    sqlite_world: World,
) -> None:
    people = await _members(sqlite_world, 20)
    async with _locked(sqlite_world):
        _all_ask(sqlite_world, people)
        await asyncio.sleep(1.2)
        assert len(sqlite_world.simulator.delivery.pending) == 20
    await _everybody_is_answered_once(sqlite_world, people)


async def test_while_postgresql_refuses_nothing_is_acknowledged_and_nothing_lost(
    proxied: World, proxy: Proxy
) -> None:
    people = await _members(proxied, 20)
    await proxy.refuse()
    _all_ask(proxied, people)
    await asyncio.sleep(0.5)
    assert len(proxied.simulator.delivery.pending) == 20
    await proxy.accept()
    await _everybody_is_answered_once(proxied, people)


async def test_while_postgresql_stalls_nothing_is_acknowledged_and_nothing_lost(
    proxied: World, proxy: Proxy
) -> None:
    people = await _members(proxied, 20)
    proxy.stall()
    _all_ask(proxied, people)
    await asyncio.sleep(1.2)
    assert len(proxied.simulator.delivery.pending) == 20
    proxy.resume()
    await _everybody_is_answered_once(proxied, people)


async def test_connections_that_postgresql_ends_cost_nothing(proxied: World, proxy: Proxy) -> None:
    people = await _members(proxied, 20)
    for _ in range(3):
        proxy.cut()
        _all_ask(proxied, people)
        assert await proxied.simulator.settle(20)
    kept = await rows(proxied.parts.database, questions)
    assert len(kept) == 60


@pytest.mark.parametrize("mode", ["webhook"])
async def test_the_webhook_says_503_and_when_to_come_again(sqlite_world: World) -> None:
    people = await _members(sqlite_world, 10)
    async with aiohttp.ClientSession() as session:
        post = Poster(session, sqlite_world)
        async with _locked(sqlite_world):
            # Of different people: Telegram sends a chat's updates one at a time.
            updates = [message(FIRST_UPDATE + n, p.id, "工资") for n, p in enumerate(people)]
            asked = asyncio.get_running_loop().time()
            statuses = await asyncio.gather(*(post(update) for update in updates))
            took = asyncio.get_running_loop().time() - asked
        assert statuses == [503] * 10
        assert post.retry_after == ["5"] * 10
        assert took < _AT_ONCE
        assert [await post(update) for update in updates] == [200] * 10
        assert {row["attempts"] for row in await rows(sqlite_world.parts.database, journal)} == {1}


@pytest.mark.parametrize("mode", ["webhook"])
async def test_without_patience_the_webhook_would_hang(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake._STORAGE_PATIENCE", None)
    (person,) = await _members(sqlite_world, 1)
    async with aiohttp.ClientSession() as session, _locked(sqlite_world):
        post = Poster(session, sqlite_world)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(_AT_ONCE):
                await post(message(FIRST_UPDATE, person.id, "工资"))
    await sqlite_world.settle()


async def test_if_it_were_acknowledged_all_the_same_questions_would_be_lost(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await _members(sqlite_world, 20)
    accept = Intake.accept

    async def whatever_happens(self: Intake, envelope: object) -> Fate:
        try:
            return await accept(self, envelope)  # type: ignore[arg-type]
        except NotHandled:
            return Fate.DONE

    monkeypatch.setattr(Intake, "accept", whatever_happens)
    async with _locked(sqlite_world):
        _all_ask(sqlite_world, people)
        await asyncio.sleep(1.5)
    await sqlite_world.settle()
    assert await rows(sqlite_world.parts.database, questions) == []


@pytest.mark.parametrize("mode", ["webhook"])
async def test_readyz_is_red_while_nothing_can_be_written(sqlite_world: World) -> None:
    url = f"{sqlite_world.parts.url}/readyz"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert response.status == 200
        async with _locked(sqlite_world):
            async with session.get(url) as response:
                assert response.status == 503
                assert (await response.json())["faults"] == {"database": "cannot write"}
            async with session.get(f"{sqlite_world.parts.url}/livez") as response:
                assert response.status == 200
        async with session.get(url) as response:
            assert response.status == 200


@pytest.mark.faults
async def test_a_lock_of_ten_seconds_leaves_a_backlog_of_3000_that_is_drained(
    sqlite_world: World,
) -> None:
    people = await _members(sqlite_world, 300)
    async with _locked(sqlite_world):
        for _ in range(10):
            _all_ask(sqlite_world, people)
        await asyncio.sleep(10)
        assert len(sqlite_world.simulator.delivery.pending) == 3000
    back = asyncio.get_running_loop().time()
    assert await sqlite_world.simulator.settle(60)
    took = asyncio.get_running_loop().time() - back
    assert len(await rows(sqlite_world.parts.database, questions)) == 3000
    fates = Counter(row["state"] for row in await rows(sqlite_world.parts.database, journal))
    assert fates == {"done": 3300}
    print(f"backlog of 3000 drained in {took:.1f} s")
    assert took <= 30


async def _members(world: World, count: int) -> list[Person]:
    people = [world.member(f"职工{number}") for number in range(count)]
    for person in people:
        world.simulator.start(person.id)
    await world.settle(60)
    return people


def _all_ask(world: World, people: list[Person]) -> None:
    for person in people:
        world.simulator.say(person.id, "老板三个月没发工资了")


async def _everybody_is_answered_once(world: World, people: list[Person]) -> None:
    assert await world.simulator.settle(40)
    for person in people:
        answers = [m for m in person.bot_messages() if _ANSWER in m["text"]]
        assert len(answers) == 1
    found = await rows(world.parts.database, journal)
    # What never ran is not counted: nobody comes nearer to quarantine by an outage.
    assert {(row["state"], row["attempts"]) for row in found} == {("done", 1)}
    assert len(await rows(world.parts.database, questions)) == len(people)


@asynccontextmanager
async def _locked(world: World) -> AsyncIterator[None]:
    """Hold SQLite's write lock by another connection."""
    path = sa.engine.make_url(world.settings.database.url).database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
