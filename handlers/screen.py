"""Showing something: a new message, or the same message in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest

from locales import Markup

# Telegram sends back each message that we send. While this is set nobody looks at it, and PTB
# need not make an object of it (bot/request.py), which costs as much as reading an update.
is_unread: ContextVar[bool] = ContextVar("is_unread", default=False)

_UNCHANGED = "message is not modified"
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


@contextmanager
def _unread() -> Iterator[None]:
    before = is_unread.set(True)
    try:
        yield
    finally:
        is_unread.reset(before)


async def say(
    update: Update,
    text: Markup,
    keyboard: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None,
) -> None:
    """Send a new message to the chat that the update came from."""
    chat = update.effective_chat
    assert chat is not None
    with _unread():
        await chat.send_message(text, reply_markup=keyboard)


async def show(update: Update, text: Markup, keyboard: InlineKeyboardMarkup | None) -> None:
    """Change the message whose button was pressed; send a new one if there is none to change."""
    query = update.callback_query
    if query is None or query.message is None or not query.message.is_accessible:
        await say(update, text, keyboard)
        return
    try:
        with _unread():
            await query.edit_message_text(text, reply_markup=keyboard)
    except BadRequest as error:
        reason = error.message.lower()
        if _UNCHANGED in reason:
            return
        if not any(words in reason for words in _GONE):
            raise
        await say(update, text, keyboard)


async def show_keyboard(update: Update, keyboard: InlineKeyboardMarkup | None) -> None:
    """Change only the buttons of the message whose button was pressed."""
    query = update.callback_query
    if query is None or query.message is None or not query.message.is_accessible:
        return
    try:
        with _unread():
            await query.edit_message_reply_markup(keyboard)
    except BadRequest as error:
        reason = error.message.lower()
        if _UNCHANGED not in reason and not any(words in reason for words in _GONE):
            raise


async def replace_last_row(update: Update, row: list[InlineKeyboardButton]) -> None:
    """Change the last row of buttons of the message that was pressed; the others stay."""
    message = update.callback_query.message if update.callback_query else None
    if isinstance(message, Message):
        rows = message.reply_markup.inline_keyboard[:-1] if message.reply_markup else ()
        await show_keyboard(update, InlineKeyboardMarkup([*rows, row]))


def pressed_message_button(update: Update, prefix: str) -> InlineKeyboardButton | None:
    """The button of the message that was pressed whose data begins so, if there is one."""
    message = update.callback_query.message if update.callback_query else None
    if not isinstance(message, Message) or not message.reply_markup:
        return None
    buttons = (button for row in message.reply_markup.inline_keyboard for button in row)
    return next((b for b in buttons if str(b.callback_data or "").startswith(prefix)), None)


async def drop_pressed_button(update: Update) -> None:
    """Take away the button that was pressed: its work is done."""
    query = update.callback_query
    if query is None or not isinstance(query.message, Message) or not query.message.reply_markup:
        return
    rows = [
        [button for button in row if button.callback_data != query.data]
        for row in query.message.reply_markup.inline_keyboard
    ]
    await show_keyboard(update, InlineKeyboardMarkup([row for row in rows if row]))
