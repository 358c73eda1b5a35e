"""Every Bot API method that the simulator speaks, by its name in small letters."""

from simulator.methods import chats, editing, media, polls, presses, profile, sending, updates
from simulator.methods.common import Method, Raw

__all__ = ["METHODS", "RATED", "Method", "Raw"]

FAMILIES = (updates, sending, media, polls, editing, presses, chats, profile)

METHODS: dict[str, tuple[str, Method]] = {
    name.lower(): (name, run) for family in FAMILIES for name, run in family.METHODS.items()
}

# The methods that put a new message into a chat: rate limits count these.
RATED = {name for family in (sending, media, polls) for name in family.METHODS} - {
    "sendChatAction",
    "getFile",
    "stopPoll",
}
