"""The program as a process of its own, under a supervisor, against a simulator in the test."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests import databases
from tests.conftest import KNOWLEDGE
from tests.world import SECRET, TOKEN

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Program:
    """How to run it, and what became of each run. `async with` sees to its end."""

    folder: Path
    api_url: str
    bugs: tuple[str, ...] = ()
    port: int = 0
    burst: int = 100
    database_url: str = ""
    exits: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Program:
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Leave nothing running behind, also when a test fails."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.communicate()

    def config(self) -> Path:
        """The settings file of this run."""
        path = self.folder / "config.toml"
        hook = "" if not self.port else 'mode = "webhook"\npublic_url = "https://bot.test"\n'
        path.write_text(
            f'[telegram]\napi_url = "{self.api_url}"\n{hook}'
            f"[web]\nport = {self.port}\n"
            f'[database]\nurl = "{self.url}"\n'
            f'[keys]\nfile = "{databases.keys_file()}"\n'
            f'[knowledge]\nfolder = "{KNOWLEDGE}"\n'
            f"[limits]\nburst = {self.burst}\nper_second = 1.0\n"
        )
        return path

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.folder}/nuanxin.db"

    def reach(self, url: str) -> str:
        """Where the public address of the webhook leads."""
        return url.replace("https://bot.test", f"http://127.0.0.1:{self.port}")

    async def start(self) -> None:
        """Begin one run."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.faults.program", str(self.config()), *self.bugs),
            cwd=ROOT,
            env={
                **os.environ,
                "NUANXIN_TELEGRAM__TOKEN": TOKEN,
                "NUANXIN_TELEGRAM__SECRET": SECRET,
            },
            stderr=asyncio.subprocess.PIPE,
        )

    async def ended(self) -> int:
        """Wait for the end of the run; its exit code."""
        assert self.process is not None
        _, errors = await self.process.communicate()
        assert self.process.returncode is not None
        self.exits.append(self.process.returncode)
        self.errors.append(errors.decode())
        return self.process.returncode

    async def stop(self, seconds: float = 30) -> int:
        """Ask it to end as an operator does; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(seconds):
            return await self.ended()

    async def keep_alive(self) -> None:
        """A supervisor: start it again whenever it dies, until cancelled."""
        while True:
            await self.start()
            await self.ended()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def supervised(program: Program) -> AsyncIterator[Program]:
    """Keep the program alive while the block runs; it is killed at the end."""
    async with program:
        keeper = asyncio.create_task(program.keep_alive())
        try:
            yield program
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
