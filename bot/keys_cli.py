"""`keys`: make, look after and renew the keys that open what members confided."""

from __future__ import annotations

import asyncio
import getpass
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from bot import keys
from bot.exits import told
from bot.keys import KeysFault
from bot.settings import Settings, load
from domain.clock import SystemClock
from domain.countersigns import Act, Countersign
from services.countersigning import use_agreement
from services.countersigns import KEYS_DIGEST
from storage import migrate as migration
from storage.database import Database
from storage.vault import Vault

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
CONFIG = Path("config.toml")

app = typer.Typer(help="Make, check and renew the keys of what is sealed.", no_args_is_help=True)


@app.command("new")
def make(config: Config = CONFIG) -> None:
    """Make the file of keys, once, before the first start."""
    with told():
        settings = load(config)
        asyncio.run(_refuse_if_sealed(settings))
        made = keys.new(settings.keys.file)
    print(f"{settings.keys.file}: key {made.ring.current} seals values")
    print(f"key {made.backup_current} seals backups")
    print("copy the file to a safe place, apart from the backups: without it nothing opens")


@app.command()
def rotate(config: Config = CONFIG) -> None:
    """Add new keys and seal everything anew, after two admins agreed in the console.

    The bot may run. If it was stopped half-way, run it again.
    """
    with told():
        settings = load(config)
        asyncio.run(_rotate(settings))


@app.command()
def check(config: Config = CONFIG) -> None:
    """Open every sealed value, and tell how many lie under each key."""
    with told():
        settings = load(config)
        asyncio.run(_check(settings))


async def _rotate(settings: Settings) -> None:
    path = settings.keys.file
    async with _opened(settings) as (database, vault):
        if set(await _counts(database)) - {vault.current}:
            print("an earlier rotation was not finished: going on with it")
        else:
            agreed = await _agreed(database)
            added = keys.rotate(path)
            vault.refresh()
            await _audit(database, added.ring.current, agreed)
            print(f"key {added.ring.current} seals from now on")
            print(f"copy {path} to its safe place again")
        done = await keys.reseal(database)
        idle = keys.retire(path, await _counts(database))
    print(f"{done.moved} values sealed anew")
    if idle:
        print(f"retired, kept for old backups: {', '.join(idle)}")
    if done.faulty:
        raise KeysFault(f"{done.faulty} values cannot be opened and stay as they are")


async def _check(settings: Settings) -> None:
    known = keys.load(settings.keys.file)
    async with _opened(settings) as (database, vault), database.open_snapshot() as work:
        counts = await work.sealed.count_by_key()
        faulty = await work.sealed.find_faulty(vault)
    for name in known.ring.keys:
        print(f"{name}  {_state(known, name):8}{counts[name]:>10} values")
    print(f"{known.backup_current}  seals backups; {len(known.backups)} open them")
    if faulty is not None:
        where = f"{faulty.table}.{faulty.column}, row {faulty.row_key}"
        raise KeysFault(f"a value was changed or moved: {where}")
    print("every sealed value opens")


def _state(known: keys.Keys, name: str) -> str:
    if name == known.ring.current:
        return "seals"
    return "retired" if name in known.retired else "opens"


async def _counts(database: Database) -> Counter[str]:
    async with database.open_read() as work:
        return await work.sealed.count_by_key()


async def _agreed(database: Database) -> Countersign:
    """Two people's agreement, used up by this. Raises KeysFault where there is none."""
    async with database.open_work() as work:
        agreed = await use_agreement(work, Act.KEYS, KEYS_DIGEST, SystemClock().now())
        await work.commit()
    if agreed is None:
        raise KeysFault(
            "nobody renews the keys alone: one admin asks for it in the console under"
            " /console/countersigns, another one agrees there; then run this again within a day"
        )
    return agreed


async def _audit(database: Database, name: str, agreed: Countersign) -> None:
    async with database.open_work() as work:
        actor = f"cli:{getpass.getuser()}"
        detail = {"asked_by": agreed.asked_by, "agreed_by": agreed.settled_by}
        await work.audit.add(SystemClock().now(), actor, "keys.rotate", name, detail)
        await work.commit()


async def _refuse_if_sealed(settings: Settings) -> None:
    """New keys would not open what is there: whoever lost the file must not be led to that."""
    place = sa.engine.make_url(settings.database.url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
        return
    database = Database(settings.database.url)
    try:
        async with database.open_read() as work:
            is_sealed = await work.sealed.is_there()
    finally:
        await database.close()
    if is_sealed:
        raise KeysFault(
            "there are values sealed with keys that are not here:"
            f" put their file back as {settings.keys.file}"
        )


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Database, Vault]]:
    vault = keys.open_vault(settings.keys.file)
    if migration.current(settings.database.url) != migration.head():
        raise KeysFault("the database is of another schema: run `python -m bot migrate`")
    database = Database(settings.database.url, vault)
    try:
        await keys.check(database)
        yield database, vault
    finally:
        await database.close()
