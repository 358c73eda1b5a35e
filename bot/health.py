"""What the console shows of the program's own condition."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot import backup
from bot.content import Content
from bot.link import TelegramLink
from bot.schedule import Schedule
from bot.settings import Settings
from domain.clock import Clock
from domain.health import Disk, Health, LinkState
from storage import migrate
from storage.database import Database
from storage.journal import State

_QUEUES = (State.WORKING, State.REPLAY, State.QUARANTINED)


def health_of(
    settings: Settings,
    clock: Clock,
    database: Database,
    content: Content,
    link: TelegramLink,
    schedule: Schedule,
) -> Callable[[], Awaitable[Health]]:
    """A look at everything, whenever it is called."""
    started_at = clock.now()

    async def look() -> Health:
        async with database.open_read() as work:
            unsent = await work.outbox.list_unsent()
            queues = {state.value: await work.journal.count_in(state) for state in _QUEUES}
        copies = await asyncio.to_thread(backup.list_copies, settings.backup.folder)
        library = content.knowledge.current
        return Health(
            at=clock.now(),
            started_at=started_at,
            link=_state(link),
            queues=queues,
            ticks=schedule.states(),
            backup_at=max((copy.made_at for copy in copies), default=None),
            backups=len(copies),
            program=program_version(),
            schema=migrate.head(),
            database="SQLite" if database.is_sqlite else "PostgreSQL",
            entries=len(library.entries) if library else 0,
            content_faults=len(content.knowledge.faults),
            disk=await asyncio.to_thread(_disk, _data_folder(settings, database)),
            unsent=unsent,
        )

    return look


def program_version() -> str:
    """The program's version, or "?" where it is not installed as a package."""
    try:
        return version("nuanxin")
    except PackageNotFoundError:
        return "?"


def _state(link: TelegramLink) -> LinkState:
    if link.token_refused:
        return LinkState.REFUSED
    return LinkState.DOWN if link.is_down else LinkState.UP


def _data_folder(settings: Settings, database: Database) -> Path:
    """Where room runs out first: beside the SQLite file, or where copies are kept."""
    if database.is_sqlite and database.url.database:
        return Path(database.url.database).parent
    return settings.backup.folder


def _disk(folder: Path) -> Disk:
    while not folder.exists():
        folder = folder.absolute().parent
    usage = shutil.disk_usage(folder)
    return Disk(usage.total, usage.free)
