"""How long each stage may take, in working days of the office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from domain.calendar import OfficeHours
from domain.cases.states import State
from domain.clock import BEIJING, beijing_date

# Our own promise. Ten working days of mediation end within the fifteen days after which a member
# may go to arbitration without waiting (Labour Dispute Mediation and Arbitration Law, article 14),
# as long as no public holiday lies between.
STAGE_DAYS: Mapping[State, int] = MappingProxyType(
    {
        State.RECEIVED: 1,
        State.ASSIGNED: 2,
        State.CONTACTING: 5,
        State.MEDIATING: 10,
        State.SETTLED: 3,
        State.FAILED: 5,
        State.ANSWERED: 5,
    }
)
# Everything was received: the case is closed within so long.
CLOSED_WITHIN_DAYS = 3
# After an escalation the unit above has so long before the next one.
ESCALATED_DAYS = 2
# After this a case that ended is forgotten (RELIABILITY 8: three years; anonymous ones 30 days).
KEPT_DAYS = 3 * 365
KEPT_ANONYMOUS_DAYS = 30


def due_at(state: State, now: datetime, office: OfficeHours) -> datetime | None:
    """When the stage should be over: the office's closing time of its last working day."""
    days = STAGE_DAYS.get(state)
    return None if days is None else after_working_days(days, now, office)


def after_working_days(days: int, now: datetime, office: OfficeHours) -> datetime:
    """The office's closing time on the `days`-th working day after today."""
    day = office.calendar.add_working_days(beijing_date(now), days)
    return datetime.combine(day, office.intervals[-1].ends, BEIJING).astimezone(now.tzinfo)
