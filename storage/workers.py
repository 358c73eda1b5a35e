"""The processes that are there, the spans in which none was, and what the schedule has begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import downtime, schedule_run, worker
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class Worker:
    """One process."""

    id: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From `began_at` until `ended_at` nobody was there."""

    began_at: datetime
    ended_at: datetime

    @property
    def length(self) -> timedelta:
        return self.ended_at - self.began_at


class Workers:
    """The tables of processes and of downtime."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def database_now(self) -> datetime | None:
        """The clock that all processes share; None on SQLite, which has one process."""
        if self._connection.dialect.name != "postgresql":
            return None
        now: datetime = (
            await self._connection.execute(sa.select(sa.func.clock_timestamp()))
        ).scalar_one()
        return now.astimezone(UTC)

    async def beat(self, one: Worker, gap: timedelta) -> Span | None:
        """Say that the process lives; the span without any, if it was longer than `gap`."""
        last = await self._connection.scalar(sa.select(sa.func.max(worker.c.beat_at)))
        span = None
        if last is not None and one.beat_at - last > gap:
            span = Span(last, one.beat_at)
            await self._connection.execute(
                insert(self._connection, downtime).on_conflict_do_nothing(),
                {"began_at": span.began_at, "ended_at": span.ended_at},
            )
        values = {
            "host": one.host,
            "pid": one.pid,
            "started_at": one.started_at,
            "beat_at": one.beat_at,
        }
        await self._connection.execute(
            insert(self._connection, worker)
            .values(id=one.id, **values)
            .on_conflict_do_update(index_elements=["id"], set_=values)
        )
        return span

    async def leave(self, worker_id: str) -> None:
        """The process ends in good order. Its last sign of life stays, to measure the gap."""
        others = sa.select(sa.func.count()).where(worker.c.id != worker_id)
        if await self._connection.scalar(others):
            await self._connection.execute(sa.delete(worker).where(worker.c.id == worker_id))

    async def purge_before(self, instant: datetime) -> None:
        """Forget processes that are gone, but never the latest sign of life."""
        latest = sa.select(sa.func.max(worker.c.beat_at)).scalar_subquery()
        await self._connection.execute(
            sa.delete(worker).where(worker.c.beat_at < instant, worker.c.beat_at < latest)
        )

    async def list_down(self, since: datetime, until: datetime) -> Sequence[Span]:
        """Spans without any process that reach into the time between."""
        result = await self._connection.execute(
            sa.select(downtime)
            .where(downtime.c.ended_at > since, downtime.c.began_at < until)
            .order_by(downtime.c.began_at)
        )
        return [Span(**row) for row in result.mappings()]


class Runs:
    """The table of what the schedule has begun."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, schedule_id: str, due_at: datetime, now: datetime, outcome: str) -> bool:
        """Take what fell due for ourselves; False if it was begun before, by whomever."""
        result = await self._connection.execute(
            insert(self._connection, schedule_run)
            .values(schedule_id=schedule_id, due_at=due_at, fired_at=now, outcome=outcome)
            .on_conflict_do_nothing()
            .returning(schedule_run.c.due_at)
        )
        return result.first() is not None

    async def last(self, schedule_id: str) -> datetime | None:
        """The latest due time that was begun."""
        found: datetime | None = await self._connection.scalar(
            sa.select(sa.func.max(schedule_run.c.due_at)).where(
                schedule_run.c.schedule_id == schedule_id
            )
        )
        return found

    async def outcomes(self, schedule_id: str) -> Sequence[tuple[datetime, str]]:
        """Every due time that was begun and how, oldest first."""
        result = await self._connection.execute(
            sa.select(schedule_run.c.due_at, schedule_run.c.outcome)
            .where(schedule_run.c.schedule_id == schedule_id)
            .order_by(schedule_run.c.due_at)
        )
        return [(row.due_at, row.outcome) for row in result]

    async def purge_before(self, instant: datetime) -> None:
        """Forget what was begun long ago; the latest of each schedule stays."""
        newer = schedule_run.alias()
        await self._connection.execute(
            sa.delete(schedule_run).where(
                schedule_run.c.fired_at < instant,
                sa.exists().where(
                    newer.c.schedule_id == schedule_run.c.schedule_id,
                    newer.c.due_at > schedule_run.c.due_at,
                ),
            )
        )
