"""Members as the chat knows them: an identity, a language, whether we can reach them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Raised when the privacy notice changes in substance: members see the new text once.
NOTICE_VERSION = 3


class Reach(StrEnum):
    """Whether a message would arrive."""

    REACHABLE = "reachable"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who wrote to the bot. Nothing that names the person is kept here."""

    id: int
    chat_id: int
    language: str
    reach: Reach
    notice_version: int
    met_at: datetime


@dataclass(frozen=True, slots=True)
class Greeting:
    """What meeting a member found out: whether the current notice must still be shown, and how."""

    is_new: bool
    owes_notice: bool
    # An earlier notice was shown: only what changed need be told.
    has_seen_earlier: bool = False
