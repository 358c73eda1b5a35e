"""R6, R7, R13, R14: refusals, outages, clocks that jump and replicas, in the middle of a push."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from telegram.error import NetworkError

from bot.delivery import Pump, WireClock
from bot.delivery.breaker import Breaker
from storage.database import Database
from storage.pace import Pace
from tests.delivering import (
    QUICK,
    Failing,
    FakeTelegram,
    ScaledClock,
    ended,
    fill,
    make,
    pumping,
    rate_row,
    worker,
)

pytestmark = pytest.mark.faults

PEOPLE = range(1, 201)
# 14:00 in Beijing: not at night, whenever the tests run.
AFTERNOON = datetime(2026, 11, 25, 6, tzinfo=UTC)


def day() -> ScaledClock:
    """A clock that runs as ours does, in the afternoon."""
    return ScaledClock(1, AFTERNOON)


async def refused(database: Database) -> tuple[FakeTelegram, float]:
    """Three senders at more than Telegram takes; the refusals inside a pause."""
    telegram = FakeTelegram(delay=0.01, limit=40, retry_after=1)
    await fill(database, PEOPLE, AFTERNOON)
    policy = replace(QUICK, per_second=60)
    pumps = [make(database, telegram, policy, day(), name=name) for name in "abc"]
    for pump, name in zip(pumps, "abc", strict=True):
        await pump.beat(worker(name))
    async with pumping(*pumps):
        await ended(database)
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)
    first = telegram.refused_at[0]
    # What was on its way when the refusal was on its way back cannot be held.
    inside = [at for at, _ in telegram.tries if first + 0.15 < at < first + 1]
    return telegram, len(inside)


async def test_after_a_refusal_no_replica_sends_until_the_pause_is_over(
    database: Database,
) -> None:
    _, inside = await refused(database)
    assert inside == 0
    row = await rate_row(database)
    assert row["slow_rate"] < 60
    async with database.open_read() as work:
        most = await work._connection.exec_driver_sql("SELECT max(attempts) FROM outbox")
        assert most.scalar_one() == 1, "a refusal is no try"


async def test_without_the_shared_pause_replicas_would_go_on_sending(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: object) -> None:
        pass

    monkeypatch.setattr(Pace, "pause", deaf)
    monkeypatch.setattr(Pump, "_pause", lambda *_: None)
    _, inside = await refused(database)
    assert inside > 0


async def outage(database: Database) -> tuple[FakeTelegram, float]:
    """Ten minutes of 502, sixty times faster; tries meanwhile, and minutes to recover."""
    clock = ScaledClock(60, AFTERNOON)
    over = time.monotonic() + 10
    telegram = FakeTelegram(
        before=Failing(lambda: NetworkError("Bad Gateway"), lambda _: time.monotonic() < over)
    )
    await fill(database, range(1, 101), AFTERNOON)
    policy = replace(QUICK, lease=timedelta(minutes=5), send_time=timedelta(seconds=30))
    async with pumping(make(database, telegram, policy, clock, clock.wire())):
        while time.monotonic() < over:
            await asyncio.sleep(0.05)
        await ended(database)
    recovered = (min(at for at, *_ in telegram.arrived) - over) * 60 if telegram.arrived else 1e9
    return telegram, recovered


async def test_an_outage_of_ten_minutes_costs_twenty_probes_and_nobody(
    database: Database,
) -> None:
    telegram, recovered = await outage(database)
    assert set(telegram.copies()) == set(range(1, 101))
    assert recovered <= 60, "one rest of the breaker, with the machine's own delay times sixty"
    during = len(telegram.tries) - 100
    print(f"{during} tries in vain, recovered after {recovered:.0f} s")
    # Twenty until it opens and what was in flight, then one each half minute.
    assert during <= 20 + QUICK.in_flight + 20 + 2


async def test_without_the_breaker_an_outage_would_be_hammered(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Breaker, "note", lambda *_: False)
    telegram, _ = await outage(database)
    assert len(telegram.tries) - len(telegram.arrived) > 60


async def test_three_replicas_share_the_work_and_the_pace(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one process; the lock sees to it")
    telegram = FakeTelegram(delay=0.01)
    await fill(database, PEOPLE, AFTERNOON)
    policy = replace(QUICK, per_second=80)
    pumps = [make(database, telegram, policy, day(), name=name) for name in "abc"]
    for pump, name in zip(pumps, "abc", strict=True):
        await pump.beat(worker(name))
    async with pumping(*pumps):
        await ended(database)
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)
    times = sorted(at for at, _ in telegram.tries)
    # The pace of all together, with room for what a loaded machine bunches.
    assert len(times) / (times[-1] - times[0]) <= 80 * 1.05


class JumpingClock:
    """Runs as ours does, but is set now and then."""

    def __init__(self) -> None:
        self._running, self._offset = day(), timedelta()

    def now(self) -> datetime:
        return self._running.now() + self._offset

    def jump(self, hours: int) -> None:
        self._offset += timedelta(hours=hours)


class WallClock(WireClock):
    """A wire that goes by the machine's clock, as leases do in programs that trust it."""

    def __init__(self, clock: JumpingClock) -> None:
        super().__init__(clock)
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()


async def jumping(database: Database, jumps: Sequence[int], *, is_trusting: bool) -> FakeTelegram:
    """Send to everybody while the machine's clock is set by so many hours, again and again."""
    clock = JumpingClock()
    telegram = FakeTelegram(delay=0.05)
    await fill(database, PEOPLE, AFTERNOON - timedelta(hours=3))
    wire = WallClock(clock) if is_trusting else WireClock(clock)
    pump = make(database, telegram, replace(QUICK, per_second=60), clock, wire)
    async with pumping(pump):
        for hours in jumps:
            await asyncio.sleep(0.15)
            clock.jump(hours)
            # As the tick does: whatever is past its lease is taken up.
            await pump.reclaim()
        await ended(database, reclaim=pump)
    return telegram


async def test_a_clock_that_jumps_costs_no_copy_and_loses_nobody(database: Database) -> None:
    telegram = await jumping(database, (1, -1, -1, 1) * 3, is_trusting=False)
    assert telegram.copies() == dict.fromkeys(PEOPLE, 1)


async def test_if_leases_went_by_the_machines_clock_some_would_get_two(
    database: Database,
) -> None:
    # Only forward: set back, such a program would stand still for an hour.
    telegram = await jumping(database, (1,) * 6, is_trusting=True)
    assert max(telegram.copies().values()) > 1
