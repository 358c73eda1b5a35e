"""The one place where a rule's "no" becomes a sentence, and where a failure is handed on."""

from __future__ import annotations

from telegram import Update
from telegram.error import Forbidden

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
        elif isinstance(update, Update) and isinstance(error, Forbidden):
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


async def _lost(update: Update, context: Context, error: Forbidden) -> None:
    """The member blocked us or is gone: that is their choice and no failure."""
    user = update.effective_user
    if user is not None:
        gone = "deactivated" in error.message.lower()
        await context.desk.members.lost(user.id, Reach.DEACTIVATED if gone else Reach.BLOCKED)
