"""When so much fails that trying on would only do harm."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

_IN_A_ROW = 20
_SPAN = timedelta(seconds=30)
# Below so many tries a share says nothing.
_FEWEST = 20


class Breaker:
    """Counts how the line does, in this process. Blocked people are no failures of the line."""

    def __init__(self) -> None:
        self._row = 0
        self._recent: deque[tuple[datetime, bool]] = deque()

    def note(self, at: datetime, is_failure: bool) -> bool:
        """Take note of one try; True if it is one too many."""
        self._row = self._row + 1 if is_failure else 0
        self._recent.append((at, is_failure))
        while self._recent[0][0] <= at - _SPAN:
            self._recent.popleft()
        failures = sum(failed for _, failed in self._recent)
        is_over = len(self._recent) >= _FEWEST and failures * 2 > len(self._recent)
        return self._row >= _IN_A_ROW or (is_over and is_failure)

    def reset(self) -> None:
        """Begin anew, after the line was given a rest."""
        self._row = 0
        self._recent.clear()
