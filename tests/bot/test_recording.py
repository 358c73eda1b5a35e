"""What tries say of a whole push, and pauses that a wrong clock left behind; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from telegram.error import BadRequest

from bot.delivery import checking
from domain.broadcasts import EDIT, STOPPED, Change, change_json
from domain.outbox import Push, PushState, State
from domain.staff import Staff
from services.outbox import OutboxService
from storage.database import Database
from storage.tables import outbox, rate_state
from tests.delivering import (
    QUICK,
    Failing,
    FakeTelegram,
    ScaledClock,
    ended,
    fill,
    make,
    pumping,
)
from tests.pushing import begun, found

# 14:00 in Beijing: not at night, whenever the tests run.
AFTERNOON = datetime(2026, 11, 25, 6, tzinfo=UTC)
AUTHOR = Staff(
    id="author",
    name="写稿人",
    telegram_id=7_000,
    employer_id=None,
    is_outside=False,
    created_at=AFTERNOON,
)
MEMBERS = range(1, 31)


def day() -> ScaledClock:
    """A clock that runs as ours does, in the afternoon."""
    return ScaledClock(1, AFTERNOON)


async def push_that_fails(database: Database, kind: str, **more: Any) -> Push:
    """Send a push that Telegram does not take; how it is when the pump has nothing to do."""
    clock = day()
    async with database.open_work() as work:
        await work.staff.add(AUTHOR)
        await work.commit()
    one = Push(kind, "停水通知", {"text": "x"}, AUTHOR.id, AFTERNOON, **more)
    number = await begun(database, one, MEMBERS)
    async with database.open_work() as work:
        push = await work.pushes.find(number)
        assert push is not None
        await work.pushes.expand(push, AFTERNOON, 100)
        await work.commit()
    refuses = Failing(lambda: BadRequest("can't parse entities"), lambda _: True)
    telegram = FakeTelegram(before=lambda chat, n: None if chat == 7_000 else refuses(chat, n))
    pump = make(database, telegram, replace(QUICK, in_flight=1), clock)
    async with pumping(pump):
        await pump.drained()
    return await found(database, number)


async def told(database: Database) -> list[tuple[str, int, str]]:
    async with database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(outbox.c.kind, outbox.c.chat_id, outbox.c.state).where(
                outbox.c.push_id.is_(None)
            )
        )
        return [(row.kind, row.chat_id, row.state) for row in rows]


async def test_five_refusals_of_the_first_fifty_stop_it_and_its_author_hears(
    database: Database,
) -> None:
    one = await push_that_fails(database, "message")
    assert (one.state, one.pause_reason) == (PushState.PAUSED, "content")
    async with database.open_read() as work:
        states = await work.outbox.counts(one.id)
    assert states[State.FAILED] == 5 and states[State.PENDING] == len(MEMBERS) - 5
    assert [(kind, chat) for kind, chat, _ in await told(database)] == [(STOPPED, 7_000)]


async def test_a_correction_that_is_refused_ends_as_nobody_could_let_it_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = change_json(Change(0))
    one = await push_that_fails(database, EDIT, audience=audience)
    assert (one.state, one.pause_reason) == (PushState.CANCELLING, "content")
    await OutboxService(database, day()).expand_due()
    async with database.open_read() as work:
        states = await work.outbox.counts(one.id)
    assert (await found(database, one.id)).state is PushState.CANCELLED
    assert states == {State.FAILED: 5, State.CANCELLED: len(MEMBERS) - 5}


async def far_ahead(database: Database) -> FakeTelegram:
    """A pause until tomorrow stands in the table: the clock was a day ahead when it was made."""
    await fill(database, MEMBERS, AFTERNOON)
    async with database.open_work() as work:
        await work._connection.execute(
            sa.update(rate_state).values(paused_until=datetime.now(UTC) + timedelta(days=1))
        )
        await work.commit()
    telegram = FakeTelegram()
    async with pumping(make(database, telegram, QUICK, day())):
        await ended(database, 5)
    return telegram


async def test_a_pause_that_a_wrong_clock_left_behind_stops_nobody(database: Database) -> None:
    telegram = await far_ahead(database)
    assert telegram.copies() == dict.fromkeys(MEMBERS, 1)


async def test_if_it_were_believed_nothing_would_be_sent_until_then(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "is_paused", lambda until, wire: until and wire < until)
    with pytest.raises(TimeoutError):
        await far_ahead(database)
