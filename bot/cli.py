"""The command line: `python -m bot` and `nuanxin` are this program."""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from bot import asking, backup_cli, draw_cli, keys_cli, knowledge_cli, logs, quiz_cli, staff_cli
from bot.assembly import running
from bot.exits import BAD_INPUT, fail, told
from bot.knowledge_cli import FOLDER
from bot.memory import collecting_later
from bot.settings import Settings, load
from domain.clock import SystemClock, beijing_date
from domain.links import Target
from services.links import LinkService
from storage import migrate as migration
from storage.database import Database
from storage.journal import State

app = typer.Typer(
    name="nuanxin",
    help="Nuanxin: a self-service assistant for union members, in Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(knowledge_cli.app, name="knowledge")
app.add_typer(keys_cli.app, name="keys")
app.add_typer(draw_cli.app, name="draw")
app.add_typer(quiz_cli.app, name="quiz")
app.add_typer(backup_cli.app, name="backup")
app.command()(backup_cli.restore)
app.add_typer(staff_cli.staff, name="staff")
app.add_typer(staff_cli.units, name="units")

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
CONFIG = Path("config.toml")


@app.command()
def serve(config: Config = CONFIG) -> None:
    """Run the bot with the settings of config.toml until it is told to stop."""
    settings = _settings(config)
    logs.configure(settings.log.level, settings.log.format)

    async def main() -> None:
        async with AsyncExitStack() as stack:
            with collecting_later():
                parts = await stack.enter_async_context(running(settings))
            structlog.get_logger("bot").info("ready", url=parts.url, mode=settings.telegram.mode)
            await _told_to_stop()

    _run(main())


@app.command()
def demo() -> None:
    """Run the bot against a simulated Telegram with a phone page. Needs nothing; keeps nothing."""
    # A bot in earnest carries no simulator.
    from bot.demo import demonstrating  # noqa: PLC0415

    logs.configure("warning", "console")

    async def main() -> None:
        async with AsyncExitStack() as stack:
            with collecting_later():
                url, parts = await stack.enter_async_context(demonstrating())
            print(f"phone page: {url}", flush=True)
            print(f"console: {parts.url}/console/", flush=True)
            await _told_to_stop()

    _run(main())


@app.command()
def migrate(config: Config = CONFIG) -> None:
    """Bring the database to this version's schema; a copy of a SQLite file is kept first."""
    settings = _settings(config)
    with told():
        print(f"schema {migration.migrate(settings.database.url)}")


@app.command("check-config")
def check_config(config: Config = CONFIG) -> None:
    """Check the settings and tell every fault at once."""
    _settings(config)
    print(f"{config}: good")


@app.command()
def ask(
    question: Annotated[
        str | None, typer.Argument(help="A question, as a member types it.")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(help="Rows with id and text; one JSON object a line is printed.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="The knowledge base.")] = FOLDER,
) -> None:
    """Show what the search decides on a question, and why."""
    if (question is None) == (batch is None):
        fail(BAD_INPUT, "give either a question or --batch FILE")
    with told():
        library = asking.library(folder, beijing_date(SystemClock().now()))
        if batch is not None:
            asking.answer_batch(library, batch)
        else:
            asking.explain(library, question or "")


@app.command()
def waste(
    names: Annotated[list[str], typer.Argument(help="Things, or questions about sorting them.")],
    folder: Annotated[Path, typer.Option(help="The knowledge base.")] = FOLDER,
) -> None:
    """Show which bin things go into by the table of waste, and how sure that is."""
    with told():
        asking.sort_waste(asking.library(folder, beijing_date(SystemClock().now())), names)


@app.command()
def quarantine(
    replay: Annotated[
        int | None, typer.Option(help="Handle this update again within 10 seconds.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """List updates that failed three times, or have the running bot try one again."""
    settings = _settings(config)

    async def main() -> None:
        database = Database(settings.database.url)
        try:
            if replay is None:
                await _list_quarantine(database)
            else:
                await _ask_replay(database, replay)
        finally:
            await database.close()

    _run(main())


@app.command()
def link(
    target: Annotated[Target, typer.Argument(help="What the link opens.")],
    target_id: Annotated[str, typer.Argument(help="The id of an entry, a group or an event.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it works.")] = 365,
    config: Config = CONFIG,
) -> None:
    """Make a deep link for a poster: append the token to https://t.me/<bot>?start="""
    settings = _settings(config)
    with told():
        known = asking.library(settings.knowledge.folder, beijing_date(SystemClock().now()))
    groups = {group.id for group in known.groups}
    is_there = {
        Target.ENTRY: known.page(target_id) is not None,
        Target.GROUP: target_id in groups,
    }
    if not is_there.get(target, True):
        fail(BAD_INPUT, f"there is no {target.value} {target_id}")

    async def main() -> None:
        database = Database(settings.database.url)
        try:
            async with database.open_read() as work:
                if target is Target.EVENT and await work.events.find(target_id) is None:
                    fail(BAD_INPUT, f"there is no event {target_id}")
            links = LinkService(database.open_work, database.open_read, SystemClock())
            made = await links.create(target, target_id, timedelta(days=days))
            print(f"{made.token}  (until {made.expires_at:%Y-%m-%d})")
        finally:
            await database.close()

    _run(main())


@app.command("audit")
def verify_audit(config: Config = CONFIG) -> None:
    """Verify that no row of the audit log was changed or removed."""
    settings = _settings(config)

    async def main() -> None:
        database = Database(settings.database.url)
        try:
            async with database.open_read() as work:
                broken = await work.audit.first_broken()
        finally:
            await database.close()
        if broken is not None:
            fail(BAD_INPUT, f"the audit log is broken at row {broken}")
        print("the audit log is whole")

    _run(main())


@app.command("version")
def show_version() -> None:
    """Print the version and the schema that it needs."""
    try:
        number = version("nuanxin")
    except PackageNotFoundError:
        number = "unknown (not installed)"
    print(f"nuanxin {number}, schema {migration.head()}")


async def _list_quarantine(database: Database) -> None:
    async with database.open_read() as work:
        waiting = await work.journal.list_in(State.QUARANTINED)
    for item in waiting:
        print(f"{item.update_id}  {item.received_at:%Y-%m-%d %H:%M}Z  {item.kind}  {item.error}")
    print(f"{len(waiting)} in quarantine")


async def _ask_replay(database: Database, update_id: int) -> None:
    async with database.open_work() as work:
        if not await work.journal.ask_replay(update_id):
            fail(BAD_INPUT, f"{update_id} is not in quarantine")
        await work.audit.add(
            SystemClock().now(), f"cli:{getpass.getuser()}", "replay", str(update_id), {}
        )
        await work.commit()
    print(f"{update_id} will be tried again")


def _settings(config: Path) -> Settings:
    with told():
        return load(config)


def _run(main: Coroutine[Any, Any, None]) -> None:
    with told(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main)


def _loop_factory() -> Any:
    try:
        import uvloop  # noqa: PLC0415 - optional: not there on every system
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _told_to_stop() -> None:
    """Return at SIGTERM or SIGINT; a second signal ends the process at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def told(number: int) -> None:
        if stop.is_set():
            sys.exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told, number)
    await stop.wait()
