"""What a member takes along: a code for the door, a calendar file, the map, a draw's record."""

from __future__ import annotations

import io
from collections.abc import Mapping

import segno
from telegram import Update

from domain.ics import calendar_file
from domain.refusal import Refusal
from domain.seats import HOLDING, State
from domain.sign_ups import Receipt
from handlers.context import Context, Press
from handlers.events.pages import when
from handlers.screen import say
from locales import Markup, plain
from services.events import View

# Modules of eight pixels are read from a scratched screen at arm's length.
_SCALE, _BORDER = 8, 4


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "events:ticket": show_ticket,
        "events:ics": send_ics,
        "events:pin": send_pin,
        "events:draw": show_draw,
    }


async def show_ticket(update: Update, context: Context, event_id: str) -> None:
    """The personal QR code with the six digits."""
    view, mine = await _own(update, context, event_id)
    if mine.state is not State.CONFIRMED:
        raise Refusal("events.not_now")
    caption = context.t(
        "events.ticket",
        title=view.event.title,
        when=when(context.t, view.event, mine.session),
        code=f"{mine.code[:3]} {mine.code[3:]}",
    )
    assert update.effective_chat is not None
    # Whoever has the picture could come in the member's place.
    await update.effective_chat.send_photo(
        code_picture(mine.seat_id), caption=caption, protect_content=True
    )


def code_picture(seat_id: str) -> bytes:
    """What the door scans, as PNG."""
    picture = io.BytesIO()
    segno.make(seat_id, error="m").save(picture, kind="png", scale=_SCALE, border=_BORDER)
    return picture.getvalue()


async def send_ics(update: Update, context: Context, event_id: str) -> None:
    """A file for the phone's calendar."""
    view, mine = await _own(update, context, event_id)
    event = view.event
    if mine.state not in HOLDING:
        raise Refusal("events.not_now")
    content = calendar_file(
        f"{event.id}-{mine.session or 'all'}",
        event.title,
        " ".join(filter(None, (event.place.name, event.place.address))),
        event.starts(mine.session),
        event.ends(mine.session),
        event.created_at,
    )
    assert update.effective_chat is not None
    await update.effective_chat.send_document(
        content,
        filename=plain(context.t("events.ics_name")),
        caption=context.t("events.ics_caption"),
    )


async def send_pin(update: Update, context: Context, event_id: str) -> Markup | None:
    """The place on the map."""
    assert update.effective_user is not None and update.effective_chat is not None
    event = (await context.desk.events.get(event_id, update.effective_user.id)).event
    place = event.place
    if place.latitude is None or place.longitude is None:
        return context.t("events.no_pin")
    await update.effective_chat.send_venue(
        place.latitude, place.longitude, place.name or event.title, place.address or place.name
    )
    return None


async def show_draw(update: Update, context: Context, event_id: str) -> None:
    """How the draw can be checked: the promises before it, the record after it."""
    assert update.effective_user is not None and update.effective_chat is not None
    t = context.t
    view = await context.desk.events.get(event_id, update.effective_user.id)
    event = view.event
    if event.drawn_at is None or event.draw_record is None:
        entries = (
            t("events.draw_entries", entries=event.entries_hash)
            if event.entries_hash
            else t("events.draw_entries_later")
        )
        await say(update, t("events.draw_before", seed=event.seed_hash or "", entries=entries))
        return
    caption = (
        t("events.draw_after", entry=view.mine.entry)
        if view.mine is not None
        else t("events.draw_after_other")
    )
    await update.effective_chat.send_document(
        event.draw_record.encode(), filename=f"draw-{event.id}.json", caption=caption
    )


async def _own(update: Update, context: Context, event_id: str) -> tuple[View, Receipt]:
    """The event with the member's claim. Refuses with `events.not_signed_up`."""
    assert update.effective_user is not None
    view = await context.desk.events.get(event_id, update.effective_user.id)
    if view.mine is None:
        raise Refusal("events.not_signed_up")
    return view, view.mine
