"""R12: the disk is full. Nothing is acknowledged, nothing breaks, and it goes on by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.tables import journal, questions
from storage.work import Work
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.support import FIRST_UPDATE, JSON, Poster, message, rows
from tests.world import MovableClock, World, start_world

pytestmark = pytest.mark.faults

# Always as many: fewer do not fill the room.
PEOPLE = 300


async def room(database: Database, pages: int | None) -> None:
    """Let the file grow by so many pages, on each connection that writes; None for any number."""

    async def limit(work: Work) -> None:
        count = await work._connection.scalar(sa.text("PRAGMA page_count"))
        most = 2**30 if pages is None else int(count or 0) + pages
        await work._connection.execute(sa.text(f"PRAGMA max_page_count = {most}"))

    await database.write(limit)
    async with database.open_work() as work:
        await limit(work)


async def check(database: Database) -> None:
    async with database.open_read() as work:
        assert await work._connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"


async def test_a_full_disk_refuses_breaks_nothing_and_is_over_when_there_is_room(
    blank: Path, tmp_path: Path, clock: MovableClock
) -> None:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="webhook", knowledge=KNOWLEDGE) as world:
            # Few enough from each that nobody is asked to slow down.
            people = [await world.regular() for _ in range(10)]
            updates = [
                message(FIRST_UPDATE + n, people[n % 10].id, f"老板三个月没发工资了 {n}")
                for n in range(PEOPLE)
            ]
            await filled_up(world, updates)


async def filled_up(world: World, updates: list[JSON]) -> None:
    database = world.parts.database
    before = len(await rows(database, questions))
    async with aiohttp.ClientSession() as session:
        post = Poster(session, world)
        await room(database, 4)
        first = [await post(update) for update in updates]
        assert set(first) == {200, 503}, Counter(first)
        assert set(post.retry_after) == {"5"}
        await check(database)
        taken = {
            update["update_id"]
            for update, status in zip(updates, first, strict=True)
            if status == 200
        }
        done = {
            row["update_id"] for row in await rows(database, journal) if row["state"] == "done"
        }
        # The control: what was refused is not there, and all that was acknowledged is.
        assert taken <= done
        assert len(await rows(database, questions)) < before + len(updates)
        await room(database, None)
        async with asyncio.timeout(30):
            for update in updates:
                while await post(update) != 200:
                    await asyncio.sleep(0.1)
    await world.settle()
    await check(database)
    kept = [row["text"] for row in await rows(database, questions)]
    assert len(kept) == before + len(updates)
    assert len(set(kept)) == len(kept)
