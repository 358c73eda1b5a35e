"""The form of an event: a new one, and changing one that is there."""

from __future__ import annotations

from aiohttp import web

from console.events import plan
from console.events.fields import MOST_ROWS, Fields
from console.events.rows import ASKED, Choices, question_rows, quota_rows, session_rows
from console.frame.page import Page
from domain.events import Event, EventState, Mode, RuleKind
from domain.people import Occupation
from domain.refusal import Refusal
from domain.seats import QuotaKind, State
from domain.staff import Permission
from services.events import Overview

# Empty rows of each kind that a form has when it is opened.
_SPARE = 1


async def begin(page: Page) -> web.StreamResponse:
    """An empty form."""
    return _form(page, None, await _choices(page, None))


async def create(page: Page) -> web.StreamResponse:
    """Keep the plan as a draft, or show what is wrong with it."""
    choices = await _choices(page, None)
    found = plan.read(page, None, choices)
    if found.event is None or "more" in page.form:
        return _form(page, None, choices, found.fields)
    try:
        made = await page.desk.events.desk.create(page.actor, found.event)
    except Refusal as refusal:
        return _form(page, None, choices, _told(found.fields, refusal))
    return page.redirect(f"/events/{made.id}", "console_events.created")


async def edit(page: Page) -> web.StreamResponse:
    """The form as the event is now."""
    overview = await page.desk.events.reader.overview(page.actor, page.arg("id"))
    return _form(page, overview, await _choices(page, overview.event))


async def save(page: Page) -> web.StreamResponse:
    """Change what the form changes. A new time or place is told to those who have a seat."""
    overview = await page.desk.events.reader.overview(page.actor, page.arg("id"))
    event = overview.event
    choices = await _choices(page, event)
    found = plan.read(page, event, choices)
    if found.event is None or "more" in page.form:
        return _form(page, overview, choices, found.fields)
    if page.form.get("seen") not in (None, plan.mark_of(event)):
        # Saved as it is, the form would undo what somebody else has changed since it was opened.
        found.fields.fault("seen", "console_events.fault_seen")
        return _form(page, overview, choices, found.fields)
    changes = plan.changes(event, found.event)
    if not changes:
        return page.redirect(f"/events/{event.id}", "console_events.unchanged")
    try:
        await page.desk.events.desk.change(page.actor, event.id, **changes)
    except Refusal as refusal:
        return _form(page, overview, choices, _told(found.fields, refusal))
    return page.redirect(f"/events/{event.id}", "console_events.saved")


def _told(fields: Fields, refusal: Refusal) -> Fields:
    """A rule's no that only the service knows, beside the field that it is about."""
    if refusal.code not in plan.FIELD_OF:
        raise refusal
    fields.refusal(plan.FIELD_OF[refusal.code], refusal)
    return fields


def _form(
    page: Page, overview: Overview | None, choices: Choices, fields: Fields | None = None
) -> web.Response:
    event = overview.event if overview else None
    # Asking for one more row is no attempt to save: what is not filled in yet is no fault.
    wants_row = page.form.get("more", "")
    faults = fields.faults if fields is not None and not wants_row else {}
    known = {
        "session": session_rows(event),
        "quota": quota_rows(event),
        "question": question_rows(event),
    }
    counts = {
        name: len(rows) + _SPARE if fields is None else max(fields.rows(name), 1)
        for name, rows in known.items()
    }
    if wants_row in counts:
        counts[wants_row] = min(counts[wants_row] + 1, MOST_ROWS)
    t = page.t
    return page.render(
        "events/edit.html",
        status=422 if faults else 200,
        event=event,
        holders=overview.claims(State.CONFIRMED, State.OFFERED) if overview else 0,
        values=plan.values_of(event, page.desk.clock.now()),
        faults=faults,
        seen=plan.mark_of(event) if event else "",
        rows=known,
        counts=counts,
        choices=choices,
        rule_units=_rule_units(event, choices),
        is_fixed=event is not None and event.state is not EventState.DRAFT,
        modes=[(one, t(f"console_events.mode_{one}")) for one in Mode],
        quota_kinds=[(one, t(f"console_events.quota_{one}")) for one in QuotaKind],
        asked=[(one, t(f"console_events.ask_{one}")) for one in ASKED],
        jobs=[(one, t(f"profile.occupation_{one}")) for one in Occupation],
    )


def _rule_units(event: Event | None, choices: Choices) -> list[tuple[str, str]]:
    """Units that may be ticked; those of a rule that are out of reach stand together as one."""
    units = list(choices.units.items())
    for rule in event.rules if event else ():
        if rule.kind is RuleKind.UNIT and not choices.units.keys() >= set(rule.values):
            units.insert(0, (",".join(rule.values), rule.name))
    return units


async def _choices(page: Page, event: Event | None) -> Choices:
    """Units within reach, and the groups that a quota may count."""
    units = {
        unit.path: unit.name
        for unit in await page.desk.units.list_tree(page.actor)
        if unit.is_open and page.may(Permission.EVENTS_WRITE, unit.path)
    }
    groups = {f"occupation:{one}": str(page.t(f"profile.occupation_{one}")) for one in Occupation}
    groups |= {f"unit:{path}": name for path, name in units.items()}
    if event is not None:
        groups |= {f"session:{one.key}": one.title for one in event.sessions}
        # What was set up otherwise stays a choice, under the name that it has.
        for row in quota_rows(event):
            groups.setdefault(str(row["group"]), str(row["name"]))
    return Choices(units, groups)
