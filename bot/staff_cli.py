"""`staff` and `units`: the first admin, and repairs when nobody can come in any more."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot import keys
from bot.exits import BAD_INPUT, fail, told
from bot.settings import Settings, load
from bot.staff_services import StaffServices, build
from domain.clock import SystemClock
from domain.refusal import Refusal
from domain.staff import Flag, Granted, GrantState, Role, operator
from domain.units import Level
from locales import load as load_texts
from locales import plain
from storage import migrate as migration
from storage.database import Database

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
StaffId = Annotated[str, typer.Argument(help="An id that `staff list` shows.")]
CONFIG = Path("config.toml")
Result = TypeVar("Result")

staff = typer.Typer(help="Accounts of the console and their grants.", no_args_is_help=True)
units = typer.Typer(help="The tree of units.", no_args_is_help=True)


@staff.command("add")
def add(
    name: Annotated[str, typer.Option(help="As members and colleagues will see it.")],
    telegram_id: Annotated[int, typer.Option(help="The number of the person at Telegram.")],
    admin: Annotated[bool, typer.Option("--admin", help="An admin of everything.")] = False,
    employer: Annotated[int | None, typer.Option(help="The unit that employs them.")] = None,
    outside: Annotated[bool, typer.Option("--outside", help="Of another firm.")] = False,
    config: Config = CONFIG,
) -> None:
    """Add an account. With --admin it can sign in at once and do the rest in the console."""
    if admin and (employer is not None or outside):
        fail(BAD_INPUT, "--admin goes with neither --employer nor --outside")

    async def job(services: StaffServices, settings: Settings) -> str:
        service = services.staff
        if admin:
            top = settings.union.name
            account = await service.add_admin(operator(), name, telegram_id, top)
        else:
            account = await service.add(
                operator(), name, telegram_id, employer, is_outside=outside
            )
        return account.id

    print(_done(config, job))


@staff.command("list")
def list_staff(config: Config = CONFIG) -> None:
    """Every account, and below it its grants with their state."""

    async def job(services: StaffServices, settings: Settings) -> list[str]:
        now = SystemClock().now()
        lines = []
        for record in await services.staff.list_records(operator()):
            account = record.account
            marks = ["active" if account.is_active else "suspended"]
            marks += ["outside"] if account.is_outside else []
            marks += ["factor"] if record.has_factor else []
            lines.append(f"{account.id}  {account.name}  {', '.join(marks)}")
            lines += [_grant_line(granted, now) for granted in record.granted]
        return lines

    _print(_done(config, job))


@staff.command()
def suspend(staff_id: StaffId, config: Config = CONFIG) -> None:
    """Shut an account out at once."""
    _done(config, lambda services, _: services.staff.suspend(operator(), staff_id))


@staff.command()
def reactivate(staff_id: StaffId, config: Config = CONFIG) -> None:
    """Let a suspended account in again."""
    _done(config, lambda services, _: services.staff.reactivate(operator(), staff_id))


@staff.command("reset-factor")
def reset_factor(staff_id: StaffId, config: Config = CONFIG) -> None:
    """Forget a lost second factor. See the person first: whoever has the phone can enrol next."""
    _done(config, lambda services, _: services.staff.reset_factor(operator(), staff_id))


@staff.command()
def grant(
    staff_id: StaffId,
    role: Annotated[Role, typer.Argument(help="What they shall do.")],
    unit: Annotated[int, typer.Argument(help="Where; an id that `units list` shows.")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day.")
    ] = None,
    flag: Annotated[list[Flag] | None, typer.Option(help="What it allows besides.")] = None,
    config: Config = CONFIG,
) -> None:
    """Grant a role. For caseworkers, aid officers and admins an admin must confirm it."""

    async def job(services: StaffServices, settings: Settings) -> Granted:
        ends_on = until.date() if until else None
        return await services.staff.give(
            operator(), staff_id, role, unit, ends_on, frozenset(flag or ())
        )

    given = _done(config, job)
    print(_grant_line(given, given.given_at).strip())


@staff.command()
def revoke(
    grant_id: Annotated[str, typer.Argument(help="An id that `staff list` shows.")],
    config: Config = CONFIG,
) -> None:
    """Take a grant away at once."""
    _done(config, lambda services, _: services.staff.take(operator(), grant_id))


@units.command("add")
def add_unit(
    name: str,
    level: Annotated[Level, typer.Option(help="Where it stands.")],
    under: Annotated[int | None, typer.Option(help="The unit above; none for the first.")] = None,
    config: Config = CONFIG,
) -> None:
    """Add a unit. The first one is a district and stands above all others."""
    if (under is None) != (level is Level.DISTRICT):
        fail(BAD_INPUT, "a district has nothing above it, and everything else needs --under")

    async def job(services: StaffServices, settings: Settings) -> int:
        service = services.units
        if under is None:
            return (await service.create_top(operator(), name)).id
        return (await service.create(operator(), name, level, under)).id

    print(_done(config, job))


@units.command("list")
def list_units(config: Config = CONFIG) -> None:
    """The tree, with ids."""

    async def job(services: StaffServices, settings: Settings) -> list[str]:
        found = await services.units.list_tree(operator())
        return [
            f"{unit.id:>6}  {'  ' * unit.depth}{unit.name}  {unit.level.value}"
            + ("" if unit.is_open else ", closed")
            for unit in found
        ]

    _print(_done(config, job))


def _grant_line(granted: Granted, now: datetime) -> str:
    state = granted.state(now)
    said = state.value.replace("_", " ")
    if state is GrantState.PENDING:
        said = "waits for an admin to confirm"
    flags = "".join(f" +{flag.value}" for flag in sorted(granted.grant.flags))
    until = f" until {granted.ends_on}" if granted.ends_on else ""
    role = granted.grant.role.value
    return f"    {granted.id}  {role}{flags} @ {granted.unit_name}{until}: {said}"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        # Names were typed by people: nothing in them may steer a terminal.
        print("".join(char for char in line if unicodedata.category(char) not in {"Cc", "Cf"}))


def _done(config: Path, job: Callable[[StaffServices, Settings], Awaitable[Result]]) -> Result:
    """Run one verb on the database that the settings name."""
    with told(), _refusing():
        settings = load(config)
        vault = keys.open_vault(settings.keys.file)
        if migration.current(settings.database.url) != migration.head():
            fail(BAD_INPUT, "the database is of another schema: run `python -m bot migrate`")

        async def main() -> Result:
            database = Database(settings.database.url, vault)
            try:
                services = await build(settings, SystemClock(), database)
                return await job(services, settings)
            finally:
                await database.close()

        return asyncio.run(main())


@contextmanager
def _refusing() -> Iterator[None]:
    """A rule's no, as staff would read it, with its code."""
    try:
        yield
    except Refusal as refusal:
        said = plain(load_texts()(refusal.code, **refusal.values))
        fail(BAD_INPUT, f"{refusal.code}: {said}")
