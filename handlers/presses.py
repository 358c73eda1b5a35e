"""Buttons: each press is answered, and one that means nothing any more says so."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from telegram import CallbackQuery, Update
from telegram.error import BadRequest

from handlers.browse import show_groups
from handlers.context import Context, Handler, Press
from locales import Markup, plain


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
        if wanted.get(name) == len(arguments):
            toast = await presses[name](update, context, *arguments)
        else:
            await show_groups(update, context)
            toast = context.t("common.button_gone")
        await answer(query, toast)

    return dispatch


async def answer(query: CallbackQuery, toast: Markup | None) -> None:
    """Answer a press, with a toast or silently. Too late is no fault: the press had its effect."""
    try:
        await query.answer(plain(toast) if toast else None)
    except BadRequest as error:
        if "query is too old" not in error.message.lower():
            raise
