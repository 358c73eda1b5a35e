"""What fault tests do again and again: post to the webhook, look into tables, make updates."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.web import hook_path
from domain.clock import SystemClock
from storage.database import Database
from storage.tables import instance, metadata
from tests.world import SECRET, TOKEN, MovableClock, World

JSON = dict[str, Any]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
# Far above what the simulator gives out, so that they never meet.
FIRST_UPDATE = 9_000_000_000
_DATE = 1_795_586_400


def sized(full: int) -> int:
    """How many there are: all of them, or the share that FAULTS_SIZE gives for a quick look."""
    return max(1, round(full * float(os.environ.get("FAULTS_SIZE", "1"))))


class RealClock(MovableClock):
    """The machine's clock, for tests that measure."""

    def __init__(self) -> None:
        super().__init__(SystemClock().now())

    def now(self) -> Any:
        return SystemClock().now()


def message(update_id: int, person: int, text: str, **content: Any) -> JSON:
    """An update: the person types a text in the private chat."""
    return {
        "update_id": update_id,
        "message": {
            "message_id": update_id % 1_000_000,
            "date": _DATE,
            "chat": {"id": person, "type": "private", "first_name": "王芳"},
            "from": _user(person),
            "text": text,
            **_command(text),
            **content,
        },
    }


def press(update_id: int, person: int, data: str, message_id: int = 1) -> JSON:
    """An update: the person presses a button with that data."""
    return {
        "update_id": update_id,
        "callback_query": {
            "id": str(2**61 + update_id),
            "from": _user(person),
            "message": {
                "message_id": message_id,
                "date": _DATE,
                "chat": {"id": person, "type": "private", "first_name": "王芳"},
                "from": {"id": 7_000_000_002, "is_bot": True, "first_name": "暖心"},
                "text": "…",
            },
            "chat_instance": "1",
            "data": data,
        },
    }


def membership(update_id: int, person: int, status: str) -> JSON:
    """An update: the person blocks (`kicked`) or unblocks (`member`) the bot."""
    bot = {"id": 7_000_000_002, "is_bot": True, "first_name": "暖心"}
    until = {"until_date": 0} if status == "kicked" else {}
    return {
        "update_id": update_id,
        "my_chat_member": {
            "chat": {"id": person, "type": "private", "first_name": "王芳"},
            "from": _user(person),
            "date": _DATE,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": status, **until},
        },
    }


class Poster:
    """Posts to the webhook as Telegram does, and counts the answers."""

    def __init__(self, session: aiohttp.ClientSession, world: World) -> None:
        self._session = session
        self.url = world.parts.url + hook_path(TOKEN)
        self.statuses: Counter[int] = Counter()
        self.retry_after: list[str] = []

    async def __call__(self, body: JSON | bytes, secret: str | None = SECRET) -> int:
        """The status of the answer to one body."""
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers[SECRET_HEADER] = secret
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self._session.post(self.url, data=data, headers=headers) as response:
            await response.read()
            self.statuses[response.status] += 1
            if "Retry-After" in response.headers:
                self.retry_after.append(response.headers["Retry-After"])
            return response.status


async def give_key(url: str) -> None:
    """Let databases that are compared have the same key for question ids."""
    database = Database(url)
    try:
        async with database.open_work() as work:
            await work._connection.execute(
                sa.insert(instance), {"key": "questions", "value": "5a" * 32}
            )
            await work.commit()
    finally:
        await database.close()


async def content(database: Database) -> dict[str, list[str]]:
    """Every row of every table but the installation's keys, in an order that means nothing."""
    found = {}
    async with database.open_read() as work:
        for table in metadata.sorted_tables:
            # Who runs, and since when, is no effect of an update.
            if table.name not in {"instance", "worker"}:
                rows = await work._connection.execute(sa.select(table))
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
    return found


async def rows(database: Database, table: sa.Table) -> list[Any]:
    """The rows of a table as mappings."""
    async with database.open_read() as work:
        result = await work._connection.execute(sa.select(table))
        return list(result.mappings())


async def rows_at(url: str, table: sa.Table) -> list[Any]:
    """The rows of a table of a program that is not running any more."""
    database = Database(url)
    try:
        return await rows(database, table)
    finally:
        await database.close()


def said(world: World) -> Counter[tuple[int, str]]:
    """What people were shown: chat and text of each message sent or changed."""
    return Counter(
        (call["payload"]["chat_id"], call["payload"]["text"])
        for call in world.simulator.calls.since(0)
        if call["ok"] and call["method"] in ("sendMessage", "editMessageText")
    )


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def hasten(monkeypatch: pytest.MonkeyPatch, module: Any, factor: float = 0.01) -> None:
    """Let the waits of one module pass faster; everything else keeps its time."""
    real = module.asyncio

    async def sleep(seconds: float) -> None:
        await real.sleep(seconds * factor)

    monkeypatch.setattr(module, "asyncio", SimpleNamespace(**{**vars(real), "sleep": sleep}))


def _user(person: int) -> JSON:
    return {"id": person, "is_bot": False, "first_name": "王芳", "language_code": "zh-hans"}


def _command(text: str) -> JSON:
    if not text.startswith("/"):
        return {}
    length = len(text.split(maxsplit=1)[0])
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}
