"""Calls for letters: each act by its method, a file uploaded once, what is done is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.delivery.calls import Caller
from bot.delivery.outcomes import UnknownFileError, classify
from bot.request import AiohttpRequest
from domain.broadcasts import BroadcastFile
from domain.outbox import Claim, MediaKind, Outcome, Policy, Priority
from handlers.keyboards import button
from handlers.letters import Act, Letter, Media, Poll, Upload
from locales import Markup
from simulator import Running, Simulator
from simulator import running as simulating
from storage.database import Database
from storage.errors import StorageUnavailable
from tests.world import TOKEN

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)
# The smallest PNG: a single white point.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fea7d6059b0000000049454e44ae426082"
)
FILE = BroadcastFile("f" * 24, MediaKind.PHOTO, "海报.png", "image/png", len(PICTURE), "d" * 64)
KEYS = InlineKeyboardMarkup([[button("报名", "events:list")]])


@pytest.fixture
async def telegram() -> AsyncIterator[Running]:
    async with simulating(token=TOKEN) as running:
        yield running


@pytest.fixture
async def caller(telegram: Running, database: Database) -> AsyncIterator[Caller]:
    request = AiohttpRequest()
    await request.initialize()
    async with database.open_work() as work:
        await work.broadcast_files.add(FILE, PICTURE, "s1", NOW)
        await work.commit()
    yield Caller(request, f"{telegram.url}/bot{TOKEN}", database)
    await request.shutdown()


@pytest.fixture
def person(telegram: Running) -> int:
    return telegram.simulator.add_user("王芳")


def claim(chat: int) -> Claim:
    return Claim(
        *(1, "t", "message", chat, chat, None, "c", 1, 1),
        *(Priority.BROADCAST, Policy.RESEND, None, {}, 1, 0, NOW, None, NOW),
    )


def methods(simulator: Simulator) -> list[str]:
    return [call["method"] for call in simulator.calls.since(0)]


def shown(simulator: Simulator, person: int) -> list[str]:
    messages = simulator.screen(person)["messages"]
    return [message.get("text") or message.get("caption", "") for message in messages]


async def test_a_message_is_sent_changed_and_taken_back(
    telegram: Running, caller: Caller, person: int
) -> None:
    letter = Letter(Markup("<b>放假通知</b>"), KEYS, is_protected=True)
    number = await caller(claim(person), letter)
    (call,) = telegram.simulator.calls.since(0)
    assert call["payload"]["protect_content"] in (True, "true")
    assert shown(telegram.simulator, person) == ["放假通知"]
    change = Letter(Markup("更正：周六上班"), act=Act.EDIT, message_id=number)
    assert await caller(claim(person), change) == number
    assert shown(telegram.simulator, person) == ["更正：周六上班"]
    # A second try of what is done already is no failure.
    assert await caller(claim(person), change) == number
    back = Letter(Markup(""), act=Act.DELETE, message_id=number)
    assert await caller(claim(person), back) == number
    assert await caller(claim(person), back) == number
    assert shown(telegram.simulator, person) == []


async def test_a_file_is_uploaded_once_and_then_goes_by_its_number(
    telegram: Running, caller: Caller, database: Database, person: int
) -> None:
    letter = Letter(Markup("看海报"), media=Media(MediaKind.PHOTO, FILE.id))
    number = await caller(claim(person), letter)
    other = telegram.simulator.add_user("李强")
    await caller(claim(other), letter)
    async with database.open_read() as work:
        found = await work.broadcast_files.find(FILE.id)
    assert found is not None and found.telegram_id
    first, second = telegram.simulator.calls.since(0)
    assert second["payload"]["photo"] == found.telegram_id != first["payload"].get("photo")
    assert shown(telegram.simulator, other) == ["看海报"]
    change = replace(letter, text=Markup("看新海报"), act=Act.EDIT, message_id=number)
    await caller(claim(person), change)
    assert methods(telegram.simulator)[-1] == "editMessageCaption"
    assert shown(telegram.simulator, person) == ["看新海报"]


async def test_a_number_that_telegram_forgot_is_dropped_and_the_bytes_go_next_time(
    telegram: Running, caller: Caller, database: Database, person: int
) -> None:
    async with database.open_work() as work:
        await work.broadcast_files.keep_telegram_id(FILE.id, "AgACAgUAAx0gone")
        await work.commit()
    letter = Letter(Markup("看海报"), media=Media(MediaKind.PHOTO, FILE.id))
    with pytest.raises(UnknownFileError) as failed:
        await caller(claim(person), letter)
    assert classify(failed.value).outcome is Outcome.NOT_SENT
    await caller(claim(person), letter)
    assert shown(telegram.simulator, person) == ["看海报"]


async def test_a_file_that_is_gone_fails_and_sends_nothing(
    telegram: Running, caller: Caller, person: int
) -> None:
    letter = Letter(Markup("看海报"), media=Media(MediaKind.DOCUMENT, "0" * 24))
    with pytest.raises(BadRequest) as failed:
        await caller(claim(person), letter)
    assert classify(failed.value).outcome is Outcome.CONTENT
    assert methods(telegram.simulator) == []


@pytest.mark.parametrize("is_photo", [True, False])
async def test_a_file_for_one_person_goes_with_its_bytes(
    telegram: Running, caller: Caller, person: int, is_photo: bool
) -> None:
    upload = Upload("证明.png", PICTURE, is_photo)
    await caller(claim(person), Letter(Markup("给您的"), upload=upload))
    assert methods(telegram.simulator) == ["sendPhoto" if is_photo else "sendDocument"]
    assert shown(telegram.simulator, person) == ["给您的"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (BadRequest("Message to edit not found"), Outcome.NO_MESSAGE),
        (BadRequest("Message can't be deleted for everyone"), Outcome.NO_MESSAGE),
        (BadRequest("Chat not found"), Outcome.GONE),
        (BadRequest("Can't parse entities"), Outcome.CONTENT),
        (Forbidden("bot was blocked by the user"), Outcome.GONE),
    ],
)
def test_what_cannot_be_changed_any_more_is_no_fault_of_the_words(
    error: TelegramError, outcome: Outcome
) -> None:
    assert classify(error).outcome is outcome


POLL = Poll("第 1/2 题：纸盒是什么垃圾？", ("可回收物", "其他垃圾"), 0, "纸盒可以回收。", 20)


async def test_a_poll_is_sent_its_number_told_and_closed_once(
    telegram: Running, database: Database, person: int
) -> None:
    told: list[tuple[str, int]] = []

    async def polled(claim: Claim, poll_id: str, message_id: int) -> None:
        told.append((poll_id, message_id))

    request = AiohttpRequest()
    await request.initialize()
    caller = Caller(request, f"{telegram.url}/bot{TOKEN}", database, polled)
    number = await caller(claim(person), Letter(Markup(""), poll=POLL))
    (message,) = telegram.simulator.screen(person)["messages"]
    shown = message["media"]
    assert (shown["title"], shown["options"]) == (POLL.question, list(POLL.options))
    assert (shown["right"], shown["explanation"], shown["closed"]) == (
        [0],
        "纸盒可以回收。",
        False,
    )
    assert [message_id for _, message_id in told] == [number]
    close = Letter(Markup(""), act=Act.CLOSE_POLL, message_id=number)
    assert await caller(claim(person), close) == number
    # A second try of what is done already is no failure, nor is a poll that is gone.
    assert await caller(claim(person), close) == number
    assert await caller(claim(person), replace(close, message_id=number + 100)) == number + 100
    assert telegram.simulator.screen(person)["messages"][0]["media"]["closed"] is True
    await request.shutdown()


async def test_a_poll_that_cannot_be_noted_was_sent_all_the_same(
    telegram: Running, database: Database, person: int
) -> None:
    async def away(claim: Claim, poll_id: str, message_id: int) -> None:
        raise StorageUnavailable("away")

    request = AiohttpRequest()
    await request.initialize()
    caller = Caller(request, f"{telegram.url}/bot{TOKEN}", database, away)
    assert await caller(claim(person), Letter(Markup(""), poll=POLL))
    assert len(telegram.simulator.screen(person)["messages"]) == 1
    await request.shutdown()
