"""How it is told that somebody waits: honestly, with the hour when people are there again."""

from __future__ import annotations

from datetime import datetime

from domain.clock import beijing_date
from domain.talk_waits import Wait
from handlers.events.pages import moment
from locales import Markup, Texts


def standing_text(t: Texts, wait: Wait | None, now: datetime) -> Markup:
    """Where the talk stands: with somebody, in the line, or until the office opens."""
    if wait is None:
        return t("talks.with_somebody")
    if wait.reopens_at is not None:
        return t("talks.waiting_closed", when=_when(t, wait.reopens_at, now), ahead=wait.ahead)
    if wait.ahead:
        return t("talks.waiting", ahead=wait.ahead, minutes=wait.minutes)
    return t("talks.waiting_first", minutes=wait.minutes)


def _when(t: Texts, at: datetime, now: datetime) -> Markup:
    if beijing_date(at) == beijing_date(now):
        return t("talks.today", moment=moment(t, at))
    return moment(t, at)
