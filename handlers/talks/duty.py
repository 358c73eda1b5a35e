"""Staff who are told in Telegram that somebody waits, and take it there."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import Update

from domain.refusal import Refusal
from handlers.context import Context, Press
from handlers.screen import show
from locales import Markup


def presses() -> Mapping[str, Press]:
    """Buttons of this file."""
    return {"talk:claim": claim}


async def claim(update: Update, context: Context, talk_id: str) -> Markup:
    """Take the talk. For everybody who is no staff the button means nothing."""
    assert update.effective_user is not None
    actor = await context.desk.sign_in.find_actor(update.effective_user.id)
    if actor is None:
        raise Refusal("common.button_gone")
    talk = await context.desk.talk_desk.claim(actor, talk_id)
    await show(update, context.t("talks.claimed", talk=talk.id), None)
    return context.t("talks.claimed_toast")
