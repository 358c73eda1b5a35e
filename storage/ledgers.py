"""The lists and messages of pushes that are over: found, and forgotten piece by piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import MESSAGE
from domain.outbox import PushState
from storage.tables import (
    approvals,
    broadcast_calls,
    broadcast_presses,
    broadcast_tests,
    broadcasts,
    outbox,
    push,
    push_audience,
)

_CHUNK = 1000
_OVER = (PushState.FINISHED.value, PushState.CANCELLED.value)


class Ledgers:
    """What of a push leads to people."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list_ended(self, before: datetime) -> Sequence[int]:
        """Pushes that ended before then and still have a list or messages, the oldest first."""
        has_rows = sa.exists().where(outbox.c.push_id == push.c.id)
        has_list = sa.exists().where(push_audience.c.push_id == push.c.id)
        result = await self._connection.execute(
            sa.select(push.c.id)
            .where(
                push.c.state.in_(_OVER),
                push.c.finished_at < before,
                sa.or_(has_rows, has_list),
            )
            .order_by(push.c.finished_at, push.c.id)
        )
        return list(result.scalars())

    async def list_dead(self, before: datetime) -> Sequence[int]:
        """Versions that were handed in before then, came back, and belong to no broadcast."""
        result = await self._connection.execute(
            sa.select(push.c.id)
            .select_from(push.outerjoin(broadcasts, broadcasts.c.push_id == push.c.id))
            .where(
                push.c.state == PushState.DRAFT.value,
                push.c.kind == MESSAGE,
                push.c.created_at < before,
                broadcasts.c.id.is_(None),
            )
        )
        return list(result.scalars())

    async def keep_tally(self, push_id: int, tally: Mapping[str, Any]) -> None:
        """Keep what it came to."""
        await self._connection.execute(
            sa.update(push).where(push.c.id == push_id).values(tally=dict(tally))
        )

    async def forget_some(self, push_id: int) -> bool:
        """Forget some of what leads to people; False if nothing was left."""
        of = sa.select(broadcasts.c.id).where(broadcasts.c.push_id == push_id)
        parts: tuple[tuple[sa.Column[Any], sa.ColumnElement[bool]], ...] = (
            (outbox.c.id, outbox.c.push_id == push_id),
            (push_audience.c.member_id, push_audience.c.push_id == push_id),
            (broadcast_presses.c.member_id, broadcast_presses.c.push_id == push_id),
            (broadcast_calls.c.id, broadcast_calls.c.broadcast_id.in_(of)),
            (broadcast_tests.c.chain, broadcast_tests.c.broadcast_id.in_(of)),
        )
        for column, where in parts:
            some = sa.select(column).where(where).order_by(column).limit(_CHUNK)
            result = await self._connection.execute(
                sa.delete(column.table).where(where, column.in_(some))
            )
            if result.rowcount:
                return True
        return False

    async def remove(self, push_id: int) -> None:
        """Forget the version itself, and what was said to it."""
        for column in (approvals.c.push_id, push.c.id):
            await self._connection.execute(sa.delete(column.table).where(column == push_id))
