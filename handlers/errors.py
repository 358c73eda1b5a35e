"""The one place where a rule's "no" becomes a sentence, and where a failure is handed on."""

from __future__ import annotations

from telegram import Chat, Update
from telegram.error import BadRequest, Forbidden

from domain.members import Reach
from domain.refusal import Refusal
from handlers.context import Context
from handlers.outcome import failed
from handlers.presses import answer
from handlers.screen import say


async def on_error(update: object, context: Context) -> None:
    """Show a refusal, note a lost member; everything else fails the attempt."""
    error = context.error
    assert error is not None
    try:
        if isinstance(update, Update) and isinstance(error, Refusal):
            await _refuse(update, context, error)
        elif isinstance(update, Update) and _is_gone(error):
            await _lost(update, context, error)
        else:
            failed(error)
    except Exception as again:  # noqa: BLE001 - the edge: nothing may escape unseen
        failed(again)


async def _refuse(update: Update, context: Context, refusal: Refusal) -> None:
    sentence = context.t(refusal.code, **refusal.values)
    if update.callback_query is not None:
        await answer(update.callback_query, sentence)
    else:
        await say(update, sentence)


def _is_gone(error: Exception) -> bool:
    """True if Telegram says that this chat cannot be written to any more."""
    if isinstance(error, Forbidden):
        return True
    return isinstance(error, BadRequest) and "chat not found" in error.message.lower()


async def _lost(update: Update, context: Context, error: Exception) -> None:
    """The member blocked us or is gone: that is their choice and no failure."""
    user, chat = update.effective_user, update.effective_chat
    # A group that shuts us out says nothing about the member's own chat.
    if user is not None and chat is not None and chat.type == Chat.PRIVATE:
        gone = "deactivated" in str(error).lower()
        await context.desk.members.lost(user.id, Reach.DEACTIVATED if gone else Reach.BLOCKED)
