"""What is done with a whole event: publishing, holding, closing, calling off, copying."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from console.events.wording import moment_of
from console.frame.page import Page
from domain.refusal import Refusal

# What a series may repeat after.
EVERY = {"day": timedelta(days=1), "week": timedelta(days=7), "fortnight": timedelta(days=14)}


async def publish(page: Page) -> web.StreamResponse:
    """Let members see it; also after holding, and after closing too early."""
    event = await page.desk.events.desk.publish(page.actor, page.arg("id"))
    return page.redirect(f"/events/{event.id}", "console_events.published")


async def hold(page: Page) -> web.StreamResponse:
    note = page.form.get("hold_note", "").strip()
    event = await page.desk.events.desk.hold(page.actor, page.arg("id"), note)
    return page.redirect(f"/events/{event.id}", "console_events.held")


async def finish(page: Page) -> web.StreamResponse:
    """Close the list of who was there."""
    event = await page.desk.events.desk.finish(page.actor, page.arg("id"))
    return page.redirect(f"/events/{event.id}", "console_events.finished")


async def cancel(page: Page) -> web.StreamResponse:
    """Call it off, after its name was typed."""
    event = await page.desk.events.reader.get(page.actor, page.arg("id"))
    page.must_be_named(event.title)
    note = page.form.get("cancel_note", "")
    await page.desk.events.desk.cancel_event(page.actor, event.id, note)
    return page.redirect(f"/events/{event.id}", "console_events.cancelled", name=event.title)


async def clone(page: Page) -> web.StreamResponse:
    """The same event as a draft at another time."""
    event = await page.desk.events.reader.get(page.actor, page.arg("id"))
    starts = moment_of(page.form.get("starts", ""))
    if starts is None:
        raise Refusal("console_events.fault_moment")
    made = await page.desk.events.desk.clone(page.actor, event.id, starts - event.starts_at)
    return page.redirect(f"/events/{made.id}", "console_events.cloned")


async def repeat(page: Page) -> web.StreamResponse:
    """More drafts, one after the other."""
    every = EVERY.get(page.form.get("every", ""), timedelta(0))
    text = page.form.get("count", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    made = await page.desk.events.desk.repeat(page.actor, page.arg("id"), every, count)
    query = "?state=draft"
    return page.redirect(f"/events{query}", "console_events.repeated", count=len(made))
