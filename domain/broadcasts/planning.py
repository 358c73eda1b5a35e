"""When a broadcast goes out, how long it is of use, and how often it comes again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from domain.broadcasts.content import Fault
from domain.calendar import Calendar, QuietHours
from domain.outbox import PushState
from domain.recurrence import Every, Rule, preview
from domain.refusal import Refusal

# Before the first message somebody can still say "no, wait".
UNDO = timedelta(seconds=60)
LASTS = timedelta(hours=24)
SHORTEST, LONGEST = timedelta(minutes=10), timedelta(days=7)
FURTHEST = timedelta(days=90)
# Two broadcasts to the same people so close together disturb each other.
CLASH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """`at` is when it begins, None for as soon as it may. Whoever has not got it when `lasts` is
    over does not get it any more. With a `rule` it comes again and `at` counts for nothing.
    """

    at: datetime | None = None
    lasts: timedelta = LASTS
    rule: Rule | None = None

    def starts(self, now: datetime, quiet: QuietHours) -> datetime:
        """When it would begin if it were agreed to at `now`."""
        return max(self.at or now, quiet.next_end(now + UNDO))


@dataclass(frozen=True, slots=True)
class Clash:
    """Another broadcast that reaches some of the same units at nearly the same time."""

    broadcast_id: str
    title: str
    at: datetime
    state: PushState


def faults_of_plan(
    plan: Plan, now: datetime, calendar: Calendar, quiet: QuietHours
) -> Iterator[Fault]:
    """Everything that is wrong: `at`, `lasts`, `rule`."""
    if plan.rule is not None:
        try:
            preview(plan.rule, now, calendar, quiet)
        except Refusal as refusal:
            yield Fault("rule", refusal)
    elif plan.at is not None:
        if plan.at <= now:
            yield Fault("at", Refusal("broadcasts.at_past"))
        elif plan.at > now + FURTHEST:
            yield Fault("at", Refusal("broadcasts.at_far", days=FURTHEST.days))
        elif quiet.holds(plan.at):
            begins, ends = (f"{one:%H:%M}" for one in (quiet.begins, quiet.ends))
            yield Fault("at", Refusal("broadcasts.at_quiet", begins=begins, ends=ends))
    if not SHORTEST <= plan.lasts <= LONGEST:
        yield Fault("lasts", Refusal("broadcasts.lasts", days=LONGEST.days))


def plan_json(plan: Plan) -> dict[str, Any]:
    return {
        "at": plan.at.isoformat() if plan.at else None,
        "minutes": plan.lasts // timedelta(minutes=1),
        "rule": _rule_json(plan.rule) if plan.rule else None,
    }


def plan_of(data: Mapping[str, Any]) -> Plan:
    return Plan(
        datetime.fromisoformat(data["at"]).astimezone(UTC) if data["at"] else None,
        timedelta(minutes=data["minutes"]),
        _rule_of(data["rule"]) if data["rule"] else None,
    )


def _rule_json(rule: Rule) -> dict[str, Any]:
    return {
        "every": rule.every.value,
        "first": rule.first.isoformat(),
        "at": rule.at.isoformat(),
        "interval": rule.interval,
        "weekdays": list(rule.weekdays),
        "day": rule.day,
        "month": rule.month,
        "last": rule.last.isoformat() if rule.last else None,
        "working_days_only": rule.working_days_only,
    }


def _rule_of(data: Mapping[str, Any]) -> Rule:
    return Rule(
        Every(data["every"]),
        date.fromisoformat(data["first"]),
        time.fromisoformat(data["at"]),
        data["interval"],
        tuple(data["weekdays"]),
        data["day"],
        data["month"],
        date.fromisoformat(data["last"]) if data["last"] else None,
        data["working_days_only"],
    )
