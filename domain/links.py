"""Deep links: short tokens on posters that open one page of the chat."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Telegram's own limit for ?start=: 64 characters of A-Z a-z 0-9 _ -.
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Target(StrEnum):
    """What a link opens."""

    ENTRY = "entry"
    GROUP = "group"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Link:
    """A token and what it opens, until `expires_at`."""

    token: str
    target: Target
    target_id: str
    expires_at: datetime


def is_payload(text: str) -> bool:
    """True for a text that Telegram could have sent as a deep link's payload."""
    return _PAYLOAD.fullmatch(text) is not None
