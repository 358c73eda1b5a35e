"""What belongs to one installation, on both databases."""

from __future__ import annotations

from storage.database import Database
from storage.migrate import head


async def test_a_key_of_the_installation_is_made_once(database: Database) -> None:
    keys = set()
    for _ in range(2):
        async with database.open_work() as work:
            keys.add(await work.instance.key("questions"))
            await work.commit()
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    async with database.open_work() as work:
        assert await work.instance.key("other") != await work.instance.key("questions")


def test_there_is_one_newest_schema() -> None:
    assert head().isdecimal()
