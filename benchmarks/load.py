"""The load: many members write at once, and each answer is timed from the POST to sendMessage."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from benchmarks.telegram import Telegram

FIRST_MEMBER = 5_000_000_000
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bot takes updates."""

    port: int
    path: str
    secret: str


@dataclass(slots=True)
class Result:
    """What one round brought. `waits` are seconds from the POST to the last sendMessage of it."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    answered_at: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    def wait_ms(self, share: float) -> float:
        """A percentile of the waits in ms."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass(slots=True)
class _Pending:
    post: _Post
    at: float
    member: int
    replies_left: int
    acknowledged: bool = False


class Crowd:
    """Members of one bot, who write in turn. Nobody writes again before all others have."""

    def __init__(self, address: Address, members: int, texts: Sequence[str]) -> None:
        self.address = address
        self.members = members
        self._texts = itertools.cycle(texts)
        self._turns: Iterator[int] = itertools.cycle(range(FIRST_MEMBER, FIRST_MEMBER + members))
        self._numbers = itertools.count(1)
        head = f"POST {address.path} HTTP/1.1\r\nHost: 127.0.0.1:{address.port}\r\n"
        head += f"X-Telegram-Bot-Api-Secret-Token: {address.secret}\r\n"
        self._head = (head + "Content-Type: application/json\r\nContent-Length: ").encode()

    def skip(self, count: int) -> None:
        """Let the first `count` members and update numbers out."""
        self._turns = itertools.count(FIRST_MEMBER + count)
        self._numbers = itertools.count(1 + count)

    def next(self) -> tuple[int, bytes]:
        """The next member and the request with what they write."""
        member, number = next(self._turns), next(self._numbers)
        person = {"id": member, "first_name": "member", "language_code": "zh-hans"}
        update = {
            "update_id": number,
            "message": {
                "message_id": number,
                "from": {**person, "is_bot": False},
                "chat": {"id": member, "first_name": "member", "type": "private"},
                "date": int(time.time()),
                "text": next(self._texts),
            },
        }
        body = json.dumps(update).encode()
        return member, self._head + str(len(body)).encode() + b"\r\n\r\n" + body


class Round:
    """One measured stretch of load. With `per_second` updates come at that pace, else as fast
    as `connections` allow: each posts again when its update is acknowledged and answered."""

    def __init__(
        self,
        telegram: Telegram,
        crowd: Crowd,
        *,
        connections: int,
        seconds: float = 0.0,
        count: int = 0,
        replies: int = 1,
        per_second: float = 0.0,
    ) -> None:
        self._telegram = telegram
        self._crowd = crowd
        self._connections = connections
        self._seconds = seconds
        self._replies = replies
        self._per_second = per_second
        self._result = Result()
        self._pending: dict[int, _Pending] = {}
        self._idle: deque[_Post] = deque()
        self._left = count or 10**9
        self._until = 0.0
        self._over = asyncio.Event()

    async def run(self) -> Result:
        """Post, wait for all answers, and tell."""
        loop = asyncio.get_running_loop()
        address = self._crowd.address
        posts = []
        for _ in range(self._connections):
            _, post = await loop.create_connection(lambda: _Post(self), "127.0.0.1", address.port)
            posts.append(post)
        self._telegram.on_send = self._sent
        begun = time.perf_counter()
        self._until = begun + self._seconds if self._seconds else begun + 600
        if self._per_second:
            self._idle.extend(posts)
            await self._pace(begun)
        else:
            for post in posts:
                self._post(post)
        if self._pending:
            wanted = max(0.0, self._until - time.perf_counter()) + _PATIENCE
            await asyncio.wait_for(self._over.wait(), wanted)
        self._result.seconds = time.perf_counter() - begun
        self._telegram.on_send = None
        for post in posts:
            post.close()
        return self._result

    async def _pace(self, begun: float) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(max(0.0, begun + number / self._per_second - time.perf_counter()))
            if time.perf_counter() >= self._until:
                break
            if self._idle:
                self._post(self._idle.popleft())

    def _post(self, post: _Post) -> None:
        now = time.perf_counter()
        if now >= self._until or self._left <= 0:
            if not self._pending:
                self._over.set()
            return
        self._left -= 1
        member, request = self._crowd.next()
        pending = _Pending(post, time.perf_counter(), member, self._replies)
        self._pending[member] = post.pending = pending
        post.write(request)

    def _sent(self, chat_id: int, at: float) -> None:
        pending = self._pending.get(chat_id)
        if pending is None or not pending.replies_left:
            return
        pending.replies_left -= 1
        if not pending.replies_left:
            self._result.waits.append(at - pending.at)
            self._result.answered_at = at
            self._done_if_both(pending)

    def acknowledged(self, pending: _Pending, status: int) -> None:
        """The bot has answered the POST."""
        pending.acknowledged = True
        if status != 200:
            self._result.refused += 1
            pending.replies_left = 0
        self._done_if_both(pending)

    def _done_if_both(self, pending: _Pending) -> None:
        if pending.acknowledged and not pending.replies_left:
            del self._pending[pending.member]
            if self._per_second:
                self._idle.append(pending.post)
                if not self._pending and time.perf_counter() >= self._until:
                    self._over.set()
            else:
                # Not from inside this call: the answer to sendMessage goes out first.
                asyncio.get_running_loop().call_soon(self._post, pending.post)


class _Post(asyncio.Protocol):
    """One of Telegram's connections to the bot."""

    def __init__(self, load: Round) -> None:
        self._load = load
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.pending: _Pending | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def write(self, request: bytes) -> None:
        assert self._transport is not None
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._buffer, 0, end)
        finish = end + 4 + (int(length.group(1)) if length else 0)
        if len(self._buffer) < finish:
            return
        status = int(self._buffer[9:12])
        self._buffer = self._buffer[finish:]
        assert self.pending is not None
        self._load.acknowledged(self.pending, status)
