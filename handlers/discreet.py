"""Showing what belongs to a case: behind the member's code, not to be forwarded, to be wiped."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup, Message, ReplyKeyboardMarkup, Update

from handlers.context import Context
from handlers.keyboards import button
from handlers.screen import say, show
from locales import Markup

# The step of the form that waits for the code.
CODE = "code"


async def let_in(update: Update, context: Context, then: str = "") -> bool:
    """True if the member's matters may be shown; otherwise the code is asked for.

    The right code offers to go on with `then`, the data of a button, or else with the button that
    was pressed.
    """
    assert update.effective_user is not None
    member, cases = update.effective_user.id, context.desk.cases
    if not await cases.needs_code(member):
        return True
    query = update.callback_query
    await cases.begin_typing(member, CODE, then or (query.data if query else None) or "")
    rows = [[button(context.t("cases.forgot_button"), "cases:forgot")]]
    await say(update, context.t("cases.code_ask"), InlineKeyboardMarkup(rows))
    return False


async def put(
    update: Update, context: Context, text: Markup, keyboard: InlineKeyboardMarkup | None
) -> None:
    """In place of the message that was pressed if it is ours already, else as a new one."""
    query = update.callback_query
    message = query.message if query else None
    if isinstance(message, Message) and message.has_protected_content:
        await show(update, text, keyboard)
        await note_message(update, context, message)
        return
    await send(update, context, text, keyboard)


async def send(
    update: Update,
    context: Context,
    text: Markup,
    keyboard: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None,
) -> Message:
    """A new message that cannot be forwarded; it is remembered for wiping."""
    assert update.effective_chat is not None
    sent = await update.effective_chat.send_message(
        text, reply_markup=keyboard, protect_content=True
    )
    await note_message(update, context, sent)
    return sent


async def note_typed(update: Update, context: Context) -> None:
    """What the member typed or sent for a case can be wiped as well."""
    if update.message is not None:
        await note_message(update, context, update.message)


async def note_message(update: Update, context: Context, message: Message) -> None:
    """A message that belongs to a case, like a file, can be wiped as well."""
    assert update.effective_user is not None
    await context.desk.cases.note_message(update.effective_user.id, message.message_id)
