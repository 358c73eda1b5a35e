"""What a notice looks like when it is ready to go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from telegram import InlineKeyboardMarkup

from domain.outbox import MediaKind
from locales import Markup, Texts


class Act(StrEnum):
    """What is done with a letter at Telegram."""

    SEND = "send"
    EDIT = "edit"
    DELETE = "delete"
    CLOSE_POLL = "close_poll"


@dataclass(frozen=True, slots=True)
class Media:
    """What hangs on a message. `file_id` is our own number of it, never Telegram's."""

    kind: MediaKind
    file_id: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for one person only, with its bytes; nothing of it is kept for a second time."""

    name: str
    data: bytes
    is_photo: bool


@dataclass(frozen=True, slots=True)
class Poll:
    """A quiz poll of Telegram's own, in plain text: whoever votes is known to us and told at once
    whether it was right. `right` is the place of the right option, `seconds` how long it is open.
    """

    question: str
    options: tuple[str, ...]
    right: int
    explanation: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is ready to go. A protected one cannot be forwarded or saved.

    `message_id` is of the message that is edited, deleted or whose poll is closed; with `media`
    an edit changes the words below it. With `poll` there is no text.
    """

    text: Markup
    buttons: InlineKeyboardMarkup | None = None
    is_protected: bool = False
    media: Media | None = None
    upload: Upload | None = None
    poll: Poll | None = None
    act: Act = Act.SEND
    message_id: int | None = None


Details: TypeAlias = Mapping[str, Any]
Renderer: TypeAlias = Callable[[Texts, Details], Letter]


def sentence(key: str) -> Renderer:
    """A renderer of one sentence, whose gaps are all the details and nothing more."""

    def render(t: Texts, details: Details) -> Letter:
        return Letter(t(key, **details))

    return render
