"""Misbehaviour on demand: refusals, lost replies, slowness, rate limits."""

import random
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from simulator.errors import ApiError, Refused, bad, forbidden

JSON = dict[str, Any]

KINDS = {
    "429",
    "403",
    "401",
    "500",
    "drop_before",
    "drop_after",
    "slow",
    "garbage",
    "migrate",
    "duplicate",
}
ALWAYS = -1


@dataclass(slots=True)
class Fault:
    """One order to misbehave; `times` counts down, ALWAYS never ends."""

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float = 1.0
    share: float = 1.0
    chat_id: int | None = None
    description: str = ""
    migrate_to: int = -1_001_000_000_001

    def refusal(self) -> ApiError | None:
        """The refusal that it means, None if it is a fault of the line."""
        if self.kind == "429":
            return too_many(self.retry_after)
        if self.kind == "401":
            return ApiError(401, self.description or "Unauthorized")
        if self.kind == "403":
            return forbidden(self.description or "bot was blocked by the user")
        if self.kind == "migrate":
            error = bad("group chat was upgraded to a supergroup chat")
            error.parameters["migrate_to_chat_id"] = self.migrate_to
            return error
        return None


class Faults:
    """The list of orders; the oldest that fits a call is taken."""

    def __init__(self, seed: int = 0) -> None:
        self._orders: list[Fault] = []
        self._random = random.Random(seed)

    def add(self, method: str, kind: str, times: int = 1, **options: Any) -> None:
        """From now on, that kind of fault; `*` is every method but getUpdates."""
        if kind not in KINDS:
            raise Refused(400, f"unknown kind {kind}; one of {', '.join(sorted(KINDS))}")
        try:
            fault = Fault(method.lower(), kind, int(times), **options)
        except TypeError as error:
            raise Refused(400, str(error)) from None
        self._orders.append(fault)

    def clear(self) -> None:
        """No more faults."""
        self._orders.clear()

    def take(self, method: str, chat_id: Any, kind: str = "") -> Fault | None:
        """The fault for this call, used up by it; only of that kind if one is given."""
        if not self._orders:
            return None
        method = method.lower()
        for fault in self._orders:
            if not _fits(fault, method, chat_id, kind):
                continue
            if fault.share < 1.0 and self._random.random() >= fault.share:
                continue
            if fault.times > 0:
                fault.times -= 1
                if fault.times == 0:
                    self._orders.remove(fault)
            return fault
        return None


def _fits(fault: Fault, method: str, chat_id: Any, kind: str) -> bool:
    if kind and fault.kind != kind:
        return False
    if not kind and fault.kind == "duplicate":
        return False
    if fault.chat_id is not None and fault.chat_id != chat_id:
        return False
    everything = fault.method == "*" and method not in ("getupdates", "webhook")
    return everything or fault.method == method


class Limits:
    """Telegram's rate limits, off until set; a refused sender stays refused for the pause."""

    def __init__(self, per_second: float = 0, per_chat: float = 0, retry_after: int = 1) -> None:
        self.per_second = per_second
        self.per_chat = per_chat
        self.retry_after = retry_after
        self._all: deque[float] = deque()
        self._chats: dict[Any, deque[float]] = {}
        self._closed: dict[Any, float] = {}

    def check(self, chat_id: Any) -> None:
        """Counts one sending; ApiError 429 if it is one too many."""
        if not self.per_second and not self.per_chat:
            return
        now = time.monotonic()
        self._refuse_in_pause(None, now)
        self._refuse_in_pause(chat_id, now)
        if self.per_second:
            self._count(None, self._all, self.per_second, now)
        if self.per_chat:
            self._count(chat_id, self._chats.setdefault(chat_id, deque()), self.per_chat, now)

    def _refuse_in_pause(self, key: Any, now: float) -> None:
        until = self._closed.get(key, 0.0)
        if now < until:
            raise too_many(max(1, round(until - now + 0.499)))

    def _count(self, key: Any, times: deque[float], most: float, now: float) -> None:
        while times and times[0] <= now - 1.0:
            times.popleft()
        if len(times) >= most:
            self._closed[key] = now + self.retry_after
            raise too_many(self.retry_after)
        times.append(now)


def too_many(retry_after: int) -> ApiError:
    """Telegram's 429."""
    text = f"Too Many Requests: retry after {retry_after}"
    return ApiError(429, text, retry_after=retry_after)
