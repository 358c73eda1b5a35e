"""The commands that change what members read: draft, review, publish, archive, rollback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot import keys
from bot.content import Content
from bot.exits import BAD_INPUT, fail, told
from bot.metrics import Metrics
from bot.settings import load
from domain.clock import SystemClock, beijing_date
from domain.editing import Blocked, DiffLine, Kind, Outdated, State, Version
from domain.refusal import Refusal
from domain.staff import operator
from locales import Texts, plain
from locales import load as load_texts
from services.editing import Done, EditingService, InForce
from storage import migrate as migration
from storage.database import Database

Config = Annotated[Path, typer.Option("--config", help="The settings file.")]
Name = Annotated[str, typer.Argument(help="The id of an entry, for instance wage.arrears.")]
VersionId = Annotated[int, typer.Argument(help="A number that `knowledge review` shows.")]
Reason = Annotated[str, typer.Option(help="Why; colleagues see it.")]
IsFigure = Annotated[bool, typer.Option("--figure", help="The name is one of figures.toml.")]
CONFIG = Path("config.toml")
Result = TypeVar("Result")

app = typer.Typer()


@app.command()
def draft(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The text, in the form of an entry file.")],
    figure: IsFigure = False,
    material: Annotated[
        bool, typer.Option("--material", help="Members who follow the page are told.")
    ] = False,
    hand_in: Annotated[bool, typer.Option("--hand-in", help="Ask for a review at once.")] = False,
    config: Config = CONFIG,
) -> None:
    """Keep a text as a draft. It reaches nobody before `publish`."""
    try:
        source = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(BAD_INPUT, f"{file}: {error}")

    async def job(editing: EditingService) -> Version:
        version = await editing.save_draft(
            operator(), _kind(figure), name, source, is_material=material
        )
        return await editing.hand_in(operator(), version.id) if hand_in else version

    t = load_texts()
    print(_line(t, _done(config, job), {}))


@app.command()
def review(
    version_id: Annotated[
        int | None, typer.Argument(help="Show what this version changes.")
    ] = None,
    reject: Annotated[
        str | None, typer.Option(help="Send it back to its author, for this reason.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """List drafts and versions in review; show or reject one."""
    t = load_texts()
    if version_id is None:
        found = _done(config, lambda editing: editing.list_open(operator()))
        _print(_line(t, version, {}) for version in found)
        return
    wanted = version_id
    if reject is not None:
        reason = reject
        _done(config, lambda editing: editing.reject(operator(), wanted, reason))
        return
    _print(_diff(_done(config, lambda editing: editing.compare(operator(), wanted))))


@app.command()
def publish(
    version_id: VersionId,
    accept_golden: Annotated[
        str | None,
        typer.Option(help="Give up golden questions that lose their page, for this reason."),
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Bring a version into force. What needs a review is published by another than its author."""
    _print_done(
        _done(
            config,
            lambda editing: editing.publish(operator(), version_id, accept_golden=accept_golden),
        )
    )


@app.command()
def archive(name: Name, reason: Reason, config: Config = CONFIG) -> None:
    """Withhold a page; its text stays, and `rollback` brings it back."""
    _print_done(_done(config, lambda editing: editing.archive(operator(), name, reason)))


@app.command()
def history(name: Name, figure: IsFigure = False, config: Config = CONFIG) -> None:
    """Every version of a page or figure, newest first."""
    t = load_texts()
    found = _done(config, lambda editing: editing.history(operator(), _kind(figure), name))
    _print(_line(t, version, found.names) for version in found.versions)


@app.command()
def rollback(
    name: Name,
    number: Annotated[int, typer.Argument(help="The version; 0 is the text in the files.")],
    reason: Reason,
    figure: IsFigure = False,
    config: Config = CONFIG,
) -> None:
    """Publish an earlier version anew; after 24 hours a second editor must agree."""
    _print_done(
        _done(
            config,
            lambda editing: editing.roll_back(operator(), _kind(figure), name, number, reason),
        )
    )


@app.command("export-files")
def export_files(
    folder: Annotated[Path, typer.Argument(help="Where to write, for instance the checkout.")],
    config: Config = CONFIG,
) -> None:
    """Write what staff published as files of a knowledge folder, so that git can follow."""
    texts = _done(config, lambda editing: editing.export_texts(operator()))
    with told():
        for path, text in texts.items():
            target = folder / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")
            except OSError as error:
                fail(BAD_INPUT, f"{target}: {error.strerror}")
            print(target)
    print(f"{len(texts)} files")


def _kind(figure: bool) -> Kind:
    return Kind.FIGURE if figure else Kind.ENTRY


def _line(t: Texts, version: Version, names: Mapping[str, str]) -> str:
    state = plain(t(f"knowledge.state_{version.state.value}"))
    author = names.get(version.author, version.author)
    parts = [str(version.id), f"{version.name}#{version.number}", state, author]
    parts += [f"{version.changed_at:%Y-%m-%d %H:%M}Z", version.reason.replace("\n", " ")]
    return "  ".join(part for part in parts if part)


def _diff(lines: Iterable[DiffLine]) -> Iterable[str]:
    return ("..." if line.mark == "@" else f"{line.mark} {line.text}" for line in lines)


def _print_done(done: Done) -> None:
    t = load_texts()
    print(_line(t, done.version, {}))
    _print(str(fault) for fault in done.lost)
    if not done.is_served and done.version.state is not State.IN_REVIEW:
        print("kept; served once the other faults of the knowledge base are mended")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def _done(config: Path, job: Callable[[EditingService], Awaitable[Result]]) -> Result:
    """Run one job on the database of the settings. Refusals end with their sentence and 2."""

    async def main() -> Result:
        settings = load(config)
        if migration.current(settings.database.url) != migration.head():
            fail(BAD_INPUT, "the database is of another schema: run `python -m bot migrate`")
        clock = SystemClock()
        database = Database(settings.database.url, keys.open_vault(settings.keys.file))
        try:
            content = Content(
                settings.knowledge.folder,
                lambda: beijing_date(clock.now()),
                Metrics(),
                InForce(database),
            )
            await content.reload_if_changed()
            return await job(EditingService(database, content.knowledge, clock, content.serve))
        finally:
            await database.close()

    with told():
        try:
            return asyncio.run(main())
        except Refusal as refusal:
            t = load_texts()
            lines = [plain(t(refusal.code, **refusal.values))]
            if isinstance(refusal, Blocked):
                lines += map(str, refusal.faults)
            if isinstance(refusal, Outdated):
                lines += _diff(refusal.changes)
            fail(BAD_INPUT, *lines)
    raise AssertionError("unreachable: a failure ends the program")
