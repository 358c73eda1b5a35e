"""Updates: webhook POST in, sendMessage out, over loopback; all bots side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import tables
from benchmarks.contenders import Contender, postgres, start_echo, start_ours
from benchmarks.load import Crowd, Result, Round
from benchmarks.tables import number
from benchmarks.telegram import Telegram
from storage.migrate import migrate

# As many as Telegram may open to one webhook (setWebhook, max_connections).
CONNECTIONS = 100
CALM = 100.0
DELAY = 0.05


@dataclass(frozen=True, slots=True)
class Extent:
    """How much to measure: rounds of so many seconds, with so many members."""

    rounds: int
    seconds: float
    members: int


@dataclass(slots=True)
class _Measured:
    contender: Contender
    crowd: Crowd
    first: Result
    busy: list[Result] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    slow: list[Result] = field(default_factory=list)
    calm: list[Result] = field(default_factory=list)


async def measure(
    telegram: Telegram, folder: Path, texts: Sequence[str], extent: Extent, only: str
) -> None:
    """Measure and print. The bots run at the same time but are loaded one after another."""
    async with AsyncExitStack() as stack:
        rows = []
        for contender in await _contenders(telegram, folder, only, stack):
            crowd = Crowd(contender.address, extent.members, texts)
            first = await Round(
                telegram,
                crowd,
                connections=CONNECTIONS,
                # An echo bot knows nobody: it only warms up.
                count=extent.members if _meets(contender) else CONNECTIONS,
                replies=contender.first_replies,
            ).run()
            rows.append(_Measured(contender, crowd, first))
        for _ in range(extent.rounds):
            for row in rows:
                await _one_round(telegram, row, extent)
        _print(rows, extent)


async def _contenders(
    telegram: Telegram, folder: Path, only: str, stack: AsyncExitStack
) -> list[Contender]:
    def keep(contender: Contender) -> Contender:
        stack.callback(contender.process.stop)
        return contender

    found = []
    if only in {"", "ours", "sqlite"}:
        url = f"sqlite:///{folder}/updates.db"
        migrate(url)
        found.append(keep(await start_ours(telegram, folder, "ours, SQLite", url)))
    if only in {"", "ours", "postgres"}:
        place = stack.enter_context(postgres())
        if place is None:
            print("no PostgreSQL on 127.0.0.1:5432: left out")
        else:
            migrate(place)
            found.append(keep(await start_ours(telegram, folder, "ours, PostgreSQL", place)))
    if only in {"", "ptb"}:
        stock = "PTB echo, stock backend and webhook"
        module = "ptb_echo"
        found.append(keep(await start_echo(telegram, folder, stock, module)))
        wide = f"{stock}, 256 concurrent"
        found.append(keep(await start_echo(telegram, folder, wide, module, "--concurrent", "256")))
    if only in {"", "aiogram"}:
        name = "aiogram echo, uvloop"
        found.append(keep(await start_echo(telegram, folder, name, "aiogram_echo")))
    return found


async def _one_round(telegram: Telegram, row: _Measured, extent: Extent) -> None:
    process = row.contender.process
    before = process.cpu_seconds
    busy = await Round(telegram, row.crowd, connections=CONNECTIONS, seconds=extent.seconds).run()
    row.busy.append(busy)
    row.cpu_ms.append((process.cpu_seconds - before) * 1000 / len(busy.waits))
    row.calm.append(
        await Round(
            telegram,
            row.crowd,
            connections=CONNECTIONS,
            seconds=extent.seconds / 2,
            per_second=CALM,
        ).run()
    )
    telegram.delay = DELAY
    row.slow.append(
        await Round(telegram, row.crowd, connections=CONNECTIONS, seconds=extent.seconds).run()
    )
    telegram.delay = 0.0
    process.check()


def _print(rows: Sequence[_Measured], extent: Extent) -> None:
    tables.show(
        "Updates: webhook POST in, sendMessage out",
        (
            "bot",
            "updates/s",
            "CPU ms",
            "p50 ms",
            "p99 ms",
            "calm p50",
            "calm p99",
            "50 ms API: updates/s",
            "newcomers/s",
            "refused",
            "RSS MB",
        ),
        [_row(row) for row in rows],
        f"Medians of {extent.rounds} rounds of {extent.seconds:g} s; {CONNECTIONS} connections,"
        " each posting again when acknowledged and answered.",
        f"Known members: all {extent.members:,} have written before. Calm: {CALM:g} updates/s."
        " Waits: from the POST to the bot's sendMessage.",
        "Newcomers: the first message of each, which ours answers twice (privacy notice, answer)"
        " and saves the member.",
        "Ours does the whole work with durable commits (journal twice, question log); the echo"
        " bots keep nothing.",
        "CPU is the bot's process alone, without PostgreSQL's. Ours in its own environment and, as"
        " after every start but the first, with a database that is up to date.",
    )


def _row(row: _Measured) -> list[str]:
    return [
        row.contender.name,
        number(median(result.rate for result in row.busy)),
        number(median(row.cpu_ms), 2),
        number(median(result.wait_ms(0.5) for result in row.busy), 1),
        number(median(result.wait_ms(0.99) for result in row.busy), 1),
        number(median(result.wait_ms(0.5) for result in row.calm), 1),
        number(median(result.wait_ms(0.99) for result in row.calm), 1),
        number(median(result.rate for result in row.slow)),
        number(row.first.rate) if _meets(row.contender) else "-",
        str(sum(result.refused for result in [row.first, *row.busy, *row.calm, *row.slow])),
        number(row.contender.process.resident_mb),
    ]


def _meets(contender: Contender) -> bool:
    return contender.first_replies > 1
