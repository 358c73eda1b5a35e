"""How delivery goes about its work: its pace, its patience, the hours of quiet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from domain.calendar import QuietHours


@dataclass(frozen=True, slots=True)
class Policy:
    """`per_second` is the pace of all processes together, `in_flight` the window of each.

    At most `in_flight` messages can arrive twice when a process is killed.
    """

    per_second: float = 25.0
    # What Telegram takes from one bot in any second, replies included.
    limit: int = 30
    in_flight: int = 4
    lease: timedelta = timedelta(seconds=60)
    # A send that is not over by then would outlive its lease: connect 5 s, read 20 s, and 5 more.
    send_time: timedelta = timedelta(seconds=30)
    poll: timedelta = timedelta(seconds=0.5)
    # What was read so lately need not be read again before sending.
    fresh: timedelta = timedelta(seconds=0.25)
    # What has been sent waits so long at most for others, to be written down with them.
    together: timedelta = timedelta(seconds=0.05)
    token_probe: timedelta = timedelta(seconds=30)
    quiet: QuietHours = field(default_factory=QuietHours)
