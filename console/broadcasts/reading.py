"""A broadcast as a form: its values for the fields, and the draft that the fields tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta

from aiohttp.web_request import FileField

from console.broadcasts.wording import Known
from console.events.fields import Fields
from console.events.wording import day_of, field_moment
from console.frame.page import Page
from domain.broadcasts import (
    FILE_LIMIT,
    LASTS,
    MOST_BUTTONS,
    Audience,
    Behaviour,
    Broadcast,
    Button,
    ButtonKind,
    Content,
    Draft,
    Fault,
    Language,
    MediaRef,
    Plan,
    Segment,
    Topic,
    WithEvent,
    segment_json,
    segment_of,
)
from domain.people import Occupation
from domain.recurrence import Every, Rule
from domain.refusal import Refusal

_HOUR = timedelta(hours=1)
# More than Telegram takes, so that the rule and not the form says what is too long.
_LONGEST = 20_000
_MOST_HOURS = 24 * 366
_TIME = "%H:%M"
# Kinds of buttons that lead to something of ours, chosen from a list.
_CHOSEN = (ButtonKind.EVENT, ButtonKind.ENTRY)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form may choose from. `owners` are units whose broadcast it may be, `reach` those
    whose members it may be for."""

    owners: Mapping[str, str]
    reach: Mapping[str, str]
    names: Known
    entries: Mapping[str, str]


@dataclass(slots=True)
class Read:
    """What a form says, with its faults. `rows` tells in which row each button stands."""

    draft: Draft
    fields: Fields
    rows: list[int] = field(default_factory=list)

    def tell(self, faults: Sequence[Fault]) -> None:
        """Put what the rules say beside the fields that they are about."""
        for fault in faults:
            name, _, number = fault.field.partition(".")
            if name == "buttons" and number.isdigit() and int(number) < len(self.rows):
                name = f"button{self.rows[int(number)]}_label"
            self.fields.refusal(name, fault.refusal)


def values_of(broadcast: Broadcast | None, names: Known) -> dict[str, object]:
    """What the fields hold when the form is opened; an empty form for None."""
    if broadcast is None:
        return {**_segment_values(None), **_rule_values(None), "lasts": _hours(LASTS)}
    content, plan = broadcast.content, broadcast.plan
    saved = {one.segment: one.id for one in names.saved}
    own = _own_of(broadcast, names)
    return {
        "title": broadcast.title,
        "unit": broadcast.unit_path,
        "topic": content.topic,
        "text": content.text,
        "correction": content.correction,
        "at": field_moment(plan.at) if plan.at else "",
        "lasts": _hours(plan.lasts),
        "segments": [saved[one] for one in broadcast.audience.segments if one in saved],
        **_segment_values(own),
        **_rule_values(plan.rule),
    }


def kept_segments(broadcast: Broadcast | None, names: Known) -> Sequence[tuple[str, Segment]]:
    """Segments that are neither kept under a name nor fit the boxes, each packed for its box."""
    if broadcast is None:
        return ()
    own = _own_of(broadcast, names)
    saved = {one.segment for one in names.saved}
    loose = [one for one in broadcast.audience.segments if one not in saved and one != own]
    return [(_packed(one), one) for one in loose]


def button_values(broadcast: Broadcast | None) -> Sequence[Mapping[str, str]]:
    """The buttons as rows of the form."""
    if broadcast is None:
        return ()
    return [
        {
            "leads": f"{one.kind}:{one.target}" if one.kind in _CHOSEN else one.kind.value,
            "label": one.label,
            "link": one.target if one.kind is ButtonKind.LINK else "",
        }
        for one in broadcast.content.buttons
    ]


async def read(page: Page, base: Broadcast | None, choices: Choices) -> Read:
    """The draft that the form tells. A file that came along is kept at once, so that it is not
    lost when something else must be put right first."""
    fields = Fields(page)
    unit = fields.given("unit")
    if unit not in choices.owners:
        fields.fault("unit", "console_events.fault_unit")
    media = await _media(page, fields, base)
    buttons, rows = _buttons(fields)
    topic = fields.given("topic")
    content = Content(
        fields.text("text", _LONGEST),
        Topic(topic) if topic in set(Topic) else Topic.NEWS,
        media,
        tuple(buttons),
        fields.text("correction", _LONGEST),
    )
    plan = _plan(fields)
    draft = Draft(fields.given("title"), unit, content, _audience(fields, choices), plan)
    return Read(draft, fields, rows)


def own_segment(fields: Fields) -> Segment | None:
    """The segment that the boxes of the form make; None if no box is ticked."""
    event = fields.given("event")
    how = fields.given("behaviour")
    languages, jobs = fields.ticked("languages"), fields.ticked("occupations")
    segment = Segment(
        tuple(fields.ticked("paths")),
        tuple(one for one in Occupation if one in jobs),
        tuple(one for one in Language if one in languages),
        (WithEvent(event, Behaviour(how)),) if event and how in set(Behaviour) else (),
        (played,) if (played := fields.given("round")) else (),
    )
    return segment if segment.paths or segment.is_narrowed else None


