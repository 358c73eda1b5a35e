"""The way to a human: one press opens a talk; the union's card, and a note left for staff."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Message, Update

from domain import talks as rules
from domain.union import Union
from handlers.context import Context, Handler, Press
from handlers.keyboards import button, main_keyboard
from handlers.screen import say
from handlers.talks.wording import standing_text
from locales import Markup, Texts
from services.forms import NOTE_LIMIT
from services.talks import Standing


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"human": show}


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "human:show": show,
        "human:now": show_now,
        "human:asked": show_asked,
        "human:note": begin_note,
    }


async def show(update: Update, context: Context) -> None:
    """Ask for a human from wherever the member stands; what was read above stays."""
    await _open(update, context, "")


async def show_now(update: Update, context: Context) -> None:
    """The same from the words for danger to life: staff are told at once, at any hour."""
    await _open(update, context, "", is_urgent=True)


async def show_asked(update: Update, context: Context, question_id: str) -> None:
    """The same from a page or a list of choices that belongs to a question."""
    await context.desk.ask.ask_human(question_id)
    await _open(update, context, question_id)


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


async def _open(
    update: Update, context: Context, question_id: str, *, is_urgent: bool = False
) -> None:
    assert update.effective_user is not None
    member, desk, t = update.effective_user.id, context.desk, context.t
    came_from = rules.Context(shown=_on_screen(update), entry_id=desk.shown.recall(member))
    standing = await desk.talks.open(member, came_from, question_id, is_urgent=is_urgent)
    note = button(t("forms.leave_note"), "human:note")
    if standing is None:
        # Nobody may answer this member: the ways that are left.
        text = t("forms.human", union=desk.union.name, lines=_particulars(t, desk.union))
        await say(update, text, InlineKeyboardMarkup([[note]]))
        return
    leave = button(t("talks.leave_button"), f"talk:leave:{standing.talk.id}")
    text = _opened(context, standing)
    if is_urgent:
        text = Markup(f"{t('talks.urgent_head')}\n\n{text}")
    await say(update, text, InlineKeyboardMarkup([[leave, note]]))


def _opened(context: Context, standing: Standing) -> Markup:
    t, desk = context.t, context.desk
    return t(
        "talks.opened",
        head=standing_text(t, standing.wait, desk.clock.now()),
        lines=_particulars(t, desk.union),
        days=desk.talk_days,
    )


def _on_screen(update: Update) -> str:
    """What the message says whose button was pressed: a page, a sum with the way to it."""
    message = update.callback_query.message if update.callback_query else None
    return (message.text or "") if isinstance(message, Message) else ""


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
