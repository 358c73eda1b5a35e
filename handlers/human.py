"""The way to a human: the union's card, and a note left for staff."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.union import Union
from handlers.context import Context, Handler, Press
from handlers.keyboards import button, main_keyboard
from handlers.screen import say
from locales import Markup, Texts
from services.forms import NOTE_LIMIT


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"human": show}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"human:show": show, "human:asked": show_asked, "human:note": begin_note}


async def show(update: Update, context: Context) -> None:
    """The union's card, as a new message: what was read above stays."""
    t = context.t
    union = context.desk.union
    text = t("forms.human", union=union.name, lines=_particulars(t, union))
    rows = [[button(t("forms.leave_note"), "human:note")]]
    await say(update, text, InlineKeyboardMarkup(rows))


async def show_asked(update: Update, context: Context, question_id: str) -> None:
    """The same from a page or a list of choices that belongs to a question."""
    await context.desk.ask.ask_human(question_id)
    await show(update, context)


async def begin_note(update: Update, context: Context) -> None:
    """Open the form for a note."""
    assert update.effective_user is not None
    await context.desk.forms.begin_note(update.effective_user.id)
    await say(update, context.t("forms.note_begin", limit=NOTE_LIMIT))


async def take_note(update: Update, context: Context, text: str) -> None:
    """Hand in the note that was typed."""
    assert update.effective_user is not None
    await context.desk.forms.hand_in_note(update.effective_user.id, text, update.update_id)
    await say(update, context.t("forms.note_done"), main_keyboard(context.t))


def _particulars(t: Texts, union: Union) -> Markup:
    lines = [
        t(key, value=value)
        for key, value in (
            ("forms.phone", union.phone),
            ("forms.address", union.address),
            ("forms.hours", union.hours),
            ("forms.note", union.note),
        )
        if value
    ] or [t("forms.no_particulars")]
    if union.is_demo:
        lines.append(t("forms.demo"))
    return Markup("\n".join(["", *lines, ""]))
