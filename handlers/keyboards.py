"""Keyboards that more than one file shows."""

from __future__ import annotations

from telegram import InlineKeyboardButton, ReplyKeyboardMarkup

from locales import Markup, Texts, plain


def main_keyboard(t: Texts) -> ReplyKeyboardMarkup:
    """The keys that are always below the text field: one row, so that answers keep the screen."""
    return ReplyKeyboardMarkup(
        [[plain(label) for label in key_labels(t)]],
        resize_keyboard=True,
        is_persistent=True,
        input_field_placeholder=plain(t("common.key_placeholder")),
    )


def key_labels(t: Texts) -> tuple[Markup, Markup, Markup]:
    """The labels of the keys, in the order topics, human, help."""
    return t("common.key_topics"), t("common.key_human"), t("common.key_help")


def button(label: str, data: str) -> InlineKeyboardButton:
    """An inline button. Telegram allows 64 bytes of data: a longer one is our mistake."""
    if len(data.encode()) > 64:
        raise ValueError(f"button data is too long: {data}")
    return InlineKeyboardButton(_plain(label), callback_data=data)


def _plain(label: str) -> str:
    """A label without HTML escapes: buttons show plain text."""
    return plain(label) if isinstance(label, Markup) else label
