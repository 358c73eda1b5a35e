"""The end of a talk: leaving it, saying how it was, going on after all."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup, Update

from domain.refusal import Refusal
from domain.talks import Complaint
from handlers.context import Context, Press
from handlers.keyboards import button
from handlers.screen import drop_pressed_button, say, show
from handlers.talks.wording import standing_text
from locales import Markup


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {
        "talk:leave": leave,
        "talk:rate": rate,
        "talk:why": why,
        "talk:reopen": reopen,
    }


async def leave(update: Update, context: Context, talk_id: str) -> Markup:
    """The member needs nobody any more; the bot answers again."""
    assert update.effective_user is not None
    await context.desk.talks.leave(talk_id, update.effective_user.id)
    await drop_pressed_button(update)
    await say(update, context.t("talks.left"))
    return context.t("talks.left_toast")


async def rate(update: Update, context: Context, talk_id: str, stars: str) -> None:
    """How it was, in one press; who was not content is asked why, with one more."""
    assert update.effective_user is not None
    if not stars.isdecimal():
        raise Refusal("common.button_gone")
    await context.desk.talks.rate(talk_id, update.effective_user.id, int(stars))
    t = context.t
    rows = [[button(t("talks.reopen_button"), f"talk:reopen:{talk_id}")]]
    if int(stars) > 1:
        await show(update, t("talks.rated"), InlineKeyboardMarkup(rows))
        return
    reasons = [
        button(t(f"talks.complaint_{one}"), f"talk:why:{talk_id}:{one}") for one in Complaint
    ]
    rows = [reasons[:2], reasons[2:], *rows]
    await show(update, t("talks.rated_bad"), InlineKeyboardMarkup(rows))


async def why(update: Update, context: Context, talk_id: str, complaint: str) -> None:
    """Why it was not good."""
    assert update.effective_user is not None
    try:
        known = Complaint(complaint)
    except ValueError:
        raise Refusal("common.button_gone") from None
    await context.desk.talks.complain(talk_id, update.effective_user.id, known)
    t = context.t
    rows = [[button(t("talks.reopen_button"), f"talk:reopen:{talk_id}")]]
    await show(update, t("talks.complained"), InlineKeyboardMarkup(rows))


async def reopen(update: Update, context: Context, talk_id: str) -> None:
    """Go on with a talk that was closed."""
    assert update.effective_user is not None
    standing = await context.desk.talks.reopen(talk_id, update.effective_user.id)
    t = context.t
    await drop_pressed_button(update)
    head = standing_text(t, standing.wait, context.desk.clock.now())
    rows = [[button(t("talks.leave_button"), f"talk:leave:{talk_id}")]]
    await say(update, t("talks.reopened", head=head), InlineKeyboardMarkup(rows))
