"""Restoring an old copy: whoever asked to be forgotten meanwhile stays forgotten."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot import backup, cli, erasures, keys
from bot.backup import Place
from bot.erasures import Kept
from bot.settings import BackupSettings, DatabaseSettings, load
from domain.consents import Answer, Purpose
from services.members import MemberService
from services.people import OwnDataService, ProfileService
from storage.database import Database
from storage.migrate import migrate
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.services import offices
from tests.world import MovableClock, start_world

MEMBER, OTHER = 5_200_000_017, 5_200_000_018
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


async def _told(url: str, clock: MovableClock) -> None:
    database = Database(url, databases.vault())
    profiles = ProfileService(database, clock)
    for member, name in ((MEMBER, "欧阳春花"), (OTHER, "李强")):
        await MemberService(database, clock).meet(member, member, "zh")
        await profiles.answer(member, Purpose.SERVICE, Answer.GIVEN)
        await profiles.tell_name(member, name)
    await database.close()


async def _erased(url: str, clock: MovableClock) -> None:
    database = Database(url, databases.vault())
    await OwnDataService(database, clock).erase(MEMBER)
    await database.close()


async def _everything(url: str) -> str:
    database = Database(url, databases.vault())
    found = await offices.everything(database)
    await database.close()
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "copies", keys.load(databases.keys_file()))


def test_who_was_erased_after_the_copy_is_not_brought_back(
    database_url: str, clock: MovableClock, place: Place
) -> None:
    asyncio.run(_told(database_url, clock))
    clock.move(hours=1)
    copy = backup.backup(database_url, place, NOW)
    asyncio.run(_erased(database_url, clock))
    assert str(MEMBER) not in asyncio.run(_everything(database_url))
    ledger = erasures.ledger_of(database_url, databases.keys_file())
    assert ledger
    backup.restore(database_url, copy, place, NOW)
    # The control: the copy itself brings them back.
    assert str(MEMBER) in asyncio.run(_everything(database_url))
    assert erasures.reapply(database_url, databases.keys_file(), ledger) > 0
    everything = asyncio.run(_everything(database_url))
    assert str(MEMBER) not in everything
    assert str(OTHER) in everything
    assert erasures.reapply(database_url, databases.keys_file(), ledger) == 0


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        '[telegram]\ntoken = "7000000009:abcdefghijklmnopqrstuvwxyz-0123456789"\n'
        f'[database]\nurl = "{database_url}"\n[keys]\nfile = "{databases.keys_file()}"\n'
        f'[backup]\nfolder = "{tmp_path}/copies"\nerasures = "{tmp_path}/elsewhere/ledger"\n',
        "utf-8",
    )
    (tmp_path / "elsewhere").mkdir()
    return path


def _kept(url: str, clock: MovableClock, path: Path) -> Kept:
    async def job() -> Kept:
        database = Database(url, databases.vault())
        try:
            return await erasures.keep(database, clock, path)
        finally:
            await database.close()

    return asyncio.run(job())


def _lose(url: str) -> None:
    """What a burnt disk leaves of the data: nothing."""
    place = sa.engine.make_url(url)
    if place.get_backend_name() == "sqlite":
        Path(place.database or "").unlink()
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def test_after_the_data_is_lost_the_file_keeps_the_copy_from_bringing_them_back(
    database_url: str, clock: MovableClock, place: Place, config: Path
) -> None:
    asyncio.run(_told(database_url, clock))
    clock.move(hours=1)
    copy = backup.backup(database_url, place, NOW)
    asyncio.run(_erased(database_url, clock))
    path = load(config).backup.erasures
    assert path is not None
    assert _kept(database_url, clock, path).added > 0
    _lose(database_url)
    try:
        # The control: without the file the copy brings them back, and the command says so.
        path.rename(path.with_name("away"))
        told = _restored(config, copy)
        assert str(MEMBER) in asyncio.run(_everything(database_url))
        path.unlink(missing_ok=True)
        path.with_name("away").rename(path)
        _lose(database_url)
        told = _restored(config, copy)
        assert "records of people who had asked for it were erased again" in told
        everything = asyncio.run(_everything(database_url))
        assert str(MEMBER) not in everything
        assert str(OTHER) in everything
        assert "erasures.reapplied" in everything
    finally:
        migrate(database_url)


def _restored(config: Path, copy: Path) -> str:
    done = CliRunner().invoke(cli.app, ["restore", str(copy), "--yes", "--config", str(config)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_copy_that_somebody_put_back_by_hand_is_noticed_at_the_start(
    blank: Path, tmp_path: Path, clock: MovableClock
) -> None:
    with databases.sqlite(blank, tmp_path) as url:
        file = Path(sa.engine.make_url(url).database or "")
        asyncio.run(_told(url, clock))
        by_hand = tmp_path / "by-hand.db"
        with sqlite3.connect(file) as connection:
            connection.execute("VACUUM INTO ?", (str(by_hand),))
        connection.close()
        clock.move(hours=1)
        asyncio.run(_started(url, clock, erase=True))
        ledger = Path(f"{file}.erasures")
        assert ledger.stat().st_mode & 0o777 == 0o600
        assert not any(secret in ledger.read_text() for secret in (str(MEMBER), "春花"))
        for tail in ("", "-wal", "-shm"):
            Path(f"{file}{tail}").unlink(missing_ok=True)
        by_hand.rename(file)
        # The control: the copy has them, and its own ledger knows of nothing.
        assert str(MEMBER) in asyncio.run(_everything(url))
        asyncio.run(_started(url, clock))
        everything = asyncio.run(_everything(url))
        assert str(MEMBER) not in everything and str(OTHER) in everything


async def _started(url: str, clock: MovableClock, *, erase: bool = False) -> None:
    async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as world:
        if erase:
            await world.parts.desk.own_data.erase(MEMBER)
            await world.tick("erasures.keep")


def test_who_came_back_is_struck_out_in_both(
    database_url: str, clock: MovableClock, tmp_path: Path
) -> None:
    path = tmp_path / "ledger"
    asyncio.run(_told(database_url, clock))
    clock.move(hours=1)
    asyncio.run(_erased(database_url, clock))
    assert _kept(database_url, clock, path).added == 1
    clock.move(hours=1)
    asyncio.run(_came_back(database_url, clock))
    # Nothing is known of them but their id: that stays in the ledger, and they stay here.
    kept = _kept(database_url, clock, path)
    assert (kept.again, kept.faulty) == (0, 0)
    assert str(MEMBER) in asyncio.run(_everything(database_url))
    # A spoiled line is told and written again from the database.
    raw = bytearray(path.read_bytes())
    raw[10] ^= 1
    path.write_bytes(raw)
    kept = _kept(database_url, clock, path)
    assert kept.faulty == 1 and kept.added >= 1 and kept.again == 0


async def _came_back(url: str, clock: MovableClock) -> None:
    database = Database(url, databases.vault())
    profiles = ProfileService(database, clock)
    await MemberService(database, clock).meet(MEMBER, MEMBER, "zh")
    await profiles.answer(MEMBER, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_name(MEMBER, "欧阳春花")
    await database.close()


def test_where_the_file_lies(tmp_path: Path, config: Path) -> None:
    settings = load(config)
    assert erasures.place(settings) == tmp_path / "elsewhere" / "ledger"
    backups = BackupSettings(folder=tmp_path / "copies")
    for url, expected in (
        (f"sqlite:///{tmp_path}/data/nuanxin.db", tmp_path / "data" / "nuanxin.db.erasures"),
        ("postgresql://u@h/n", None),
    ):
        base = settings.model_copy(
            update={"backup": backups, "database": DatabaseSettings(url=url)}
        )
        assert erasures.place(base) == expected
    (tmp_path / "copies").mkdir()
    assert erasures.place(base) == tmp_path / "copies" / "erasures.ledger"


def test_data_that_is_not_there_has_no_ledger_and_broken_data_cannot_tell(tmp_path: Path) -> None:
    absent = tmp_path / "absent.db"
    assert erasures.ledger_of(f"sqlite:///{absent}", databases.keys_file()) == ()
    assert not absent.exists()
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database, but long enough to be looked at" * 40)
    assert erasures.ledger_of(f"sqlite:///{broken}", databases.keys_file()) is None
    old = tmp_path / "old.db"
    with sqlite3.connect(old) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert erasures.ledger_of(f"sqlite:///{old}", databases.keys_file()) is None
