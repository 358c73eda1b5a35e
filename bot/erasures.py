"""Erasures across a restore: whoever asked to be forgotten is not brought back by an old copy.

The ledger is kept twice, in the database and in a file beside the data. Whichever of the two knows
more tells the other: at the start, every minute, and in `restore`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
import structlog

from bot import keys
from bot.settings import Settings
from domain.clock import Clock, SystemClock
from services.people import OwnDataService
from storage.database import Database
from storage.erasure_file import ErasureFile, ErasureFileFault, Told
from storage.erasures import Erasure
from storage.errors import StorageUnavailable
from storage.migrate import current, head

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What bringing the two copies together did: lines added to the file, lines of it that are
    spoiled, and records that were erased again because the database was older than the file."""

    added: int = 0
    faulty: int = 0
    again: int = 0


def place(settings: Settings) -> Path | None:
    """Where the file is: as set, else beside a SQLite file, else with the backups.

    None on PostgreSQL as long as there is no folder of backups: nothing can be brought back then.
    """
    if settings.backup.erasures is not None:
        return settings.backup.erasures
    url = sa.engine.make_url(settings.database.url)
    if url.get_backend_name() == "sqlite":
        return Path(f"{url.database}.erasures")
    folder = settings.backup.folder
    return folder / "erasures.ledger" if folder.is_dir() else None


async def keep(
    database: Database,
    clock: Clock,
    path: Path | None,
    forgotten: Callable[[int], None] = lambda _: None,
) -> Kept:
    """Bring the file and the database to the same state. Raises ErasureFileFault.

    A database that lacks lines of the file is an older copy, however it came there: whoever it
    brought back is erased again.
    """
    if path is None:
        return Kept()
    assert database.vault is not None
    file = ErasureFile(path, database.vault)
    own = OwnDataService(database, clock, forgotten=forgotten)
    known = {line.mark: line for line in await own.ledger()}
    told = await asyncio.to_thread(file.read)
    behind = [
        line
        for mark, line in told.lines.items()
        if mark not in known or known[mark].joined(line) != known[mark]
    ]
    again = await own.reapply(behind) if behind else 0
    added = await asyncio.to_thread(file.add, known.values())
    if told.faulty:
        log.error("erasure_ledger_spoiled", lines=told.faulty, path=str(path))
    if behind:
        log.warning("erasures_reapplied", lines=len(behind), records=again)
    return Kept(added, told.faulty, again)


async def keep_at_start(database: Database, clock: Clock, path: Path | None) -> None:
    """The same before anybody is served. A place that cannot be written is told by the clock's
    work and in the log; what cannot be read might hide who must not be here. ErasureFileFault."""
    try:
        await keep(database, clock, path)
    except ErasureFileFault as fault:
        assert path is not None and database.vault is not None
        await asyncio.to_thread(ErasureFile(path, database.vault).read)
        log.error("erasure_ledger_unwritable", why=str(fault))


def keeping(
    database: Database, clock: Clock, settings: Settings, forgotten: Callable[[int], None]
) -> Callable[[], Awaitable[None]]:
    """What the clock does every minute."""

    async def tick() -> None:
        await keep(database, clock, place(settings), forgotten)

    return tick


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


def told(path: Path | None, keys_file: Path) -> Told:
    """What the file says. Raises ErasureFileFault, KeysFault."""
    if path is None:
        return Told({})
    return ErasureFile(path, keys.open_vault(keys_file)).read()


def reapply(url: str, keys_file: Path, ledger: tuple[Erasure, ...]) -> int:
    """Erase again whoever the restored copy brought back; how many records."""
    return asyncio.run(_reapply(url, keys_file, ledger))


def keep_both(url: str, keys_file: Path, path: Path | None) -> None:
    """Bring the file up to the restored database. Raises ErasureFileFault."""
    asyncio.run(_keep(url, keys_file, path))


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


async def _keep(url: str, keys_file: Path, path: Path | None) -> None:
    database = Database(url, keys.open_vault(keys_file))
    try:
        await keep(database, SystemClock(), path)
    finally:
        await database.close()
