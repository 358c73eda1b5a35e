"""Events in the chat: looking, signing up, answering, coming, telling how it was."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.context import Handler, Press
from handlers.events import certificate, joining, listing, seat, ticket
from handlers.events.joining import remind, take, take_comment
from handlers.events.listing import open_linked, show_list
from handlers.events.notices import notices

__all__ = [
    "commands",
    "notices",
    "open_linked",
    "presses",
    "remind",
    "show_list",
    "take",
    "take_comment",
]


def commands() -> Mapping[str, Handler]:
    """Command names and what they do."""
    return {"events": show_list}


def presses() -> Mapping[str, Press]:
    """Buttons of events."""
    return {
        **listing.presses(),
        **joining.presses(),
        **seat.presses(),
        **ticket.presses(),
        **certificate.presses(),
    }
