"""What is told unasked because of a talk: replies to the member, alerts to those on duty."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import InlineKeyboardMarkup

from domain.attachments import Kind
from domain.talks import STARS
from handlers.keyboards import button
from handlers.letters import Details, Letter, Renderer, Upload
from locales import Markup, Texts, escape
from services.talks import REPLY, telling


def notices() -> Mapping[str, Renderer]:
    """Every kind of notice of talks."""
    return {
        REPLY: _reply,
        telling.TAKEN: _taken,
        telling.CLOSED: _closed,
        telling.ALERT: _alert(telling.ALERT),
        telling.LATE: _alert(telling.LATE),
        telling.URGENT: _alert(telling.URGENT),
        telling.WORD: _word,
    }


def _reply(t: Texts, details: Details) -> Letter:
    """The words of staff, with a file or without."""
    head = t("talks.reply_head", agent=details["agent"])
    text = Markup(f"{head}\n{escape(details['text'])}") if details["text"] else head
    data = details.get("data")
    if data is None:
        return Letter(text)
    is_photo = Kind(details["kind"]) in (Kind.JPEG, Kind.PNG)
    return Letter(text, upload=Upload(details["name"], data, is_photo=is_photo))


def _taken(t: Texts, details: Details) -> Letter:
    return Letter(t(telling.TAKEN, agent=details["agent"]))


def _closed(t: Texts, details: Details) -> Letter:
    talk = details["talk"]
    text = t("talks.notice_closed_idle") if details["is_idle"] else t(telling.CLOSED)
    stars = [button(t(f"talks.stars_{one}"), f"talk:rate:{talk}:{one}") for one in STARS]
    again = [button(t("talks.reopen_button"), f"talk:reopen:{talk}")]
    return Letter(text, InlineKeyboardMarkup([stars[::-1], again]))


def _alert(key: str) -> Renderer:
    def render(t: Texts, details: Details) -> Letter:
        rows = [[button(t("talks.claim_button"), f"talk:claim:{details['talk']}")]]
        text = t(key, talk=details["talk"], unit=details["unit"])
        return Letter(text, InlineKeyboardMarkup(rows))

    return render


def _word(t: Texts, details: Details) -> Letter:
    return Letter(t(telling.WORD, talk=details["talk"], unit=details["unit"]))
