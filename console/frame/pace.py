"""How fast one address may ask: a burst, then so many a second."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

from domain.clock import Clock

_KNOWN = 10_000


class Pace:
    """A bucket for each address, in memory; the longest unseen are forgotten first."""

    def __init__(self, clock: Clock, burst: int, per_second: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def may(self, address: str) -> bool:
        """Take one request out of the address's bucket, if there is one left."""
        now = self._clock.now()
        level, seen = self._buckets.get(address, (float(self._burst), now))
        grown = max(0.0, (now - seen).total_seconds()) * self._per_second
        level = min(float(self._burst), level + grown)
        allowed = level >= 1
        self._buckets[address] = (level - 1 if allowed else level, now)
        self._buckets.move_to_end(address)
        if len(self._buckets) > _KNOWN:
            self._buckets.popitem(last=False)
        return allowed
