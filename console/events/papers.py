"""What goes out on paper or as a file: poster, sign-in sheet, the record of a draw."""

from __future__ import annotations

import segno
from aiohttp import web

from console.events.wording import telling
from console.frame.page import Page
from domain.clock import BEIJING
from domain.events import Event
from domain.refusal import Refusal
from domain.seats import State

# Who may come through the door, and whoever came already.
ON_THE_LIST = (State.CONFIRMED, State.ATTENDED, State.NO_SHOW)
# Rows for whoever comes without having signed up.
_BLANK_ROWS = 8


async def show_poster(page: Page) -> web.StreamResponse:
    """A poster for printing, with a QR code that opens the event in the chat."""
    event, link = await page.desk.events.reader.find_link(page.actor, page.arg("id"))
    address = f"https://t.me/{page.desk.bot_name}?start={link.token}" if link else ""
    # A quarter of the squares may be dirty or torn: it hangs outside.
    code = segno.make(address, error="q").svg_data_uri(border=2) if link else None
    return page.render(
        "events/poster.html",
        event=event,
        when=page.desk.events.when(event),
        link=link,
        address=address,
        qr=code,
    )


async def make_poster(page: Page) -> web.StreamResponse:
    """Make the link of the poster."""
    await page.desk.events.reader.make_link(page.actor, page.arg("id"))
    return page.redirect(f"/events/{page.arg('id')}/poster")


async def show_sheet(page: Page) -> web.StreamResponse:
    """A list to sign on paper, for a place without a network."""
    reader = page.desk.events.reader
    event = await reader.get(page.actor, page.arg("id"))
    guests = [one async for one in reader.stream(page.actor, event.id, ON_THE_LIST)]
    guests.sort(key=lambda one: (_starts(event, one.seat.session), one.seat.rank))
    return page.render(
        "events/sheet.html",
        event=event,
        guests=guests,
        blank=range(_BLANK_ROWS),
        say=telling(page, event),
        printed_at=page.desk.clock.now(),
    )


async def draw_record(page: Page) -> web.StreamResponse:
    """The record by which anybody can draw again. It names nobody."""
    event = await page.desk.events.reader.get(page.actor, page.arg("id"))
    if event.drawn_at is None or event.draw_record is None:
        raise Refusal("events.not_found")
    name = f"draw-{event.id}-{event.drawn_at.astimezone(BEIJING):%Y%m%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=event.draw_record, content_type="application/json", headers=headers)


async def show_draw_rules(page: Page) -> web.StreamResponse:
    """How a draw is made and how anybody can check it."""
    return page.render("events/draw_rules.html")


def _starts(event: Event, session: str | None) -> float:
    return event.starts(session).timestamp()
