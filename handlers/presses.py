"""Buttons: each press is answered, and one that means nothing any more says so."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from telegram import CallbackQuery, Chat, Update
from telegram.error import BadRequest

from handlers.browse import show_groups
from handlers.context import Answered, Context, Handler, Press, Toast
from locales import Markup, plain

# What our own buttons carry: short enough that every button made from it fits in 64 bytes.
_ARGUMENT = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def dispatcher(presses: Mapping[str, Press]) -> Handler:
    """One handler for all buttons. Data is `noun:verb` and the arguments, joined by colons."""

    async def dispatch(update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        toast: Toast = context.t("common.button_gone")
        if update.effective_chat is None or update.effective_chat.type != Chat.PRIVATE:
            # Our buttons in groups are links: this press is forged, and a page would be public.
            pass
        elif (call := _call(presses, query.data or "")) is not None:
            press, arguments = call
            # What a button leads on to may itself be another button's doing.
            context.bot_data["presses"] = presses
            toast = await press(update, context, *arguments)
        else:
            await show_groups(update, context)
        if not isinstance(toast, Answered):
            await answer(query, toast)

    return dispatch


async def follow(update: Update, context: Context, data: str) -> Toast:
    """Do what a button with this data does; what it returns. Unknown data does nothing."""
    call = _call(context.bot_data.get("presses", {}), data)
    if call is None:
        return context.t("common.button_gone")
    press, arguments = call
    return await press(update, context, *arguments)


def _call(presses: Mapping[str, Press], data: str) -> tuple[Press, list[str]] | None:
    """The press that the data means; it comes from outside, so all of it is checked."""
    noun, verb, *arguments = [*data.split(":"), ""]
    arguments = arguments[:-1]
    press = presses.get(f"{noun}:{verb}")
    if press is None or not all(map(_ARGUMENT.fullmatch, arguments)):
        return None
    # Beyond update and context.
    wanted = len(inspect.signature(press).parameters) - 2
    return (press, arguments) if wanted == len(arguments) else None


async def answer(query: CallbackQuery, toast: Markup | None) -> None:
    """Answer a press, with a toast or silently. Too late is no fault: the press had its effect."""
    try:
        await query.answer(plain(toast) if toast else None)
    except BadRequest as error:
        if "query is too old" not in error.message.lower():
            raise
