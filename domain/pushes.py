"""Push windows: the hours in which a member wants to hear from us unasked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clock import BEIJING

DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class PushWindow:
    """From minute `starts` to before minute `ends` of the Beijing day; may cross midnight."""

    starts: int
    ends: int

    def __post_init__(self) -> None:
        if not (0 <= self.starts < DAY and 0 <= self.ends < DAY and self.starts != self.ends):
            raise ValueError(f"no window: {self.starts} to {self.ends}")

    def holds(self, minute: int) -> bool:
        """Whether the minute of the day lies inside."""
        if self.starts < self.ends:
            return self.starts <= minute < self.ends
        return minute >= self.starts or minute < self.ends


# What the buttons offer: together they cover the whole day, without overlap.
OFFERED = tuple(
    PushWindow(starts * 60, ends * 60)
    for starts, ends in ((6, 9), (9, 12), (12, 14), (14, 18), (18, 22), (22, 6))
)


def is_welcome(windows: Collection[PushWindow], at: datetime) -> bool:
    """Whether a push may arrive then. Without windows the member has not said anything: True."""
    local = at.astimezone(BEIJING)
    minute = local.hour * 60 + local.minute
    return not windows or any(window.holds(minute) for window in windows)


def next_welcome(windows: Collection[PushWindow], at: datetime) -> datetime:
    """The first moment from `at` on at which a push may arrive."""
    if is_welcome(windows, at):
        return at
    local = at.astimezone(BEIJING).replace(second=0, microsecond=0)
    minute = local.hour * 60 + local.minute
    wait = min((window.starts - minute) % DAY for window in windows)
    return (local + timedelta(minutes=wait)).astimezone(at.tzinfo)
