"""Start to first answer: from starting the process to its reply to the first update."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import tables
from benchmarks.contenders import Contender, start_echo, start_ours
from benchmarks.load import Crowd, Round
from benchmarks.tables import number
from benchmarks.telegram import Telegram

Start = Callable[[dict[str, str]], Awaitable[Contender]]


@dataclass(frozen=True, slots=True)
class _Started:
    seconds: float
    resident_mb: float


async def measure(telegram: Telegram, folder: Path, texts: Sequence[str], rounds: int) -> None:
    """Measure and print."""
    rows: list[list[str]] = []
    for name, is_cold, start in _cases(telegram, folder):
        found = []
        for number_ in range(rounds):
            cache = folder / (f"cold-{len(rows)}-{number_}" if is_cold else "warm")
            variables = {"PYTHONPYCACHEPREFIX": str(cache)}
            if not is_cold and not number_:
                # Fills the cache.
                await _first_answer(telegram, start, variables, texts)
            found.append(await _first_answer(telegram, start, variables, texts))
        rows.append(
            [
                name,
                number(median(one.seconds for one in found), 2),
                number(max(one.seconds for one in found), 2),
                number(median(one.resident_mb for one in found)),
            ]
        )
    tables.show(
        "Start to first answer",
        ("bot", "seconds", "slowest", "RSS MB"),
        rows,
        f"Medians of {rounds}. An empty cache: not one .pyc file is there, of ours or of any"
        " package's. Ours answers a newcomer: notice, then the answer.",
    )


def _cases(telegram: Telegram, folder: Path) -> list[tuple[str, bool, Start]]:
    async def fresh(variables: dict[str, str]) -> Contender:
        url = f"sqlite:///{folder}/first-{time.monotonic_ns()}.db"
        return await start_ours(telegram, folder, "ours", url, variables)

    async def again(variables: dict[str, str]) -> Contender:
        url = f"sqlite:///{folder}/again.db"
        return await start_ours(telegram, folder, "ours", url, variables)

    async def stock(variables: dict[str, str]) -> Contender:
        return await start_echo(telegram, folder, "PTB", "ptb_echo", variables=variables)

    async def aiogram(variables: dict[str, str]) -> Contender:
        return await start_echo(telegram, folder, "aiogram", "aiogram_echo", variables=variables)

    return [
        ("ours, empty cache, no database yet", True, fresh),
        ("ours, no database yet", False, fresh),
        ("ours, restarted", False, again),
        ("PTB echo, empty cache", True, stock),
        ("PTB echo", False, stock),
        ("aiogram echo", False, aiogram),
    ]


async def _first_answer(
    telegram: Telegram, start: Start, variables: dict[str, str], texts: Sequence[str]
) -> _Started:
    contender = await start(variables)
    try:
        await _listening(contender)
        # Another member each time, so that each is a newcomer.
        crowd = Crowd(contender.address, 1, texts)
        crowd.skip(time.monotonic_ns() % 10**6)
        result = await Round(
            telegram, crowd, connections=1, count=1, replies=contender.first_replies
        ).run()
        if result.refused or not result.waits:
            raise RuntimeError("the first update was not answered")
        seconds = result.answered_at - contender.process.born
        return _Started(seconds, contender.process.resident_mb)
    finally:
        contender.process.stop()


async def _listening(contender: Contender) -> None:
    """Some announce their webhook before they listen."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", contender.address.port)
        except ConnectionRefusedError:
            contender.process.check()
            await asyncio.sleep(0.005)
        else:
            writer.close()
            return
