"""What to do with something that fell due while nobody was there: never silently nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from domain.calendar import QuietHours
from domain.clock import BEIJING, beijing_date

_BROADCAST = timedelta(minutes=30)
_QUIZ = timedelta(hours=2)
# Later than this before the start a reminder helps nobody.
REMINDER_ENDS = timedelta(minutes=15)
_PROMOTION = (time(8), time(21))


class Kind(StrEnum):
    """What falls due, by how it bears being late."""

    BROADCAST = "broadcast"
    QUIZ = "quiz"
    REMINDER = "reminder"
    PROMOTION = "promotion"


class Action(StrEnum):
    """RUN it now, HOLD it for a person, DROP it with a record, or WAIT and look again."""

    RUN = "run"
    HOLD = "hold"
    DROP = "drop"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing at one due time. `starts_at` is of what a reminder reminds of."""

    schedule_id: str
    due_at: datetime
    kind: Kind
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and by how much it is late: a deadline that hangs on it moves by `delay`."""

    action: Action
    delay: timedelta


def judge(due: Due, now: datetime, quiet: QuietHours) -> Verdict:
    """What to do with it at `now`. Nothing goes to many in the hours of quiet."""
    return Verdict(_action(due, now, quiet), max(now - due.due_at, timedelta()))


def _action(due: Due, now: datetime, quiet: QuietHours) -> Action:
    if now < due.due_at:
        return Action.WAIT
    delay = now - due.due_at
    match due.kind:
        case Kind.BROADCAST:
            is_late = delay > _BROADCAST or quiet.holds(now)
            return Action.HOLD if is_late else Action.RUN
        case Kind.QUIZ:
            if delay > _QUIZ:
                return Action.DROP
            return Action.WAIT if quiet.holds(now) else Action.RUN
        case Kind.REMINDER:
            ends = None if due.starts_at is None else due.starts_at - REMINDER_ENDS
            return Action.DROP if ends is not None and now >= ends else Action.RUN
        case Kind.PROMOTION:
            return _promotion(due, now)


def _promotion(due: Due, now: datetime) -> Action:
    begins, ends = _PROMOTION
    local = now.astimezone(BEIJING).time()
    if beijing_date(now) != beijing_date(due.due_at) or local >= ends:
        return Action.DROP
    return Action.RUN if local >= begins else Action.WAIT
