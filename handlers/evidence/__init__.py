"""Evidence in the chat: what helps, photos and files taken in, taken back, handed in."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.context import Press
from handlers.evidence import folder, receiving
from handlers.evidence.folder import invitation, remind, take
from handlers.evidence.receiving import receive

__all__ = ["invitation", "presses", "receive", "remind", "take"]


def presses() -> Mapping[str, Press]:
    """Buttons of evidence."""
    return {**folder.presses(), **receiving.presses()}
