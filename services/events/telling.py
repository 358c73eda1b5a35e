"""What somebody is told of their seat: rows for the outbox, written with the effect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.events import REMIND_UNTIL, Event
from domain.outbox import Notice, Priority
from domain.seats import QUIET
from domain.sign_ups import Seat

# The kinds are the keys of their sentences.
OFFER = "events.notice_offer"
SEATED = "events.notice_seated"
LAPSED = "events.notice_lapsed"
DRAWN = "events.notice_drawn"
NOT_DRAWN = "events.notice_not_drawn"
RELEASED = "events.notice_released"
ADDED = "events.notice_added"
CHANGED = "events.notice_changed"
CANCELLED = "events.notice_cancelled"
REMIND_DAY = "events.notice_day"
REMIND_HOURS = "events.notice_hours"
FEEDBACK = "events.notice_feedback"
MESSAGE = "events.notice_message"
# So long before the start people set out.
_ON_THE_WAY = timedelta(hours=2)


def notice(
    kind: str,
    event: Event,
    seat: Seat,
    now: datetime,
    fact: str,
    *,
    expires_at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
    needed_by: datetime | None = None,
) -> Notice | None:
    """A notice to the holder of the seat; None for somebody who is not in Telegram.

    `fact` makes it one of its kind: the same fact is told once. It holds nothing of the person.
    `needed_by` is the start for which they would set out in vain: if the morning is too late to
    tell them, they are woken.
    """
    if seat.member_id is None:
        return None
    return Notice(
        kind,
        seat.member_id,
        f"{kind}:{seat.id}:{fact}",
        now,
        details={
            "event": event.id,
            "seat": seat.id,
            "title": event.title,
            "at": event.starts(seat.session).isoformat(),
            "place": event.place.name,
            **(details or {}),
        },
        priority=Priority.SECURITY if _is_pressing(needed_by, now) else Priority.REMINDER,
        expires_at=expires_at or event.ends(seat.session),
    )


def _is_pressing(needed_by: datetime | None, now: datetime) -> bool:
    if needed_by is None or not QUIET.holds(now):
        return False
    return needed_by <= QUIET.next_end(now) + _ON_THE_WAY


def reminder(kind: str, event: Event, seat: Seat, now: datetime) -> Notice | None:
    """A reminder of the start, worth nothing from a quarter of an hour before it."""
    starts = event.starts(seat.session)
    return notice(
        kind, event, seat, now, f"{starts.timestamp():.0f}", expires_at=starts - REMIND_UNTIL
    )
