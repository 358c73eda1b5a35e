"""Limits that a member worked out and may keep, to be reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import Calendar
from domain.cases.kinds import Kind
from domain.limits.asking import Answers
from domain.limits.counting import reminders
from domain.limits.rules import Limit, limits

MOST_KEPT = 5
# A result that nobody wanted kept.
UNKEPT_LIFETIME = timedelta(days=1)
# The longest limit is two years; after three nothing of it runs, whatever was told.
LIFETIME = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class RightsClock:
    """What was answered for one matter, and since when it is known."""

    id: str
    member_id: int
    matter: Kind
    answers: Answers
    made_at: datetime
    case_id: str | None = None
    is_kept: bool = False

    def limits(self, calendar: Calendar) -> tuple[Limit, ...]:
        """Its limits, each with its last day."""
        return limits(self.matter, self.answers, calendar)


def days_to_remind(clock: RightsClock, calendar: Calendar, today: date) -> tuple[date, ...]:
    """When the member is to be reminded of their own limits, each day once, in order."""
    days = {
        day
        for limit in clock.limits(calendar)
        if limit.is_own and limit.last is not None
        for day in reminders(limit.last, today)
    }
    return tuple(sorted(days))
