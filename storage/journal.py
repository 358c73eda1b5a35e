"""The journal of updates: which were begun, how often, and how each ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.batches import AMONG, Inserting, among
from storage.tables import journal, rejects
from storage.upsert import insert

MAX_ATTEMPTS = 3
BODY_LIMIT = 64 * 1024


class State(StrEnum):
    """How far an update has come."""

    WORKING = "working"
    DONE = "done"
    QUARANTINED = "quarantined"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Begin:
    """An update about to be handled. `counts`: one more attempt, if it is known already."""

    update_id: int
    kind: str
    received_at: datetime
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Begun:
    """What the journal says to an update that wants to begin: its state before, its attempts."""

    state: State
    attempts: int
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An update that failed too often, for staff to see and to replay."""

    update_id: int
    kind: str
    received_at: datetime
    error: str
    body: str


_STARTING = Inserting(
    journal, ("update_id", "kind", "attempts", "state", "received_at"), told="update_id"
)


@cache
def _standing(dialect: str) -> sa.Select[Any]:
    return sa.select(journal.c.update_id, journal.c.state, journal.c.attempts).where(
        among(dialect, journal.c.update_id)
    )


@cache
def _finishing(dialect: str) -> sa.Update:
    return (
        sa.update(journal)
        .where(among(dialect, journal.c.update_id))
        .values(state=State.DONE.value, done_at=sa.bindparam("now"), body=None, error=None)
    )


class JournalRows:
    """The table of updates. Written in batches, because it is written for every update."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin_all(self, batch: Sequence[Begin]) -> dict[int, Begun]:
        """Note each update; one more attempt for those that count. Say how each stands."""
        rows = {
            item.update_id: (item.update_id, item.kind, 1, State.WORKING.value, item.received_at)
            for item in batch
        }
        new = set(await _STARTING.run(self._connection, list(rows.values())))
        known = await self._states(rows.keys() - new) if len(new) < len(rows) else {}
        again = [
            item.update_id
            for item in batch
            if item.counts
            and item.update_id in known
            and known[item.update_id].state is State.WORKING
        ]
        if again:
            await self._connection.execute(
                sa.update(journal)
                .where(journal.c.update_id.in_(again))
                .values(attempts=journal.c.attempts + 1)
            )
        return {
            item.update_id: self._begun(known.get(item.update_id), item.counts) for item in batch
        }

    async def finish_all(self, update_ids: Sequence[int], now: datetime) -> None:
        """Mark updates as done."""
        await self._connection.execute(
            _finishing(self._connection.dialect.name), {AMONG: list(update_ids), "now": now}
        )

    async def quarantine(self, begin: Begin, error: str, body: str, now: datetime) -> None:
        """Put an update aside with its body."""
        values = {
            "state": State.QUARANTINED.value,
            "done_at": now,
            "error": error,
            "body": body[:BODY_LIMIT],
        }
        statement = insert(self._connection, journal).values(
            update_id=begin.update_id,
            kind=begin.kind,
            attempts=MAX_ATTEMPTS,
            received_at=begin.received_at,
            **values,
        )
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["update_id"], set_=values)
        )

    async def reject(self, reason: str, body: str, now: datetime) -> None:
        """Keep something that is no update, size-capped."""
        await self._connection.execute(
            sa.insert(rejects),
            {"received_at": now, "reason": reason, "body": body[:BODY_LIMIT]},
        )

    async def list_in(self, state: State, limit: int = 100) -> tuple[Quarantined, ...]:
        """Updates in `state`, oldest first."""
        result = await self._connection.execute(
            sa.select(journal)
            .where(journal.c.state == state.value)
            .order_by(journal.c.received_at)
            .limit(limit)
        )
        return tuple(
            Quarantined(
                row["update_id"],
                row["kind"],
                row["received_at"],
                row["error"] or "",
                row["body"] or "",
            )
            for row in result.mappings()
        )

    async def ask_replay(self, update_id: int) -> bool:
        """Have a quarantined update handled again; False if it is not quarantined."""
        result = await self._connection.execute(
            sa.update(journal)
            .where(journal.c.update_id == update_id, journal.c.state == State.QUARANTINED.value)
            .values(state=State.REPLAY.value)
        )
        return result.rowcount > 0

    async def count_in(self, state: State) -> int:
        count = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(journal).where(journal.c.state == state.value)
        )
        return count or 0

    async def purge_before(self, instant: datetime) -> int:
        """Forget finished updates of before `instant`; the number of rows."""
        result = await self._connection.execute(
            sa.delete(journal).where(
                journal.c.state == State.DONE.value, journal.c.received_at < instant
            )
        )
        return result.rowcount

    async def purge_failed_before(self, instant: datetime) -> int:
        """Forget what failed or was no update before `instant`, bodies and all."""
        failed = await self._connection.execute(
            sa.delete(journal).where(
                journal.c.state == State.QUARANTINED.value, journal.c.received_at < instant
            )
        )
        refused = await self._connection.execute(
            sa.delete(rejects).where(rejects.c.received_at < instant)
        )
        return failed.rowcount + refused.rowcount

    async def _states(self, update_ids: Collection[int]) -> dict[int, Begun]:
        result = await self._connection.execute(
            _standing(self._connection.dialect.name), {AMONG: list(update_ids)}
        )
        return {row.update_id: Begun(State(row.state), row.attempts) for row in result}

    @staticmethod
    def _begun(before: Begun | None, counts: bool) -> Begun:
        if before is None:
            return Begun(State.WORKING, 1, is_new=True)
        return Begun(before.state, before.attempts + (1 if counts else 0))
