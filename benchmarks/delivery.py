"""Delivery: a push at Telegram's limit while a member asks, and the planning of large pushes."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import tables
from benchmarks.contenders import Contender, postgres, start_ours
from benchmarks.processes import start
from benchmarks.tables import number
from benchmarks.telegram import Telegram
from domain.clock import SystemClock
from domain.members import Member, Reach
from domain.outbox import Policy, Priority, Push, PushState
from domain.staff import Actor, Grant, Role
from services import outbox as service_module
from services.outbox import OutboxService
from storage.database import Database
from storage.migrate import migrate
from storage.work import Work

_FIRST, _MEMBER = 5_400_000_000, 4_999_999_999
_LIMIT, _DELAY = 30, 0.06
_STAFF = Actor("bench", "bench", (Grant(Role.BROADCASTER, "/"),))


class Limited(Telegram):
    """Telegram that takes so many messages in any second, and then nothing for three."""

    def __init__(self) -> None:
        super().__init__()
        self.delay = _DELAY
        self.arrived: list[tuple[float, int]] = []
        self.refusals = 0
        self._recent: deque[float] = deque()
        self._closed = 0.0

    def called(self, path: str, body: bytes) -> tuple[bytes, float]:
        if not path.endswith("/sendMessage"):
            return super().called(path, body)
        now = time.perf_counter()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if now < self._closed or len(self._recent) >= _LIMIT:
            if now >= self._closed:
                self._closed = now + 3
            self.refusals += 1
            return _refusal(max(1, round(self._closed - now + 0.5))), self.delay
        self._recent.append(now)
        response, delay = super().called(path, body)
        return response, delay

    def note(self, chat: int, at: float) -> None:
        self.arrived.append((at, chat))


@dataclass
class Round:
    """What one sender did."""

    arrived: list[tuple[float, int]]
    refusals: int
    cpu: float
    waits: list[float] = field(default_factory=list)

    @property
    def to_many(self) -> list[float]:
        return [at for at, chat in self.arrived if chat >= _FIRST]

    @property
    def share(self) -> float:
        """All that arrived during the push, as a share of what the limit allows."""
        times = self.to_many
        inside = sum(times[0] <= at <= times[-1] for at, _ in self.arrived)
        return (inside - 1) / (times[-1] - times[0]) / _LIMIT


async def measure(folder: Path, count: int, plans: Sequence[int]) -> None:
    """Measure and print both tables."""
    await _delivering(folder, count)
    await _planning(folder, plans)


async def _delivering(folder: Path, count: int) -> None:
    rows = []
    with ExitStack() as stack:
        places = [("ours, SQLite", f"sqlite:///{folder}/delivery.db")]
        if url := stack.enter_context(postgres()):
            places.append(("ours, PostgreSQL", url))
        for name, place in places:
            rows.append(_row(name, await _ours(folder, place, count), count))
    for way in ("loop", "gather"):
        found = await _theirs(folder, count, way)
        rows.append(_row(f"PTB with AIORateLimiter, {way}", found, count))
    tables.show(
        f"A push to {count}: {_LIMIT} a second allowed, {_DELAY * 1000:.0f} ms round trip",
        ("sender", "arrived", "share of limit", "429s", "reply p95 ms", "CPU s for 1,000"),
        rows,
        "One member asks each second; the replies count towards the limit. A 429 closes the line"
        " for 3 s.",
    )


def _row(name: str, found: Round, count: int) -> list[str]:
    waits = sorted(found.waits)
    p95 = waits[min(len(waits) - 1, int(len(waits) * 0.95))] * 1000 if waits else float("nan")
    return [
        name,
        number(len({chat for _, chat in found.arrived if chat >= _FIRST})),
        f"{found.share:.1%}",
        number(found.refusals),
        number(p95),
        number(found.cpu / count * 1000, 2),
    ]


async def _ours(folder: Path, place: str, count: int) -> Round:
    migrate(place)
    database = Database(place)
    service = await _planned(database, count)
    telegram = Limited()
    await telegram.open()
    telegram.on_send = telegram.note
    settings = {
        "NUANXIN_DELIVERY__PER_SECOND": str(_LIMIT),
        # Benchmarks are run at night too.
        "NUANXIN_DELIVERY__QUIET_FROM": "00:00",
        "NUANXIN_DELIVERY__QUIET_UNTIL": "00:00",
    }
    bot = await start_ours(telegram, folder, "ours", place, settings)
    begun = bot.process.cpu_seconds
    await service.start(1)
    waits: list[float] = []
    asking = asyncio.create_task(_ask(bot, telegram, waits))
    await _until(telegram, count)
    asking.cancel()
    cpu = bot.process.cpu_seconds - begun
    bot.process.stop()
    await telegram.close()
    await database.close()
    return Round(telegram.arrived, telegram.refusals, cpu, waits)


async def _theirs(folder: Path, count: int, way: str) -> Round:
    telegram = Limited()
    await telegram.open()
    telegram.on_send = telegram.note
    log = folder / f"broadcast_{way}.log"
    log.unlink(missing_ok=True)
    process = start(
        "benchmarks.bots.ptb_broadcast",
        [
            *("--api", telegram.url, "--token", "1234567890:" + "b" * 35),
            *("--first", str(_FIRST), "--count", str(count), "--way", way),
        ],
        log,
    )
    try:
        await asyncio.to_thread(process.popen.wait, count / _LIMIT * 5 + 30)
    except subprocess.TimeoutExpired:
        cpu = process.cpu_seconds
        process.stop()
        return Round(telegram.arrived, telegram.refusals, cpu)
    finally:
        await telegram.close()
    last = json.loads(log.read_text().splitlines()[-1])
    return Round(telegram.arrived, telegram.refusals, last["cpu"], last["waits"])


async def _ask(bot: Contender, telegram: Limited, waits: list[float]) -> None:
    """A member types each second; the wait is until the answer arrives at Telegram."""
    address, update = bot.address, 7_000_000
    url = f"http://127.0.0.1:{address.port}{address.path}"
    headers = {"X-Telegram-Bot-Api-Secret-Token": address.secret}
    async with aiohttp.ClientSession(headers=headers) as session:
        while True:
            await asyncio.sleep(1)
            update += 1
            begun = time.perf_counter()
            async with session.post(url, json=_question(update)) as response:
                await response.read()
            at = max((at for at, chat in telegram.arrived if chat == _MEMBER), default=0.0)
            if at > begun:
                waits.append(at - begun)


async def _until(telegram: Limited, count: int) -> None:
    """Return when so many have their message, or when it takes five times too long."""
    end = time.perf_counter() + count / _LIMIT * 5 + 30
    while time.perf_counter() < end:
        if len({chat for _, chat in telegram.arrived if chat >= _FIRST}) >= count:
            return
        await asyncio.sleep(0.05)


async def _planning(folder: Path, sizes: Sequence[int]) -> None:
    rows = []
    with ExitStack() as stack:
        for size in sizes:
            places = [("SQLite", f"sqlite:///{folder}/plan{size}.db")]
            if url := stack.enter_context(postgres()):
                places.append(("PostgreSQL", url))
            for name, place in places:
                rows.append([f"{name}, {size:,} members", *await _plan(place, size)])
    tables.show(
        "Planning a push, all at once (the program stops at 10,000 waiting)",
        ("database", "freeze s", "write s", "longest chunk ms", "memory + MB", "cancel 30,000 s"),
        rows,
    )


async def _plan(place: str, size: int) -> list[str]:
    migrate(place)
    database = Database(place)
    await _members(database, size)
    before = _resident()
    service_module.BACK_PRESSURE = size + 1
    service = OutboxService(database, SystemClock())
    push_id = await _push(database)
    begun = time.perf_counter()
    await service.freeze(push_id, _everybody)
    froze = time.perf_counter()
    await service.start(push_id)
    longest = await _watched(database, service.expand_due())
    wrote = time.perf_counter()
    memory = _resident() - before
    async with database.open_work() as work:
        if place.startswith("postgresql"):
            # A million rows at once is the benchmark's doing, not the program's.
            await work._connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        # All but 30,000 are done: what is cancelled is what waits.
        await work._connection.exec_driver_sql(
            f"UPDATE outbox SET state = 'sent' WHERE member_id > {_FIRST + 30_000 - 1}"
        )
        await work.commit()
    cancelling = time.perf_counter()
    count = await service.cancel(_STAFF, push_id)
    cancelled = time.perf_counter()
    assert count == min(size, 30_000)
    assert sum((await service.progress(push_id)).counts.values()) == size
    await database.close()
    return [
        number(froze - begun, 1),
        number(wrote - froze, 1),
        number(longest * 1000),
        number(memory),
        number(cancelled - cancelling, 2),
    ]


async def _watched(database: Database, act: Any) -> float:
    """The longest that another write had to wait meanwhile."""
    task, longest = asyncio.ensure_future(act), 0.0
    while not task.done():
        begun = time.perf_counter()
        async with database.open_work() as work:
            await work.instance.touch(SystemClock().now())
            await work.commit()
        longest = max(longest, time.perf_counter() - begun)
        await asyncio.sleep(0.02)
    await task
    return longest


async def _planned(database: Database, count: int) -> OutboxService:
    await _members(database, count)
    service = OutboxService(database, SystemClock())
    await service.freeze(await _push(database), _everybody)
    return service


async def _push(database: Database) -> int:
    async with database.open_work() as work:
        push = Push(
            "message", "bench", {"text": "news"}, "bench", SystemClock().now(), purpose=None
        )
        found = await work.pushes.add(
            replace(
                push,
                state=PushState.APPROVED,
                priority=Priority.BROADCAST,
                policy=Policy.RESEND,
            )
        )
        await work.commit()
    return found


async def _members(database: Database, count: int) -> None:
    now = SystemClock().now()
    for first in range(0, count, 5_000):
        async with database.open_work() as work:
            await work.members.save_all(
                [
                    Member(_FIRST + at, _FIRST + at, "zh", Reach.REACHABLE, 1, now)
                    for at in range(first, min(first + 5_000, count))
                ]
            )
            await work.commit()


async def _everybody(work: Work, after: int | None, most: int) -> Sequence[int]:
    return await work.members.list_reachable(after, most)


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _question(update: int) -> dict[str, object]:
    person = {"id": _MEMBER, "is_bot": False, "first_name": "member"}
    return {
        "update_id": update,
        "message": {
            "message_id": update,
            "date": 1_795_586_400,
            "chat": {"id": _MEMBER, "type": "private", "first_name": "member"},
            "from": person,
            "text": "/human",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
    }


def _refusal(seconds: int) -> bytes:
    body = json.dumps(
        {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {seconds}",
            "parameters": {"retry_after": seconds},
        }
    ).encode()
    head = (
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
