"""The simulator as a whole, and the ways to run it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from simulator.api import BotApi, Calls
from simulator.control import Control
from simulator.faults import Limits
from simulator.page import Page
from simulator.people import People
from simulator.state import JSON, Clock

TOKEN = "123456:TEST"
MOST_BODY = 51 * 1024 * 1024
PRESS_WINDOW = 60.0
POLLS_SECONDS = 0.5


class Simulator(People):
    """Telegram for one bot: what people do, what they see, and how Telegram misbehaves.

    `retry_scale` shortens the waits between webhook tries, `clock` gives seconds since 1970
    for dates and expiry, `press_window` is how long a press may be answered, `keep_calls`
    how many Bot API calls are remembered. Needs no running loop until an application runs.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        retry_scale: float = 1.0,
        clock: Clock = time.time,
        press_window: float = PRESS_WINDOW,
        keep_calls: int = 100_000,
    ) -> None:
        super().__init__(token, clock, retry_scale)
        self.press_window = press_window
        self.limits = Limits()
        self.calls = Calls(keep_calls)
        self.api = BotApi(self)

    def application(self) -> web.Application:
        """The three doors: Bot API, /sim, and the phone page."""
        application = web.Application(client_max_size=MOST_BODY)
        application.add_routes(self.api.routes())
        application.add_routes(Control(self).routes())
        page = Page(self)
        application.add_routes(page.routes())

        async def closing_polls(_: web.Application) -> AsyncIterator[None]:
            async def close() -> None:
                while True:
                    await asyncio.sleep(POLLS_SECONDS)
                    self.close_polls()

            task = asyncio.create_task(close())
            yield
            task.cancel()

        application.cleanup_ctx.append(closing_polls)

        async def stop(_: web.Application) -> None:
            await self.delivery.close()
            await page.close()

        application.on_shutdown.append(stop)
        return application

    def fault(self, method: str, kind: str, times: int = 1, **options: Any) -> None:
        """Orders a fault: see PROTOCOL.md for methods, kinds and options."""
        self.faults.add(method, kind, times, **options)

    def limit(self, per_second: float = 0, per_chat: float = 0, retry_after: int = 1) -> None:
        """Sets the rate limits of the sending methods; 0 is none."""
        self.limits = Limits(per_second, per_chat, retry_after)

    def idle(self) -> bool:
        """Whether every update is acknowledged or expired, and no call is in progress."""
        self.delivery.expire()
        return not self.delivery.pending and not self.api.in_progress

    async def settle(self, timeout: float = 10.0, quiet: float = 0.0) -> bool:
        """Waits until idle, and has been for `quiet` seconds; False if that took too long.

        A bot that acknowledges only what it has handled needs no `quiet`.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            if self.idle():
                seen = self.calls.next
                if quiet:
                    await asyncio.sleep(quiet)
                if self.idle() and seen == self.calls.next:
                    return True
            left = deadline - loop.time()
            if left <= 0:
                return False
            # The short wait is for a clock that is moved by hand: it rings no bell.
            await self.changed.wait(min(left, 0.05))

    def clear(self) -> JSON:
        """Forgets people, chats, updates, faults, limits and calls; keeps the bot's profile."""
        self.faults.clear()
        self.limit()
        self.calls.clear()
        self.delivery.drop_pending()
        self.forget()
        return {}


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that listens; `url` has no slash at the end."""

    url: str
    simulator: Simulator


@asynccontextmanager
async def running(
    host: str = "127.0.0.1", port: int = 0, token: str = TOKEN, **options: Any
) -> AsyncIterator[Running]:
    """A simulator listening while the block runs; port 0 takes a free one."""
    simulator = Simulator(token, **options)
    runner = web.AppRunner(
        simulator.application(), handle_signals=False, access_log=None, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        shown = "127.0.0.1" if host in ("0.0.0.0", "") else host
        yield Running(f"http://{shown}:{bound}", simulator)
    finally:
        await runner.cleanup()
