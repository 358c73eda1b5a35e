"""Figures of an event's seats: how many, reached how, signed up and came when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.seats import State
from storage.tables import seats

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# So that spans of a day are Beijing's days.
_AHEAD = timedelta(hours=8)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SeatCount:
    """Claims in one state: how many, with how many seats, how many of them in Telegram."""

    claims: int
    seats: int
    reachable: int


class SeatFigures:
    """Counts over the table of seats; nothing here leads to a person."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def by_state(self, event_id: str) -> Mapping[State, SeatCount]:
        rows = await self._connection.execute(
            sa.select(
                seats.c.state,
                sa.func.count(),
                sa.func.sum(seats.c.party),
                sa.func.count(seats.c.member_id),
            )
            .where(seats.c.event_id == event_id)
            .group_by(seats.c.state)
        )
        return {State(row[0]): SeatCount(row[1], int(row[2]), row[3]) for row in rows}

    async def signed_up(self, event_id: str, every: timedelta) -> Sequence[tuple[datetime, int]]:
        """How many signed up in each span of this length, the first first; empty ones left out."""
        return await self._spans(event_id, seats.c.joined_at, every)

    async def came(self, event_id: str, every: timedelta) -> Sequence[tuple[datetime, int]]:
        """How many were checked in, in the same form."""
        return await self._spans(event_id, seats.c.checked_in_at, every)

    async def stars(self, event_id: str) -> Mapping[int, int]:
        """How many gave how many stars."""
        rows = await self._connection.execute(
            sa.select(seats.c.stars, sa.func.count())
            .where(seats.c.event_id == event_id, seats.c.stars.is_not(None))
            .group_by(seats.c.stars)
        )
        return {int(row[0]): int(row[1]) for row in rows}

    async def _spans(
        self, event_id: str, column: sa.Column[Any], every: timedelta
    ) -> Sequence[tuple[datetime, int]]:
        moment = sa.type_coerce(column, sa.BigInteger)
        span = (moment + _AHEAD // _MILLISECOND) // (every // _MILLISECOND)
        # One name for it: PostgreSQL sees two parameters of equal value as two expressions.
        named = sa.select(span.label("span")).where(
            seats.c.event_id == event_id, column.is_not(None)
        )
        spans = named.subquery()
        rows = await self._connection.execute(
            sa.select(spans.c.span, sa.func.count()).group_by(spans.c.span).order_by(spans.c.span)
        )
        return [(_EPOCH - _AHEAD + int(row[0]) * every, int(row[1])) for row in rows]
