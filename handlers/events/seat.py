"""What a member does with a seat: give it back, take an offer, say whether they come."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.seats import State
from handlers.context import Context, Press
from handlers.events.pages import when, where
from handlers.keyboards import button
from handlers.screen import show, show_keyboard
from locales import Markup


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "events:leave": ask_leave,
        "events:left": leave,
        "events:yes": accept,
        "events:no": decline,
        "events:come": will_come,
        "events:cannot": cannot_come,
    }


async def ask_leave(update: Update, context: Context, event_id: str) -> None:
    """A seat is gone in a moment: ask once. Whoever only waits is not asked."""
    assert update.effective_user is not None
    t = context.t
    view = await context.desk.events.get(event_id, update.effective_user.id)
    if view.mine is None or view.mine.state is not State.CONFIRMED:
        had_seat = view.mine is not None and view.mine.state is State.OFFERED
        await _leave(update, context, event_id, had_seat=had_seat)
        return
    rows = [
        [
            button(t("events.keep_button"), f"events:open:{event_id}"),
            button(t("events.really_leave_button"), f"events:left:{event_id}"),
        ]
    ]
    text = t("events.really_leave", title=view.event.title)
    await show(update, text, InlineKeyboardMarkup(rows))


async def leave(update: Update, context: Context, event_id: str) -> None:
    """Give the seat back: only whoever has one was asked."""
    await _leave(update, context, event_id, had_seat=True)


async def _leave(update: Update, context: Context, event_id: str, *, had_seat: bool) -> None:
    """Give the seat back, or leave the line or the draw. What is said does not hang on how it
    stands: the same press may come again."""
    assert update.effective_user is not None
    member, events, t = update.effective_user.id, context.desk.events, context.t
    await events.cancel(event_id, member)
    title = (await events.get(event_id, member)).event.title
    text = t("events.left", title=title) if had_seat else t("events.left_line", title=title)
    await show(update, text, _to_list(context))


async def accept(update: Update, context: Context, event_id: str) -> None:
    """Yes to an offer."""
    assert update.effective_user is not None
    t, member = context.t, update.effective_user.id
    receipt = await context.desk.events.accept(event_id, member)
    event = (await context.desk.events.get(event_id, member)).event
    text = t(
        "events.accepted",
        title=event.title,
        when=when(t, event, receipt.session),
        place=where(t, event.place.name),
    )
    rows = [[button(t("events.open_button"), f"events:open:{event_id}")]]
    await show(update, text, InlineKeyboardMarkup(rows))


async def decline(update: Update, context: Context, event_id: str) -> None:
    """No to an offer."""
    assert update.effective_user is not None
    member = update.effective_user.id
    await context.desk.events.decline(event_id, member)
    event = (await context.desk.events.get(event_id, member)).event
    await show(update, context.t("events.declined", title=event.title), _to_list(context))


async def will_come(update: Update, context: Context, event_id: str) -> Markup | None:
    """Yes to a reminder; the page with the code for the door takes its place."""
    assert update.effective_user is not None
    await context.desk.events.will_come(event_id, update.effective_user.id)
    rows = [
        [
            button(context.t("events.ticket_button"), f"events:ticket:{event_id}"),
            button(context.t("events.cannot_button"), f"events:cannot:{event_id}"),
        ]
    ]
    await show_keyboard(update, InlineKeyboardMarkup(rows))
    return context.t("events.will_come_toast")


async def cannot_come(update: Update, context: Context, event_id: str) -> None:
    """No to a reminder, or to a seat that came by itself."""
    assert update.effective_user is not None
    member = update.effective_user.id
    await context.desk.events.cannot_come(event_id, member)
    event = (await context.desk.events.get(event_id, member)).event
    await show(update, context.t("events.left", title=event.title), _to_list(context))


def _to_list(context: Context) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(context.t("events.back_to_list"), "events:list")]])
