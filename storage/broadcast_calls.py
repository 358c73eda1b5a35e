"""Who was meant by a broadcast and could not be reached, and who calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import Audience, CallOutcome, Unreached
from domain.members import Reach
from domain.outbox import State
from storage.audiences import meant_in
from storage.tables import broadcast_calls, members, outbox, people, units
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class CallLine:
    """Somebody who was meant and did not get it."""

    person_id: str
    unit: str
    unit_path: str
    why: Unreached
    assigned_to: str | None
    called_by: str | None
    called_at: datetime | None
    outcome: CallOutcome | None


class BroadcastCalls:
    """Reads people beside the outbox of one push, and the table of calls."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, broadcast_id: str, push_id: int, audience: Audience, *, offset: int, limit: int
    ) -> tuple[Sequence[CallLine], int]:
        """People who were meant and could not be reached, those nobody called yet first."""
        why = _why()
        source = (
            people.outerjoin(units, units.c.id == people.c.unit_id)
            .outerjoin(members, members.c.id == people.c.member_id)
            .outerjoin(
                outbox,
                sa.and_(outbox.c.push_id == push_id, outbox.c.member_id == people.c.member_id),
            )
            .outerjoin(
                broadcast_calls,
                sa.and_(
                    broadcast_calls.c.broadcast_id == broadcast_id,
                    broadcast_calls.c.person_id == people.c.id,
                ),
            )
        )
        where = sa.and_(why.is_not(None), sa.or_(outbox.c.id.is_not(None), meant_in(audience)))
        rows = await self._connection.execute(
            sa.select(
                people.c.id.label("person_id"),
                units.c.name.label("unit"),
                units.c.path.label("unit_path"),
                why.label("why"),
                broadcast_calls.c.assigned_to,
                broadcast_calls.c.called_by,
                broadcast_calls.c.called_at,
                broadcast_calls.c.outcome,
            )
            .select_from(source)
            .where(where)
            .order_by(broadcast_calls.c.called_at.is_not(None), units.c.path, people.c.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(source).where(where)
        )
        found = [
            CallLine(
                **{
                    **row,
                    "unit": row["unit"] or "",
                    "unit_path": row["unit_path"] or "/",
                    "why": Unreached(row["why"]),
                    "outcome": CallOutcome(row["outcome"]) if row["outcome"] else None,
                }
            )
            for row in (dict(row) for row in rows.mappings())
        ]
        return found, int(total or 0)

    async def keep_call(self, broadcast_id: str, person_id: str, **values: Any) -> None:
        """Note who calls somebody, or what the call came to."""
        statement = insert(self._connection, broadcast_calls).values(
            broadcast_id=broadcast_id, person_id=person_id, **values
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["broadcast_id", "person_id"], set_=values
            )
        )


def _why() -> sa.ColumnElement[str | None]:
    """Why somebody did not get it; nothing for whoever did."""
    return sa.case(
        (people.c.member_id.is_(None), Unreached.UNLINKED.value),
        (outbox.c.state == State.SENT.value, sa.null()),
        (outbox.c.fail_class == "blocked", Unreached.BLOCKED.value),
        (outbox.c.fail_class == "deactivated", Unreached.DEACTIVATED.value),
        (members.c.reach == Reach.BLOCKED.value, Unreached.BLOCKED.value),
        (members.c.reach == Reach.DEACTIVATED.value, Unreached.DEACTIVATED.value),
        (outbox.c.state == State.UNKNOWN.value, Unreached.UNKNOWN.value),
        (outbox.c.state == State.FAILED.value, Unreached.FAILED.value),
        (outbox.c.state == State.EXPIRED.value, Unreached.EXPIRED.value),
        else_=sa.null(),
    )
