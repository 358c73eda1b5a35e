"""An event as a form: its values for the fields, and the plan that the fields tell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.events.fields import Fields
from console.events.rows import Choices, read_questions, read_quotas, read_sessions
from console.events.wording import field_moment
from console.frame.page import Page
from domain.draw import HEAVIEST, Weights
from domain.events import (
    CANCEL_BEFORE,
    CUT_OFF_BEFORE,
    MOST_COMPANIONS,
    TITLE_LIMIT,
    Event,
    EventState,
    Mode,
    Place,
    Rule,
    RuleKind,
)
from domain.people import Occupation
from domain.seats import QuotaKind

_SUMMARY, _PLACE, _ADDRESS, _CONTACT = 1000, 60, 120, 100
_MOST_SEATS, _MOST_TEAM, _MOST_HOURS = 100_000, 99, 24 * 60
_MOST_WORK = 24 * 14
_HOUR = timedelta(hours=1)
# What staff decide, and in a change is compared and handed on.
DECIDED = (
    "title",
    "mode",
    "unit_path",
    "capacity",
    "opens_at",
    "closes_at",
    "starts_at",
    "ends_at",
    "summary",
    "place",
    "contact",
    "rules",
    "quotas",
    "questions",
    "sessions",
    "weights",
    "companions",
    "team_size",
    "hours",
    "cancel_before",
    "cut_off_before",
)
# Where a fault that only the service sees is told.
FIELD_OF = {
    "events.plan_title": "title",
    "events.plan_times": "starts_at",
    "events.plan_draw": "closes_at",
    "events.plan_capacity": "capacity",
    "events.plan_companions": "companions",
    "events.plan_reserved": "quota",
    "events.plan_sessions": "session",
    "events.session_held": "session",
    "events.plan_keys": "question",
    "events.capacity_held": "capacity",
    "events.mode_fixed": "mode",
}


@dataclass(frozen=True, slots=True)
class Read:
    """What a form says. `event` is None if something is wrong with it."""

    event: Event | None
    fields: Fields


def values_of(event: Event | None, now: datetime) -> dict[str, object]:
    """What the fields hold when the form is opened; an empty form for None."""
    if event is None:
        return {"mode": Mode.FIRST_COME, "opens_at": field_moment(now), **_spans(None)}
    place, weights = event.place, event.weights
    return {
        "title": event.title,
        "unit": event.unit_path,
        "mode": event.mode,
        "capacity": event.capacity,
        "summary": event.summary,
        "place": place.name,
        "address": place.address,
        "latitude": "" if place.latitude is None else place.latitude,
        "longitude": "" if place.longitude is None else place.longitude,
        "contact": event.contact,
        "companions": event.companions,
        "team_size": event.team_size,
        "hours": f"{event.hours:f}",
        "roster": _has(event.rules, RuleKind.ROSTER),
        "newcomer": _has(event.rules, RuleKind.NEWCOMER),
        "occupations": _values(event.rules, RuleKind.OCCUPATION),
        "units": _values(event.rules, RuleKind.UNIT),
        "focus_on": weights.focus_on,
        **{name: field_moment(getattr(event, name)) for name in _TIMES},
        **{f"weight_{name}": getattr(weights, name) for name in _LOTS},
        **_spans(event),
    }


def mark_of(event: Event) -> str:
    """What the form shows in short: another one if somebody has changed the event since."""
    told = repr([getattr(event, name) for name in DECIDED])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


_TIMES = ("opens_at", "closes_at", "starts_at", "ends_at")
_LOTS = ("base", "never_attended", "focus", "lost", "missed")


def read(page: Page, base: Event | None, choices: Choices) -> Read:
    """The plan that the form tells. What the form does not have is as in `base`."""
    fields = Fields(page)
    times = _read_times(fields)
    sessions = read_sessions(fields, base, times)
    capacity = fields.number("capacity", 1, _MOST_SEATS)
    quotas = read_quotas(fields, base, sessions, choices)
    reserved = sum(one.quota.seats for one in quotas if one.quota.kind is QuotaKind.RESERVED)
    if reserved > capacity:
        fields.fault("quota", "events.plan_reserved", reserved=reserved, capacity=capacity)
    questions = read_questions(fields, base)
    unit = fields.given("unit")
    if unit not in choices.units:
        fields.fault("unit", "console_events.fault_unit")
    now = page.desk.clock.now()
    opens, closes, starts, ends = (one or now for one in times)
    event = Event(
        id=base.id if base else "",
        title=fields.text("title", TITLE_LIMIT, required=True),
        state=base.state if base else EventState.DRAFT,
        mode=_mode(fields, base),
        unit_path=unit,
        capacity=capacity,
        opens_at=opens,
        closes_at=closes,
        starts_at=starts,
        ends_at=ends,
        created_at=now,
        created_by=page.actor.staff_id,
        summary=fields.text("summary", _SUMMARY),
        place=_read_place(fields),
        contact=fields.text("contact", _CONTACT),
        rules=_read_rules(page, fields, base, choices),
        quotas=quotas,
        questions=questions,
        sessions=sessions,
        weights=_read_weights(fields, base),
        companions=fields.number("companions", 0, MOST_COMPANIONS, default=0),
        team_size=fields.number("team_size", 0, _MOST_TEAM, default=0),
        hours=fields.decimal("hours", 0, _MOST_WORK, default="0"),
        cancel_before=_span(fields, "cancel_before"),
        cut_off_before=_span(fields, "cut_off_before"),
        is_demo=base.is_demo if base else page.desk.is_demo,
    )
    return Read(None if fields.faults else event, fields)


def changes(before: Event, after: Event) -> dict[str, object]:
    """What the form changes of an event that is there."""
    return {
        name: getattr(after, name)
        for name in DECIDED
        if getattr(before, name) != getattr(after, name)
    }


def _read_times(fields: Fields) -> Sequence[datetime | None]:
    found = [fields.moment(name) for name in _TIMES]
    opens, closes, starts, ends = found
    if opens and closes and closes <= opens:
        fields.fault("closes_at", "console_events.fault_closes")
    if closes and starts and starts < closes:
        fields.fault("starts_at", "console_events.fault_starts")
    if starts and ends and ends <= starts:
        fields.fault("ends_at", "console_events.fault_ends")
    return found


def _mode(fields: Fields, base: Event | None) -> Mode:
    if base is not None and base.state is not EventState.DRAFT:
        return base.mode
    return Mode.DRAW if fields.given("mode") == Mode.DRAW else Mode.FIRST_COME


def _read_place(fields: Fields) -> Place:
    latitude, longitude = fields.degrees("latitude", 90), fields.degrees("longitude", 180)
    if (latitude is None) != (longitude is None):
        fields.fault("latitude", "console_events.fault_pin")
    return Place(
        fields.text("place", _PLACE), fields.text("address", _ADDRESS), latitude, longitude
    )


def _read_rules(
    page: Page, fields: Fields, base: Event | None, choices: Choices
) -> tuple[Rule, ...]:
    """Who may come. The name of a rule is what members read when it fails."""
    found = []
    # What was set up with units out of reach comes back as one value, unchanged.
    units = tuple(path for one in fields.ticked("units") for path in one.split(","))
    kept = _rule(base.rules if base else (), RuleKind.UNIT)
    if kept is not None and set(kept.values) == set(units):
        found.append(kept)
    elif units and all(path in choices.units for path in units):
        found.append(Rule(RuleKind.UNIT, units, _joined(page, map(choices.units.get, units))))
    elif units:
        fields.fault("units", "console_events.fault_unit")
    jobs = tuple(one.value for one in Occupation if one.value in fields.ticked("occupations"))
    if jobs:
        names = [str(page.t(f"profile.occupation_{one}")) for one in jobs]
        found.append(Rule(RuleKind.OCCUPATION, jobs, _joined(page, names)))
    found += [
        Rule(kind) for kind in (RuleKind.ROSTER, RuleKind.NEWCOMER) if fields.is_ticked(kind)
    ]
    return tuple(found)


def _read_weights(fields: Fields, base: Event | None) -> Weights:
    if not fields.given("weight_base"):
        # The part of the form that belongs to draws was not there.
        return base.weights if base else Weights()
    lots = {
        name: fields.number(f"weight_{name}", 1 if name == "base" else 0, HEAVIEST)
        for name in _LOTS
    }
    focus_on = tuple(one.value for one in Occupation if one.value in fields.ticked("focus_on"))
    return Weights(**lots, focus_on=focus_on)


def _spans(event: Event | None) -> Mapping[str, object]:
    usual = {"cancel_before": CANCEL_BEFORE, "cut_off_before": CUT_OFF_BEFORE}
    weights = Weights()
    told = {
        name: f"{(getattr(event, name) if event else span) / _HOUR:g}"
        for name, span in usual.items()
    }
    if event is not None:
        return told
    return {
        **told,
        "companions": 0,
        "team_size": 0,
        "hours": "0",
        "occupations": (),
        "units": (),
        "focus_on": (),
        "roster": False,
        "newcomer": False,
        **{f"weight_{name}": getattr(weights, name) for name in _LOTS},
    }


def _span(fields: Fields, name: str) -> timedelta:
    return timedelta(hours=float(fields.decimal(name, 0, _MOST_HOURS, default="0")))


def _has(rules: Iterable[Rule], kind: RuleKind) -> bool:
    return _rule(rules, kind) is not None


def _values(rules: Iterable[Rule], kind: RuleKind) -> tuple[str, ...]:
    found = _rule(rules, kind)
    return found.values if found else ()


def _rule(rules: Iterable[Rule], kind: RuleKind) -> Rule | None:
    return next((one for one in rules if one.kind is kind), None)


def _joined(page: Page, names: Iterable[str | None]) -> str:
    return str(page.t("events.joint_joint")).join(filter(None, names))
