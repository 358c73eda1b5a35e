"""What the bot can ask about chats."""

from typing import TYPE_CHECKING

from simulator.errors import bad
from simulator.methods.common import JSON
from simulator.params import Params

if TYPE_CHECKING:
    from simulator.server import Simulator

GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_chat(simulator: "Simulator", params: Params) -> JSON:
    """The chat in full."""
    chat = simulator.chat(params.values.get("chat_id"))
    return {
        **chat.data,
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, chat.private),
    }


def get_chat_member(simulator: "Simulator", params: Params) -> JSON:
    """One member of the chat, as the bot sees him."""
    chat = simulator.chat(params.values.get("chat_id"))
    user_id = params.whole("user_id")
    if user_id == simulator.bot.id:
        return {"user": simulator.bot.as_user(), "status": "member"}
    person = simulator.people.get(user_id)
    if person is None:
        raise bad("invalid user_id specified")
    status = "member" if user_id in chat.members else "left"
    if not chat.private and chat.members and chat.members[0] == user_id:
        return {"user": person.as_user(), "status": "creator", "is_anonymous": False}
    return {"user": person.as_user(), "status": status}


METHODS = {"getChat": get_chat, "getChatMember": get_chat_member}
