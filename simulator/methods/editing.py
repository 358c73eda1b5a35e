"""Changing and deleting messages."""

from typing import TYPE_CHECKING

from simulator.errors import bad
from simulator.keyboards import is_inline, read_markup
from simulator.methods.common import JSON, own_message, read_caption, read_text
from simulator.params import Params
from simulator.state import Chat, Message

if TYPE_CHECKING:
    from simulator.server import Simulator

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly"
    " the same as a current content and reply markup of the message"
)
DELETABLE_SECONDS = 48 * 3600
MOST_IDS = 100


def edit_message_text(simulator: "Simulator", params: Params) -> JSON:
    """A new text; without reply_markup the buttons go."""
    text, entities = read_text(params)
    chat, message = own_message(simulator, params, "edit")
    if "text" not in message.data:
        raise bad("there is no text in the message to edit")
    content: JSON = {"text": text} | ({"entities": entities} if entities else {})
    if preview := params.mapping("link_preview_options"):
        content["link_preview_options"] = preview
    return _change(simulator, chat, message, params, content, ("text", "entities"))


def edit_message_caption(simulator: "Simulator", params: Params) -> JSON:
    """A new caption; without reply_markup the buttons go."""
    caption = read_caption(params)
    chat, message = own_message(simulator, params, "edit")
    if not {"photo", "document"} & set(message.data):
        raise bad("there is no caption in the message to edit")
    fields = ("caption", "caption_entities")
    return _change(simulator, chat, message, params, caption, fields)


def edit_message_reply_markup(simulator: "Simulator", params: Params) -> JSON:
    """New buttons, or none."""
    chat, message = own_message(simulator, params, "edit")
    return _change(simulator, chat, message, params, {}, ())


def delete_message(simulator: "Simulator", params: Params) -> bool:
    """Takes one message out of the chat; not after 48 hours."""
    chat = simulator.chat(params.values.get("chat_id"))
    message = chat.messages.get(params.whole("message_id"))
    if message is None:
        raise bad("message to delete not found")
    if simulator.clock() - message.data["date"] > DELETABLE_SECONDS:
        raise bad("message can't be deleted for everyone")
    simulator.remove(chat, [message.id])
    return True


def delete_messages(simulator: "Simulator", params: Params) -> bool:
    """Takes up to 100 messages out; unknown ones are passed over."""
    chat = simulator.chat(params.values.get("chat_id"))
    ids = params.array("message_ids") or []
    if not ids:
        raise bad("message identifiers are not specified")
    if len(ids) > MOST_IDS:
        raise bad("too many message identifiers specified")
    simulator.remove(chat, [int(number) for number in ids])
    return True


def _change(
    simulator: "Simulator",
    chat: Chat,
    message: Message,
    params: Params,
    content: JSON,
    replaced: tuple[str, ...],
) -> JSON:
    """Replaces those fields and the buttons; refuses a change that changes nothing."""
    markup = read_markup(params.mapping("reply_markup"), private=chat.private)
    if markup and not is_inline(markup):
        raise bad("inline keyboard expected")
    if markup and markup["inline_keyboard"]:
        content["reply_markup"] = markup
    compared = (*replaced, "reply_markup")
    old = message.data
    if all(old.get(field) == content.get(field) for field in compared):
        raise bad(NOT_MODIFIED)
    data = {k: v for k, v in old.items() if k not in compared}
    if replaced:
        data["edit_date"] = int(simulator.clock())
    message.data = data | content
    simulator.show_message(message)
    return message.data


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
