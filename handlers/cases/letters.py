"""What is told unasked: words that say nothing of what it is about, and the way to the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from telegram import InlineKeyboardMarkup

from handlers.cases.mine import payment_row, star_row
from handlers.events.pages import moment
from handlers.keyboards import button
from handlers.letters import Details, Letter, Renderer
from locales import Texts
from services.cases import telling


def notices() -> Mapping[str, Renderer]:
    """Every kind of notice of cases."""
    return {
        telling.NEWS: _news,
        telling.PAID: _paid,
        telling.MEETING: _meeting,
        telling.RATE: _rate,
        telling.ALERT: _alert,
        telling.RESET: _reset,
        telling.RESET_READY: _reset_ready,
        telling.RESET_DONE: _reset_done,
    }


def _news(t: Texts, _: Details) -> Letter:
    return Letter(t("cases.notice_news"), _to_list(t), is_protected=True)


def _paid(t: Texts, details: Details) -> Letter:
    row = payment_row(t, str(details["case"]), str(details["instalment"]))
    return Letter(t("cases.notice_paid"), InlineKeyboardMarkup([row]), is_protected=True)


def _meeting(t: Texts, details: Details) -> Letter:
    when = moment(t, datetime.fromisoformat(str(details["at"])))
    return Letter(t("cases.notice_meeting", when=when), _to_list(t), is_protected=True)


def _rate(t: Texts, details: Details) -> Letter:
    rows = [star_row(t, str(details["case"]))]
    return Letter(t("cases.notice_rate"), InlineKeyboardMarkup(rows), is_protected=True)


def _alert(t: Texts, _: Details) -> Letter:
    return Letter(t("cases.notice_alert"), is_protected=True)


def _reset(t: Texts, details: Details) -> Letter:
    when = moment(t, datetime.fromisoformat(str(details["when"])))
    rows = [[button(t("cases.reset_stop_button"), "cases:keepcode")]]
    text = t("cases.notice_reset", when=when)
    return Letter(text, InlineKeyboardMarkup(rows), is_protected=True)


def _reset_ready(t: Texts, details: Details) -> Letter:
    when = moment(t, datetime.fromisoformat(str(details["when"])))
    rows = [
        [
            button(t("cases.reset_go_button"), "cases:forgot"),
            button(t("cases.reset_stop_button"), "cases:keepcode"),
        ]
    ]
    text = t("cases.notice_reset_ready", when=when)
    return Letter(text, InlineKeyboardMarkup(rows), is_protected=True)


def _reset_done(t: Texts, _: Details) -> Letter:
    return Letter(t("cases.notice_reset_done"), is_protected=True)


def _to_list(t: Texts) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(t("cases.look_button"), "cases:mine")]])
