"""An event's list of sign-ups as a file: time and memory from the database to the last byte."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from benchmarks import tables
from benchmarks.events import event_of, vault
from benchmarks.tables import number
from console.events.taking import LISTINGS
from console.exporting import Column, Kind, in_chunks
from console.exporting.cells import Preparing
from console.exporting.spool import Spool
from console.exporting.xlsx import Book, write_xlsx
from domain.clock import SystemClock
from domain.seats import State
from domain.sign_ups import Seat, Source
from domain.staff import Actor, Grant, Role
from services.events import EventReader, Guest
from storage.database import Database
from storage.migrate import migrate
from storage.tables import seats

_STAFF = Actor("bench", "bench", (Grant(Role.ORGANISER, "/1/"),))
_COLUMNS = (
    Column("name", "name", Kind.NAME, personal=True),
    Column("phone", "phone", Kind.PHONE, personal=True),
    Column("state", "state"),
    Column("party", "party", Kind.NUMBER),
    Column("joined_at", "joined_at", Kind.INSTANT),
    Column("place", "place", Kind.NUMBER),
    Column("reason", "reason"),
    Column("code", "code"),
)
_CHUNK, _BATCH = 500, 5_000
_SEATED = 3


def measure(count: int, rounds: int) -> None:
    """Measure and print: reading the columns alone as the baseline, then the whole list."""
    found = {name: [_measured(name, count) for _ in range(rounds)] for name in _CASES}
    tables.show(
        f"An event's {count:,} sign-ups as XLSX, names and answers sealed in SQLite",
        ("what", "seconds", "CPU s", "MB more"),
        [
            [
                name,
                *(number(median(one[at] for one in taken), 2) for at in (0, 1)),
                number(max(one[2] for one in taken), 2),
            ]
            for name, taken in found.items()
        ],
        f"Medians of {rounds}; MB more: the most by which the process grew. Each in a process of"
        " its own. The baseline reads the same rows and opens nothing.",
    )


async def _bare(database: Database, event_id: str, path: Path) -> None:
    async with database.open_snapshot() as work:
        rows = await work._connection.execute(
            sa.select(seats.c.state, seats.c.party, seats.c.joined_at, seats.c.sealed_answers)
            .where(seats.c.event_id == event_id)
            .order_by(seats.c.rank)
        )
        path.write_text(str(len(rows.all())), "utf-8")


async def _ours(database: Database, event_id: str, path: Path) -> None:
    reader = EventReader(database, SystemClock())
    preparing = Preparing(_COLUMNS, "...", is_full=False)
    guests = reader.stream(_STAFF, event_id, LISTINGS["people"].states)
    with Spool() as spool:
        async for chunk in in_chunks(_told(guests), _CHUNK):
            spool.add(preparing.rows(chunk))
        kinds = [column.kind for column in _COLUMNS]
        titles = [column.title for column in _COLUMNS]
        write_xlsx(path, Book("about", "list", titles, kinds, []), spool.chunks())


async def _told(guests: AsyncIterator[Guest]) -> AsyncIterator[Sequence[object]]:
    async for guest in guests:
        seat = guest.seat
        yield (
            guest.name,
            guest.phone,
            seat.state.value,
            seat.party,
            seat.joined_at,
            guest.place,
            seat.reason,
            seat.code,
        )


_CASES = {"read the rows, nothing else": _bare, "the list, masked": _ours}


def _measured(name: str, count: int) -> tuple[float, float, float]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, count, theirs))
    process.start()
    result: tuple[float, float, float] = ours.recv()
    process.join()
    return result


def _run(name: str, count: int, result: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="nuanxin-bench-") as folder:
        asyncio.run(_timed(name, count, Path(folder), result))


async def _timed(name: str, count: int, folder: Path, result: Any) -> None:
    url = f"sqlite:///{folder}/events.db"
    migrate(url)
    database = Database(url, vault())
    event_id = await event_of(database)
    await _fill(database, event_id, count)
    before, began, busy = _peak_mb(), time.perf_counter(), time.process_time()
    await _CASES[name](database, event_id, folder / "list")
    taken = time.perf_counter() - began, time.process_time() - busy
    result.send((*taken, _peak_mb() - before))
    await database.close()


async def _fill(database: Database, event_id: str, count: int) -> None:
    """Every third has a seat, the others wait."""
    now = SystemClock().now()
    for first in range(0, count, _BATCH):
        async with database.open_work() as work:
            await work.seats.add_all(
                [
                    (
                        _seat(event_id, at, now + timedelta(seconds=at)),
                        {"name": f"Member {at}", "phone": f"138{at:08}"},
                    )
                    for at in range(first, min(first + _BATCH, count))
                ]
            )
            await work.commit()


def _seat(event_id: str, at: int, joined_at: Any) -> Seat:
    is_seated = at % _SEATED == 0
    return Seat(
        id=f"seat-{at:09}",
        event_id=event_id,
        member_id=5_300_000_000 + at,
        person_id=None,
        state=State.CONFIRMED if is_seated else State.WAITING,
        reason="signed_up" if is_seated else "in_line",
        rank=at + 1,
        party=1,
        marks=frozenset(),
        session=None,
        team_id=None,
        weight=1,
        is_extra=False,
        source=Source.BOT,
        code=f"{at:06}",
        offered_until=None,
        joined_at=joined_at,
        changed_at=joined_at,
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
