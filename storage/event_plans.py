"""An event's plan as JSON: what is only ever read together with its event."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.draw import Weights
from domain.events import (
    AnswerKind,
    Event,
    GroupKind,
    GroupQuota,
    Place,
    Question,
    Rule,
    RuleKind,
    Session,
)
from domain.seats import Quota, QuotaKind


def plan_of(event: Event) -> dict[str, Any]:
    """The plan as plain values."""
    place, weights = event.place, event.weights
    return {
        "summary": event.summary,
        "place": [place.name, place.address, place.latitude, place.longitude],
        "contact": event.contact,
        "rules": [[rule.kind.value, list(rule.values), rule.name] for rule in event.rules],
        "quotas": [
            [
                one.quota.key,
                one.quota.name,
                one.quota.kind.value,
                one.quota.seats,
                one.kind.value,
                list(one.values),
            ]
            for one in event.quotas
        ],
        "questions": [_question(one) for one in event.questions],
        "sessions": [
            [one.key, one.title, one.starts_at.isoformat(), one.ends_at.isoformat(), one.seats]
            for one in event.sessions
        ],
        "weights": [
            weights.base,
            weights.never_attended,
            weights.focus,
            list(weights.focus_on),
            weights.lost,
            weights.missed,
        ],
        "companions": event.companions,
        "team_size": event.team_size,
        "hours": str(event.hours),
        "cancel_before": event.cancel_before.total_seconds(),
        "cut_off_before": event.cut_off_before.total_seconds(),
        "note": event.note,
        "code_salt": event.code_salt,
    }


def fields_of(plan: dict[str, Any]) -> dict[str, Any]:
    """The fields of an Event that its plan holds."""
    base, never, focus, focus_on, lost, missed = plan["weights"]
    return {
        "summary": plan["summary"],
        "place": Place(*plan["place"]),
        "contact": plan["contact"],
        "rules": tuple(
            Rule(RuleKind(kind), tuple(values), name) for kind, values, name in plan["rules"]
        ),
        "quotas": tuple(
            GroupQuota(Quota(key, name, QuotaKind(kind), seats), GroupKind(by), tuple(values))
            for key, name, kind, seats, by, values in plan["quotas"]
        ),
        "questions": tuple(map(_asked, plan["questions"])),
        "sessions": tuple(
            Session(key, title, datetime.fromisoformat(start), datetime.fromisoformat(end), seats)
            for key, title, start, end, seats in plan["sessions"]
        ),
        "weights": Weights(base, never, focus, tuple(focus_on), lost, missed),
        "companions": plan["companions"],
        "team_size": plan["team_size"],
        "hours": Decimal(plan["hours"]),
        "cancel_before": timedelta(seconds=plan["cancel_before"]),
        "cut_off_before": timedelta(seconds=plan["cut_off_before"]),
        "note": plan["note"],
        "code_salt": plan["code_salt"],
    }


def _question(one: Question) -> list[Any]:
    least, most = (None if value is None else str(value) for value in (one.least, one.most))
    choices = list(one.choices)
    return [one.key, one.kind.value, one.label, choices, one.is_required, least, most, one.profile]


def _asked(row: list[Any]) -> Question:
    key, kind, label, choices, is_required, least, most, profile = row
    return Question(
        key,
        AnswerKind(kind),
        label,
        tuple(choices),
        is_required,
        None if least is None else Decimal(least),
        None if most is None else Decimal(most),
        profile,
    )
