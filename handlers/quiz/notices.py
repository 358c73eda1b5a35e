"""What members are told of the quiz unasked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from telegram import InlineKeyboardMarkup

from domain.clock import BEIJING
from handlers.events.pages import moment
from handlers.keyboards import button
from handlers.letters import Details, Letter, Renderer
from locales import Texts
from services.quiz import telling


def notices() -> Mapping[str, Renderer]:
    """Every kind of notice of the quiz."""
    return {
        telling.INVITE: _invite,
        telling.REMIND: _remind,
        telling.EXTENDED: _extended,
        telling.VOID: _void,
        telling.WON: _won,
    }


def _invite(t: Texts, details: Details) -> Letter:
    limit = t("quiz.notice_minutes", minutes=details["minutes"]) if details["minutes"] else ""
    text = t(
        telling.INVITE,
        title=details["title"],
        day=details["day"],
        questions=details["questions"],
        limit=limit,
        until=_time(details),
    )
    return Letter(text, _start_or_mute(t, details))


def _remind(t: Texts, details: Details) -> Letter:
    text = t(telling.REMIND, title=details["title"], until=_time(details))
    return Letter(text, _start_or_mute(t, details))


def _extended(t: Texts, details: Details) -> Letter:
    text = t(telling.EXTENDED, title=details["title"], minutes=details["lost"])
    start = button(t("quiz.go_on_button"), f"quiz:start:{details['sitting']}")
    return Letter(text, InlineKeyboardMarkup([[start]]))


def _void(t: Texts, details: Details) -> Letter:
    rows = [[button(t("quiz.home_button"), "quiz:list")]]
    text = t(telling.VOID, question=details["question"])
    return Letter(text, InlineKeyboardMarkup(rows))


def _won(t: Texts, details: Details) -> Letter:
    text = t(
        telling.WON,
        title=details["title"],
        what=details["what"],
        until=moment(t, datetime.fromisoformat(details["until"])),
    )
    rows = [
        [button(t("quiz.claim_button"), f"quiz:prize:{details['winner']}")],
        [button(t("quiz.round_button"), f"quiz:round:{details['round']}")],
    ]
    return Letter(text, InlineKeyboardMarkup(rows))


def _start_or_mute(t: Texts, details: Details) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [button(t("quiz.start_button"), f"quiz:start:{details['sitting']}")],
            [button(t("quiz.mute_button"), "quiz:mute")],
        ]
    )


def _time(details: Details) -> str:
    return f"{datetime.fromisoformat(details['until']).astimezone(BEIJING):%H:%M}"
