"""How the house is: what staff see of the program's own condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.outbox import RESENDABLE, Unsent

# A day without a copy is a day that can be lost.
BACKUP_OLD = timedelta(hours=26)
# RELIABILITY R12: below this, bulk work pauses.
DISK_SHORT = 1_000_000_000


class LinkState(StrEnum):
    """Our line to Telegram."""

    UP = "up"
    DOWN = "down"
    REFUSED = "refused"


class Trouble(StrEnum):
    """What can be wrong; each has its sentence."""

    LINK_DOWN = "link_down"
    LINK_REFUSED = "link_refused"
    QUARANTINE = "quarantine"
    TICK = "tick"
    BACKUP = "backup"
    CONTENT = "content"
    DISK = "disk"
    HELD = "held"
    UNSENT = "unsent"


# Members feel these now; the others can wait until the morning.
GRAVE = frozenset({Trouble.LINK_DOWN, Trouble.LINK_REFUSED, Trouble.CONTENT, Trouble.DISK})


@dataclass(frozen=True, slots=True)
class TickState:
    """One thing that is done by the clock; `failed` tells of its last run."""

    name: str
    every: timedelta
    last_at: datetime | None
    failed: bool


@dataclass(frozen=True, slots=True)
class Disk:
    """Room where the data is, in bytes."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Health:
    """One look at everything, at `at`. `queues` counts updates by their state."""

    at: datetime
    started_at: datetime
    link: LinkState
    queues: Mapping[str, int]
    ticks: Sequence[TickState]
    backup_at: datetime | None
    backups: int
    program: str
    schema: str
    database: str
    entries: int
    content_faults: int
    disk: Disk
    unsent: Sequence[Unsent] = ()

    @property
    def held(self) -> int:
        """Single messages that wait for a person since a restore."""
        single = (one for one in self.unsent if not one.is_push)
        return sum(one.count for one in single if one.reason == "restored")

    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong, the gravest first."""
        wrong = {
            Trouble.LINK_REFUSED: self.link is LinkState.REFUSED,
            Trouble.LINK_DOWN: self.link is LinkState.DOWN,
            Trouble.DISK: self.disk.free < DISK_SHORT,
            Trouble.CONTENT: self.content_faults > 0 or self.entries == 0,
            Trouble.QUARANTINE: self.queues.get("quarantined", 0) > 0,
            Trouble.BACKUP: self.backup_at is None or self.at - self.backup_at > BACKUP_OLD,
            Trouble.HELD: self.held > 0,
            # What was wrong with a push is shown and settled where the push is.
            Trouble.UNSENT: any(
                one.reason in RESENDABLE and not one.is_push for one in self.unsent
            ),
            Trouble.TICK: any(tick.failed for tick in self.ticks),
        }
        return tuple(trouble for trouble, is_so in wrong.items() if is_so)
