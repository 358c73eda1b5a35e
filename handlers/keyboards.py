"""Keyboards that more than one file shows."""

from __future__ import annotations

from telegram import InlineKeyboardButton, ReplyKeyboardMarkup

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
    """The labels of the keys, in the order topics, events, human, mine, help."""
    names = ("topics", "events", "human", "mine", "help")
    return tuple(t(f"common.key_{name}") for name in names)


def button(label: str, data: str) -> InlineKeyboardButton:
    """An inline button. Telegram allows 64 bytes of data: a longer one is our mistake."""
    if len(data.encode()) > 64:
        raise ValueError(f"button data is too long: {data}")
    return InlineKeyboardButton(_plain(label), callback_data=data)


def _plain(label: str) -> str:
    """A label without HTML escapes: buttons show plain text."""
    return plain(label) if isinstance(label, Markup) else label
