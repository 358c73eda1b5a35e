"""The last second of one process: replies first, then what goes to many, never above the limit."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

# What the measure of an arrival may be wrong by.
_MARGIN = 0.003
_REPLY_PATIENCE = 0.2
_BULK_PATIENCE = 1.0
# A full window whose calls are all on their way: look again after this.
_AGAIN = 0.005
_TRIPS, _ENOUGH = 100, 10


@dataclass(slots=True)
class _Call:
    # When it reached Telegram at the latest; None while it is on its way.
    arrived: float | None = None


class Window:
    """Holds sends back so that no second has more than `limit` of them at Telegram.

    A call may have reached Telegram at any time until its answer left there, so it is counted from
    its answer's coming less the shortest round trip. A reply takes the next free place, before
    anything that goes to many, and waits for at most a fifth of a second; while nothing goes to
    many it does not wait at all.
    """

    def __init__(self, limit: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = monotonic
        self._calls: list[_Call] = []
        self._trips: deque[float] = deque(maxlen=_TRIPS)
        self._replies = 0
        self._last_bulk = -1e9

    @asynccontextmanager
    async def reply(self) -> AsyncIterator[None]:
        """A reply goes inside."""
        if self._now() - self._last_bulk < 1.0:
            self._replies += 1
            try:
                await self._free(_REPLY_PATIENCE)
            finally:
                self._replies -= 1
        async with self._counted():
            yield

    @asynccontextmanager
    async def bulk(self) -> AsyncIterator[None]:
        """A message to many goes inside."""
        # Told before waiting: replies of this moment must know that the window matters.
        self._last_bulk = self._now()
        await self._free(_BULK_PATIENCE, gives_way=True)
        self._last_bulk = self._now()
        async with self._counted():
            yield

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        call, begun = _Call(), self._now()
        if self._calls and (self._calls[0].arrived or begun) < begun - 2.0:
            self._forget(begun)
        self._calls.append(call)
        try:
            yield
        finally:
            now = self._now()
            self._trips.append(now - begun)
            # With few trips seen the shortest may be a long one: then the answer's coming counts.
            call.arrived = now - (min(self._trips) if len(self._trips) >= _ENOUGH else 0.0)

    def _wait(self) -> float:
        """Seconds until the window has a free place."""
        now = self._now()
        self._forget(now)
        too_many = len(self._calls) - self._limit
        if too_many < 0:
            return 0.0
        arrivals = sorted(call.arrived for call in self._calls if call.arrived is not None)
        if len(arrivals) <= too_many:
            return _AGAIN
        return max(arrivals[too_many] + 1.0 + _MARGIN - now, 0.001)

    def _forget(self, now: float) -> None:
        """Leave out what arrived more than a second ago."""
        begin = now - 1.0 - _MARGIN
        self._calls = [
            call for call in self._calls if call.arrived is None or call.arrived > begin
        ]

    async def _free(self, patience: float, *, gives_way: bool = False) -> None:
        until = self._now() + patience
        while (now := self._now()) < until:
            wait = self._wait()
            if gives_way and self._replies:
                wait = max(wait, 0.001)
            if wait <= 0:
                return
            await asyncio.sleep(min(wait, until - now))
