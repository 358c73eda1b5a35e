"""A long list taken while others write: one state of the data, and a log that stays small."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.exporting import Column, in_chunks
from console.exporting.cells import Preparing
from console.exporting.spool import Spool
from storage.database import Database
from storage.tables import notes
from tests import databases
from tests.faults.conftest import Fresh

pytestmark = pytest.mark.faults
ROWS = 100_000
_DAY = date(2026, 11, 25)
_COLUMNS = (Column("id", "console_exports.about"), Column("text", "console_exports.about"))
_MOST_WAL = 64 * 1024 * 1024


async def test_a_list_of_100_000_rows_is_one_state_and_the_log_stays_small(fresh: Fresh) -> None:
    """R28, as `respond` reads: at full speed into the spool, whoever the list is for."""
    database = Database(fresh(), databases.vault())
    await fill(database)
    stop, log = asyncio.Event(), Log(database)
    writer = asyncio.create_task(write(database, stop, log))
    await log.written.wait()
    with Spool() as spool:
        preparing = Preparing(_COLUMNS, "", is_full=True)
        async for chunk in in_chunks(rows(database), 500):
            await asyncio.to_thread(spool.add, preparing.rows(chunk))
        during = log.count
        # Now the slow part: the state is given back, and the log can be folded in meanwhile.
        taken = [row for part in spool.chunks() for row in part]
    stop.set()
    await writer
    assert during > 10, "nobody wrote meanwhile: nothing was shown"
    first = [row for row in taken if str(row[0]).startswith("new-")]
    assert len(taken) - len(first) == ROWS
    # All that was new at the beginning and nothing of what came later.
    assert {row[0] for row in first} == {f"new-{at:06}" for at in range(len(first))}
    assert len(first) < log.count
    assert log.most < _MOST_WAL
    await database.close()


async def test_reading_without_a_snapshot_would_mix_states(fresh: Fresh) -> None:
    database = Database(fresh(), databases.vault())
    await fill(database, 2000)
    seen: list[object] = []
    async for row in rows(database, apart=True):
        if not seen:
            async with database.open_work() as work:
                await work._connection.execute(sa.delete(notes).where(notes.c.id == "r001999"))
                await work.notes.add("z-late", _DAY, "后来的")
                await work.commit()
        seen.append(row[0])
    assert "z-late" in seen and "r000000" in seen and "r001999" not in seen
    await database.close()


class Log:
    """How much was written, and how big SQLite's write-ahead log became."""

    def __init__(self, database: Database) -> None:
        self._path = Path(f"{database.url.database}-wal") if database.is_sqlite else None
        self.count = self.most = 0
        self.written = asyncio.Event()

    def look(self) -> None:
        self.count += 1
        if self._path is not None and self._path.exists():
            self.most = max(self.most, self._path.stat().st_size)
        self.written.set()


async def fill(database: Database, count: int = ROWS) -> None:
    async with database.open_work() as work:
        await work._connection.execute(
            sa.insert(notes),
            [{"id": f"r{at:06}", "left_on": _DAY, "text": f"留言 {at}"} for at in range(count)],
        )
        await work.commit()


async def write(database: Database, stop: asyncio.Event, log: Log) -> None:
    """A hundred writes a second, each with a page's worth of text."""
    beat = asyncio.get_running_loop().time()
    while not stop.is_set():
        async with database.open_work() as work:
            await work.notes.add(f"new-{log.count:06}", _DAY, "新" * 1000)
            await work.commit()
        log.look()
        beat += 0.01
        await asyncio.sleep(max(0, beat - asyncio.get_running_loop().time()))


async def rows(database: Database, *, apart: bool = False) -> AsyncIterator[Sequence[object]]:
    """All notes by their ids, a thousand at a time; `apart`: each piece as it is then."""
    last = ""
    async with database.open_snapshot() as snapshot:
        while True:
            piece = sa.select(notes.c.id, notes.c.text).where(notes.c.id > last)
            piece = piece.order_by(notes.c.id).limit(1000)
            if apart:
                async with database.open_read() as work:
                    found = (await work._connection.execute(piece)).all()
            else:
                found = (await snapshot._connection.execute(piece)).all()
            for row in found:
                yield tuple(row)
            if not found:
                return
            last = found[-1][0]
