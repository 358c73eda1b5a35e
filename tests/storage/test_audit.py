"""The audit log cannot be rewritten, and a rewriting by other means is found."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage.audit import FIRST_HASH
from storage.database import Database
from storage.tables import audit

AT = datetime(2026, 11, 25, 6, 0, 0, 123_456, tzinfo=UTC)


async def fill(database: Database, count: int = 5) -> None:
    for number in range(count):
        async with database.open_work() as work:
            await work.audit.add(AT, "cli:tester", "replay", str(number), {"原因": number})
            await work.commit()


async def broken(database: Database) -> int | None:
    async with database.open_read() as work:
        return await work.audit.first_broken()


async def by_force(database: Database, *statements: str) -> None:
    """What somebody with the database's own rights can do."""
    on = {
        True: ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
        False: ("ALTER TABLE audit DISABLE TRIGGER audit_no_change",),
    }
    async with database.open_work() as work:
        for statement in (*on[database.is_sqlite], *statements):
            await work._connection.execute(sa.text(statement))
        await work.commit()


async def test_each_row_is_sealed_by_the_row_before(database: Database) -> None:
    await fill(database)
    assert await broken(database) is None
    async with database.open_read() as work:
        found = await work._connection.execute(sa.select(audit).order_by(audit.c.id))
        rows = list(found.mappings())
    assert rows[0]["prev_hash"] == FIRST_HASH
    assert [row["prev_hash"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert len({row["hash"] for row in rows}) == 5


async def test_an_empty_log_is_whole(database: Database) -> None:
    assert await broken(database) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "UPDATE audit SET detail = '{}' WHERE object = '2'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE object = '4'",
    ],
)
async def test_the_program_itself_cannot_rewrite_the_log(
    database: Database, statement: str
) -> None:
    await fill(database)
    async with database.open_work() as work:
        with pytest.raises(DBAPIError, match="append-only"):
            await work._connection.execute(sa.text(statement))
    assert await broken(database) is None


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit SET actor = 'cli:other' WHERE object = '2'", 3),
        ("UPDATE audit SET act = 'backup' WHERE object = '0'", 1),
        ("UPDATE audit SET object = '9' WHERE object = '4'", 5),
        ("UPDATE audit SET at = at + 1 WHERE object = '1'", 2),
        ("UPDATE audit SET detail = '{}' WHERE object = '3'", 4),
        ("DELETE FROM audit WHERE object = '0'", 2),
        ("DELETE FROM audit WHERE object = '2'", 4),
        ("UPDATE audit SET hash = prev_hash WHERE object = '2'", 3),
    ],
)
async def test_a_row_changed_or_removed_by_force_is_found(
    database: Database, statement: str, first: int
) -> None:
    await fill(database)
    await by_force(database, statement)
    assert await broken(database) == first


async def test_two_writers_do_not_fork_the_chain(database: Database) -> None:
    await asyncio.gather(*(fill(database, 4) for _ in range(5)))
    assert await broken(database) is None
    async with database.open_read() as work:
        count = await work._connection.scalar(sa.select(sa.func.count()).select_from(audit))
    assert count == 20


async def test_without_its_lock_postgresql_would_fork_the_chain(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        # There is one writer: the fork is made by hand, to see that it would be found.
        await fill(database, 2)
        async with database.open_work() as work:
            row = (await work._connection.execute(sa.select(audit))).mappings().first()
            assert row is not None
            copy = {key: row[key] for key in row if key != "id"}
            await work._connection.execute(sa.insert(audit), copy)
            await work.commit()
        assert await broken(database) == 3
        return
    async with database.open_work() as one, database.open_work() as other:
        await one.audit.add(AT, "a", "x", "1", {})
        # Another lock for the second writer: it does not wait for the first.
        monkeypatch.setattr("storage.audit._LOCK", 1)
        await other.audit.add(AT, "b", "x", "2", {})
        await one.commit()
        await other.commit()
    assert await broken(database) == 2


async def test_what_is_not_committed_is_not_in_the_log(database: Database) -> None:
    async with database.open_work() as work:
        await work.audit.add(AT, "cli:tester", "replay", "1", {})
    async with database.open_read() as work:
        count = await work._connection.scalar(sa.select(sa.func.count()).select_from(audit))
    assert count == 0
