"""Limits of time that were worked out: their answers go in and come out sealed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cases.kinds import Kind
from domain.limits.kept import RightsClock
from storage.tables import rights_clocks, rights_reminders
from storage.upsert import insert
from storage.vault import Place, Vault


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due: whom it is for, of which clock, and for which day it was set."""

    clock_id: str
    member_id: int
    day: date


class RightsClocks:
    """The tables of clocks and their reminders."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, clock: RightsClock) -> None:
        """Keep a clock. One that is there already stays as it is."""
        values = {
            "id": clock.id,
            "member_id": clock.member_id,
            "case_print": self._print(clock.case_id),
            "sealed_answers": self._seal(clock),
            "is_kept": clock.is_kept,
            "made_at": clock.made_at,
        }
        statement = insert(self._connection, rights_clocks).values(**values)
        await self._connection.execute(statement.on_conflict_do_nothing(index_elements=["id"]))

    async def find(self, clock_id: str, member_id: int) -> RightsClock | None:
        """The member's own clock."""
        c = rights_clocks.c
        return next(iter(await self._list(c.id == clock_id, c.member_id == member_id)), None)

    async def list_kept(self, member_id: int) -> Sequence[RightsClock]:
        """The member's clocks that they wanted kept, the newest first."""
        c = rights_clocks.c
        return await self._list(c.member_id == member_id, c.is_kept)

    async def list_of_case(self, case_id: str) -> Sequence[RightsClock]:
        """The kept clocks that belong to a case, the newest first."""
        c = rights_clocks.c
        return await self._list(c.case_print == self._print(case_id), c.is_kept)

    async def keep(self, clock_id: str, days: Iterable[date], member_id: int) -> None:
        """Mark as kept and set the reminders anew."""
        await self._connection.execute(
            sa.update(rights_clocks).where(rights_clocks.c.id == clock_id).values(is_kept=True)
        )
        await self._forget_reminders([clock_id])
        rows = [{"clock_id": clock_id, "day": day, "member_id": member_id} for day in set(days)]
        if rows:
            await self._connection.execute(sa.insert(rights_reminders), rows)

    async def remove(self, clock_id: str) -> None:
        """Forget a clock with its reminders."""
        await self._forget_reminders([clock_id])
        await self._connection.execute(
            sa.delete(rights_clocks).where(rights_clocks.c.id == clock_id)
        )

    async def reminders_until(self, day: date) -> Sequence[Due]:
        """Reminders that are due by `day`, the oldest first."""
        c = rights_reminders.c
        rows = await self._connection.execute(
            sa.select(rights_reminders).where(c.day <= day).order_by(c.day, c.clock_id).limit(500)
        )
        return [Due(row.clock_id, row.member_id, row.day) for row in rows]

    async def take_reminder(self, due: Due) -> bool:
        """Take a reminder off the list; False if another process had it."""
        c = rights_reminders.c
        result = await self._connection.execute(
            sa.delete(rights_reminders).where(c.clock_id == due.clock_id, c.day == due.day)
        )
        return result.rowcount > 0

    async def purge(self, before: datetime) -> int:
        """Remove clocks that nobody kept; the number of rows."""
        c = rights_clocks.c
        result = await self._connection.execute(
            sa.delete(rights_clocks).where(c.made_at <= before, c.is_kept.is_(False))
        )
        return result.rowcount

    async def purge_kept(self, before: datetime) -> int:
        """Remove kept clocks that were made so long ago; the number of rows."""
        old = sa.select(rights_clocks.c.id).where(rights_clocks.c.made_at <= before)
        await self._connection.execute(
            sa.delete(rights_reminders).where(rights_reminders.c.clock_id.in_(old))
        )
        result = await self._connection.execute(
            sa.delete(rights_clocks).where(rights_clocks.c.made_at <= before)
        )
        return result.rowcount

    async def _forget_reminders(self, clock_ids: list[str]) -> None:
        await self._connection.execute(
            sa.delete(rights_reminders).where(rights_reminders.c.clock_id.in_(clock_ids))
        )

    async def _list(self, *conditions: sa.ColumnElement[bool]) -> Sequence[RightsClock]:
        c = rights_clocks.c
        rows = await self._connection.execute(
            sa.select(rights_clocks).where(*conditions).order_by(c.made_at.desc(), c.id)
        )
        return [self._clock(dict(row)) for row in rows.mappings()]

    def _seal(self, clock: RightsClock) -> bytes:
        told = {"matter": clock.matter.value, "case": clock.case_id, "answers": clock.answers}
        return self._vault.seal(_place(clock.id), json.dumps(told))

    def _print(self, case_id: str | None) -> str | None:
        return None if case_id is None else self._vault.fingerprint("rights clock", case_id)

    def _clock(self, row: dict[str, Any]) -> RightsClock:
        told = json.loads(self._vault.open(_place(row["id"]), row["sealed_answers"]))
        return RightsClock(
            id=row["id"],
            member_id=row["member_id"],
            matter=Kind(told["matter"]),
            answers=told["answers"],
            made_at=row["made_at"],
            case_id=told["case"],
            is_kept=row["is_kept"],
        )


def _place(clock_id: str) -> Place:
    return Place(rights_clocks.name, "sealed_answers", clock_id)
