"""What goes along with a case: appointments, telling the employer, law firms."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from console.cases.acts import back
from console.events.wording import moment_of
from console.frame.page import Page
from domain.cases.meeting import MOST_SLOTS, Mode
from domain.refusal import Refusal


async def offer(page: Page) -> web.StreamResponse:
    """Offer the member some times."""
    form = page.form
    try:
        mode = Mode(form.get("mode", ""))
    except ValueError:
        raise Refusal("cases.meeting_gone") from None
    slots: list[datetime] = []
    for number in range(1, MOST_SLOTS + 1):
        text = form.get(f"slot{number}", "").strip()
        slot = moment_of(text)
        if text and slot is None:
            raise Refusal("cases.slots_past")
        if slot is not None:
            slots.append(slot)
    place = form.get("place", "")
    await page.desk.cases.meetings.offer(page.actor, page.arg("id"), mode, place, slots)
    return back(page, "meetings", "console_cases.done_offer")


async def confirm(page: Page) -> web.StreamResponse:
    """The other side said yes to the time that the member chose."""
    await page.desk.cases.meetings.confirm(page.actor, page.arg("id"), page.arg("meeting"))
    return back(page, "meetings", "console_cases.done_confirm")


async def held(page: Page) -> web.StreamResponse:
    """It took place."""
    await page.desk.cases.meetings.held(page.actor, page.arg("id"), page.arg("meeting"))
    return back(page, "meetings", "console_cases.done_held")


async def cancel(page: Page) -> web.StreamResponse:
    """It does not take place."""
    await page.desk.cases.meetings.cancel(page.actor, page.arg("id"), page.arg("meeting"))
    return back(page, "meetings", "console_cases.done_cancel")


async def ask(page: Page) -> web.StreamResponse:
    """Ask the member whether somebody outside may be told exactly this."""
    form, desk = page.form, page.desk.cases.disclosures
    await desk.ask(page.actor, page.arg("id"), form.get("to", ""), form.get("what", ""))
    return back(page, "meetings", "console_cases.done_ask")


async def carried_out(page: Page) -> web.StreamResponse:
    """It was told, after the member's yes."""
    desk = page.desk.cases.disclosures
    await desk.carried_out(page.actor, page.arg("id"), page.arg("disclosure"))
    return back(page, "meetings", "console_cases.done_told")


async def refer(page: Page) -> web.StreamResponse:
    """Give it to a law firm under contract."""
    form, desk = page.form, page.desk.cases.firms
    await desk.refer(page.actor, page.arg("id"), form.get("firm", ""), form.get("note", ""))
    return back(page, "facts", "console_cases.done_refer")
