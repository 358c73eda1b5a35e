"""Sign-ups: a rush of members on one event, beside transactions that only lock its row."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks import tables
from benchmarks.contenders import postgres
from benchmarks.tables import number
from domain.clock import SystemClock
from domain.events import Event, EventState, Mode
from domain.seats import State
from domain.sign_ups import Wish
from domain.staff import Actor, Grant, Role
from services.events import EventDesk, EventService
from storage.database import Database
from storage.migrate import migrate
from storage.vault import KeyRing, Vault

_MEMBERS, _SEATS = 800, 300
_FIRST = 5_300_000_000
_STAFF = Actor("bench", "bench", (Grant(Role.ORGANISER, "/1/"),))

Act = Callable[[int], Awaitable[object]]


async def measure(folder: Path, rounds: int) -> None:
    """Measure on SQLite and, if it is there, on PostgreSQL; print."""
    rows = []
    with ExitStack() as stack:
        places = [("SQLite", f"sqlite:///{folder}/events.db")]
        if url := stack.enter_context(postgres()):
            places.append(("PostgreSQL", url))
        for name, place in places:
            migrate(place)
            database = Database(place, vault())
            found = [await _round(database) for _ in range(rounds)]
            await database.close()
            for at, what in enumerate(("lock the row, nothing else", "sign up")):
                rows.append([f"{name}: {what}", *_cells([one[at] for one in found])])
    tables.show(
        f"Sign-ups: {_MEMBERS} members at once for {_SEATS} seats of one event",
        ("what", "a second", "p50 ms", "p99 ms", "last ms"),
        rows,
        f"Medians of {rounds}. The baseline takes one transaction for each member: lock the"
        " event's row, commit. Each round is checked: as many seats as there are, each other"
        " member in line.",
    )


async def _round(database: Database) -> tuple[list[float], list[float]]:
    """The waits of everybody in the rush: with the lock alone, and signing up."""
    event = await _event(database)
    service = EventService(database, SystemClock())

    # No more at a time than there are connections, or the rest would give up waiting for one.
    turn = asyncio.Semaphore(8)

    async def lock(member: int) -> None:
        async with turn, database.open_work() as work:
            await work.events.lock(event.id)
            await work.commit()

    async def sign_up(member: int) -> None:
        await service.sign_up(Wish(event.id, member))

    waits = await _rush(lock), await _rush(sign_up)
    async with database.open_read() as work:
        counts = (await work.seats.counts([event.id]))[event.id]
    if counts != {State.CONFIRMED: _SEATS, State.WAITING: _MEMBERS - _SEATS}:
        raise RuntimeError(f"seats were lost or sold twice: {counts}")
    return waits


async def _rush(act: Act) -> list[float]:
    started = time.perf_counter()

    async def timed(member: int) -> float:
        await act(member)
        return time.perf_counter() - started

    return await asyncio.gather(*(timed(_FIRST + at) for at in range(_MEMBERS)))


def _cells(found: list[list[float]]) -> list[str]:
    ordered = [sorted(waits) for waits in found]
    last = median(waits[-1] for waits in ordered)
    p50, p99 = (median(waits[int(share * _MEMBERS)] for waits in ordered) for share in (0.5, 0.99))
    return [number(_MEMBERS / last), *(number(1000 * value) for value in (p50, p99, last))]


async def event_of(database: Database) -> str:
    """A published event; its id."""
    return (await _event(database)).id


async def _event(database: Database) -> Event:
    clock = SystemClock()
    now = clock.now()
    starts = now + timedelta(days=10)
    plan = Event(
        id="",
        title="rush",
        state=EventState.DRAFT,
        mode=Mode.FIRST_COME,
        unit_path="/1/",
        capacity=_SEATS,
        opens_at=now - timedelta(hours=1),
        closes_at=starts - timedelta(days=1),
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        created_at=now,
        created_by="bench",
    )
    desk = EventDesk(database, clock)
    draft = await desk.create(_STAFF, plan)
    return await desk.publish(_STAFF, draft.id)


def vault() -> Vault:
    """A vault with a key of its own."""
    key = os.urandom(32)
    return Vault(KeyRing("00000001", {"00000001": key}, os.urandom(32)))
