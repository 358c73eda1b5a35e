"""Order: updates of one person one after another, of different people side by side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# As many as polling has in hand at once, and as connections of the webhook: somebody who floods
# waits in order, and nothing is put off to a later time while it keeps others from being seen.
LONGEST_QUEUE = 100


class LaneFull(Exception):  # noqa: N818 - named for the state
    """Somebody has so many updates waiting that the next should come later."""


class Lanes:
    """One queue for each person. Locks are fair: first come, first served."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}

    @asynccontextmanager
    async def turn(self, lane: int) -> AsyncIterator[None]:
        """Wait for the lane's turn. Raises LaneFull at once if the queue is too long."""
        count = self._waiting.get(lane, 0)
        if count >= LONGEST_QUEUE:
            raise LaneFull
        self._waiting[lane] = count + 1
        lock = self._locks.setdefault(lane, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            self._waiting[lane] -= 1
            if not self._waiting[lane]:
                del self._waiting[lane], self._locks[lane]
