"""The pace that all senders share: when the next message may go, pauses, the breaker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import rate_state

BREAK = timedelta(seconds=30)
# A time further ahead than this comes from a clock that was wrong, not from us.
_BELIEVED = timedelta(seconds=35)
LONGEST_PAUSE = timedelta(hours=1)
_SLOWEST = 5.0
# After a refusal the rate comes back by so many a second, each second.
_RECOVERY = 1 / 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW = rate_state.c.id == 1


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether messages to many may be sent now; `most` is 1 for the probe after an outage."""

    is_open: bool
    most: int | None = None
    until: datetime | None = None
    reason: str = ""


class Pace:
    """The one row of the rate."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def look(self, wire: datetime) -> Gate:
        """May anything be sent at `wire`?"""
        row = (await self._connection.execute(sa.select(rate_state).where(_ROW))).mappings().one()
        paused, broken = row["paused_until"], row["breaker_until"]
        if is_paused(paused, wire):
            return Gate(is_open=False, until=paused, reason="rate limit")
        if row["breaker"] == "closed":
            return Gate(is_open=True)
        if broken is not None and wire < broken <= wire + _BELIEVED:
            return Gate(is_open=False, until=broken, reason="breaker")
        return Gate(is_open=True, most=1)

    async def begin_probe(self, wire: datetime) -> bool:
        """Take the one try after an outage for ourselves; False if another sender has it."""
        is_over = sa.or_(
            rate_state.c.breaker_until.is_(None),
            rate_state.c.breaker_until <= wire,
            rate_state.c.breaker_until > wire + _BELIEVED,
        )
        result = await self._connection.execute(
            sa.update(rate_state)
            .where(_ROW, rate_state.c.breaker != "closed", is_over)
            .values(breaker="probing", breaker_until=wire + BREAK)
        )
        return result.rowcount > 0

    async def end_probe(self, wire: datetime) -> None:
        """Nothing was tried: the one try is still to be had."""
        await self._connection.execute(
            sa.update(rate_state)
            .where(_ROW, rate_state.c.breaker == "probing")
            .values(breaker="open", breaker_until=wire)
        )

    async def open_breaker(self, wire: datetime) -> None:
        """Nothing gets through: let nobody try for a while."""
        await self._connection.execute(
            sa.update(rate_state).where(_ROW).values(breaker="open", breaker_until=wire + BREAK)
        )

    async def close_breaker(self) -> None:
        """The line is good again."""
        await self._connection.execute(
            sa.update(rate_state)
            .where(_ROW, rate_state.c.breaker != "closed")
            .values(breaker="closed", breaker_until=None)
        )

    async def pause(self, until: datetime, wire: datetime, rate: float) -> None:
        """Telegram refused: nobody sends until then, and afterwards at half the rate."""
        row = await self._locked()
        slowed = max(_SLOWEST, min(rate, _rate(row, wire, rate)) / 2)
        paused = min(until, wire + LONGEST_PAUSE)
        earlier = row.paused_until
        if earlier is not None and is_paused(earlier, wire):
            # Several refusals of the same moment are one.
            paused, slowed = max(paused, earlier), row.slow_rate or slowed
        await self._connection.execute(
            sa.update(rate_state)
            .where(_ROW)
            .values(paused_until=paused, slow_rate=min(slowed, rate), slow_from=paused)
        )

    async def reserve(self, count: int, wire: datetime, rate: float) -> list[datetime]:
        """When each of `count` messages may go: evenly, at `rate` a second over all senders."""
        row = await self._locked()
        now = _micros(wire)
        first = max(row.tat_us, now)
        if first > now + _BELIEVED // timedelta(microseconds=1):
            first = now
        if is_paused(row.paused_until, wire):
            first = max(first, _micros(row.paused_until))
        step = round(1_000_000 / _rate(row, wire, rate))
        await self._connection.execute(
            sa.update(rate_state).where(_ROW).values(tat_us=first + count * step)
        )
        return [_EPOCH + timedelta(microseconds=first + n * step) for n in range(count)]

    async def _locked(self) -> Any:
        result = await self._connection.execute(
            sa.select(
                rate_state.c.tat_us,
                rate_state.c.paused_until,
                rate_state.c.slow_rate,
                rate_state.c.slow_from,
            )
            .where(_ROW)
            .with_for_update()
        )
        return result.one()


def is_paused(until: datetime | None, wire: datetime) -> bool:
    """Whether Telegram told us to wait. A time too far ahead comes from a clock that was wrong."""
    return until is not None and wire < until <= wire + LONGEST_PAUSE


def _rate(
    row: Any,
    wire: datetime,
    rate: float,
) -> float:
    if row.slow_rate is None or row.slow_from is None:
        return rate
    recovered = (wire - row.slow_from).total_seconds() * _RECOVERY
    if recovered < 0 and row.slow_from > wire + LONGEST_PAUSE:
        return rate
    slowed: float = row.slow_rate + max(recovered, 0.0)
    return min(rate, slowed)


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
