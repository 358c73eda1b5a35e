"""Copies of the data: made while it is in use, checked, put back, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import backup
from bot.backup import BackupFailed
from bot.lock import only_process
from storage.database import Database
from storage.errors import AlreadyRunning, NewerSchema
from storage.migrate import current, head
from storage.tables import notes

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


async def write(url: str, *numbers: str) -> None:
    async with opened(url) as database, database.open_work() as work:
        for number in numbers:
            await work.notes.add(number, date(2026, 11, 25), "留言")
        await work.commit()


async def kept(url: str) -> list[str]:
    async with opened(url) as database, database.open_read() as work:
        return sorted((await work._connection.execute(sa.select(notes.c.id))).scalars())


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "copies"


async def test_what_was_there_comes_back_and_the_state_of_before_is_kept(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1", "2")
    copy = backup.backup(database_url, copies, 5, NOW)
    await write(database_url, "3")
    before = backup.restore(database_url, copy, NOW)
    assert await kept(database_url) == ["1", "2"]
    if is_sqlite(database_url):
        assert before is not None
        assert await kept(f"sqlite:///{before}") == ["1", "2", "3"]
    await write(database_url, "4")
    assert await kept(database_url) == ["1", "2", "4"]


async def test_a_copy_is_made_while_somebody_writes(database_url: str, copies: Path) -> None:
    await write(database_url, "1")
    async with opened(database_url) as database, database.open_work() as work:
        await work.notes.add("2", date(2026, 11, 25), "还没有提交")
        copy = backup.backup(database_url, copies, 5, NOW)
        await work.commit()
    assert await kept(database_url) == ["1", "2"]
    backup.restore(database_url, copy, NOW)
    assert await kept(database_url) == ["1"]


async def test_what_is_still_in_the_write_ahead_log_is_in_the_copy(
    database_url: str, copies: Path
) -> None:
    async with opened(database_url) as database:
        async with database.open_work() as work:
            await work.notes.add("1", date(2026, 11, 25), "留言")
            await work.commit()
        copy = backup.backup(database_url, copies, 5, NOW)
    if is_sqlite(database_url):
        assert await kept(f"sqlite:///{copy}") == ["1"]


async def test_restoring_is_refused_while_the_program_runs(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    copy = backup.backup(database_url, copies, 5, NOW)
    await write(database_url, "2")
    async with opened(database_url) as database:
        with only_process(database_url):
            async with database.open_read() as work:
                await work.links.find("x", NOW)
            with pytest.raises(AlreadyRunning):
                backup.restore(database_url, copy, NOW)
    assert await kept(database_url) == ["1", "2"]
    backup.restore(database_url, copy, NOW)
    assert await kept(database_url) == ["1"]


async def test_a_damaged_copy_is_refused_and_nothing_changes(
    database_url: str, copies: Path
) -> None:
    await write(database_url, *(str(number) for number in range(2000)))
    copy = backup.backup(database_url, copies, 5, NOW)
    whole = copy.read_bytes()
    half = len(whole) // 2
    for bad in (whole[:half], whole[:100], b"", b"nonsense" * 100):
        copy.write_bytes(bad)
        if not is_sqlite(database_url) and bad == whole[:half]:
            # The list at its head is whole: only reading the data finds the loss.
            with pytest.raises(BackupFailed):
                backup.restore(database_url, copy, NOW)
            continue
        with pytest.raises(BackupFailed):
            backup.restore(database_url, copy, NOW)
    assert len(await kept(database_url)) == 2000
    copy.write_bytes(whole)
    backup.restore(database_url, copy, NOW)
    assert len(await kept(database_url)) == 2000


def test_flipped_bytes_in_a_sqlite_copy_are_found(blank: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    data = bytearray(blank.read_bytes())
    for place in range(4096, len(data), 700):
        data[place] ^= 0xFF
    copy.write_bytes(bytes(data))
    with pytest.raises(BackupFailed):
        backup.check(copy)
    backup.check(blank)


def test_a_strange_database_is_no_copy_of_ours(tmp_path: Path) -> None:
    copy = tmp_path / "other.db"
    connection = sqlite3.connect(copy)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()
    with pytest.raises(BackupFailed, match="alembic_version"):
        backup.check(copy)


@pytest.mark.parametrize("name", ["a b.db", "百分之50%.db", "what?.db", "num#1.db"])
def test_a_copy_may_have_any_name(blank: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / name
    copy.write_bytes(blank.read_bytes())
    backup.check(copy)


async def test_a_copy_of_a_newer_program_is_refused_and_nothing_changes(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    await stamp(database_url, "9999")
    copy = backup.backup(database_url, copies, 5, NOW)
    await stamp(database_url, head())
    await write(database_url, "2")
    with pytest.raises(NewerSchema, match="9999"):
        backup.restore(database_url, copy, NOW)
    assert await kept(database_url) == ["1", "2"]
    assert current(database_url) == head()


async def stamp(url: str, revision: str) -> None:
    async with opened(url) as database, database.open_work() as work:
        statement = sa.text("UPDATE alembic_version SET version_num = :revision")
        await work._connection.execute(statement, {"revision": revision})
        await work.commit()


async def test_only_the_newest_copies_stay(database_url: str, copies: Path) -> None:
    made = [
        backup.backup(database_url, copies, 2, NOW + timedelta(hours=hour)) for hour in range(4)
    ]
    assert sorted(copies.iterdir()) == made[-2:]
    assert all(copy.stat().st_mode & 0o077 == 0 for copy in made[-2:])


def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path, copies: Path) -> None:
    with pytest.raises(BackupFailed, match="no database yet"):
        backup.backup(f"sqlite:///{tmp_path}/none.db", copies, 2, NOW)
    assert list(copies.iterdir()) == []
    with pytest.raises(BackupFailed):
        backup.backup("postgresql://postgres@127.0.0.1:1/none", copies, 2, NOW)
    assert list(copies.iterdir()) == []
