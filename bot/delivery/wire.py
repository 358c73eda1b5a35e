"""The clock of the wire: leases, pace and pauses, which must not jump when a clock is set."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from domain.clock import Clock, SystemClock


class WireClock:
    """Runs evenly from when it was made, whatever happens to the machine's clock.

    With several processes on one database each is set to the database's clock.
    """

    def __init__(
        self, clock: Clock | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._start = (clock or SystemClock()).now()
        self._origin = monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._monotonic() - self._origin)

    def set(self, now: datetime) -> None:
        """It is `now`."""
        self._start, self._origin = now, self._monotonic()
