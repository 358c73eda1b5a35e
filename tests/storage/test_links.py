"""Deep links as the table keeps them, on both databases."""

from __future__ import annotations

from datetime import timedelta

from domain.links import Link, Target
from storage.database import Database
from tests.world import MovableClock


async def test_a_link_is_found_until_it_expires(database: Database, clock: MovableClock) -> None:
    later = clock.now() + timedelta(seconds=1)
    link = Link("t" * 16, Target.GROUP, "civic", later)
    async with database.open_work() as work:
        await work.links.add(link)
        assert await work.links.find(link.token, clock.now()) == link
        assert await work.links.find(link.token, later) is None
        assert await work.links.find("T" * 16, clock.now()) is None
        assert await work.links.purge(clock.now()) == 0
        assert await work.links.purge(later) == 1
        await work.commit()
