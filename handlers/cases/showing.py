"""Showing what belongs to a case: it cannot be forwarded, and it can be wiped."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Message, ReplyKeyboardMarkup, Update

from handlers.context import Context
from handlers.screen import show
from locales import Markup


async def put(
    update: Update, context: Context, text: Markup, keyboard: InlineKeyboardMarkup | None
) -> None:
    """In place of the message that was pressed if it is ours already, else as a new one."""
    query = update.callback_query
    message = query.message if query else None
    if isinstance(message, Message) and message.has_protected_content:
        await show(update, text, keyboard)
        await _note(update, context, message.message_id)
        return
    await send(update, context, text, keyboard)


async def send(
    update: Update,
    context: Context,
    text: Markup,
    keyboard: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None,
) -> None:
    """A new message that cannot be forwarded; it is remembered for wiping."""
    assert update.effective_chat is not None
    sent = await update.effective_chat.send_message(
        text, reply_markup=keyboard, protect_content=True
    )
    await _note(update, context, sent.message_id)


async def note_typed(update: Update, context: Context) -> None:
    """What the member typed for a case can be wiped as well."""
    if update.message is not None:
        await _note(update, context, update.message.message_id)


async def _note(update: Update, context: Context, message_id: int) -> None:
    assert update.effective_user is not None
    await context.desk.cases.note_message(update.effective_user.id, message_id)
