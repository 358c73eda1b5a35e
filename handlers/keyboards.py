"""Keyboards that more than one file shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup

from locales import Markup, Texts, plain

# On a narrow phone a fourth label would be cut.
_IN_ROW = 3


def main_keyboard(t: Texts) -> ReplyKeyboardMarkup:
    """The keys that are always below the text field: two rows, so that each label can be read."""
    labels = [plain(label) for label in key_labels(t)]
    return ReplyKeyboardMarkup(
        [labels[:_IN_ROW], labels[_IN_ROW:]],
        resize_keyboard=True,
        is_persistent=True,
        input_field_placeholder=plain(t("common.key_placeholder")),
    )


def key_labels(t: Texts) -> tuple[Markup, ...]:
    """The labels of the keys, in the order topics, events, quiz, human, mine, help."""
    names = ("topics", "events", "quiz", "human", "mine", "help")
    return tuple(t(f"common.key_{name}") for name in names)


def button(label: str, data: str) -> InlineKeyboardButton:
    """An inline button. Telegram allows 64 bytes of data: a longer one is our mistake."""
    if len(data.encode()) > 64:
        raise ValueError(f"button data is too long: {data}")
    return InlineKeyboardButton(_plain(label), callback_data=data)


# Buttons cannot be changed, so the same one serves everybody: building one costs more than
# finding it. For those that lead to a page or a tool, not for those that carry a question's id.
shared_button = lru_cache(1_000)(button)


class Keyboard(InlineKeyboardMarkup):
    """Inline buttons that are written down fast: PTB looks at all that a button might have.

    For the answers to questions, which are most of what we send.
    """

    __slots__ = ()

    def __init__(self, rows: Sequence[Sequence[InlineKeyboardButton]]) -> None:
        super().__init__(rows)

    def to_dict(self, recursive: bool = True) -> dict[str, Any]:
        if not recursive:
            return super().to_dict(recursive=False)
        return {"inline_keyboard": [list(map(_written, row)) for row in self.inline_keyboard]}


def _written(button: InlineKeyboardButton) -> dict[str, Any]:
    # Exactly one thing beside its text is set in a button: Telegram demands it.
    if isinstance(button.callback_data, str):
        return {"text": button.text, "callback_data": button.callback_data}
    return button.to_dict()


def _plain(label: str) -> str:
    """A label without HTML escapes: buttons show plain text."""
    return plain(label) if isinstance(label, Markup) else label
