"""Telling an outage of Telegram from a fault of one update."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from bot.link import OUTAGE_AFTER, TelegramLink


@pytest.fixture
def link() -> TelegramLink:
    return TelegramLink()


def _lost(cause: Exception) -> NetworkError:
    error = NetworkError("lost")
    error.__cause__ = cause
    return error


def test_one_lost_reply_is_bad_luck_of_one_update(link: TelegramLink) -> None:
    link.observe("sendMessage", "timeout")
    assert link.outage(TimedOut()) is None
    assert link.outage(_lost(aiohttp.ServerDisconnectedError())) is None


def test_many_failures_in_a_row_are_an_outage_until_one_call_succeeds(link: TelegramLink) -> None:
    for outcome in ("timeout", "network", "502", "500", "timeout")[:OUTAGE_AFTER]:
        link.observe("sendMessage", outcome)
    assert link.is_down
    outage = link.outage(TimedOut())
    assert outage is not None and outage.reason == "telegram unreachable"
    link.observe("sendMessage", "200")
    assert not link.is_down
    assert link.outage(TimedOut()) is None


def test_what_certainly_never_reached_telegram_is_an_outage_at_once(link: TelegramLink) -> None:
    refused = aiohttp.ClientConnectorError(None, OSError("refused"))  # type: ignore[arg-type]
    for cause in (refused, aiohttp.ConnectionTimeoutError()):
        outage = link.outage(_lost(cause))
        assert outage is not None and outage.retry_after == 5


@pytest.mark.parametrize(
    "error", [BadRequest("Message text is empty"), ChatMigrated(-100), Forbidden("blocked")]
)
def test_a_refusal_is_an_answer_and_never_an_outage(link: TelegramLink, error: Exception) -> None:
    for _ in range(OUTAGE_AFTER):
        link.observe("sendMessage", "network")
    assert link.outage(error) is None


def test_a_refused_token_is_remembered_until_a_call_succeeds(link: TelegramLink) -> None:
    link.observe("sendMessage", "401")
    assert link.token_refused and link.is_down
    link.observe("sendMessage", "timeout")
    assert link.token_refused
    outage = link.outage(InvalidToken())
    assert outage is not None and (outage.retry_after, outage.reason) == (30, "token refused")
    link.observe("sendMessage", "400")
    assert not link.token_refused


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize("after", [7, timedelta(seconds=7)])
def test_a_rate_limit_says_itself_when_to_come_again(
    link: TelegramLink, after: int | timedelta
) -> None:
    outage = link.outage(RetryAfter(after))
    assert outage is not None and (outage.retry_after, outage.reason) == (7, "rate limit")
    assert not link.is_down


def test_any_other_error_is_the_updates_own(link: TelegramLink) -> None:
    for _ in range(OUTAGE_AFTER):
        link.observe("sendMessage", "network")
    assert link.outage(LookupError()) is None
