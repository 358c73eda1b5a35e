"""The HTTP side: errors as in python-telegram-bot's own backend, with their cause kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.request import AiohttpRequest, was_not_sent
from handlers.screen import is_unread
from simulator import Running
from simulator import running as simulating
from tests.faults.processes import free_port
from tests.world import TOKEN


class Line:
    """A bot on our request, and what was observed of its calls."""

    def __init__(self, url: str, **options: Any) -> None:
        self.seen: list[tuple[str, str]] = []
        self.request = AiohttpRequest(
            observe=lambda name, outcome: self.seen.append((name, outcome)), **options
        )
        self.bot = Bot(TOKEN, base_url=f"{url}/bot", request=self.request)


@pytest.fixture
async def telegram() -> AsyncIterator[Running]:
    async with simulating(token=TOKEN) as running:
        yield running


@pytest.fixture
async def line(telegram: Running) -> AsyncIterator[Line]:
    made = Line(telegram.url, read_timeout=0.5)
    await made.bot.initialize()
    made.seen.clear()
    yield made
    await made.bot.shutdown()


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
@pytest.mark.parametrize(
    ("fault", "error", "outcome"),
    [
        ("429", RetryAfter, "429"),
        ("403", Forbidden, "403"),
        ("401", InvalidToken, "401"),
        ("500", NetworkError, "502"),
        ("garbage", TelegramError, "200"),
        ("drop_before", NetworkError, "network"),
        ("drop_after", NetworkError, "network"),
        ("slow", TimedOut, "timeout"),
    ],
)
async def test_each_fault_is_the_error_that_the_stock_backend_would_raise(
    telegram: Running, line: Line, fault: str, error: type[TelegramError], outcome: str
) -> None:
    person = telegram.simulator.add_user("王芳")
    telegram.simulator.fault("sendMessage", fault, seconds=2)
    with pytest.raises(error) as raised:
        await line.bot.send_message(person, "您好")
    assert type(raised.value) is error
    assert line.seen == [("sendMessage", outcome)]
    assert not was_not_sent(raised.value), "maybe sent: nobody can know"
    await line.bot.send_message(person, "您好")


async def test_telegrams_own_words_reach_the_error(line: Line) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await line.bot.send_message(1, "您好")


async def test_only_a_connection_that_never_was_is_certainly_not_sent() -> None:
    line = Line(f"http://127.0.0.1:{free_port()}")
    await line.request.initialize()
    with pytest.raises(NetworkError) as raised:
        await line.bot.send_message(1, "您好")
    assert was_not_sent(raised.value)
    assert TOKEN not in str(raised.value)
    assert line.seen == [("sendMessage", "network")]
    await line.request.shutdown()


async def test_waiting_for_a_free_connection_counts_as_not_sent(telegram: Running) -> None:
    person = telegram.simulator.add_user("王芳")
    line = Line(telegram.url, connections=1, connect_timeout=0.2)
    await line.request.initialize()
    telegram.simulator.fault("sendMessage", "slow", seconds=1)
    slow = asyncio.create_task(line.bot.send_message(person, "慢"))
    await asyncio.sleep(0.05)
    with pytest.raises(TimedOut) as raised:
        await line.bot.send_message(person, "快")
    assert was_not_sent(raised.value)
    await slow
    await line.request.shutdown()


async def test_a_file_with_a_chinese_name_arrives_with_that_name(
    telegram: Running, line: Line
) -> None:
    person = telegram.simulator.add_user("王芳")
    await line.bot.send_document(person, InputFile(b"x" * 10, filename="工资条.pdf"))
    (shown,) = telegram.simulator.screen(person)["messages"]
    assert shown["media"]["name"] == "工资条.pdf"


async def test_a_garbled_answer_is_not_written_to_the_log(
    telegram: Running, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.simulator.fault("sendMessage", "garbage")
    with caplog.at_level(logging.DEBUG), pytest.raises(TelegramError):
        await line.bot.send_message(telegram.simulator.add_user("王芳"), "我的秘密")
    assert '{"ok":tru' not in caplog.text


async def test_a_request_that_was_not_initialized_says_so() -> None:
    with pytest.raises(RuntimeError, match="not initialized"):
        await AiohttpRequest().do_request("http://127.0.0.1/", "POST")


async def test_what_telegram_added_to_a_message_is_read_and_our_own_words_are_not(
    telegram: Running, line: Line
) -> None:
    person = telegram.simulator.add_user("王芳")
    sent = await line.bot.send_message(person, "您好")
    assert (sent.chat.id, sent.message_id > 0, sent.text) == (person, True, None)
    file = await line.bot.send_document(person, b"a,b\n", "说明", filename="a.csv")
    assert file.document
    assert file.document.file_id
    assert file.caption is None


async def test_a_message_that_nobody_looks_at_is_not_made(telegram: Running, line: Line) -> None:
    person = telegram.simulator.add_user("王芳")
    before = is_unread.set(True)
    sent: object = await line.bot.send_message(person, "您好")
    is_unread.reset(before)
    assert sent is True
    assert [shown["text"] for shown in telegram.simulator.screen(person)["messages"]] == ["您好"]
