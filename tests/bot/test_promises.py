"""R29 and R30 in small, each with a control: a refused token costs nothing, parts keep order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from aiohttp import ConnectionTimeoutError
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError, TimedOut

from bot.delivery import pump as pump_module
from bot.delivery.outcomes import Failure
from domain.outbox import Notice, Outcome, Priority, State
from storage import claiming, claims
from storage.database import Database
from storage.tables import outbox
from tests.delivering import (
    QUICK,
    Failing,
    FakeTelegram,
    ScaledClock,
    counts,
    ended,
    fill,
    make,
    pumping,
)

# 14:00 in Beijing: not at night, whenever the tests run.
AFTERNOON = datetime(2026, 11, 25, 6, tzinfo=UTC)
PEOPLE = range(1, 61)
CHAT = 7


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat need not rest for a second between two parts."""
    monkeypatch.setattr(claiming, "CHAT_PACE", timedelta(milliseconds=20))


async def with_a_refused_token(
    database: Database, seconds: float = 0.3
) -> tuple[FakeTelegram, int]:
    """Send to sixty; the token is refused from the tenth on and good again after so many seconds,
    or when more was tried than was on its way.
    """
    is_good = asyncio.Event()

    def refuse(chat: int, number: int) -> None:
        if number >= 10 and not is_good.is_set():
            raise InvalidToken

    async def asked() -> None:
        if not is_good.is_set():
            raise InvalidToken

    await fill(database, PEOPLE, AFTERNOON)
    telegram = FakeTelegram(before=refuse)
    policy = replace(QUICK, token_probe=QUICK.poll)
    pump = make(database, telegram, policy, ScaledClock(1, AFTERNOON), ask_token=asked)
    async with pumping(pump):
        while len(telegram.tries) <= 10:
            await asyncio.sleep(0.01)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(telegram.tries) <= 10 + QUICK.in_flight:
                    await asyncio.sleep(0.01)
        tried, red = len(telegram.tries), pump.faults()
        is_good.set()
        await ended(database)
        assert red == {"delivery": "the token is refused"} and pump.faults() == {}
    return telegram, tried


async def test_while_the_token_is_refused_nothing_is_tried_and_nothing_is_lost(
    database: Database,
) -> None:
    telegram, tried = await with_a_refused_token(database)
    assert tried <= 10 + QUICK.in_flight
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)
    assert await counts(database) == {State.SENT: len(PEOPLE)}


async def test_taken_for_a_failure_of_each_message_a_refused_token_would_cost_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        pump_module, "classify", lambda error: Failure(Outcome.CONTENT, str(error))
    )
    with pytest.raises(AssertionError):
        await with_a_refused_token(database, seconds=30)
    assert (await counts(database)).get(State.FAILED, 0) > QUICK.in_flight


FAULTS: dict[str, Callable[[], TelegramError]] = {
    "not sent": lambda: _caused(ConnectionTimeoutError()),
    "lost reply": TimedOut,
    "content": lambda: BadRequest("can't parse entities"),
}


def _caused(cause: Exception) -> TelegramError:
    error = NetworkError("no connection")
    error.__cause__ = cause
    return error


async def in_parts(database: Database, fault: str, part: int) -> list[int]:
    """Three parts to one chat, one of which fails once; the parts that arrived, in their order."""
    texts = ("第1部分", "第2部分", "第3部分")
    async with database.open_work() as work:
        await work.outbox.add(
            Notice(
                "message",
                CHAT,
                "long",
                AFTERNOON,
                {"text": texts[0]},
                parts=tuple({"text": text} for text in texts[1:]),
            )
        )
        await work.commit()
    failing = Failing(FAULTS[fault], lambda number: number == part - 1)
    telegram = FakeTelegram(before=failing)
    async with pumping(make(database, telegram, QUICK, ScaledClock(1, AFTERNOON))):
        async with asyncio.timeout(30):
            while {State.PENDING, State.SENDING} & (await counts(database)).keys():
                await asyncio.sleep(0.2)
                await due_now(database)
    assert failing.count == 1
    return [int(text.partition("部分")[0][-1]) for _, _, text in telegram.arrived]


async def due_now(database: Database) -> None:
    """What waits for another try is due now: by this clock, which is not the machine's."""
    async with database.open_work() as work:
        await work._connection.execute(
            sa.update(outbox).where(outbox.c.state == State.PENDING.value).values(due_at=AFTERNOON)
        )
        await work.commit()


@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("fault", FAULTS)
async def test_parts_keep_their_order_and_none_is_dropped_because_of_another(
    database: Database, fault: str, part: int
) -> None:
    arrived = await in_parts(database, fault, part)
    # Only a part that Telegram does not take is missing, and it alone.
    assert arrived == [one for one in (1, 2, 3) if fault != "content" or one != part]


async def test_if_later_parts_did_not_wait_they_would_overtake(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_UNFINISHED", ("none of them",))
    careless = sa.union_all(
        *(
            sa.select(
                claims._due(outbox.c.push_id.is_(None), outbox.c.priority == int(one)).subquery()
            )
            for one in Priority
        )
    )
    monkeypatch.setattr(claiming, "SINGLE", careless)
    # Nobody makes it due again at once: it waits for its turn, as after a lost reply.
    monkeypatch.setattr("tests.bot.test_promises.due_now", _later)
    with pytest.raises((AssertionError, TimeoutError)):
        assert await in_parts(database, "lost reply", 1) == [1, 2, 3]


async def _later(database: Database) -> None:
    async with database.open_read() as work:
        waiting = await work._connection.execute(
            sa.select(outbox.c.part).where(outbox.c.state == State.PENDING.value)
        )
        parts = [row[0] for row in waiting]
    if parts == [1]:
        async with database.open_work() as work:
            await work._connection.execute(
                sa.update(outbox)
                .where(outbox.c.state == State.PENDING.value)
                .values(due_at=AFTERNOON)
            )
            await work.commit()
