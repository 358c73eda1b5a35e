"""The last second of one process: replies first, then what goes to many, never above the limit."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

# Two calls a second apart may reach Telegram a little less than a second apart.
_MARGIN = 0.008
_REPLY_PATIENCE = 0.2
_BULK_PATIENCE = 1.0


class Window:
    """Holds sends back so that no second has more than `limit` of them.

    A reply takes the next free place, before anything that goes to many, and waits for at most a
    fifth of a second; while nothing goes to many it does not wait at all.
    """

    def __init__(self, limit: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = monotonic
        self._sent: deque[float] = deque(maxlen=limit)
        self._replies = 0
        self._last_bulk = -1e9

    async def reply(self) -> None:
        """Return when a reply may go."""
        if self._now() - self._last_bulk < 1.0:
            self._replies += 1
            try:
                await self._free(_REPLY_PATIENCE)
            finally:
                self._replies -= 1
        self._sent.append(self._now())

    async def bulk(self) -> None:
        """Return when a message to many may go."""
        # Told before waiting: replies of this moment must know that the window matters.
        self._last_bulk = self._now()
        await self._free(_BULK_PATIENCE, gives_way=True)
        self._last_bulk = self._now()
        self._sent.append(self._last_bulk)

    def _wait(self) -> float:
        """Seconds until the window has a free place."""
        if len(self._sent) < self._limit:
            return 0.0
        return self._sent[0] + 1.0 + _MARGIN - self._now()

    async def _free(self, patience: float, *, gives_way: bool = False) -> None:
        until = self._now() + patience
        while (now := self._now()) < until:
            wait = self._wait()
            if gives_way and self._replies:
                wait = max(wait, 0.001)
            if wait <= 0:
                return
            await asyncio.sleep(min(wait, until - now))
