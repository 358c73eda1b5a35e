"""From a member's press for a human to the alert of whoever is on duty, through the simulator."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks import filling, tables
from benchmarks.contenders import own_python, postgres
from benchmarks.pages import keys_of
from benchmarks.processes import Process, start
from benchmarks.tables import number
from bot import keys
from domain.calendar import Interval, OfficeHours, load_calendar
from domain.clock import SystemClock
from domain.staff import Flag, Grant, Role, Staff
from domain.units import Level
from locales import load
from simulator import Simulator
from simulator import running as simulating
from storage.database import Database
from storage.migrate import migrate

_TOKEN = "7000000002:BENCH-token-that-only-the-simulator-knows"
_HOURS = "00:00-23:59"
# Telegram takes one message a second for one chat, and so do we: nobody stands in line here.
_PAUSE = 2.5
_PATIENCE = 90.0


async def measure(folder: Path, count: int) -> None:
    """Measure ours on both databases and the bare bot; print."""
    office = OfficeHours(load_calendar(), (Interval.of(_HOURS),))
    if not office.is_open(SystemClock().now()):
        print("\nAlerts: today is no working day, and ours wait for the next one.")
        return
    rows = []
    with ExitStack() as stack:
        places = [("ours, SQLite", f"sqlite:///{folder}/alerts.db")]
        if url := stack.enter_context(postgres()):
            places.append(("ours, PostgreSQL", url))
        for name, place in places:
            async with _telegram() as (simulator, url, duty):
                await _furnish(folder, place, duty)
                process = _ours(folder, place, url)
                rows.append(_row(name, *await _presses(simulator, process, duty, count)))
    async with _telegram() as (simulator, url, duty):
        process = start(
            "benchmarks.bots.ptb_forward",
            ["--api", url, "--token", _TOKEN, "--duty", str(duty)],
            folder / "forward.log",
        )
        rows.append(_row("bare PTB bot", *await _presses(simulator, process, duty, count)))
    tables.show(
        f"From the press for a human to the alert of who is on duty: {count} members",
        ("bot", "alert p50 ms", "p99", "max", "member's answer p50", "p99"),
        rows,
        "Both poll, one member at a time. Ours writes the talk, its deadline and the alert in one"
        " transaction and sends the alert from the outbox; the bare bot keeps nothing and sends"
        " it first thing.",
    )


@asynccontextmanager
async def _telegram() -> AsyncIterator[tuple[Simulator, str, int]]:
    """A simulator with somebody on duty in it."""
    async with simulating(token=_TOKEN) as telegram:
        yield telegram.simulator, telegram.url, telegram.simulator.add_user("duty")


async def _furnish(folder: Path, place: str, duty: int) -> None:
    """A union of one unit, with one person who answers."""
    migrate(place)
    database = Database(place, keys.open_vault(keys_of(folder)))
    now = SystemClock().now()
    async with database.open_work() as work:
        top = await work.units.add("District", Level.DISTRICT, None)
        account = Staff(secrets.token_hex(8), "duty", duty, None, False, now)
        await work.staff.add(account)
        one = filling.granted(account, Role.CASEWORKER, top, now)
        grant = Grant(Role.CASEWORKER, top.path, frozenset({Flag.LEAD}))
        await work.grants.add(replace(one, grant=grant))
        await work.commit()
    await database.close()


def _ours(folder: Path, place: str, url: str) -> Process:
    config = folder / "alerts.toml"
    config.write_text(f'[office]\nhours = ["{_HOURS}"]\n', "utf-8")
    settings = {
        "NUANXIN_TELEGRAM__TOKEN": _TOKEN,
        "NUANXIN_TELEGRAM__API_URL": url,
        "NUANXIN_WEB__PORT": "0",
        "NUANXIN_DATABASE__URL": place,
        "NUANXIN_KEYS__FILE": str(keys_of(folder)),
        "NUANXIN_KNOWLEDGE__FOLDER": str(folder / "knowledge"),
    }
    arguments = ["serve", "--config", str(config)]
    return start("bot", arguments, folder / "alerts.log", settings, own_python())


async def _presses(
    simulator: Simulator, process: Process, duty: int, count: int
) -> tuple[list[float], list[float]]:
    """Seconds until the alert was at Telegram, and until the member had an answer."""
    try:
        members = [simulator.add_user(f"member {at}") for at in range(count)]
        for one in (duty, *members):
            simulator.start(one)
            if not await simulator.settle(_PATIENCE):
                process.check()
                raise RuntimeError("the bot does not answer")
        # What greeting everybody left to be done is over.
        await asyncio.sleep(2)
        alerts, answers = [], []
        for member in members:
            begun, first = time.time(), simulator.calls.next
            simulator.say(member, load()("common.key_human"))
            alerts.append(await _sent(simulator, first, duty) - begun)
            answers.append(await _sent(simulator, first, member) - begun)
            await asyncio.sleep(max(0.0, begun + _PAUSE - time.time()))
    finally:
        process.stop()
    return alerts, answers


async def _sent(simulator: Simulator, first: int, chat: int) -> float:
    """When the first message to that chat came in, of the calls from `first` on."""
    until = time.time() + _PATIENCE
    while time.time() < until:
        for call in simulator.calls.since(first):
            is_message = call["method"] == "sendMessage" and call["ok"]
            if is_message and str(call["payload"]["chat_id"]) == str(chat):
                return float(call["time"])
        await asyncio.sleep(0.001)
    raise RuntimeError("nobody was told")


def _row(name: str, alerts: list[float], answers: list[float]) -> list[str]:
    told, heard = sorted(alerts), sorted(answers)
    last = int(0.99 * (len(told) - 1))
    values = (told[len(told) // 2], told[last], told[-1], heard[len(heard) // 2], heard[last])
    return [name, *(number(1000 * value, 1) for value in values)]
