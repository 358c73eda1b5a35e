"""The audit log for those who may read it, and whether it is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from domain.audit import (
    CASE_OPENED,
    AuditFilter,
    AuditRow,
    AuditScope,
    OddOpenings,
    odd_openings,
)
from domain.clock import Clock
from domain.staff import OPERATOR, Actor, Permission
from storage.database import Database

_PIECE = 1000
_WEEK = timedelta(days=7)


class AuditService:
    """Everybody sees their own acts, admins the security acts of their units, auditors all of
    theirs; from the top of the tree that is everything."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_rows(
        self, actor: Actor, wanted: AuditFilter, *, offset: int = 0, limit: int = 50
    ) -> tuple[tuple[AuditRow, ...], int]:
        """The newest first, and how many there are in all."""
        scope = AuditScope.of(actor)
        async with self._database.open_read() as work:
            total = await work.audit_reading.count_rows(scope, wanted)
            rows = await work.audit_reading.list_rows(scope, wanted, offset=offset, limit=limit)
        return rows, total

    async def stream_rows(self, actor: Actor, wanted: AuditFilter) -> AsyncIterator[AuditRow]:
        """Every row, the newest first, all as they were at one moment: for an export."""
        scope, before = AuditScope.of(actor), None
        async with self._database.open_snapshot() as work:
            while rows := await work.audit_reading.list_before(scope, wanted, before, _PIECE):
                for row in rows:
                    yield row
                before = rows[-1].id

    async def odd_openings(self, actor: Actor) -> tuple[OddOpenings, ...]:
        """Who opened cases outside of their assignments in the last seven days, for auditors.

        Nothing for an auditor from whom acts on cases are kept.
        """
        actor.must(Permission.AUDIT_ALL)
        since = self._clock.now() - _WEEK
        opened = AuditFilter(act=CASE_OPENED, since=since)
        return odd_openings([row async for row in self.stream_rows(actor, opened)])

    async def verify(self, actor: Actor) -> int | None:
        """The first row that was changed, or whose predecessor is gone; None if all is whole.

        For auditors and operators. That somebody looked is an act too.
        """
        if actor.staff_id != OPERATOR:
            actor.must(Permission.AUDIT_ALL)
        async with self._database.open_read() as work:
            broken = await work.audit.first_broken()
        async with self._database.open_work() as work:
            detail = {"broken": broken}
            await work.audit.add(self._clock.now(), actor.staff_id, "audit.verified", "", detail)
            await work.commit()
        return broken
