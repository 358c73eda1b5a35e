"""Units of work: all or nothing, one writer, honest times, and no words in errors."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, StatementError

from storage.database import Database
from storage.errors import StorageUnavailable
from storage.tables import Instant, members, notes
from storage.work import Work

DAY = date(2026, 11, 25)


async def count(database: Database, table: sa.Table = notes) -> int:
    async with database.open_read() as work:
        found = await work._connection.scalar(sa.select(sa.func.count()).select_from(table))
        return int(found or 0)


async def fail_half_way(database: Database) -> None:
    async with database.open_work() as work:
        await work.notes.add("2", DAY, "二")
        raise RuntimeError("half-way")


async def test_what_is_not_committed_did_not_happen(database: Database) -> None:
    async with database.open_work() as work:
        await work.notes.add("1", DAY, "一")
    with pytest.raises(RuntimeError, match="half-way"):
        await fail_half_way(database)
    assert await count(database) == 0
    async with database.open_work() as work:
        await work.notes.add("3", DAY, "三")
        await work.commit()
    assert await count(database) == 1


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    async def read_then_write(number: int) -> None:
        async with database.open_work() as work:
            await work._connection.execute(sa.select(notes))
            await work.notes.add(str(number), DAY, "字")
            await work.commit()

    await asyncio.gather(*(read_then_write(number) for number in range(60)))
    assert await count(database) == 60


async def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    async with database.open_read() as reading:
        before = await _ids(reading)
        async with database.open_work() as work:
            await work.notes.add("1", DAY, "一")
            await work.commit()
        if database.is_sqlite:
            assert await _ids(reading) == before
    assert await count(database) == 1


async def test_on_sqlite_a_reader_cannot_write(database: Database) -> None:
    if not database.is_sqlite:
        # PostgreSQL readers share the pool; nothing is promised of them.
        return
    async with database.open_read() as work:
        with pytest.raises(OperationalError, match="readonly"):
            await work.notes.add("1", DAY, "一")
    assert await count(database) == 0


async def test_sqlite_is_set_up_to_survive_power_loss(database: Database) -> None:
    if not database.is_sqlite:
        async with database.open_read() as work:
            level = await work._connection.scalar(sa.text("SHOW transaction_isolation"))
            zone = await work._connection.scalar(sa.text("SHOW timezone"))
        assert (level, zone) == ("read committed", "UTC")
        return
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    async with database.open_work() as work:
        for pragma, value in wanted.items():
            assert await work._connection.scalar(sa.text(f"PRAGMA {pragma}")) == value


async def test_an_error_text_does_not_carry_members_words(database: Database) -> None:
    secret = "老板欠我三个月工资"
    row = {"id": "1", "left_on": DAY, "text": secret}
    async with database.open_work() as work:
        await work._connection.execute(sa.insert(notes), row)
        with pytest.raises(DBAPIError) as error:
            await work._connection.execute(sa.insert(notes), row)
    assert secret not in str(error.value)
    assert secret not in repr(error.value)


async def test_an_unreachable_database_is_said_to_be_unavailable(tmp_path: Path) -> None:
    for url in (
        f"sqlite:///{tmp_path}/no/such/folder/x.db",
        "postgresql://postgres@127.0.0.1:1/nothing",
    ):
        database = Database(url)
        with pytest.raises(StorageUnavailable):
            async with database.open_work() as work:
                await work.notes.add("1", DAY, "一")
        await database.close()
    # The driver's thread still has a last word for this loop after a failed connection.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


async def test_a_time_without_zone_does_not_reach_the_database(database: Database) -> None:
    row = {
        "id": 1,
        "chat_id": 1,
        "language": "zh",
        "reach": "reachable",
        "notice_version": 1,
        "met_at": datetime(2026, 11, 25, 6, 0),  # noqa: DTZ001 - that is the point
    }
    with pytest.raises(StatementError, match="without a zone"):
        async with database.open_work() as work:
            await work._connection.execute(sa.insert(members), row)
    assert await count(database, members) == 0


@pytest.mark.parametrize(
    "instant",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 25, 6, 0, 0, 999_000, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_a_time_comes_back_as_it_went(instant: datetime) -> None:
    column = Instant()
    kept = column.process_bind_param(instant, sa.create_engine("sqlite://").dialect)
    assert column.process_result_value(kept, sa.create_engine("sqlite://").dialect) == instant


async def _ids(work: Work) -> list[str]:
    return list((await work._connection.execute(sa.select(notes.c.id))).scalars())
