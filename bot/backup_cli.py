"""`backup` and `restore`: copies of the data, made, listed, looked through, put back."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import Annotated

import typer

from bot import backup, erasures, keys
from bot.backup import BackupFailed, Place
from bot.exits import told
from bot.settings import Settings, load
from domain.clock import SystemClock
from storage.database import Database

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
CONFIG = Path("config.toml")

app = typer.Typer(invoke_without_command=True)


@app.callback()
def make(context: typer.Context, config: Config = CONFIG) -> None:
    """Copy the database while it is in use, seal the copy and check it."""
    if context.invoked_subcommand is not None:
        return
    with told():
        settings = load(config)
        copy = backup.backup(settings.database.url, _place(settings), SystemClock().now())
        asyncio.run(_audit(settings, "backup", copy.name))
    print(copy)


@app.command("list")
def show(config: Config = CONFIG) -> None:
    """List the copies: when they were made, how big they are, which key opens them."""
    with told():
        settings = load(config)
        place = _place(settings)
        copies = backup.list_copies(place.folder)
    for copy in copies:
        if not copy.key:
            key = "not sealed"
        else:
            key = f"key {copy.key}" + ("" if copy.key in place.keys.backups else " (missing)")
        print(f"{copy.made_at:%Y-%m-%d %H:%M}Z  {copy.size:>14,}  {key}  {copy.path}")
    print(f"{len(copies)} copies")


@app.command()
def verify(
    copy: Annotated[
        Path | None, typer.Argument(help="A copy; the newest if none is given.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Open a copy and look through it, leaving the data alone."""
    with told():
        settings = load(config)
        place = _place(settings)
        chosen = copy or _newest(place)
        sound = backup.verify(settings.database.url, chosen, place)
    rows = "" if sound.rows is None else f", {sound.rows:,} rows"
    print(f"{chosen}: good, schema {sound.revision}{rows}")


def restore(
    copy: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    config: Config = CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in place of the data. The bot must be stopped."""
    with told():
        settings = load(config)
    if not yes:
        typer.confirm(f"Replace all data by {copy}?", abort=True)
    with told():
        now = SystemClock().now()
        made = next(
            (one.made_at for one in backup.list_copies(copy.parent) if one.path == copy), None
        )
        url, keys_file = settings.database.url, settings.keys.file
        ledger = erasures.ledger_of(url, keys_file)
        path = erasures.place(settings)
        told_by_file = erasures.told(path, keys_file)
        kept = backup.restore(url, copy, _place(settings), now)
        lines = (*(ledger or ()), *told_by_file.lines.values())
        again = erasures.reapply(url, keys_file, lines)
        erasures.keep_both(url, keys_file, path)
        held = asyncio.run(_hold(url))
        asyncio.run(_audit(settings, "restore", copy.name))
    print(f"restored from {copy}")
    if again:
        print(f"{again} records of people who had asked for it were erased again")
    if held:
        print(f"{held} messages were on their way then: they are held until staff let them go")
    if told_by_file.faulty:
        print(f"{path}: {told_by_file.faulty} lines are spoiled and were passed over")
    if ledger is None and not told_by_file.lines:
        print("the erasures of the data of before could not be read: repeat those since the copy")
    if kept:
        print(f"the data of before is in {kept}")
    since = "the backup" if made is None else f"{made:%Y-%m-%d %H:%M}Z"
    print(f"what came in between {since} and {now:%Y-%m-%d %H:%M}Z is missing from it")
    with told():
        asyncio.run(_check_keys(settings))


def _place(settings: Settings) -> Place:
    given = settings.backup
    return Place(given.folder, keys.load(settings.keys.file), given.keep, given.keep_days)


def _newest(place: Place) -> Path:
    copies = backup.list_copies(place.folder)
    if not copies:
        raise BackupFailed(f"{place.folder}: there is no copy")
    return copies[-1].path


async def _audit(settings: Settings, act: str, subject: str) -> None:
    database = Database(settings.database.url)
    try:
        async with database.open_work() as work:
            await work.audit.add(SystemClock().now(), f"cli:{getpass.getuser()}", act, subject, {})
            await work.commit()
    finally:
        await database.close()


async def _hold(url: str) -> int:
    """Nobody knows what was sent after the copy was made: nothing may go twice by itself."""
    database = Database(url)
    try:
        async with database.open_work() as work:
            count = await work.outbox.raise_epoch()
            await work.commit()
    finally:
        await database.close()
    return count


async def _check_keys(settings: Settings) -> None:
    """What an old copy brings back must open: told now, not at the next start."""
    database = Database(settings.database.url, keys.open_vault(settings.keys.file))
    try:
        await keys.check(database)
    finally:
        await database.close()
