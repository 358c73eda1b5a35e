"""Erasures across a restore: whoever asked to be forgotten is not brought back by an old copy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa

from bot import keys
from domain.clock import SystemClock
from services.people import OwnDataService
from storage.database import Database
from storage.erasures import Erasure
from storage.errors import StorageUnavailable
from storage.migrate import current, head


def ledger_of(url: str, keys_file: Path) -> tuple[Erasure, ...] | None:
    """The ledger of the data that is about to be replaced; None if it cannot be read.

    Data that is not there, or of a program from before the ledger, has none.
    """
    place = sa.engine.make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
        return ()
    try:
        if current(url) != head():
            return None
        return asyncio.run(_ledger(url, keys_file))
    except (StorageUnavailable, sa.exc.DBAPIError):
        return None


def reapply(url: str, keys_file: Path, ledger: tuple[Erasure, ...]) -> int:
    """Erase again whoever the restored copy brought back; how many records."""
    return asyncio.run(_reapply(url, keys_file, ledger))


async def _ledger(url: str, keys_file: Path) -> tuple[Erasure, ...]:
    database = Database(url, keys.open_vault(keys_file))
    try:
        return await OwnDataService(database, SystemClock()).ledger()
    finally:
        await database.close()


async def _reapply(url: str, keys_file: Path, ledger: tuple[Erasure, ...]) -> int:
    database = Database(url, keys.open_vault(keys_file))
    try:
        return await OwnDataService(database, SystemClock()).reapply(ledger)
    finally:
        await database.close()
