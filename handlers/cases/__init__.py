"""Cases in the chat: the form, one's own matters, the code before them."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import Update

from domain.forms import Draft
from handlers.cases import begin, letters, mine, private
from handlers.cases.begin import receive, remind
from handlers.context import Context, Handler, Press
from handlers.letters import Renderer

__all__ = ["commands", "notices", "presses", "receive", "remind", "take"]


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"cases": mine.show_mine}


def presses() -> Mapping[str, Press]:
    """Buttons of cases."""
    return {**begin.presses(), **mine.presses(), **private.presses()}


def notices() -> Mapping[str, Renderer]:
    """Notices of cases."""
    return letters.notices()


async def take(update: Update, context: Context, draft: Draft, text: str) -> None:
    """What was typed while something of a case was asked for."""
    if draft.step in private.STEPS:
        await private.take(update, context, draft, text)
    elif draft.step == mine.PART:
        await mine.take_part(update, context, draft, text)
    else:
        await begin.take(update, context, text)
