"""Polls and quizzes of Telegram's own."""

import secrets
from typing import TYPE_CHECKING, Any

from simulator.entities import formatted, units
from simulator.errors import bad
from simulator.keyboards import read_markup
from simulator.methods.common import JSON, own_message, put
from simulator.params import Params

if TYPE_CHECKING:
    from simulator.server import Simulator

MOST_QUESTION = 300
MOST_OPTION = 100
MOST_OPTIONS = 12
MOST_EXPLANATION = 200
OPEN_SECONDS = (5, 2_628_000)


def send_poll(simulator: "Simulator", params: Params) -> JSON:
    """A poll; anonymous unless told otherwise."""
    question = _sized(params.text("question"), "poll question", MOST_QUESTION)
    kind = params.text("type") or "regular"
    poll: JSON = {
        "id": str(secrets.randbits(62) | 1 << 61),
        "question": question,
        "options": _options(params.array("options") or []),
        "total_voter_count": 0,
        "is_closed": params.flag("is_closed"),
        "is_anonymous": params.flag("is_anonymous", True),
        "type": kind,
        "allows_multiple_answers": params.flag("allows_multiple_answers"),
        "allows_revoting": params.flag("allows_revoting", kind != "quiz"),
        "members_only": False,
    }
    poll |= _opening(simulator, params) | (_quiz(params, poll) if kind == "quiz" else {})
    return put(simulator, params, {"poll": poll})


def stop_poll(simulator: "Simulator", params: Params) -> JSON:
    """Closes the poll; its final state."""
    if params.whole("message_id") not in simulator.chat(params.values.get("chat_id")).messages:
        raise bad("message with poll to stop not found")
    chat, message = own_message(simulator, params, "edit")
    poll: JSON | None = message.data.get("poll")
    if poll is None:
        raise bad("message with poll to stop not found")
    if poll["is_closed"]:
        raise bad("poll has already been closed")
    markup = read_markup(params.mapping("reply_markup"), private=chat.private)
    data = {k: v for k, v in message.data.items() if k != "reply_markup"}
    message.data = data | ({"reply_markup": markup} if markup else {})
    return simulator.close_poll(message)


def _options(given: list[Any]) -> list[JSON]:
    texts = [str(o.get("text", "")) if isinstance(o, dict) else str(o) for o in given]
    if len(texts) < 2:
        raise bad("poll must have at least 2 option")
    if len(texts) > MOST_OPTIONS:
        raise bad(f"poll can't have more than {MOST_OPTIONS} options")
    options = [_sized(text, "poll options", MOST_OPTION) for text in texts]
    return [
        {"persistent_id": str(number), "text": text, "voter_count": 0}
        for number, text in enumerate(options)
    ]


def _sized(text: str, what: str, most: int) -> str:
    text = text.strip()
    if not text:
        raise bad(f"{what} must be non-empty")
    if units(text) > most:
        raise bad(f"{what} length must not exceed {most}")
    return text


def _opening(simulator: "Simulator", params: Params) -> JSON:
    period = params.whole("open_period")
    if not period:
        return {}
    if not OPEN_SECONDS[0] <= period <= OPEN_SECONDS[1]:
        raise bad("wrong open period specified")
    return {"open_period": period, "close_date": int(simulator.clock()) + period}


def _quiz(params: Params, poll: JSON) -> JSON:
    chosen = params.array("correct_option_ids")
    right = chosen if chosen is not None else [params.whole("correct_option_id", -1)]
    if not right or not all(isinstance(o, int) and 0 <= o < len(poll["options"]) for o in right):
        raise bad("wrong correct option ID specified")
    fields: JSON = {"correct_option_ids": right}
    if not params.text("explanation"):
        return fields
    text, entities = formatted(
        params.text("explanation"),
        params.text("explanation_parse_mode"),
        params.array("explanation_entities"),
    )
    if units(text) > MOST_EXPLANATION or text.count("\n") > 2:
        raise bad("explanation is too long")
    return fields | {"explanation": text, "explanation_entities": entities}


METHODS = {"sendPoll": send_poll, "stopPoll": stop_poll}