async def _media(page: Page, fields: Fields, base: Broadcast | None) -> MediaRef | None:
    desk = page.desk.broadcasts.desk
    file = page.file("file")
    if file is not None:
        content = await asyncio.to_thread(_bytes, file)
        try:
            return (await desk.keep_file(page.actor, file.filename, content)).ref
        except Refusal as refusal:
            if refusal.code == "staff.not_allowed":
                raise
            fields.refusal("file", refusal)
    if fields.is_ticked("drop_file"):
        return None
    kept = base.content.media if base else None
    number = fields.given("file_id")
    if not number or (kept is not None and kept.file_id == number):
        return kept
    return (await desk.open_file(page.actor, number))[0].ref


def _bytes(file: FileField) -> bytes:
    with file.file as upload:
        # One byte more than is allowed tells that it is too big.
        return upload.read(FILE_LIMIT + 1)


def _buttons(fields: Fields) -> tuple[list[Button], list[int]]:
    found, rows = [], []
    for at in range(min(fields.rows("button"), MOST_BUTTONS)):
        leads = fields.given(f"button{at}_leads")
        label, link = fields.given(f"button{at}_label"), fields.given(f"button{at}_link")
        if not leads and not label and not link:
            continue
        kind, _, target = leads.partition(":")
        if kind not in set(ButtonKind):
            fields.fault(f"button{at}_leads", "console_broadcasts.fault_leads")
            continue
        found.append(Button(ButtonKind(kind), label, link if kind == "link" else target))
        rows.append(at)
    return found, rows


def _audience(fields: Fields, choices: Choices) -> Audience:
    saved = {one.id: one.segment for one in choices.names.saved}
    ticked = [saved[one] for one in fields.ticked("segments") if one in saved]
    own = own_segment(fields)
    if own is not None and not own.paths:
        fields.fault("audience", "console_broadcasts.fault_paths")
    ticked += [own] if own else []
    for packed in fields.ticked("kept"):
        try:
            ticked.append(segment_of(json.loads(packed)))
        except (ValueError, TypeError, KeyError):
            fields.fault("audience", "console_broadcasts.fault_kept")
    return Audience(tuple(dict.fromkeys(ticked)))


def _plan(fields: Fields) -> Plan:
    hours = fields.decimal("lasts", 0, _MOST_HOURS, default=_hours(LASTS))
    at = fields.moment("at") if fields.given("at") else None
    return Plan(at, timedelta(hours=float(hours)), _rule(fields))


def _rule(fields: Fields) -> Rule | None:
    every = fields.given("every")
    if every not in set(Every):
        return None
    first, last = day_of(fields.given("first")), day_of(fields.given("last"))
    clock = _time(fields.given("clock"))
    if first is None:
        fields.fault("first", "console_broadcasts.fault_day")
    if clock is None:
        fields.fault("clock", "console_broadcasts.fault_clock")
    interval = fields.number("interval", 0, 9999, default=1)
    day = fields.number("day", 0, 99, default=0) or None
    month = fields.number("month", 0, 99, default=0) or None
    if first is None or clock is None:
        return None
    return Rule(
        Every(every),
        first,
        clock,
        interval,
        tuple(int(one) for one in fields.ticked("weekdays") if one in set("0123456")),
        day,
        month,
        last,
        fields.is_ticked("working_days"),
    )


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text[:5])
    except ValueError:
        return None


def _own_of(broadcast: Broadcast, names: Known) -> Segment | None:
    """The first segment without a name that the boxes of the form can show."""
    saved = {one.segment for one in names.saved}
    return next(
        (
            one
            for one in broadcast.audience.segments
            if one not in saved and len(one.events) < 2 and len(one.rounds) < 2
        ),
        None,
    )


def _segment_values(segment: Segment | None) -> dict[str, object]:
    event = segment.events[0] if segment and segment.events else None
    return {
        "paths": segment.paths if segment else (),
        "occupations": segment.occupations if segment else (),
        "languages": segment.languages if segment else (),
        "event": event.event_id if event else "",
        "behaviour": event.behaviour if event else "",
        "round": segment.rounds[0] if segment and segment.rounds else "",
    }


def _rule_values(rule: Rule | None) -> dict[str, object]:
    if rule is None:
        return {"weekdays": (), "interval": 1}
    return {
        "every": rule.every,
        "interval": rule.interval,
        "first": rule.first.isoformat(),
        "clock": rule.at.strftime(_TIME),
        "weekdays": tuple(str(one) for one in rule.weekdays),
        "day": rule.day or "",
        "month": rule.month or "",
        "last": rule.last.isoformat() if rule.last else "",
        "working_days": rule.working_days_only,
    }


def _packed(segment: Segment) -> str:
    return json.dumps(segment_json(segment), ensure_ascii=False, separators=(",", ":"))


def _hours(value: timedelta) -> str:
    return f"{value / _HOUR:g}"
