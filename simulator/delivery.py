"""Updates on their way to the bot: one inbox, read by long poll or pushed to a webhook."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from simulator.errors import conflict
from simulator.faults import Faults
from simulator.signals import Signal
from simulator.webhook import Webhook

JSON = dict[str, Any]
Key = tuple[str, Any]

DAY = 24 * 3600.0
PRESS_LIFE = 150.0
FIRST_DAY = 1_735_689_600
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
BY_WEBHOOK = (
    "can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True)
class Update:
    """An update as it will be sent; `number` is what an offset is compared with.

    `again`: it was confirmed, and a fault asks that it be given once more.
    """

    seq: int
    number: int
    body: str
    key: Key
    expires: float
    again: bool = False


class Delivery:
    """Keeps every update until it is acknowledged or expires; nothing else loses one."""

    def __init__(
        self, clock: Callable[[], float], faults: Faults, changed: Signal, retry_scale: float
    ) -> None:
        self.clock = clock
        self.faults = faults
        self.changed = changed
        self.retry_scale = retry_scale
        # Where a webhook's address leads: tests give a public one and are spoken to directly.
        self.reach: Callable[[str], str] = lambda url: url
        self.allowed: list[str] = []
        self.pending: dict[int, Update] = {}
        self.webhook: Webhook | None = None
        self.closed = False
        # Ids grow with the wall clock: a bot that remembers updates of an earlier simulator
        # must not take new ones for old ones.
        self._number = 100_000_000 + int(time.time() - FIRST_DAY) * 20 % 2_000_000_000
        self._seq = 0
        self._next_expiry = float("inf")
        self._poller: asyncio.Future[str] | None = None

    def publish(self, kind: str, content: JSON, key: Key) -> int | None:
        """Queues an update; returns its id, None if the bot did not ask for that kind."""
        if not self._wanted(kind):
            return None
        self._number += 1
        body = json.dumps({"update_id": self._number, kind: content})
        life = PRESS_LIFE if kind == "callback_query" else DAY
        self._queue(Update(0, self._number, body, key, self.clock() + life))
        return self._number

    def publish_raw(self, update: Any) -> Any:
        """Queues anything as it is; adds `update_id` to an object without one."""
        self._number += 1
        number = self._number
        if isinstance(update, dict):
            update = {"update_id": number, **update}
            given = update["update_id"]
            if isinstance(given, int) and not isinstance(given, bool):
                number = given
        life = PRESS_LIFE if "callback_query" in (update or ()) else DAY
        key = _raw_key(update, number)
        self._queue(Update(0, number, json.dumps(update), key, self.clock() + life))
        return update.get("update_id") if isinstance(update, dict) else None

    def expire(self) -> None:
        """Drops what is too old."""
        now = self.clock()
        if now < self._next_expiry:
            return
        for update in [u for u in self.pending.values() if u.expires <= now]:
            del self.pending[update.seq]
        self._next_expiry = min((u.expires for u in self.pending.values()), default=float("inf"))
        self.changed.fire()

    def acknowledge(self, update: Update) -> None:
        """The bot has it: the update is forgotten."""
        if self.pending.pop(update.seq, None):
            self.changed.fire()

    async def poll(
        self, offset: int, limit: int, timeout: float, allowed: list[str] | None
    ) -> list[str]:
        """getUpdates: the bodies of the oldest updates, waiting up to `timeout` seconds."""
        if self.webhook:
            raise conflict(BY_WEBHOOK)
        if allowed is not None:
            self.allowed = allowed
        self._terminate(OTHER_POLLER)
        self._confirm(offset)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            self.expire()
            given = (u.body for u in self.pending.values() if u.number >= offset or u.again)
            batch = list(islice(given, limit))
            left = deadline - loop.time()
            if batch or left <= 0 or self.closed:
                return batch
            await self._wait_for_news(left)

    async def set_webhook(self, webhook: Webhook, drop: bool) -> None:
        """Pushes from now on; what is pending is pushed first, unless dropped."""
        self._terminate("terminated by setWebhook request")
        if drop:
            self.drop_pending()
        if self.webhook:
            self.webhook.stop()
        self.webhook = webhook
        for update in self.pending.values():
            webhook.push(update)

    async def delete_webhook(self, drop: bool) -> None:
        """Stops pushing; an attempt already made may still be acknowledged."""
        if drop:
            self.drop_pending()
        if self.webhook:
            self.webhook.stop()
        self.webhook = None

    def drop_pending(self) -> None:
        """Forgets all updates."""
        self.pending.clear()
        self.changed.fire()

    async def close(self) -> None:
        """Answers the poller and ends the pushing; used when the server stops."""
        self.closed = True
        self._terminate("")
        if self.webhook:
            await self.webhook.close()

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def _queue(self, update: Update) -> None:
        self._seq += 1
        update.seq = self._seq
        self.pending[update.seq] = update
        self._next_expiry = min(self._next_expiry, update.expires)
        if self.webhook:
            self.webhook.push(update)
        else:
            self._terminate("")

    def _terminate(self, reason: str) -> None:
        """Wakes the waiting poller: with a reason it gets 409, without it looks again."""
        if self._poller and not self._poller.done():
            self._poller.set_result(reason)

    async def _wait_for_news(self, seconds: float) -> None:
        self._poller = mine = asyncio.get_running_loop().create_future()
        try:
            reason = await asyncio.wait_for(mine, seconds)
        except TimeoutError:
            return
        if reason:
            raise conflict(reason)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            done = list(self.pending.values())[:offset]
        else:
            done = [u for u in self.pending.values() if u.number < offset]
        for update in done:
            if not update.again and self.faults.take("getUpdates", None, kind="duplicate"):
                update.again = True
            else:
                del self.pending[update.seq]
        if done:
            self.changed.fire()


def _raw_key(update: Any, number: int) -> Key:
    """The queue of a raw update, as well as it can be told."""
    for kind, content in update.items() if isinstance(update, dict) else ():
        if isinstance(content, dict):
            holder = "from" if kind == "callback_query" else "chat"
            owner = content.get(holder)
            if isinstance(owner, dict) and isinstance(owner.get("id"), int):
                return ("user" if holder == "from" else "chat", owner["id"])
    return "raw", number
