"""The pump in small: kills, lost replies, refusals, outages; each with a control."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from telegram.error import InvalidToken, TimedOut

from bot.delivery import Policy, Window, WireClock, turns
from bot.delivery import pump as pump_module
from bot.delivery.breaker import Breaker
from bot.delivery.checking import Go
from bot.delivery.turns import Taken
from domain.outbox import MOST_AMBIGUOUS, State
from domain.outbox import Policy as Class
from storage.claiming import Claims
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
    kill,
    make,
    pumping,
)
from tests.loop_time import in_loop_time

PEOPLE, IN_FLIGHT = range(1, 201), 8


# 14:00 in Beijing: not at night, whenever the tests run.
AFTERNOON = datetime(2026, 11, 25, 6, tzinfo=UTC)


def day() -> ScaledClock:
    """A clock that runs as ours does, in the afternoon."""
    return ScaledClock(1, AFTERNOON)


async def killed_often(database: Database, kills: int) -> FakeTelegram:
    """Send to everybody while the pump is killed again and again."""
    telegram, chance = FakeTelegram(delay=0.005), random.Random(7)
    # At this pace some have always been claimed and wait for their moment.
    clock, policy = day(), replace(QUICK, per_second=100, in_flight=IN_FLIGHT)
    await fill(database, PEOPLE, AFTERNOON)
    for _ in range(kills):
        pump = make(database, telegram, policy, clock)
        await pump.reclaim(everything=True)
        pump.start()
        seen = len(telegram.tries)
        async with asyncio.timeout(30):
            while len(telegram.tries) < seen + chance.randint(3, 12):
                await asyncio.sleep(0.001)
        kill(pump)
        await asyncio.sleep(0.01)
    last = make(database, telegram, policy, clock)
    await last.reclaim(everything=True)
    async with pumping(last):
        for _ in range(3):
            await asyncio.sleep(0.1)
            await due_now(database)
        await ended(database)
    return telegram


async def due_now(database: Database) -> None:
    async with database.open_work() as work:
        await work._connection.exec_driver_sql(
            f"UPDATE outbox SET due_at = {int(AFTERNOON.timestamp() * 1000)} "
            "WHERE state = 'pending'"
        )
        await work.commit()


async def test_kills_lose_nobody_and_copy_at_most_what_was_in_flight(database: Database) -> None:
    kills = 10
    telegram = await killed_often(database, kills)
    copies = telegram.copies()
    assert set(copies) == set(PEOPLE), "somebody was lost"
    assert copies.total() - len(copies) <= kills * IN_FLIGHT
    assert max(copies.values()) <= 1 + MOST_AMBIGUOUS
    assert telegram.most_at_once <= IN_FLIGHT
    assert sum((await counts(database)).values()) == len(PEOPLE)


async def test_if_messages_were_ticked_off_when_fetched_kills_would_lose_people(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = Claims.claim

    async def tick_off(self: Claims, *arguments: object) -> object:
        claims = await claim(self, *arguments)  # type: ignore[arg-type]
        await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_([one.id for one in claims]))
            .values(state=State.SENT.value)
        )
        return claims

    monkeypatch.setattr(Claims, "claim", tick_off)
    for module in (pump_module, turns):
        monkeypatch.setattr(module, "decide", lambda *_: Go())
    telegram = await killed_often(database, 10)
    assert set(telegram.copies()) < set(PEOPLE)


async def test_a_good_stop_loses_and_doubles_nothing(database: Database) -> None:
    telegram, clock = FakeTelegram(delay=0.01), day()
    await fill(database, PEOPLE, AFTERNOON)
    for _ in range(8):
        pump = make(database, telegram, clock=clock)
        async with pumping(pump):
            await asyncio.sleep(0.05)
        assert (await counts(database)).get(State.SENDING) is None
    async with pumping(make(database, telegram, clock=clock)):
        await ended(database)
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)


async def lost_replies(database: Database, policy: Class) -> tuple[FakeTelegram, int]:
    chance = random.Random(3)
    drops = Failing(TimedOut, lambda _: chance.random() < 0.1)
    telegram = FakeTelegram(after=drops)
    await fill(database, PEOPLE, AFTERNOON, policy=policy)
    async with pumping(make(database, telegram, clock=day())):
        async with asyncio.timeout(30):
            while (await counts(database)).get(State.SENT, 0) + (await counts(database)).get(
                State.UNKNOWN, 0
            ) < len(PEOPLE):
                await due_now(database)
                await asyncio.sleep(0.05)
    return telegram, drops.count


async def test_lost_replies_copy_three_times_at_most_and_lose_nobody(database: Database) -> None:
    telegram, drops = await lost_replies(database, Class.RESEND)
    assert drops > 5
    assert set(telegram.copies()) == set(PEOPLE)
    assert max(telegram.copies().values()) <= 3
    # A copy that follows another says so.
    seen: set[int] = set()
    for _, chat, text in telegram.arrived:
        assert text.startswith("（重发") == (chat in seen)
        seen.add(chat)


async def test_lost_replies_of_class_hold_are_unknown_and_never_copied(
    database: Database,
) -> None:
    telegram, drops = await lost_replies(database, Class.HOLD)
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)
    assert (await counts(database))[State.UNKNOWN] == drops


async def test_a_refused_token_stops_all_and_consumes_nothing(database: Database) -> None:
    bad = True

    def refuse(chat: int, number: int) -> None:
        if bad:
            raise InvalidToken("Unauthorized")

    async def ask() -> None:
        refuse(0, 0)

    telegram = FakeTelegram(before=refuse)
    await fill(database, PEOPLE, AFTERNOON)
    policy = replace(QUICK, token_probe=timedelta(seconds=0.05))
    pump = make(database, telegram, policy, day(), ask_token=ask)
    async with pumping(pump):
        async with asyncio.timeout(30):
            while not pump.faults():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        assert len(telegram.tries) <= QUICK.in_flight
        bad = False
        await ended(database)
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)
    assert pump.faults() == {}


async def test_a_stalled_sender_does_not_send_when_its_lease_is_nearly_over(
    database: Database,
) -> None:
    telegram = FakeTelegram()
    await fill(database, [1], AFTERNOON)
    wire = WireClock()
    pump = make(database, telegram, QUICK, day(), wire)
    async with database.open_work() as work:
        (claim,) = await work.claims.claim(AFTERNOON, wire.now(), 1, "a", timedelta(seconds=0.4))
        await work.commit()
    await pump._see_through(Taken(claim, None, wire.now()), is_probe=False)
    assert telegram.tries == []
    pump.stop_claiming()
    await pump._round()
    assert (await counts(database)) == {State.PENDING: 1}


def test_no_second_has_more_than_the_limit_and_replies_go_first() -> None:
    in_loop_time(_pushing_and_replying())


async def _pushing_and_replying() -> None:
    now = asyncio.get_running_loop().time
    window, chance = Window(20, now), random.Random(5)
    arrived: list[float] = []

    async def call() -> None:
        # On its way for a while that nobody can know beforehand, then the answer comes back.
        await asyncio.sleep(chance.uniform(0, 0.03))
        arrived.append(now())
        await asyncio.sleep(0.02)

    async def one() -> None:
        async with window.bulk():
            await call()

    async def bulk() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(one())
                # As the shared pace spaces them.
                await asyncio.sleep(0.05)

    async def replies() -> list[float]:
        waits = []
        for _ in range(6):
            await asyncio.sleep(0.3)
            begun = now()
            async with window.reply():
                waits.append(now() - begun)
                await call()
        return waits

    _, waits = await asyncio.gather(bulk(), replies())
    times = sorted(arrived)
    assert all(later - early >= 1.0 for early, later in zip(times, times[20:], strict=False))
    assert max(waits) < 0.3
    # At 20 a second, 56 take two seconds and a bit: the places are used.
    assert times[-1] - times[0] < 4


def test_replies_do_not_wait_while_nothing_goes_to_many() -> None:
    async def replying() -> None:
        now = asyncio.get_running_loop().time
        window = Window(5, now)
        begun = now()
        for _ in range(500):
            async with window.reply():
                pass
        assert now() == begun

    in_loop_time(replying())


def test_the_breaker_opens_after_twenty_in_a_row_or_half_of_half_a_minute() -> None:
    breaker = Breaker()
    assert [breaker.note(AFTERNOON, True) for _ in range(20)] == [False] * 19 + [True]
    breaker.reset()
    mixed = [breaker.note(AFTERNOON, number % 5 < 3) for number in range(25)]
    assert any(mixed)
    breaker.reset()
    assert not any(breaker.note(AFTERNOON, number % 2 == 1) for number in range(100))
    later = AFTERNOON + timedelta(seconds=31)
    assert not breaker.note(later, True), "what is older than half a minute does not count"


def test_the_wire_does_not_jump_with_the_clock() -> None:
    ticks = [0.0]
    wire = WireClock(ScaledClock(0, AFTERNOON), lambda: ticks[0])
    ticks[0] = 5.0
    assert wire.now() == AFTERNOON + timedelta(seconds=5)
    wire.set(AFTERNOON)
    assert wire.now() == AFTERNOON


def test_the_defaults_leave_room_for_replies_and_for_the_request() -> None:
    policy = Policy()
    assert policy.per_second + 5 <= policy.limit
    assert policy.send_time + timedelta(seconds=25) < policy.lease
