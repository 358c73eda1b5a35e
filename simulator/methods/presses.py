"""Answers to presses of inline buttons."""

import re
from typing import TYPE_CHECKING

from simulator.entities import units
from simulator.errors import bad
from simulator.params import Params

if TYPE_CHECKING:
    from simulator.server import Simulator

MOST_TOAST = 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(simulator: "Simulator", params: Params) -> bool:
    """Ends the waiting on the phone; a text is shown as a toast or an alert."""
    text, url = params.text("text").strip(), params.text("url")
    press = simulator.presses.get(params.text("callback_query_id"))
    if press is None or simulator.clock() - press.time > simulator.press_window:
        raise bad(TOO_OLD)
    if units(text) > MOST_TOAST:
        raise bad("MESSAGE_TOO_LONG")
    if url and not re.match(rf"(https?://t\.me/{simulator.bot.username}\?start=|tg://)", url):
        raise bad("URL_INVALID")
    simulator.toast(press.user_id, text, params.flag("show_alert"))
    return True


METHODS = {"answerCallbackQuery": answer_callback_query}
