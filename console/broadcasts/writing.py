"""The form of a broadcast: a new one, changing a draft, and how it looks while one types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from console.broadcasts.reading import (
    Choices,
    Read,
    button_values,
    kept_segments,
    read,
    values_of,
)
from console.broadcasts.wording import Known, criteria, known, telling
from console.desk import PhonePage
from console.frame.page import Page
from domain.broadcasts import (
    MOST_BUTTONS,
    MUTABLE,
    UNIT,
    Behaviour,
    Broadcast,
    Clash,
    Content,
    Draft,
    Fault,
    Language,
    Reckoning,
)
from domain.people import Occupation
from domain.recurrence import Every, Occurrence
from domain.refusal import Refusal
from domain.staff import Permission

# More kinds of members than this tell nothing new on a screen.
_MOST_PHONES = 3
# Where a broadcast cannot be shown, because its text is not sound yet.
_UNSHOWABLE = ("text", "correction")


@dataclass(frozen=True, slots=True)
class Look:
    """A draft as it is while one writes: whom it reaches, how it looks, what it runs into."""

    content: Content
    phones: Sequence[tuple[str, PhonePage]] = ()
    faults: Sequence[Fault] = ()
    clashes: Sequence[Clash] = ()
    times: Sequence[Occurrence] = ()
    reckoning: Reckoning | None = None
    no_reckoning: Refusal | None = None
    names_unit: bool = field(default=False)


async def begin(page: Page) -> web.StreamResponse:
    """An empty form."""
    return await _form(page, None, await _choices(page))


async def create(page: Page) -> web.StreamResponse:
    """Keep it as a draft, or show what is wrong with it."""
    choices = await _choices(page)
    found = await _checked(page, None, choices)
    if found.fields.faults or "more" in page.form:
        return await _form(page, None, choices, found)
    made = await page.desk.broadcasts.desk.create(page.actor, found.draft)
    return page.redirect(f"/broadcasts/{made.id}", "console_broadcasts.created")


async def edit(page: Page) -> web.StreamResponse:
    """The form as the draft is now."""
    broadcast = await page.desk.broadcasts.desk.get(page.actor, page.arg("id"))
    return await _form(page, broadcast, await _choices(page))


async def save(page: Page) -> web.StreamResponse:
    """Change a draft. Whatever was agreed to before is void by it."""
    desk = page.desk.broadcasts.desk
    broadcast = await desk.get(page.actor, page.arg("id"))
    choices = await _choices(page)
    found = await _checked(page, broadcast, choices)
    if found.fields.faults or "more" in page.form:
        return await _form(page, broadcast, choices, found)
    await desk.change(page.actor, broadcast.id, found.draft)
    return page.redirect(f"/broadcasts/{broadcast.id}", "console_broadcasts.saved")


async def look(page: Page) -> web.StreamResponse:
    """What is being typed, as members would get it: a piece of the page beside the form."""
    choices = await _choices(page)
    found = await read(page, None, choices)
    shown = await _shown(page, choices.names, found.draft, page.form.get("id", ""))
    return page.render("broadcasts/look.html", **shown)


async def look_at(page: Page, names: Known, draft: Draft, besides: str = "") -> Look:
    """A draft with everything that can be known of it before anybody gets it."""
    office, content = page.desk.broadcasts, draft.content
    faults = tuple(office.desk.check(draft))
    reckoning, why = None, None
    try:
        reckoning = await office.segments.reckon(page.actor, draft.audience, content.topic)
    except Refusal as refusal:
        is_mine = refusal.code != "staff.not_allowed"
        why = refusal if is_mine else Refusal("console_broadcasts.out_of_reach")
    is_sound = not any(one.field in _UNSHOWABLE for one in faults)
    return Look(
        content,
        _phones(page, names, draft, reckoning) if is_sound else (),
        faults,
        await office.desk.clashes(page.actor, draft, besides) if reckoning else (),
        _times(page, draft),
        reckoning,
        why,
        UNIT in content.placeholders,
    )


def _times(page: Page, draft: Draft) -> Sequence[Occurrence]:
    if draft.plan.rule is None:
        return ()
    try:
        return page.desk.broadcasts.desk.next_times(draft.plan.rule)
    except Refusal:
        # Told beside the field, as one of the faults.
        return ()


def _phones(
    page: Page, names: Known, draft: Draft, reckoning: Reckoning | None
) -> Sequence[tuple[str, PhonePage]]:
    """How it looks to members of several units; once if they all see the same."""
    content = draft.content
    real = [one.unit for one in reckoning.sample if one.unit] if reckoning else []
    units = list(dict.fromkeys(real)) or [names.units.get(x, "") for x in draft.audience.paths]
    if UNIT not in content.placeholders:
        units = units[:1]
    show = page.desk.broadcasts.phone_page
    return [(one, show(content, one)) for one in units[:_MOST_PHONES] or [""]]


async def _checked(page: Page, base: Broadcast | None, choices: Choices) -> Read:
    found = await read(page, base, choices)
    found.tell(page.desk.broadcasts.desk.check(found.draft))
    return found


async def _form(
    page: Page, broadcast: Broadcast | None, choices: Choices, found: Read | None = None
) -> web.Response:
    # Asking for one more row is no attempt to save: what is not filled in yet is no fault.
    wants_row = "more" in page.form
    faults = found.fields.faults if found is not None and not wants_row else {}
    buttons = button_values(broadcast)
    count = max(found.fields.rows("button"), 1) if found else len(buttons) + 1
    draft = found.draft if found else broadcast.draft if broadcast else None
    media = draft.content.media if draft else None
    besides = broadcast.id if broadcast else ""
    shown = await _shown(page, choices.names, draft, besides) if draft else {}
    t, values = page.t, values_of(broadcast, choices.names)
    leads = [(one, t(f"console_broadcasts.leads_{one}")) for one in ("read", "quiz", "link")]
    return page.render(
        "broadcasts/edit.html",
        status=422 if faults else 200,
        broadcast=broadcast,
        values=values,
        segment_options=[(one.id, one.name) for one in choices.names.saved],
        kept_options=[
            (packed, criteria(page, choices.names, segment))
            for packed, segment in kept_segments(broadcast, choices.names)
        ],
        unit_options=choices.reach.items(),
        buttons=buttons,
        button_count=min(count + wants_row, MOST_BUTTONS),
        most_buttons=MOST_BUTTONS,
        faults=faults,
        media=media,
        choices=choices,
        topics=[(one, t(f"console_broadcasts.about_{one}")) for one in MUTABLE],
        leads=[
            *leads,
            *(
                (f"event:{number}", t("console_broadcasts.leads_event", title=title))
                for number, title in choices.names.events.items()
            ),
            *(
                (f"entry:{number}", t("console_broadcasts.leads_entry", title=title))
                for number, title in choices.entries.items()
            ),
        ],
        jobs=[(one, t(f"profile.occupation_{one}")) for one in Occupation],
        languages=[(one, t(f"console_broadcasts.language_{one}")) for one in Language],
        behaviours=[(one, t(f"console_broadcasts.behaviour_{one}")) for one in Behaviour],
        every=[(one, t(f"console_broadcasts.every_{one}")) for one in Every],
        weekdays=[(str(one), t(f"console_broadcasts.weekday_{one}")) for one in range(7)],
        shown=shown,
    )


async def _shown(page: Page, names: Known, draft: Draft, besides: str) -> dict[str, Any]:
    return {
        "look": await look_at(page, names, draft, besides),
        "say": telling(page, names),
    }


async def _choices(page: Page) -> Choices:
    owners = {
        unit.path: unit.name
        for unit in await page.desk.units.list_tree(page.actor)
        if unit.is_open and page.may(Permission.BROADCAST_DRAFT, unit.path)
    }
    office = page.desk.broadcasts
    reach = {unit.path: unit.name for unit in await office.segments.units(page.actor)}
    return Choices(owners, reach, await known(page), office.entries())
