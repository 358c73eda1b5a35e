"""Segments that are kept under a name, and how many people are in them."""

from __future__ import annotations

from aiohttp import web

from console.broadcasts.reading import own_segment, values_of
from console.broadcasts.wording import criteria, known
from console.events.fields import Fields
from console.frame.page import Page
from domain.broadcasts import Audience, Behaviour, Language, Reckoning, SavedSegment, Topic
from domain.people import Occupation
from domain.refusal import Refusal


async def show(page: Page) -> web.StreamResponse:
    """The segments, each with its number of today, and the form of a new one."""
    office, names = page.desk.broadcasts, await known(page)
    found = await office.segments.list_segments(page.actor)
    t = page.t
    return page.render(
        "broadcasts/segments.html",
        segments=[
            (one, await _count(page, one), criteria(page, names, one.segment)) for one in found
        ],
        values=values_of(None, names),
        faults={},
        units=[(one.path, one.name) for one in await office.segments.units(page.actor)],
        names=names,
        jobs=[(one, t(f"profile.occupation_{one}")) for one in Occupation],
        languages=[(one, t(f"console_broadcasts.language_{one}")) for one in Language],
        behaviours=[(one, t(f"console_broadcasts.behaviour_{one}")) for one in Behaviour],
        reckoning=None,
        why=None,
    )


async def count(page: Page) -> web.StreamResponse:
    """How many are in what is being ticked: a piece of the page."""
    segment = own_segment(Fields(page))
    reckoning, why = None, None
    if segment is not None:
        try:
            reckoning = await page.desk.broadcasts.segments.reckon(
                page.actor, Audience((segment,)), Topic.NEWS
            )
        except Refusal as refusal:
            is_mine = refusal.code != "staff.not_allowed"
            told = refusal if is_mine else Refusal("console_broadcasts.out_of_reach")
            why = page.t(told.code, **told.values)
    return page.render("broadcasts/reckoning.html", reckoning=reckoning, why=why)


async def save(page: Page) -> web.StreamResponse:
    """Keep a segment under a name."""
    segment = own_segment(Fields(page))
    if segment is None:
        raise Refusal("broadcasts.audience_empty")
    name = page.form.get("segment_name", "")
    made = await page.desk.broadcasts.segments.save(page.actor, name, segment)
    return page.redirect("/broadcasts/segments", "console_broadcasts.segment_kept", name=made.name)


async def remove(page: Page) -> web.StreamResponse:
    """Forget a segment. Broadcasts that used it keep their recipients."""
    await page.desk.broadcasts.segments.remove(page.actor, page.arg("segment"))
    return page.redirect("/broadcasts/segments", "console_broadcasts.segment_gone")


async def _count(page: Page, one: SavedSegment) -> Reckoning | None:
    """Today's number; None if its units are out of reach by now."""
    try:
        return await page.desk.broadcasts.segments.reckon(
            page.actor, Audience((one.segment,)), Topic.NEWS
        )
    except Refusal:
        return None
