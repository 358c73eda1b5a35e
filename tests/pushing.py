"""Pushes without a broadcast around them, for tests of what happens to their messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from domain.outbox import Push, PushState
from storage.database import Database


async def begun(database: Database, one: Push, members: Collection[int]) -> int:
    """A push that has begun, with these recipients; its number."""
    async with database.open_work() as work:
        number = await work.pushes.add(replace(one, state=PushState.EXPANDING))
        await work.pushes.freeze(number, members)
        await work.pushes.set_audience(number, len(members), "")
        await work.commit()
    return number


async def found(database: Database, number: int) -> Push:
    """The push as it is kept."""
    async with database.open_read() as work:
        one = await work.pushes.find(number)
    assert one is not None
    return one
