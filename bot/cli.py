"""The command line: `python -m bot` and `nuanxin` are this program."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import getpass
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
from telegram.error import InvalidToken, TelegramError

from bot import asking, backup, knowledge_cli, logs
from bot.assembly import running
from bot.knowledge_cli import FOLDER
from bot.settings import ConfigFaults, Settings, load
from domain.clock import SystemClock, beijing_date
from domain.links import Target
from domain.refusal import Refusal
from knowledge import ContentError
from services.links import LinkService
from storage import migrate as migration
from storage.database import Database
from storage.errors import AlreadyRunning, NewerSchema, StorageUnavailable
from storage.journal import State

# Exit codes, the same for every command: 2 bad input, 3 data in use, 4 something is unreachable.
BAD_INPUT, IN_USE, UNREACHABLE = 2, 3, 4

app = typer.Typer(
    name="nuanxin",
    help="Nuanxin: a self-service assistant for union members, in Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(knowledge_cli.app, name="knowledge")

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
CONFIG = Path("config.toml")


@app.command()
def serve(config: Config = CONFIG) -> None:
    """Run the bot with the settings of config.toml until it is told to stop."""
    settings = _settings(config)
    logs.configure(settings.log.level, settings.log.format)

    async def main() -> None:
        async with running(settings) as parts:
            # The knowledge base is a million objects that stay: looking through them again and
            # again would cost a tenth of the processor.
            gc.collect()
            gc.freeze()
            gc.set_threshold(20_000, 20, 20)
            _give_back_memory()
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
        async with demonstrating() as (url, _):
            print(f"phone page: {url}", flush=True)
            await _told_to_stop()

    _run(main())


@app.command()
def migrate(config: Config = CONFIG) -> None:
    """Bring the database to this version's schema; a copy of a SQLite file is kept first."""
    settings = _settings(config)
    with _told():
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
        _fail(BAD_INPUT, "give either a question or --batch FILE")
    with _told():
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
    with _told():
        asking.sort_waste(asking.library(folder, beijing_date(SystemClock().now())), names)


@app.command("backup")
def make_backup(config: Config = CONFIG) -> None:
    """Copy the database while it is in use, and check the copy."""
    settings = _settings(config)
    with _told():
        copy = backup.backup(
            settings.database.url,
            settings.backup.folder,
            settings.backup.keep,
            SystemClock().now(),
        )
    _run(_audit(settings, "backup", copy.name))
    print(copy)


@app.command()
def restore(
    copy: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    config: Config = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in place of the data. The bot must be stopped."""
    settings = _settings(config)
    if not yes:
        typer.confirm(f"Replace all data by {copy}?", abort=True)
    with _told():
        kept = backup.restore(settings.database.url, copy, SystemClock().now())
    _run(_audit(settings, "restore", copy.name))
    print(f"restored from {copy}")
    if kept:
        print(f"the data of before is in {kept}")
    print("questions, notes and members of after the backup are missing from it")


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
    target_id: Annotated[str, typer.Argument(help="An entry's or a group's id.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it works.")] = 365,
    config: Config = CONFIG,
) -> None:
    """Make a deep link for a poster: append the token to https://t.me/<bot>?start="""
    settings = _settings(config)
    with _told():
        known = asking.library(settings.knowledge.folder, beijing_date(SystemClock().now()))
    groups = {group.id for group in known.groups}
    if target_id not in groups if target is Target.GROUP else known.page(target_id) is None:
        _fail(BAD_INPUT, f"there is no {target.value} {target_id}")

    async def main() -> None:
        database = Database(settings.database.url)
        try:
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
            _fail(BAD_INPUT, f"the audit log is broken at row {broken}")
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
            _fail(BAD_INPUT, f"{update_id} is not in quarantine")
        await work.audit.add(
            SystemClock().now(), f"cli:{getpass.getuser()}", "replay", str(update_id), {}
        )
        await work.commit()
    print(f"{update_id} will be tried again")


async def _audit(settings: Settings, act: str, subject: str) -> None:
    database = Database(settings.database.url)
    try:
        async with database.open_work() as work:
            await work.audit.add(SystemClock().now(), f"cli:{getpass.getuser()}", act, subject, {})
            await work.commit()
    finally:
        await database.close()


def _settings(config: Path) -> Settings:
    with _told():
        return load(config)


def _run(main: Coroutine[Any, Any, None]) -> None:
    with _told(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
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


def _give_back_memory() -> None:
    """Building the knowledge base needs twice what stays; glibc keeps the rest unless asked."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def _told() -> Iterator[None]:
    """Expected failures end with a sentence and an exit code, never with a trace."""
    try:
        yield
    except ConfigFaults as faults:
        _fail(BAD_INPUT, *faults.faults)
    except ContentError as content:
        _fail(BAD_INPUT, *(str(fault) for fault in content.faults))
    except (backup.BackupFailed, asking.BadBatch) as failure:
        _fail(BAD_INPUT, str(failure))
    except NewerSchema as newer:
        _fail(BAD_INPUT, f"the database is of schema {newer}, newer than this program")
    except Refusal as refusal:
        _fail(BAD_INPUT, refusal.code)
    except AlreadyRunning as other:
        _fail(IN_USE, f"the data is in use: {other}")
    except InvalidToken:
        _fail(UNREACHABLE, "Telegram refuses the token: make a new one with @BotFather")
    except TelegramError as error:
        _fail(UNREACHABLE, f"Telegram cannot be reached: {logs.mask(str(error))}")
    except StorageUnavailable as error:
        _fail(UNREACHABLE, f"the database cannot be used: {error.__cause__ or error}")


def _fail(code: int, *lines: str) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    raise typer.Exit(code)
