"""What somebody who waits may be told: what was seen lately, never what one would like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

from domain.calendar import OfficeHours
from domain.talks import TalkPolicy

# Fewer answered talks than this say nothing about how fast replies are.
_FEWEST_SEEN = 3
_ROUND_TO = 5


@dataclass(frozen=True, slots=True)
class Wait:
    """What can be said honestly to somebody who waits.

    `ahead` are those before them; `reopens_at` is set while nobody is there; `minutes` is how long
    a first reply took lately, or is promised, in minutes of office hours.
    """

    ahead: int
    minutes: int
    reopens_at: datetime | None = None


def wait_of(
    ahead: int, taken: Iterable[float], now: datetime, hours: OfficeHours, policy: TalkPolicy
) -> Wait:
    """What somebody who waits may be told; `taken` are the latest first replies, in minutes."""
    seen = list(taken)
    minutes = median(seen) if len(seen) >= _FEWEST_SEEN else policy.first_minutes
    rounded = max(_ROUND_TO, ceil(minutes / _ROUND_TO) * _ROUND_TO)
    return Wait(
        ahead,
        rounded,
        None if hours.is_open(now) else hours.next_opening(now),
    )
