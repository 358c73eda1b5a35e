"""Polling: our own loop over getUpdates, whose offset moves only past handled updates."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import structlog
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.intake import Intake, NotHandled
from bot.request import AiohttpRequest

# Polls are ours only: contests in groups. Their own news tells which poll is whose, should we have
# died while sending it.
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "poll",
    "poll_answer",
)
_LONG_POLL = 25
_LIMIT = 100
_STOP_SECONDS = 20
# While one update is stuck, the others' are seen this late at most.
_AGAIN_SECONDS = 0.25
_SECONDS_FOR_EACH_SEEN_AGAIN = 0.001

log = structlog.get_logger(__name__)


class Polling:
    """Asks Telegram for updates and gives each to the intake. The offset is never stored."""

    def __init__(self, url: str, request: AiohttpRequest, intake: Intake) -> None:
        self._url = url
        self._request = request
        self._intake = intake
        self._open: dict[int, asyncio.Task[None]] = {}
        self._finished: set[int] = set()
        self._offset = 0
        self._loop: asyncio.Task[None] | None = None
        self._something_ended = asyncio.Event()

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop asking, and confirm to Telegram what has been handled."""
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
        running = list(self._open.values())
        if running:
            await asyncio.wait(running, timeout=_STOP_SECONDS)
        for task in running:
            task.cancel()
        self._move_offset()
        if self._offset:
            with suppress(TelegramError):
                await self._get(timeout=0, limit=1)

    async def _run(self) -> None:
        wait = 1.0
        while True:
            # Cleared before asking: what ends meanwhile may be in the answer once more.
            self._something_ended.clear()
            try:
                batch = await self._get(timeout=_LONG_POLL, limit=_LIMIT)
                wait = 1.0
            except Conflict:
                log.error("polling_conflict", hint="another program polls with this token")
                await asyncio.sleep(5)
                continue
            except InvalidToken:
                log.error("token_refused")
                await asyncio.sleep(30)
                continue
            except TelegramError as error:
                log.warning("polling_failed", error=type(error).__name__, retry_in=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30.0)
                continue
            fresh = self._take(batch)
            if batch and not fresh:
                # All of it is in our hands already: asking again at once would spin.
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._something_ended.wait(), _AGAIN_SECONDS)
            # Somebody who floods has many in our hands, and each answer brings them all again:
            # reading those must not become the main work.
            await asyncio.sleep((len(batch) - fresh) * _SECONDS_FOR_EACH_SEEN_AGAIN)
            self._move_offset()

    def _take(self, batch: list[dict[str, Any]]) -> int:
        """Start on what is new; how many were."""
        fresh = 0
        for data in batch:
            number = data.get("update_id")
            if not isinstance(number, int) or number in self._open or number in self._finished:
                continue
            fresh += 1
            self._open[number] = asyncio.create_task(self._see_through(number, data))
        return fresh

    async def _see_through(self, number: int, data: dict[str, Any]) -> None:
        while True:
            try:
                await self._intake.accept_data(data)
                break
            except NotHandled as reason:
                await asyncio.sleep(reason.retry_after)
            except Exception:  # the edge: whatever it is, the update stays with Telegram
                log.exception("intake_failed", update=number)
                await asyncio.sleep(5)
        del self._open[number]
        self._finished.add(number)
        self._something_ended.set()

    def _move_offset(self) -> None:
        """Confirm up to the oldest update that is still being handled."""
        if self._open:
            self._offset = min(self._open)
        elif self._finished:
            self._offset = max(self._finished) + 1
        self._finished = {number for number in self._finished if number >= self._offset}

    async def _get(self, *, timeout: int, limit: int) -> list[dict[str, Any]]:
        query = urlencode(
            {
                "offset": self._offset,
                "timeout": timeout,
                "limit": limit,
                "allowed_updates": json.dumps(ALLOWED_UPDATES),
            }
        )
        found = await self._request.post(
            f"{self._url}/getUpdates?{query}", read_timeout=timeout + 10
        )
        return [item for item in found if isinstance(item, dict)] if found else []  # type: ignore[union-attr]
