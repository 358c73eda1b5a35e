"""Check-ins: each tick of a list once, also when a device brings it in later or twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.sign_ups import CheckIn
from storage.tables import check_ins
from storage.upsert import insert


class CheckIns:
    """The table of ticks. Whoever writes holds the lock of the event."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, event_id: str, check_in: CheckIn, by: str) -> bool:
        """Keep a check-in; False if this key was kept before."""
        result = await self._connection.execute(
            insert(self._connection, check_ins)
            .values(
                key=check_in.key,
                event_id=event_id,
                seat_id=check_in.seat_id,
                is_in=check_in.is_in,
                at=check_in.at,
                by=by,
            )
            .on_conflict_do_nothing(index_elements=["key"])
        )
        return bool(result.rowcount > 0)

    async def latest(self, seat_ids: Collection[str]) -> Mapping[str, CheckIn]:
        """The latest check-in or its undoing of each claim, by the device's own time."""
        rows = await self._connection.execute(
            sa.select(check_ins)
            .where(check_ins.c.seat_id.in_(list(seat_ids)))
            .order_by(check_ins.c.at, check_ins.c.key)
        )
        return {
            row["seat_id"]: CheckIn(row["key"], row["seat_id"], row["is_in"], row["at"])
            for row in rows.mappings()
        }
