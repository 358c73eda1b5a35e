"""The page that a member saw last, so that "how long does that take?" has a meaning."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from domain.clock import Clock

LIFETIME = timedelta(minutes=30)
MOST = 10_000


class LastPages:
    """Kept in memory only, for half an hour: a restart forgets. Only who asks for a human from a
    page takes its name along into the talk."""

    def __init__(self, clock: Clock, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        # In the order of showing, so that the oldest come first.
        self._pages: OrderedDict[int, tuple[str, datetime]] = OrderedDict()

    def remember(self, member: int, entry_id: str) -> None:
        """The page that the member sees now."""
        now = self._clock.now()
        self.forget(member)
        self._pages[member] = (entry_id, now)
        while len(self._pages) > self._most or self._oldest() <= now - LIFETIME:
            self._pages.popitem(last=False)

    def recall(self, member: int) -> str | None:
        """The page that the member saw last, if that was less than half an hour ago."""
        entry_id, seen = self._pages.get(member, (None, None))
        return entry_id if seen and self._clock.now() - seen < LIFETIME else None

    def forget(self, member: int) -> None:
        """The member has turned to something else."""
        self._pages.pop(member, None)

    def _oldest(self) -> datetime:
        return next(iter(self._pages.values()))[1]
