"""The console of a running program, with units in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from console.frame import guard
from storage.database import Database
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.console.offices import Office
from tests.console.visiting import House, furnish
from tests.world import MovableClock, World, start_world


@pytest.fixture(autouse=True)
def quick_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not here is answered at a mark of time; asked thousands of times, with less rest."""
    monkeypatch.setattr(guard, "MARK_SECONDS", 0.001)


async def _furnished(world: World) -> AsyncIterator[House]:
    async with world.parts.database.open_work() as work:
        units = await furnish(work)
        await work.commit()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield House(world, http, *units)


@pytest.fixture
async def house(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    """On SQLite. Its people sign in as in the demo, where a test is not about signing in."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(
            url, clock, mode="polling", knowledge=KNOWLEDGE, demo=True
        ) as world:
            async for one in _furnished(world):
                yield one


@pytest.fixture
async def postgres_house(postgres_url: str | None, clock: MovableClock) -> AsyncIterator[House]:
    """The same on PostgreSQL, for what only one of the two refuses."""
    if postgres_url is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    async with start_world(
        postgres_url, clock, mode="polling", knowledge=KNOWLEDGE, demo=True
    ) as world:
        async for one in _furnished(world):
            yield one
    databases.wipe(postgres_url)


@pytest.fixture
async def strict_house(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[House]:
    """As in earnest: the only way in is the phone."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as world:
            async for one in _furnished(world):
                yield one


@pytest.fixture
async def office(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Office]:
    with databases.sqlite(blank, tmp_path) as url:
        database = Database(url, databases.vault())
    made = Office(database, clock)
    app = web.Application()
    app.router.add_post("/list", made.handle)
    server = TestServer(app)
    await server.start_server()
    made.url = str(server.make_url("/list"))
    yield made
    await server.close()
    await database.close()
