"""What the method families share: text with its limits, markup, putting a message in a chat."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulator.entities import Entity, formatted, units
from simulator.errors import bad
from simulator.keyboards import is_inline, read_markup
from simulator.params import Params
from simulator.state import Chat, Message

if TYPE_CHECKING:
    from simulator.server import Simulator

JSON = dict[str, Any]
Method = Callable[["Simulator", Params], Any]

MOST_TEXT = 4096
MOST_CAPTION = 1024
KEPT_OPTIONS = ("link_preview_options", "message_thread_id")


class Raw(str):
    """A result that is already JSON."""


def read_text(params: Params) -> tuple[str, list[Entity]]:
    """The text of a message; refuses an empty and a long one."""
    text, entities = formatted(
        params.text("text"), params.text("parse_mode"), params.array("entities")
    )
    if not visible(text):
        raise bad("message text is empty")
    if units(text) > MOST_TEXT:
        raise bad("message is too long")
    return text, entities


def read_caption(params: Params) -> JSON:
    """The caption fields of a message; empty if there is none."""
    given = params.array("caption_entities")
    text, entities = formatted(params.text("caption"), params.text("parse_mode"), given)
    if units(text) > MOST_CAPTION:
        raise bad("message caption is too long")
    if not text:
        return {}
    return {"caption": text} | ({"caption_entities": entities} if entities else {})


def visible(text: str) -> bool:
    """Whether anything of the text can be seen."""
    return bool(text.strip(" \n\t\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))


def put(simulator: "Simulator", params: Params, content: JSON) -> JSON:
    """Sends the content to the chat that the call names; the Bot API Message."""
    chat = simulator.open_chat(params.values.get("chat_id"))
    markup = read_markup(params.mapping("reply_markup"), private=chat.private)
    for option in KEPT_OPTIONS:
        if option in params.values:
            content[option] = params.values[option]
    if params.flag("protect_content"):
        content["has_protected_content"] = True
    if reply := _replied(params, chat):
        content["reply_to_message"] = reply
    if is_inline(markup):
        content["reply_markup"] = markup
    message = simulator.post(chat, simulator.bot.id, content)
    if markup and "keyboard" in markup:
        simulator.set_keyboard(chat, markup, message.id)
    elif markup and markup.get("remove_keyboard"):
        simulator.set_keyboard(chat, None)
    return message.data


def own_message(simulator: "Simulator", params: Params, act: str) -> tuple[Chat, Message]:
    """The bot's message that the call names; refuses an unknown or foreign one."""
    chat = simulator.chat(params.values.get("chat_id"))
    message = chat.messages.get(params.whole("message_id"))
    if message is None:
        raise bad(f"message to {act} not found")
    if message.author != simulator.bot.id:
        raise bad(f"message can't be {act}ed")
    return chat, message


def _replied(params: Params, chat: Chat) -> JSON | None:
    """The message that is replied to, without what that one replied to."""
    options = params.mapping("reply_parameters") or {}
    number = options.get("message_id") or params.values.get("reply_to_message_id")
    if not number:
        return None
    message = chat.messages.get(int(number))
    if message is None:
        if options.get("allow_sending_without_reply"):
            return None
        raise bad("message to be replied not found")
    return {k: v for k, v in message.data.items() if k != "reply_to_message"}
