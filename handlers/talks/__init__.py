"""Talks in the chat: what is said in them, how they end, and staff who take them."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.context import Press
from handlers.talks import duty, ending
from handlers.talks.letters import notices
from handlers.talks.saying import hear, receive

__all__ = ["hear", "notices", "presses", "receive"]


def presses() -> Mapping[str, Press]:
    """Buttons of these files."""
    return {**duty.presses(), **ending.presses()}
