"""Large broadcasts: the list of recipients, the beginning, the messages, the cancelling."""

from __future__ import annotations

import resource
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import tables
from benchmarks.broadcasting import FIRST, settle
from benchmarks.contenders import postgres
from benchmarks.pages import keys_of
from benchmarks.tables import number
from bot import keys
from domain.clock import SystemClock
from domain.outbox import PushState, State
from services.outbox import OutboxService
from storage.database import Database
from storage.tables import outbox
from storage.work import Work

_CANCELLED = 30_000


class TimedDatabase(Database):
    """Knows how long the longest unit of work took: on SQLite nobody else writes meanwhile."""

    longest = 0.0

    @asynccontextmanager
    async def open_work(self) -> AsyncIterator[Work]:
        async with super().open_work() as work:
            begun = time.perf_counter()
            try:
                yield work
            finally:
                self.longest = max(self.longest, time.perf_counter() - begun)


@dataclass
class Phase:
    """How long one part took in all, and the longest piece of it; in seconds."""

    total: float = 0.0
    longest: float = 0.0

    async def add(self, database: TimedDatabase, act: Awaitable[object]) -> None:
        database.longest = 0.0
        begun = time.perf_counter()
        await act
        self.total += time.perf_counter() - begun
        self.longest = max(self.longest, database.longest)

    @property
    def cell(self) -> str:
        return f"{number(self.total, 2)} ({number(self.longest * 1000)})"


async def measure(folder: Path, sizes: Sequence[int]) -> None:
    """Measure and print the table."""
    rows = []
    with ExitStack() as stack:
        for size in sizes:
            places = [("SQLite", f"sqlite:///{folder}/plan{size}.db")]
            if url := stack.enter_context(postgres()):
                places.append(("PostgreSQL", url))
            for name, place in places:
                rows.append([f"{name}, {size:,} members", *await _plan(folder, place, size)])
    tables.show(
        "A broadcast to everybody: seconds in all (the longest transaction, ms)",
        ("database", "hand in", "list", "begin", "messages", "cancel 30,000", "memory + MB"),
        rows,
        "Messages are written as far as 10,000 wait; their sending is not in these figures.",
    )


async def _plan(folder: Path, place: str, size: int) -> list[str]:
    database = TimedDatabase(place, keys.open_vault(keys_of(folder)))
    staff, top = await settle(database, place, size)
    before, sender = _resident(), OutboxService(database, SystemClock())
    hand_in, listing, begin, writing, cancel = (Phase() for _ in range(5))
    one = await staff.tried(top)
    await hand_in.add(database, staff.desk.hand_in(staff.author, one.id))
    await listing.add(database, staff.ticks.freeze_due())
    await staff.agree(one)
    await begin.add(database, staff.ticks.start_due())
    push = (await staff.desk.get(staff.author, one.id)).push
    assert push is not None
    assert push.audience_count == size
    assert push.state is PushState.EXPANDING
    while True:
        await writing.add(database, sender.expand_due())
        if (await staff.runs.progress(staff.author, one.id)).push.is_expanded:
            break
        await _sent(database, push.id)
    memory = _resident() - before
    await _sent(database, push.id)
    await _unsent(database, push.id)
    waiting = min(size, _CANCELLED)
    await cancel.add(database, sender.cancel(staff.author, push.id))
    await cancel.add(database, sender.expand_due())
    over = await staff.runs.progress(staff.author, one.id)
    assert over.push.state is PushState.CANCELLED
    assert over.counts == {State.SENT: size - waiting, State.CANCELLED: waiting}
    await database.close()
    phases = (hand_in, listing, begin, writing, cancel)
    return [*(phase.cell for phase in phases), number(memory)]


async def _sent(database: Database, push_id: int) -> None:
    """The sender's part: what waits has arrived."""
    await _set(database, State.SENT, outbox.c.push_id == push_id, outbox.c.state == State.PENDING)


async def _unsent(database: Database, push_id: int) -> None:
    """The first of them wait again: so many are cancelled."""
    await _set(
        database,
        State.PENDING,
        outbox.c.push_id == push_id,
        outbox.c.member_id < FIRST + _CANCELLED,
    )


async def _set(database: Database, state: State, *which: sa.ColumnElement[bool]) -> None:
    async with database.open_work() as work:
        await work._connection.execute(sa.update(outbox).where(*which).values(state=state.value))
        await work.commit()


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
