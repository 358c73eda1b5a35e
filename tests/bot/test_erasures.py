"""Restoring an old copy: whoever asked to be forgotten meanwhile stays forgotten."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import backup, erasures, keys
from bot.backup import Place
from domain.consents import Answer, Purpose
from services.members import MemberService
from services.people import OwnDataService, ProfileService
from storage.database import Database
from tests import databases
from tests.services import offices
from tests.world import MovableClock

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
