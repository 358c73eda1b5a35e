"""Whether the program can do its work: asked by whoever sends it traffic."""

from __future__ import annotations

import asyncio

from bot.content import Content
from bot.delivery import Pump
from bot.link import TelegramLink
from bot.web import Readiness
from domain.clock import Clock
from storage.database import Database
from storage.errors import StorageUnavailable


def readiness_of(
    database: Database, content: Content, link: TelegramLink, pump: Pump, clock: Clock
) -> Readiness:
    """What finds the faults that keep it from its work, by part; none means ready."""

    async def faults() -> dict[str, str]:
        found = pump.faults()
        if link.token_refused:
            found["telegram"] = "the token is refused"
        elif link.is_down:
            found["telegram"] = "unreachable"
        if content.knowledge.current is None:
            found["knowledge"] = "no good version"
        try:
            async with asyncio.timeout(2), database.open_work() as work:
                await work.instance.touch(clock.now())
                await work.commit()
        except (StorageUnavailable, TimeoutError):
            found["database"] = "cannot write"
        return found

    return faults
