"""Pushing updates to the bot's webhook: in order per queue, again and again until taken."""

import asyncio
import random
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from simulator.delivery import Delivery, Update

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
CONNECTION_TIMEOUT = 60.0
MOST_RETRY_AFTER = 3600.0


class Webhook:
    """One setWebhook: a worker for each queue that has updates, `connections` posts at once."""

    def __init__(self, delivery: "Delivery", url: str, secret: str, connections: int) -> None:
        self.delivery = delivery
        self.url = url
        self.secret = secret
        self.connections = connections
        self.last_error: tuple[int, str] | None = None
        self._queues: dict[Any, deque[Update]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(connections)
        self._stopped = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._closing: asyncio.Task[None] | None = None

    def push(self, update: "Update") -> None:
        """Appends to the update's queue and sees that somebody works on it."""
        queue = self._queues.get(update.key)
        if queue is not None:
            queue.append(update)
            return
        self._queues[update.key] = deque([update])
        worker = asyncio.get_running_loop().create_task(self._work(update.key))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    def stop(self) -> None:
        """No further attempts; the present ones end in their own time."""
        self._stopped.set()
        self._closing = asyncio.get_running_loop().create_task(self._close_when_done())

    async def close(self) -> None:
        """Stops at once."""
        self._stopped.set()
        for worker in list(self._workers):
            worker.cancel()
        await self._close_when_done()

    async def _close_when_done(self) -> None:
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def _work(self, key: Any) -> None:
        queue, delay = self._queues[key], 0.0
        while queue and not self._stopped.is_set():
            self.delivery.expire()
            update = queue[0]
            if update.seq not in self.delivery.pending:
                queue.popleft()
                delay = 0.0
                continue
            async with self._slots:
                # While waiting for a slot the update may have expired, or the webhook ended.
                if self._stopped.is_set() or update.seq not in self.delivery.pending:
                    continue
                taken, wait = await self._attempt(update)
            if taken:
                queue.popleft()
                self.delivery.acknowledge(update)
                delay = 0.0
            else:
                delay = _next_delay(delay)
                await self._pause(min(wait, MOST_RETRY_AFTER) if wait else delay)
        if not self._stopped.is_set():
            del self._queues[key]

    async def _pause(self, seconds: float) -> None:
        scaled = max(0.0, seconds * self.delivery.retry_scale)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), scaled)

    async def _attempt(self, update: "Update") -> tuple[bool, float]:
        """One delivery with the faults that are asked for; whether taken, and Retry-After."""
        faults = self.delivery.faults
        if faults.take("webhook", None, kind="drop_before"):
            self._note("Connection reset by peer")
            return False, 0.0
        taken, wait = await self._post(update)
        if taken and faults.take("webhook", None, kind="duplicate"):
            taken, wait = await self._post(update)
        if taken and faults.take("webhook", None, kind="drop_after"):
            self._note("Connection reset by peer")
            return False, 0.0
        return taken, wait

    async def _post(self, update: "Update") -> tuple[bool, float]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=False),
                timeout=aiohttp.ClientTimeout(total=CONNECTION_TIMEOUT),
            )
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        try:
            async with self._session.post(
                self.delivery.reach(self.url),
                data=update.body.encode(),
                headers=headers,
                allow_redirects=False,
            ) as response:
                await response.read()
                if 200 <= response.status < 300:
                    return True, 0.0
                self._note(f"Wrong response from the webhook: {response.status} {response.reason}")
                return False, _seconds(response.headers.get("Retry-After", ""))
        except TimeoutError:
            self._note("Read timeout expired")
        except (aiohttp.ClientError, OSError) as error:
            refused = isinstance(error, aiohttp.ClientConnectorError)
            self._note("Connection refused" if refused else "Connection reset by peer")
        return False, 0.0

    def _note(self, text: str) -> None:
        self.last_error = int(time.time()), text


def _next_delay(delay: float) -> float:
    """Seconds until the next try: 1, 2, 4 ... capped at a random 60 to 120."""
    return min(max(1.0, delay * 2), random.uniform(60.0, 120.0))


def _seconds(header: str) -> float:
    return float(header) if header.strip().isdigit() else 0.0
