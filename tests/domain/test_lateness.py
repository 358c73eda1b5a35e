"""R15: what fell due while nobody was there runs, is held or is dropped, by its kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.calendar import QuietHours
from domain.clock import BEIJING
from domain.lateness import Action, Due, Kind, judge

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def beijing(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("kind", "late", "action"),
    [
        (Kind.BROADCAST, MINUTE, Action.RUN),
        (Kind.BROADCAST, 20 * MINUTE, Action.RUN),
        (Kind.BROADCAST, 30 * MINUTE, Action.RUN),
        (Kind.BROADCAST, 31 * MINUTE, Action.HOLD),
        (Kind.BROADCAST, 3 * HOUR, Action.HOLD),
        (Kind.BROADCAST, 2 * DAY, Action.HOLD),
        (Kind.QUIZ, MINUTE, Action.RUN),
        (Kind.QUIZ, 20 * MINUTE, Action.RUN),
        (Kind.QUIZ, 3 * HOUR, Action.DROP),
        (Kind.QUIZ, 2 * DAY, Action.DROP),
        (Kind.REMINDER, MINUTE, Action.RUN),
        (Kind.REMINDER, 20 * MINUTE, Action.RUN),
        (Kind.REMINDER, 3 * HOUR, Action.DROP),
        (Kind.REMINDER, 2 * DAY, Action.DROP),
        (Kind.PROMOTION, MINUTE, Action.RUN),
        (Kind.PROMOTION, 20 * MINUTE, Action.RUN),
        (Kind.PROMOTION, 3 * HOUR, Action.RUN),
        (Kind.PROMOTION, 2 * DAY, Action.DROP),
    ],
)
def test_late_by_kind(kind: Kind, late: timedelta, action: Action) -> None:
    due = Due("s", beijing(14), kind, starts_at=beijing(16))
    verdict = judge(due, beijing(14) + late, QuietHours())
    assert verdict.action is action
    assert verdict.delay == late


@pytest.mark.parametrize(
    ("kind", "due", "now", "action"),
    [
        (Kind.BROADCAST, beijing(21, 50), beijing(22, 5), Action.HOLD),
        (Kind.QUIZ, beijing(21, 30), beijing(22, 30), Action.WAIT),
        (Kind.QUIZ, beijing(6, 30), beijing(8), Action.RUN),
        (Kind.PROMOTION, beijing(7), beijing(7, 30), Action.WAIT),
        (Kind.PROMOTION, beijing(20, 30), beijing(21), Action.DROP),
        (Kind.BROADCAST, beijing(15), beijing(14), Action.WAIT),
    ],
)
def test_nothing_goes_to_many_at_night(
    kind: Kind, due: datetime, now: datetime, action: Action
) -> None:
    assert judge(Due("s", due, kind), now, QuietHours()).action is action


def test_a_reminder_ends_a_quarter_of_an_hour_before_the_start() -> None:
    due = Due("s", beijing(14), Kind.REMINDER, starts_at=beijing(16))
    assert judge(due, beijing(15, 44), QuietHours()).action is Action.RUN
    assert judge(due, beijing(15, 45), QuietHours()).action is Action.DROP
