"""Appointments: slots are offered, both sides say which one, and then it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.refusal import Refusal

MOST_SLOTS = 6


class Mode(StrEnum):
    """How people meet: at the union's place, where the caseworkers come, by phone, by video."""

    ON_SITE = "on_site"
    CIRCUIT = "circuit"
    PHONE = "phone"
    VIDEO = "video"


class Meeting(StrEnum):
    """Where an appointment stands."""

    OFFERED = "offered"
    CHOSEN = "chosen"
    CONFIRMED = "confirmed"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A meeting. The member chooses a slot, then the caseworker notes the other side's yes."""

    id: str
    mode: Mode
    place: str
    slots: tuple[datetime, ...]
    state: Meeting
    made_by: str
    made_at: datetime
    chosen: datetime | None = None
    other_side_at: datetime | None = None
    reminded_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.state in (Meeting.OFFERED, Meeting.CHOSEN, Meeting.CONFIRMED)


def check_slots(slots: Sequence[datetime], now: datetime) -> None:
    """Refuses with `cases.slots_none`, `cases.slots_many`, `cases.slots_past`."""
    if not slots:
        raise Refusal("cases.slots_none")
    if len(slots) > MOST_SLOTS:
        raise Refusal("cases.slots_many", most=MOST_SLOTS)
    if any(slot <= now for slot in slots) or len(set(slots)) != len(slots):
        raise Refusal("cases.slots_past")


def must_be(state: Meeting, wanted: Collection[Meeting]) -> None:
    """Refuses with `cases.meeting_gone` what the appointment is not ready for, or not any more."""
    if state not in wanted:
        raise Refusal("cases.meeting_gone")
