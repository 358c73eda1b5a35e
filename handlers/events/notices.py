"""What members are told of their seats unasked: a sentence, and the buttons that answer it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from handlers.events.pages import moment, offer_row, where
from handlers.keyboards import button
from handlers.letters import Details, Letter, Renderer
from locales import Texts
from services.events import telling
from services.joining import SAME_PERSON

_MOMENTS = {"at", "until"}
_Row = Callable[[Texts, str], Sequence[InlineKeyboardButton]]


def notices() -> Mapping[str, Renderer]:
    """Every kind of notice of events."""
    return {
        telling.OFFER: _letter(telling.OFFER, offer_row),
        telling.SEATED: _letter(telling.SEATED, _open_or_cannot),
        telling.LAPSED: _letter(telling.LAPSED, _open),
        telling.DRAWN: _letter(telling.DRAWN, _open_or_cannot),
        telling.NOT_DRAWN: _letter(telling.NOT_DRAWN, _open),
        telling.RELEASED: _letter(telling.RELEASED, _open),
        SAME_PERSON: _letter(SAME_PERSON, _open),
        telling.ADDED: _letter(telling.ADDED, _open),
        telling.CHANGED: _letter(telling.CHANGED, _open_or_cannot),
        telling.CANCELLED: _letter(telling.CANCELLED, _list),
        telling.REMIND_DAY: _letter(telling.REMIND_DAY, _come_or_not),
        telling.REMIND_HOURS: _letter(telling.REMIND_HOURS, _come_or_not),
        telling.FEEDBACK: _letter(telling.FEEDBACK, _stars),
        telling.MESSAGE: _letter(telling.MESSAGE, _open),
    }


def _letter(key: str, row: _Row) -> Renderer:
    def render(t: Texts, details: Details) -> Letter:
        # The details hold more than each sentence says.
        text = t(key, **{name: _said(t, name, details[name]) for name in t.gaps[key]})
        return Letter(text, InlineKeyboardMarkup([row(t, str(details["event"]))]))

    return render


def _said(t: Texts, name: str, value: Any) -> object:
    """A detail as members read it: moments and places are kept as plain data."""
    if name in _MOMENTS:
        return moment(t, datetime.fromisoformat(value))
    return where(t, value) if name == "place" else value


def _open(t: Texts, event_id: str) -> Sequence[InlineKeyboardButton]:
    return [button(t("events.open_button"), f"events:open:{event_id}")]


def _open_or_cannot(t: Texts, event_id: str) -> Sequence[InlineKeyboardButton]:
    return [*_open(t, event_id), button(t("events.cannot_button"), f"events:cannot:{event_id}")]


def _come_or_not(t: Texts, event_id: str) -> Sequence[InlineKeyboardButton]:
    return [
        button(t("events.come_button"), f"events:come:{event_id}"),
        button(t("events.cannot_button"), f"events:cannot:{event_id}"),
    ]


def _stars(t: Texts, event_id: str) -> Sequence[InlineKeyboardButton]:
    names = ((3, "good"), (2, "fair"), (1, "poor"))
    return [button(t(f"events.rate_{name}"), f"events:rate:{event_id}:{n}") for n, name in names]


def _list(t: Texts, event_id: str) -> Sequence[InlineKeyboardButton]:
    return [button(t("events.back_to_list"), "events:list")]
