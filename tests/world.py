"""The world of a journey: the real program, a simulated Telegram, people who talk to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.assembly import Running, running
from bot.settings import (
    DatabaseSettings,
    KeysSettings,
    KnowledgeSettings,
    Limits,
    Settings,
    Telegram,
    UnionSettings,
    Web,
)
from simulator import Simulator
from simulator import running as simulating
from tests import databases

TOKEN = "7000000002:TEST-token-that-only-the-simulator-knows"
SECRET = "a-secret-of-the-tests-0123456789"
STAFF_CHAT = 4_000_000_001


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, **by: float) -> None:
        """Move by hours=, minutes=, seconds=, days=."""
        self._now += timedelta(**by)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone. Every act waits until the bot has done its part."""

    id: int
    world: World

    async def says(self, text: str, chat_id: int | None = None) -> str:
        """Type a text; what the bot's newest message then says."""
        self.world.simulator.say(self.id, text, chat_id)
        await self.world.settle()
        return await self.reads(chat_id)

    async def starts(self, payload: str = "") -> str:
        self.world.simulator.start(self.id, payload)
        await self.world.settle()
        return await self.reads()

    async def presses(self, label: str) -> str:
        """Press the newest button whose label contains the text."""
        self.world.simulator.press(self.id, label)
        await self.world.settle()
        return await self.reads()

    async def sends(self, content: dict[str, Any]) -> str:
        """Send any other message content: voice, sticker, dice..."""
        self.world.simulator.send(self.id, content)
        await self.world.settle()
        return await self.reads()

    async def reads(self, chat_id: int | None = None) -> str:
        """The text of the bot's newest message, or nothing."""
        texts = [message["text"] for message in self.messages(chat_id) if message["from"] == "bot"]
        return str(texts[-1]) if texts else ""

    def messages(self, chat_id: int | None = None) -> list[dict[str, Any]]:
        """Everything on the screen, oldest first."""
        if chat_id is not None:
            return list(self.world.simulator.group_screen(chat_id)["messages"])
        return list(self.world.simulator.screen(self.id)["messages"])

    def bot_messages(self) -> list[dict[str, Any]]:
        return [message for message in self.messages() if message["from"] == "bot"]

    def buttons(self) -> list[str]:
        """The labels below the bot's newest message."""
        found = self.bot_messages()[-1]["buttons"] if self.bot_messages() else []
        return [button["text"] for row in found for button in row]

    def toast(self) -> str | None:
        toast = self.world.simulator.screen(self.id)["toast"]
        return None if toast is None else str(toast)


@dataclass(frozen=True, slots=True)
class World:
    """The running program and the simulated Telegram."""

    parts: Running
    simulator: Simulator
    clock: MovableClock
    settings: Settings

    def member(self, name: str = "王芳") -> Person:
        """Somebody new who has never written."""
        return Person(self.simulator.add_user(name), self)

    async def regular(self, name: str = "李强") -> Person:
        """Somebody who has already seen the welcome and the notice."""
        person = self.member(name)
        await person.starts()
        return person

    async def settle(self, timeout: float = 20.0) -> None:
        assert await self.simulator.settle(timeout), "the bot did not answer in time"

    async def tick(self, name: str) -> None:
        """Do what the schedule would do."""
        await self.parts.schedule.tick(name)

    async def deliver(self, timeout: float = 20.0) -> None:
        """Let everything that is due in the outbox be sent."""
        async with asyncio.timeout(timeout):
            await self.parts.outbox.expand_due()
            await self.parts.pump.drained()
            await self.parts.outbox.expand_due()

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The payloads of one method's calls so far."""
        return [
            call["payload"] for call in self.simulator.calls.since(0) if call["method"] == method
        ]


@asynccontextmanager
async def start_world(
    database_url: str,
    clock: MovableClock,
    *,
    mode: str,
    knowledge: Path,
    limits: Limits | None = None,
    retry_scale: float = 0.01,
    demo: bool = False,
) -> AsyncIterator[World]:
    """Start everything. People are not held back by the pace limit unless `limits` says so.

    With `demo` the console lets anybody in as anybody.
    """
    async with simulating(token=TOKEN, retry_scale=retry_scale) as telegram:
        settings = Settings(
            telegram=_telegram(telegram.url, mode),
            web=Web(port=_free_port() if mode == "webhook" else 0),
            database=DatabaseSettings(url=database_url),
            keys=KeysSettings(file=databases.keys_file()),
            knowledge=KnowledgeSettings(folder=knowledge),
            union=UnionSettings(name="测试区总工会", phone="000-0000", is_demo=True),
            limits=limits or Limits(burst=100, per_second=50),
        )
        if mode == "webhook":
            # Telegram demands https; here it is spoken to us directly.
            url = f"http://{settings.web.host}:{settings.web.port}"
            telegram.simulator.delivery.reach = lambda asked: asked.replace(
                settings.telegram.public_url, url
            )
        async with running(settings, clock, demo=demo) as parts:
            yield World(parts, telegram.simulator, clock, settings)


def _telegram(api_url: str, mode: str) -> Telegram:
    if mode == "polling":
        return Telegram(token=TOKEN, api_url=api_url, staff_chats=(STAFF_CHAT,))
    return Telegram(
        token=TOKEN,
        api_url=api_url,
        mode="webhook",
        public_url="https://bot.test.invalid",
        secret=SECRET,
        staff_chats=(STAFF_CHAT,),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
