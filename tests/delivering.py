"""Pumps without a program around them, and a Telegram that they send to, for tests of delivery."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from telegram.error import RetryAfter, TelegramError

from bot.delivery import Policy, Pump, Window, WireClock
from bot.metrics import Metrics
from domain.clock import Clock, SystemClock
from domain.outbox import Claim, Notice, State
from handlers.letters import Letter
from handlers.notices import Renderers
from locales import load
from storage.database import Database
from storage.tables import outbox, rate_state
from storage.workers import Worker

TEXTS = load()
QUICK = Policy(
    per_second=500,
    limit=10_000,
    in_flight=4,
    lease=timedelta(seconds=2),
    send_time=timedelta(seconds=0.5),
    poll=timedelta(seconds=0.02),
)


@dataclass
class FakeTelegram:
    """Takes messages. `fails` may raise before or after a message has arrived."""

    delay: float = 0.0
    before: Callable[[int, int], None] = lambda chat, number: None
    after: Callable[[int, int], None] = lambda chat, number: None
    # So many in any second, then everything is refused for `retry_after` seconds.
    limit: int = 0
    retry_after: int = 1
    arrived: list[tuple[float, int, str]] = field(default_factory=list)
    tries: list[tuple[float, int]] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    most_at_once: int = 0
    _recent: deque[float] = field(default_factory=deque)
    _closed: float = 0.0
    _now: int = 0

    async def send(self, claim: Claim, letter: Letter) -> int:
        now = time.monotonic()
        number = len(self.tries)
        self.tries.append((now, claim.chat_id))
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            self._check(now)
            self.before(claim.chat_id, number)
            self.arrived.append((now, claim.chat_id, letter.text))
            await asyncio.sleep(self.delay)
            self.after(claim.chat_id, number)
        finally:
            self._now -= 1
        return number + 1

    def _check(self, now: float) -> None:
        if not self.limit:
            return
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if now < self._closed or len(self._recent) >= self.limit:
            if now >= self._closed:
                self._closed = now + self.retry_after
            self.refused_at.append(now)
            raise RetryAfter(max(1, round(self._closed - now + 0.499)))
        self._recent.append(now)

    def copies(self) -> Counter[int]:
        return Counter(chat for _, chat, _ in self.arrived)


class ScaledClock:
    """Time that passes `factor` times faster, from `start` on."""

    def __init__(self, factor: float, start: datetime) -> None:
        self._factor, self._start, self._origin = factor, start, time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self._factor)

    def wire(self) -> WireClock:
        return WireClock(self, lambda: time.monotonic() * self._factor)


def make(
    database: Database,
    telegram: FakeTelegram,
    policy: Policy = QUICK,
    clock: Clock | None = None,
    wire: WireClock | None = None,
    name: str = "a",
    **more: Any,
) -> Pump:
    """A pump that sends to the fake."""

    async def fine() -> None:
        pass

    return Pump(
        database,
        telegram.send,
        more.get("ask_token", fine),
        lambda member: None,
        Renderers(TEXTS),
        policy,
        clock or SystemClock(),
        wire or WireClock(),
        Window(policy.limit),
        Metrics(),
        name,
    )


def kill(pump: Pump) -> None:
    """End it as kill -9 would: nothing more is written by it, nothing given back."""
    for task in (pump._loop, *pump._in_flight):
        if task is not None:
            task.cancel()


@asynccontextmanager
async def pumping(*pumps: Pump) -> AsyncIterator[None]:
    """The pumps run while the block does."""
    for pump in pumps:
        pump.start()
    try:
        yield
    finally:
        for pump in pumps:
            await pump.stop(10)


async def fill(
    database: Database, chats: Sequence[int], now: datetime | None = None, **more: Any
) -> None:
    """A notice for each chat."""
    due = now or SystemClock().now()
    async with database.open_work() as work:
        for start in range(0, len(chats), 500):
            await work.outbox.add(
                *(
                    Notice("message", chat, f"t:{chat}", due, {"text": "x"}, **more)
                    for chat in chats[start : start + 500]
                )
            )
        await work.commit()


async def counts(database: Database) -> Mapping[State, int]:
    async with database.open_read() as work:
        return await work.outbox.counts(None)


async def ended(database: Database, timeout: float = 60, *, reclaim: Pump | None = None) -> None:
    """Return when no message is waiting or being sent."""
    async with asyncio.timeout(timeout):
        while True:
            found = await counts(database)
            if not found.get(State.PENDING) and not found.get(State.SENDING):
                return
            if reclaim is not None:
                await reclaim.reclaim()
            await asyncio.sleep(0.05)


async def hasten(database: Database) -> None:
    """What waits for another try is due now."""
    async with database.open_work() as work:
        await work._connection.execute(
            sa.update(outbox)
            .where(outbox.c.state == State.PENDING.value)
            .values(due_at=SystemClock().now() - timedelta(minutes=1))
        )
        await work.commit()


async def rate_row(database: Database) -> Mapping[str, Any]:
    async with database.open_read() as work:
        return dict((await work._connection.execute(sa.select(rate_state))).mappings().one())


def worker(name: str) -> Worker:
    now = SystemClock().now()
    return Worker(name, "host", 1, now, now)


class Failing:
    """Raises `error` for the calls that `chooses`."""

    def __init__(self, error: Callable[[], TelegramError], chooses: Callable[[int], bool]) -> None:
        self.error, self.chooses, self.count = error, chooses, 0

    def __call__(self, chat: int, number: int) -> None:
        if self.chooses(number):
            self.count += 1
            raise self.error()
