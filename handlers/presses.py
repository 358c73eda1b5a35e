"""Buttons: each press is answered, and one that means nothing any more says so."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from telegram import CallbackQuery, Chat, Update
from telegram.error import BadRequest

from handlers.browse import show_groups
from handlers.context import Context, Handler, Press
from locales import Markup, plain

# What our own buttons carry: short enough that every button made from it fits in 64 bytes.
_ARGUMENT = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def dispatcher(presses: Mapping[str, Press]) -> Handler:
    """One handler for all buttons. Data is `noun:verb` and the arguments, joined by colons."""
    # Beyond update and context; data comes from outside, so their number is checked.
    wanted = {
        name: len(inspect.signature(press).parameters) - 2 for name, press in presses.items()
    }

    async def dispatch(update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        noun, verb, *arguments = [*(query.data or "").split(":"), ""]
        arguments = arguments[:-1]
        name = f"{noun}:{verb}"
        toast: Markup | None = context.t("common.button_gone")
        if update.effective_chat is None or update.effective_chat.type != Chat.PRIVATE:
            # Our buttons in groups are links: this press is forged, and a page would be public.
            pass
        elif wanted.get(name) == len(arguments) and all(map(_ARGUMENT.fullmatch, arguments)):
            toast = await presses[name](update, context, *arguments)
        else:
            await show_groups(update, context)
        await answer(query, toast)

    return dispatch


async def answer(query: CallbackQuery, toast: Markup | None) -> None:
    """Answer a press, with a toast or silently. Too late is no fault: the press had its effect."""
    try:
        await query.answer(plain(toast) if toast else None)
    except BadRequest as error:
        if "query is too old" not in error.message.lower():
            raise
