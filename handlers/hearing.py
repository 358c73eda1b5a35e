"""Wishes to hear: "tell me when there is an answer", "tell me if this changes", and the news."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from handlers.context import Context, Press
from handlers.keyboards import button
from handlers.letters import Details, Letter, Renderer
from handlers.pages import page
from handlers.screen import drop_pressed_button, say
from locales import Markup, Texts


def presses() -> Mapping[str, Press]:
    """Buttons of wishes, and of the messages that meet them."""
    return {"hear:wish": wish, "hear:watch": watch, "hear:open": open_news}


def notices() -> Mapping[str, Renderer]:
    """The news. Neutral: whoever looks over a shoulder reads nothing of the matter."""
    return {"answer.found": found, "answer.changed": changed}


async def wish(update: Update, context: Context, question_id: str) -> Markup:
    """The member wants to hear when this question has an answer."""
    assert update.effective_user is not None
    await context.desk.hearing.wish(update.effective_user.id, question_id)
    await drop_pressed_button(update)
    return context.t("hearing.wished")


async def watch(update: Update, context: Context, entry_id: str) -> Markup:
    """The member wants to hear if this page changes in substance."""
    assert update.effective_user is not None
    await context.desk.hearing.watch(update.effective_user.id, entry_id)
    await drop_pressed_button(update)
    return context.t("hearing.watched")


async def open_news(update: Update, context: Context, token: str) -> None:
    """Show the page that the news is about, to the member whose wish it was."""
    assert update.effective_user is not None
    entry = await context.desk.hearing.open(update.effective_user.id, token)
    context.desk.shown.remember(update.effective_user.id, entry.id)
    await say(update, *page(context.t, entry))


def found(t: Texts, details: Details) -> Letter:
    """There is an answer now."""
    return _letter(t, t("hearing.found"), details)


def changed(t: Texts, details: Details) -> Letter:
    """A page has changed."""
    return _letter(t, t("hearing.changed"), details)


def _letter(t: Texts, text: Markup, details: Details) -> Letter:
    rows = [[button(t("hearing.open"), f"hear:open:{details['token']}")]]
    return Letter(text, InlineKeyboardMarkup(rows))
