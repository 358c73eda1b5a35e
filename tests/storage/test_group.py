"""Groups: what comes while a transaction runs shares the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.errors import StorageUnavailable
from storage.group import Group
from storage.tables import instance
from storage.work import Work


class Writer:
    """Writes one row an item and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.refuses: set[int] = set()

    async def __call__(self, work: Work, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        await work._connection.execute(
            sa.insert(instance), [{"key": str(item), "value": "x"} for item in items]
        )
        if self.refuses & set(items):
            raise LookupError("refused")
        return [item * 10 for item in items]


@pytest.fixture
def writer() -> Writer:
    return Writer()


@pytest.fixture
def group(database: Database, writer: Writer) -> Group[int, int]:
    return Group(database.write, writer, largest=50)


async def _kept(database: Database) -> set[int]:
    async with database.open_read() as work:
        result = await work._connection.execute(sa.select(instance.c.key))
        return {int(row.key) for row in result if row.key.isdecimal()}


async def test_a_lone_item_is_durable_when_submit_returns(
    database: Database, group: Group[int, int]
) -> None:
    assert await group.submit(4) == 40
    assert await _kept(database) == {4}


async def test_what_comes_together_shares_transactions_and_keeps_its_order(
    database: Database, group: Group[int, int], writer: Writer
) -> None:
    results = await asyncio.gather(*(group.submit(number) for number in range(120)))
    assert results == [number * 10 for number in range(120)]
    assert [number for batch in writer.batches for number in batch] == list(range(120))
    assert len(writer.batches) <= 5
    assert max(map(len, writer.batches)) == 50
    assert await _kept(database) == set(range(120))


async def test_a_failing_batch_is_rolled_back_and_its_callers_told_and_the_next_one_works(
    database: Database, group: Group[int, int], writer: Writer
) -> None:
    writer.refuses = {3}
    results = await asyncio.gather(
        *(group.submit(number) for number in range(5)), return_exceptions=True
    )
    assert [type(result) for result in results] == [LookupError] * 5
    assert await _kept(database) == set()
    assert await group.submit(9) == 90
    assert await _kept(database) == {9}


async def test_who_loses_patience_before_the_turn_comes_is_not_written(
    database: Database, group: Group[int, int]
) -> None:
    async with database.open_work() as work:
        # Hold what the first item needs, so that the second has to wait behind it.
        await work._connection.execute(sa.insert(instance), {"key": "1", "value": "x"})
        first = asyncio.create_task(group.submit(1))
        await asyncio.sleep(0.05)
        with pytest.raises(StorageUnavailable, match="busy"):
            await group.submit(2, patience=0.05)
    assert await first == 10
    await group.close()
    assert await _kept(database) == {1}


async def test_a_caller_that_is_cancelled_disturbs_nobody(
    database: Database, group: Group[int, int]
) -> None:
    tasks = [asyncio.create_task(group.submit(number)) for number in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    others = [result for number, result in enumerate(results) if number != 3]
    assert others == [number * 10 for number in range(10) if number != 3]


async def test_close_waits_for_all_that_was_submitted(
    database: Database, group: Group[int, int]
) -> None:
    tasks = [asyncio.create_task(group.submit(number)) for number in range(100)]
    await asyncio.sleep(0)
    await group.close()
    assert await _kept(database) == set(range(100))
    await asyncio.gather(*tasks)
