"""Delivery: a broadcast at Telegram's limit while a member asks; then large ones (planning.py)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks import planning, tables
from benchmarks.broadcasting import FIRST, settle
from benchmarks.contenders import Contender, postgres, start_ours
from benchmarks.pages import keys_of
from benchmarks.processes import start
from benchmarks.tables import number
from benchmarks.telegram import Telegram
from bot import keys
from domain.broadcasts import CANARY
from storage.database import Database

_MEMBER = 4_999_999_999
_LIMIT, _DELAY = 30, 0.06


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
        return [at for at, chat in self.arrived if chat >= FIRST]

    @property
    def share(self) -> float:
        """All that arrived during the push, as a share of what the limit allows.

        After the first few our program looks how they fared before it goes on: counted from there.
        """
        times = self.to_many[CANARY:]
        inside = sum(times[0] <= at <= times[-1] for at, _ in self.arrived)
        return (inside - 1) / (times[-1] - times[0]) / _LIMIT


async def measure(folder: Path, count: int, plans: Sequence[int]) -> None:
    """Measure and print both tables."""
    await _delivering(folder, count)
    await planning.measure(folder, plans)


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
        number(len({chat for _, chat in found.arrived if chat >= FIRST})),
        f"{found.share:.1%}",
        number(found.refusals),
        number(p95),
        number(found.cpu / count * 1000, 2),
    ]


async def _ours(folder: Path, place: str, count: int) -> Round:
    database = Database(place, keys.open_vault(keys_of(folder)))
    staff, top = await settle(database, place, count)
    one = await staff.tried(top)
    await staff.desk.hand_in(staff.author, one.id)
    await staff.ticks.freeze_due()
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
    await staff.agree(one)
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
            *("--first", str(FIRST), "--count", str(count), "--way", way),
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
        if len({chat for _, chat in telegram.arrived if chat >= FIRST}) >= count:
            return
        await asyncio.sleep(0.05)


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
