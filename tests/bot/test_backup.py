"""Copies of the data: made while it is in use, checked, put back, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import backup, keys
from bot.backup import BackupFailed, Place
from bot.lock import only_process
from storage.database import Database
from storage.errors import AlreadyRunning, NewerSchema
from storage.migrate import current, head
from storage.sealed_files import open_file
from storage.tables import notes
from tests import databases

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


def at(folder: Path) -> Place:
    return Place(folder, keys.load(databases.keys_file()))


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "copies"


async def test_what_was_there_comes_back_and_the_state_of_before_is_kept(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1", "2")
    copy = backup.backup(database_url, at(copies), NOW)
    await write(database_url, "3")
    before = backup.restore(database_url, copy, at(copies), NOW)
    assert await kept(database_url) == ["1", "2"]
    await write(database_url, "4")
    assert await kept(database_url) == ["1", "2", "4"]
    assert before is not None and before.parent == copies
    backup.restore(database_url, before, at(copies), NOW + timedelta(hours=1))
    assert await kept(database_url) == ["1", "2", "3"]


async def test_no_byte_of_the_data_lies_open_in_the_folder_of_copies(
    database_url: str, copies: Path
) -> None:
    await write(database_url, *(f"canary-{number}" for number in range(50)))
    copy = backup.backup(database_url, at(copies), NOW)
    backup.restore(database_url, copy, at(copies), NOW)
    lying = [path for path in copies.rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(lying) == 2
    for path in lying:
        assert path.suffix == ".sealed" and path.stat().st_mode & 0o077 == 0
        found = path.read_bytes()
        assert not any(word in found for word in (b"canary", "留言".encode(), b"SQLite", b"PGDMP"))
    if is_sqlite(database_url):
        # The control: they do lie open in the data itself.
        assert b"canary-7" in Path(database_url.removeprefix("sqlite:///")).read_bytes()


async def test_a_copy_opens_only_with_a_key_that_is_there(database_url: str, copies: Path) -> None:
    await write(database_url, "1")
    copy = backup.backup(database_url, at(copies), NOW)
    old = at(copies).keys
    other = replace(old, backup_current="00000002", backups={"00000002": bytes(range(32))})
    with pytest.raises(BackupFailed, match="bac0bac0, which is not in the file of keys"):
        backup.restore(database_url, copy, Place(copies, other), NOW)
    false = replace(old, backups={"bac0bac0": bytes(range(32))})
    with pytest.raises(BackupFailed, match="another key"):
        backup.verify(database_url, copy, Place(copies, false))
    both = replace(other, backups={**old.backups, **other.backups})
    assert backup.verify(database_url, copy, Place(copies, both)).revision == head()
    assert await kept(database_url) == ["1"]


async def test_a_copy_of_an_older_version_that_is_not_sealed_comes_back(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    copy = backup.backup(database_url, at(copies), NOW)
    plain = copies / copy.name.removesuffix(".sealed")
    with copy.open("rb") as source, plain.open("wb") as target:
        open_file(source, target, at(copies).keys.backups)
    await write(database_url, "2")
    backup.restore(database_url, plain, at(copies), NOW)
    assert await kept(database_url) == ["1"]
    assert [one.key for one in backup.list_copies(copies)] == ["", "bac0bac0"]


async def test_what_a_killed_run_left_open_is_gone_after_the_next(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    url = sa.engine.make_url(database_url)
    beside = Path(url.database or "").parent if is_sqlite(database_url) else copies
    left = beside / ".nuanxin-copying-killed"
    left.mkdir(parents=True)
    (left / "copy.db").write_text("canary")
    copy = backup.backup(database_url, at(copies), NOW)
    assert not left.exists()
    assert list(beside.glob(".nuanxin-copying-*")) == []
    assert {path.name for path in copies.iterdir()} == {".lock", copy.name}


async def test_damaged_data_is_put_aside_and_does_not_prevent_the_restoring(
    blank: Path, tmp_path: Path, copies: Path
) -> None:
    data = tmp_path / "data.db"
    data.write_bytes(blank.read_bytes())
    url = f"sqlite:///{data}"
    await write(url, "1")
    copy = backup.backup(url, at(copies), NOW)
    data.write_bytes(b"rubbish" * 1000)
    aside = backup.restore(url, copy, at(copies), NOW)
    assert await kept(url) == ["1"]
    assert aside is not None and aside.read_bytes() == b"rubbish" * 1000


async def test_a_copy_is_made_while_somebody_writes(database_url: str, copies: Path) -> None:
    await write(database_url, "1")
    async with opened(database_url) as database, database.open_work() as work:
        await work.notes.add("2", date(2026, 11, 25), "还没有提交")
        copy = backup.backup(database_url, at(copies), NOW)
        await work.commit()
    assert await kept(database_url) == ["1", "2"]
    backup.restore(database_url, copy, at(copies), NOW)
    assert await kept(database_url) == ["1"]


async def test_what_is_still_in_the_write_ahead_log_is_in_the_copy(
    database_url: str, copies: Path
) -> None:
    async with opened(database_url) as database:
        async with database.open_work() as work:
            await work.notes.add("1", date(2026, 11, 25), "留言")
            await work.commit()
        copy = backup.backup(database_url, at(copies), NOW)
    backup.restore(database_url, copy, at(copies), NOW)
    assert await kept(database_url) == ["1"]


async def test_restoring_is_refused_while_the_program_runs(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    copy = backup.backup(database_url, at(copies), NOW)
    await write(database_url, "2")
    async with opened(database_url) as database:
        with only_process(database_url):
            async with database.open_read() as work:
                await work.links.find("x", NOW)
            with pytest.raises(AlreadyRunning):
                backup.restore(database_url, copy, at(copies), NOW)
    assert await kept(database_url) == ["1", "2"]
    backup.restore(database_url, copy, at(copies), NOW)
    assert await kept(database_url) == ["1"]


async def test_a_damaged_copy_is_refused_and_nothing_changes(
    database_url: str, copies: Path
) -> None:
    await write(database_url, *(str(number) for number in range(2000)))
    copy = backup.backup(database_url, at(copies), NOW)
    whole = copy.read_bytes()
    half = len(whole) // 2
    flipped = whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]
    piece = 64 * 1024 + 16
    swapped = (
        whole[:28]
        + whole[28 + piece : 28 + 2 * piece]
        + whole[28 : 28 + piece]
        + whole[28 + 2 * piece :]
    )
    cuts = (
        whole[:half],
        whole[:-1],
        whole[: 28 + piece],
        whole[:100],
        whole[:28],
        whole[:20],
        b"",
    )
    for bad in (*cuts, whole + b"x", flipped, swapped, b"nonsense" * 100):
        copy.write_bytes(bad)
        with pytest.raises(BackupFailed):
            backup.restore(database_url, copy, at(copies), NOW)
    assert len(await kept(database_url)) == 2000
    copy.write_bytes(whole)
    backup.restore(database_url, copy, at(copies), NOW)
    assert len(await kept(database_url)) == 2000


def test_flipped_bytes_in_an_open_sqlite_copy_are_found(
    blank: Path, tmp_path: Path, copies: Path
) -> None:
    copy = tmp_path / "copy.db"
    data = bytearray(blank.read_bytes())
    for place in range(4096, len(data), 700):
        data[place] ^= 0xFF
    copy.write_bytes(bytes(data))
    with pytest.raises(BackupFailed):
        backup.verify(f"sqlite:///{blank}", copy, at(copies))
    assert backup.verify(f"sqlite:///{blank}", blank, at(copies)).revision == head()


def test_a_strange_database_is_no_copy_of_ours(tmp_path: Path, copies: Path) -> None:
    copy = tmp_path / "other.db"
    connection = sqlite3.connect(copy)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()
    with pytest.raises(BackupFailed, match="alembic_version"):
        backup.verify(f"sqlite:///{copy}", copy, at(copies))


@pytest.mark.parametrize("name", ["a b.db", "百分之50%.db", "what?.db", "num#1.db"])
def test_a_copy_may_have_any_name(blank: Path, tmp_path: Path, copies: Path, name: str) -> None:
    copy = tmp_path / name
    copy.write_bytes(blank.read_bytes())
    backup.verify(f"sqlite:///{blank}", copy, at(copies))


async def test_a_copy_of_a_newer_program_is_refused_and_nothing_changes(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    await stamp(database_url, "9999")
    copy = backup.backup(database_url, at(copies), NOW)
    await stamp(database_url, head())
    await write(database_url, "2")
    with pytest.raises(NewerSchema, match="9999"):
        backup.restore(database_url, copy, at(copies), NOW)
    assert await kept(database_url) == ["1", "2"]
    assert current(database_url) == head()


async def stamp(url: str, revision: str) -> None:
    async with opened(url) as database, database.open_work() as work:
        statement = sa.text("UPDATE alembic_version SET version_num = :revision")
        await work._connection.execute(statement, {"revision": revision})
        await work.commit()


async def test_only_the_newest_copies_stay_and_one_of_each_day(
    blank: Path, tmp_path: Path, copies: Path
) -> None:
    url = f"sqlite:///{blank}"
    hours = [timedelta(hours=hour) for hour in range(0, 96, 8)]
    place = Place(copies, at(copies).keys, keep=2, keep_days=3)
    for passed in hours:
        backup.backup(url, place, NOW + passed)
    names = [copy.path.name[8:19] for copy in backup.list_copies(copies)]
    # Of the last three days the last of each, and the last two.
    assert names == ["20261126T22", "20261127T22", "20261128T14", "20261128T22"]


async def test_a_copy_of_before_a_restore_is_never_thinned_out(
    database_url: str, copies: Path
) -> None:
    await write(database_url, "1")
    place = Place(copies, at(copies).keys, keep=1, keep_days=0)
    before = backup.restore(database_url, backup.backup(database_url, place, NOW), place, NOW)
    for hour in range(1, 4):
        backup.backup(database_url, place, NOW + timedelta(hours=hour))
    assert before is not None and before.exists()
    assert len(backup.list_copies(copies)) == 1


def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path, copies: Path) -> None:
    for url in (
        f"sqlite:///{tmp_path}/none.db",
        f"sqlite:///{tmp_path}/none/none.db",
        "postgresql://postgres@127.0.0.1:1/none",
    ):
        with pytest.raises(BackupFailed):
            backup.backup(url, at(copies), NOW)
    assert [path.name for path in copies.iterdir()] == [".lock"]
