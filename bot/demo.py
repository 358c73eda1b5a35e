"""The demo: the real bot, a simulated Telegram with a phone page, nothing to set up."""

from __future__ import annotations

import os
import socket
import tempfile
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bot import (
    demo_broadcasts,
    demo_cases,
    demo_events,
    demo_people,
    demo_questions,
    demo_quiz,
    demo_staff,
    demo_talks,
    keys,
)
from bot.assembly import Running, running
from bot.settings import (
    DatabaseSettings,
    KeysSettings,
    KnowledgeSettings,
    Log,
    Settings,
    Telegram,
    UnionSettings,
    Web,
)
from simulator import running as simulating

TOKEN = "7000000001:DEMO-token-that-only-the-simulator-knows"  # noqa: S105 - opens nothing
_HOST = "127.0.0.1"
_PHONE_PORT, _CONSOLE_PORT = 8790, 8791
_ROOT = Path(__file__).parent.parent


@asynccontextmanager
async def demonstrating() -> AsyncIterator[tuple[str, Running]]:
    """Run the demo; the phone page's address and the program.

    Ports come from NUANXIN_DEMO_PORT and NUANXIN_WEB__PORT; where the usual one is in use, a free
    one is taken. The data lives in a temporary folder and is gone afterwards.
    """
    content = tomllib.loads((_ROOT / "bot" / "demo.toml").read_text("utf-8"))
    port = _port(os.environ.get("NUANXIN_DEMO_PORT", ""), _PHONE_PORT)
    with tempfile.TemporaryDirectory(prefix="nuanxin-demo-") as folder:
        async with simulating(_HOST, port, TOKEN) as telegram:
            phones = [telegram.simulator.add_user(name) for name in content["people"]]
            keys.new(Path(folder) / "keys.toml")
            settings = _settings(telegram.url, Path(folder), content["union"])
            async with running(settings, demo=True) as parts:
                await demo_staff.settle(
                    parts.database, parts.desk.clock, content, telegram.simulator.add_user
                )
                await demo_people.settle(parts.database, parts.desk.clock, content)
                telegram.simulator.add_group(content["group"], phones)
                events = tomllib.loads((_ROOT / "bot" / "demo_events.toml").read_text("utf-8"))
                await demo_events.settle(parts.database, parts.desk.clock, events)
                quiz = read_content("demo_quiz")
                await demo_quiz.settle(parts.database, parts.desk.clock, quiz)
                asked = read_content("demo_questions")
                library = parts.content.knowledge.current
                await demo_questions.settle(parts.database, library, parts.desk.clock, asked)
                talks = read_content("demo_talks")
                await demo_talks.settle(parts, talks, telegram.simulator.add_user)
                cases, office = read_content("demo_cases"), settings.office.office()
                await demo_cases.settle(parts, cases, telegram.simulator.add_user, office)
                sent = read_content("demo_broadcasts")
                unlisted = partial(telegram.simulator.add_user, is_listed=False)
                await demo_broadcasts.settle(parts.database, parts.desk.clock, sent, unlisted)
                yield telegram.url, parts


def read_content(name: str) -> dict[str, Any]:
    """The invented particulars of the demo in a file beside the code."""
    return tomllib.loads((_ROOT / "bot" / f"{name}.toml").read_text("utf-8"))


def _settings(api_url: str, folder: Path, union: dict[str, Any]) -> Settings:
    port = _port(os.environ.get("NUANXIN_WEB__PORT", ""), _CONSOLE_PORT)
    # A member of the demo opens the page for files on the same machine: the address must be known.
    port = port or _free_port()
    return Settings(
        telegram=Telegram(token=TOKEN, api_url=api_url),
        web=Web(port=port, upload_url=f"http://{_HOST}:{port}"),
        database=DatabaseSettings(url=f"sqlite:///{folder}/nuanxin.db"),
        keys=KeysSettings(file=folder / "keys.toml"),
        knowledge=KnowledgeSettings(folder=_ROOT / "knowledge", reload_seconds=5),
        union=UnionSettings(**union, is_demo=True),
        log=Log(level="warning", format="console"),
    )


def _port(wanted: str, usual: int) -> int:
    """The wanted port, the usual one, or a free one if that is taken."""
    if wanted:
        return int(wanted)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, usual))
        except OSError:
            return 0
    return usual


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
