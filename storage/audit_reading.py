"""Reading the audit log, as far as one may."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.audit import CASE_ACTS, SECURITY_ACTS, AuditFilter, AuditRow, AuditScope
from storage.tables import audit, grants, units
from storage.units import within


class AuditReading:
    """The table of acts, for readers with a scope."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list_rows(
        self, scope: AuditScope, wanted: AuditFilter, *, offset: int = 0, limit: int = 50
    ) -> tuple[AuditRow, ...]:
        """The newest first."""
        rows = await self._connection.execute(
            sa.select(audit)
            .where(*_conditions(scope, wanted))
            .order_by(audit.c.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return tuple(_row(row) for row in rows.mappings())

    async def list_before(
        self, scope: AuditScope, wanted: AuditFilter, before: int | None, limit: int
    ) -> tuple[AuditRow, ...]:
        """The newest first, of those with a smaller id: for exports, which read all in pieces."""
        conditions = _conditions(scope, wanted)
        if before is not None:
            conditions.append(audit.c.id < before)
        rows = await self._connection.execute(
            sa.select(audit).where(*conditions).order_by(audit.c.id.desc()).limit(limit)
        )
        return tuple(_row(row) for row in rows.mappings())

    async def count_rows(self, scope: AuditScope, wanted: AuditFilter) -> int:
        count = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(audit).where(*_conditions(scope, wanted))
        )
        return int(count or 0)


def _conditions(scope: AuditScope, wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    found = [_seen(scope)]
    if wanted.actor:
        found.append(audit.c.actor == wanted.actor)
    if wanted.act:
        found.append(audit.c.act.startswith(wanted.act, autoescape=True))
    if wanted.subject:
        found.append(audit.c.object == wanted.subject)
    if wanted.since is not None:
        found.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(audit.c.at < wanted.until)
    return found


def _seen(scope: AuditScope) -> sa.ColumnElement[bool]:
    """Only what is asked for: beside a part that is never true the index on actors is not used."""
    found: list[sa.ColumnElement[bool]] = [audit.c.actor == scope.own]
    if scope.all:
        all_ = _concerns(scope.all)
        if scope.without_cases:
            all_ = sa.and_(all_, sa.not_(audit.c.act.startswith(CASE_ACTS)))
        found.append(all_)
    if scope.security:
        acts = (audit.c.act.startswith(act, autoescape=True) for act in SECURITY_ACTS)
        found.append(sa.and_(sa.or_(*acts), _concerns(scope.security)))
    return sa.or_(*found)


def _concerns(tops: Collection[str]) -> sa.ColumnElement[bool]:
    """Acts of staff, or on staff, who have or had a grant within the paths.

    Whoever may look from the top of the tree sees every act, the operators' too.
    """
    if any(top.count("/") <= 2 for top in tops):
        return sa.true()
    staff = (
        sa.select(grants.c.staff_id)
        .join(units, units.c.id == grants.c.unit_id)
        .where(within(units.c.path, tops))
    )
    return sa.or_(audit.c.actor.in_(staff), audit.c.object.in_(staff))


def _row(row: Mapping[Any, Any]) -> AuditRow:
    return AuditRow(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        act=row["act"],
        subject=row["object"],
        detail=json.loads(row["detail"]),
    )
