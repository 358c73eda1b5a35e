"""The bots under test: how each is started, and where it then takes updates."""

from __future__ import annotations

import asyncio
import secrets
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.environment import ROOT
from benchmarks.load import Address
from benchmarks.processes import Process, free_port, start
from benchmarks.telegram import Telegram
from bot import keys
from bot.web import hook_path

_POSTGRES = "postgresql://postgres@127.0.0.1:5432"
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot that runs. A newcomer's first message makes it send `first_replies` messages."""

    name: str
    process: Process
    address: Address
    first_replies: int = 1


async def start_ours(
    telegram: Telegram,
    folder: Path,
    name: str,
    database: str,
    variables: dict[str, str] | None = None,
) -> Contender:
    """Our whole program, as it runs in production: `python -m bot serve` with a webhook."""
    token, secret, port = _token(), secrets.token_hex(16), free_port()
    config = folder / "empty.toml"
    config.touch()
    settings = {
        "NUANXIN_TELEGRAM__TOKEN": token,
        "NUANXIN_TELEGRAM__MODE": "webhook",
        "NUANXIN_TELEGRAM__API_URL": telegram.url,
        "NUANXIN_TELEGRAM__PUBLIC_URL": "https://bench.invalid",
        "NUANXIN_TELEGRAM__SECRET": secret,
        "NUANXIN_TELEGRAM__MAX_CONNECTIONS": "100",
        "NUANXIN_WEB__PORT": str(port),
        "NUANXIN_DATABASE__URL": database,
        "NUANXIN_KEYS__FILE": str(_keys(folder)),
        "NUANXIN_KNOWLEDGE__FOLDER": str(folder / "knowledge"),
    }
    process = start(
        "bot",
        ["serve", "--config", str(config)],
        folder / "ours.log",
        {**settings, **(variables or {})},
        own_python(),
    )
    await _hooked(telegram, token, process)
    return Contender(name, process, Address(port, hook_path(token), secret), first_replies=2)


def own_python() -> str:
    """Python with our own packages alone: ours load what they find (openpyxl takes numpy, PTB
    tornado), and the baselines bring much of it into the environment of the benchmarks."""
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def _keys(folder: Path) -> Path:
    path = folder / "keys.toml"
    if not path.exists():
        keys.new(path)
    return path


async def start_echo(
    telegram: Telegram,
    folder: Path,
    name: str,
    module: str,
    *arguments: str,
    variables: dict[str, str] | None = None,
) -> Contender:
    """One of the echo bots in benchmarks/bots/."""
    token, secret, port = _token(), secrets.token_hex(16), free_port()
    process = start(
        f"benchmarks.bots.{module}",
        [
            *("--api", telegram.url, "--token", token),
            *("--secret", secret, "--port", str(port)),
            *arguments,
        ],
        folder / f"{module}.log",
        variables,
    )
    await _hooked(telegram, token, process)
    return Contender(name, process, Address(port, "/hook", secret))


@contextmanager
def postgres() -> Iterator[str | None]:
    """The URL of a database of our own that is gone afterwards; None without a PostgreSQL."""
    name = f"nuanxin_bench_{uuid.uuid4().hex[:12]}"
    try:
        _run(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        yield None
        return
    try:
        yield f"{_POSTGRES}/{name}"
    finally:
        _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run(statement: str) -> None:
    with psycopg.connect(
        f"{_POSTGRES}/postgres", autocommit=True, connect_timeout=2
    ) as connection:
        connection.execute(statement.encode())


async def _hooked(telegram: Telegram, token: str, process: Process) -> None:
    """Return as soon as the bot has told where updates should go."""
    hooked = telegram.hooked(token)
    for _ in range(_START_SECONDS * 2):
        try:
            async with asyncio.timeout(0.5):
                await hooked.wait()
        except TimeoutError:
            process.check()
        else:
            return
    process.stop()
    raise RuntimeError(f"no setWebhook within {_START_SECONDS} s")


def _token() -> str:
    return f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_hex(18)[:35]}"
