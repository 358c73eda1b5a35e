"""A broadcast: what is written, what became of it, and what staff look for in lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.broadcasts.agreeing import REVIEW_WITHIN, Returned
from domain.broadcasts.audience import Audience
from domain.broadcasts.content import Content
from domain.broadcasts.planning import Plan
from domain.outbox import Push, PushState


class Purpose(StrEnum):
    """Which way a broadcast goes."""

    MEMBERS = "members"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff write. `unit_path` is whose broadcast it is."""

    title: str
    unit_path: str
    content: Content
    audience: Audience
    plan: Plan = field(default_factory=Plan)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A broadcast as it is kept. `push` is the version that was handed in, if any."""

    id: str
    title: str
    unit_path: str
    content: Content
    audience: Audience
    plan: Plan
    purpose: Purpose
    author: str
    author_session: str
    made_at: datetime
    changed_at: datetime
    push: Push | None = None
    returned: Returned | None = None
    return_note: str = ""
    # A series only makes broadcasts, each at one of its times.
    is_series: bool = False
    is_active: bool = False
    series_id: str | None = None
    series_at: datetime | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    review_note: str = ""

    @property
    def state(self) -> PushState:
        """Where it is. A series that runs is RUNNING, one that does not is a DRAFT."""
        if self.is_series:
            return PushState.RUNNING if self.is_active else PushState.DRAFT
        return PushState.DRAFT if self.push is None else self.push.state

    @property
    def owes_review(self) -> bool:
        """Whether somebody must still look at an emergency that went out."""
        return self.purpose is Purpose.EMERGENCY and self.reviewed_at is None

    @property
    def review_until(self) -> datetime:
        return self.made_at + REVIEW_WITHIN

    @property
    def draft(self) -> Draft:
        return Draft(self.title, self.unit_path, self.content, self.audience, self.plan)


@dataclass(frozen=True, slots=True)
class BroadcastSieve:
    """Which broadcasts a list shows. Orders: `made`, `title`."""

    words: str = ""
    states: tuple[PushState, ...] = ()
    topic: str = ""
    author: str = ""
    order: str = "made"
    is_down: bool = True


@dataclass(frozen=True, slots=True)
class EmergencyTemplate:
    """Words for an emergency. They may be used once a second person agreed to them."""

    id: str
    title: str
    text: str
    made_by: str
    made_at: datetime
    agreed_by: str | None = None
    agreed_at: datetime | None = None

    @property
    def is_ready(self) -> bool:
        return self.agreed_at is not None


@dataclass(frozen=True, slots=True)
class Trial:
    """A message that the author sent to their own chat to look at it."""

    at: datetime
    body_hash: str
    staff_id: str
    # None while it is on its way.
    has_arrived: bool | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes: messages in the last minute, and how long the rest takes."""

    last_minute: int
    left: timedelta | None
