"""Delivery as the program starts and stops it."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot import telegram
from bot.delivery.calls import Caller, Polled
from bot.delivery.filling import Fill
from bot.delivery.policy import Policy
from bot.delivery.pump import Pump
from bot.delivery.window import Window
from bot.delivery.wire import WireClock
from bot.metrics import Metrics
from bot.request import AiohttpRequest, Observer
from bot.schedule import Tick
from domain.clock import Clock
from handlers.notices import Renderers
from locales import Texts
from services.outbox import OutboxService
from storage.database import Database
from storage.workers import Worker

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """How Telegram is reached: by a pool of its own, which replies never wait for."""

    token: str
    api_url: str
    observe: Observer


async def start(
    line: Line,
    policy: Policy,
    clock: Clock,
    database: Database,
    texts: Texts,
    window: Window,
    metrics: Metrics,
    lose: Callable[[int], None],
    stack: AsyncExitStack,
    fills: Mapping[str, Fill],
    polled: Polled | None = None,
) -> tuple[Pump, Worker]:
    """A pump that runs, and this process as the others see it; stopped with the stack."""
    request = AiohttpRequest(connections=policy.in_flight, observe=line.observe)
    await request.initialize()
    stack.push_async_callback(request.shutdown)
    bot = telegram.speaker(line.token, line.api_url, request)
    wire = WireClock()
    now = wire.now()
    name = f"{socket.gethostname()[:20]}-{os.getpid()}-{secrets.token_hex(3)}"
    me = Worker(name, socket.gethostname()[:80], os.getpid(), now, now)
    pump = Pump(
        database,
        Caller(request, f"{line.api_url}/bot{line.token}", database, polled),
        bot.get_me,
        lose,
        Renderers(texts),
        policy,
        clock,
        wire,
        window,
        metrics,
        name,
        fills,
    )
    span = await pump.beat(me)
    if span is not None:
        log.warning("was_down", seconds=round(span.length.total_seconds()))
    found = await pump.reclaim(everything=database.is_sqlite)
    if found:
        log.warning("messages_reclaimed", count=found)
    pump.start()
    stack.push_async_callback(pump.stop, 25)
    return pump, me


def ticks(
    pump: Pump, me: Worker, outbox: OutboxService, keep: timedelta
) -> dict[str, tuple[timedelta, Tick]]:
    """What delivery does by the clock."""

    async def beat() -> None:
        span = await pump.beat(me)
        if span is not None:
            log.warning("was_down", seconds=round(span.length.total_seconds()))

    async def purge() -> None:
        await outbox.purge(keep)

    return {
        "outbox.beat": (timedelta(seconds=10), beat),
        "outbox.reclaim": (timedelta(seconds=10), pump.reclaim),
        "outbox.expand": (timedelta(seconds=1), outbox.expand_due),
        "outbox.expire": (timedelta(seconds=30), outbox.expire_due),
        "outbox.purge": (timedelta(hours=6), purge),
    }
