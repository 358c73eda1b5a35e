"""Telegram as the bots see it: a Bot API server that answers at once, or after a set delay."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# JSON, form or multipart: the number that follows the name.
_CHAT = re.compile(rb'chat_id["=][^0-9-]*(-?\d+)')
_BOT = {"id": 7, "is_bot": True, "first_name": "bench", "username": "bench_bot"}

OnSend = Callable[[int, float], None]


class Telegram:
    """One server for all bots. `on_send` hears of every sendMessage: the chat and the time."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.on_send: OnSend | None = None
        self.url = ""
        self._hooked: dict[str, asyncio.Event] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._server.wait_closed(), 1)

    def hooked(self, token: str) -> asyncio.Event:
        """Set when the bot of this token has called setWebhook."""
        return self._hooked.setdefault(token, asyncio.Event())

    def called(self, path: str, body: bytes) -> tuple[bytes, float]:
        """The response to one call, and after how many seconds to give it."""
        token, _, method = path.removeprefix("/bot").partition("/")
        if method == "sendMessage":
            found = _CHAT.search(body)
            if found is None:
                raise RuntimeError(f"no chat_id in {body[:200]!r}")
            chat_id = int(found.group(1))
            if self.on_send is not None:
                self.on_send(chat_id, time.perf_counter())
            return _sent(chat_id), self.delay
        if method == "getMe":
            return _response(_BOT), 0.0
        if method == "setWebhook":
            self.hooked(token).set()
        return _response(True), 0.0


class _Line(asyncio.Protocol):
    """One connection of a bot. Bots do not pipeline: they wait for the answer."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        body_at = end + 4
        finish = body_at + (int(length.group(1)) if length else 0)
        if len(self._buffer) < finish:
            return
        path = self._buffer.split(b" ", 2)[1].decode("ascii")
        body, self._buffer = self._buffer[body_at:finish], self._buffer[finish:]
        response, delay = self._telegram.called(path, body)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._answer, response)
        else:
            self._answer(response)

    def _answer(self, response: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(response)


def _response(result: object) -> bytes:
    body = json.dumps({"ok": True, "result": result}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _message(chat_id: int) -> bytes:
    chat = {"id": chat_id, "type": "private", "first_name": "member"}
    message = {"message_id": 1, "date": 1_790_000_000, "chat": chat, "from": _BOT, "text": "said"}
    return _response(message)


# Chat ids of a load are ten digits, so that the length of the whole is always the same.
_TEN = 1_234_567_890
_SENT = _message(_TEN).replace(str(_TEN).encode(), b"%d")


def _sent(chat_id: int) -> bytes:
    return _SENT % chat_id if len(str(chat_id)) == len(str(_TEN)) else _message(chat_id)
