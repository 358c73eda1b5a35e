"""Commands of the knowledge base: check, due, export, import; more in two files beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import asking, editing_cli, outcomes_cli
from bot.exits import BAD_INPUT, told
from domain.clock import SystemClock, beijing_date
from knowledge.due import Due, Why, list_due
from knowledge.wording import Format
from locales import load as load_texts

if TYPE_CHECKING:
    from bot.sheets.layout import Layout

FOLDER = Path("knowledge")

app = typer.Typer(
    help="Check the knowledge base; edit it in a spreadsheet.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(outcomes_cli.app)
app.add_typer(editing_cli.app)

Folder = Annotated[Path, typer.Option("--folder", help="The knowledge base.")]


@app.command()
def check(folder: Folder = FOLDER) -> None:
    """Check every entry; tell every fault with file and line."""
    with told():
        found = asking.check(folder, beijing_date(SystemClock().now()))
    if found:
        raise typer.Exit(BAD_INPUT)


@app.command()
def due(
    days: Annotated[int, typer.Option(min=0, max=3650, help="How far to look ahead.")] = 60,
    review_days: Annotated[
        int, typer.Option(min=1, max=3650, help="How long the review of an entry holds.")
    ] = 365,
    folder: Folder = FOLDER,
) -> None:
    """List the entries and figures that must be looked at soon, by day."""
    today = beijing_date(SystemClock().now())
    layout = _layout()
    with told():
        found = list_due(folder, today, days, review_days)
    for one in found:
        line = _due_line(one, folder, layout)
        print(layout.text("content.due_past", line=line) if one.day < today else line)
    past = sum(one.day < today for one in found)
    print(layout.text("content.due_count", days=days, size=len(found), past=past))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The workbook (.xlsx) to write.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
    folder: Folder = FOLDER,
) -> None:
    """Write all entries, phrasings and figures into a workbook for lawyers to edit."""
    from bot import sheets  # noqa: PLC0415 - as in _layout

    layout = _layout()
    with told():
        done = sheets.export(folder, file, layout, SystemClock().now(), overwrite=overwrite)
    counts = {"entries": done.entries, "phrasings": done.phrasings, "figures": done.figures}
    print(layout.text("content.exported", path=file, **counts))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A workbook that `export` wrote, edited.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Write the changes; without it they are only shown.")
    ] = False,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="Let more than 30 % of all phrasings go.")
    ] = False,
    accept_golden: Annotated[
        str,
        typer.Option(help="Give up the golden questions that lose their page, for this reason."),
    ] = "",
    folder: Folder = FOLDER,
) -> None:
    """Show what an edited workbook changes, or tell every fault by sheet and row."""
    from bot import sheets  # noqa: PLC0415 - as in _layout
    from bot.sheets.reporting import lines  # noqa: PLC0415

    layout = _layout()
    today = beijing_date(SystemClock().now())
    with told():
        planned = sheets.plan(folder, file, layout, today, allow_removals=allow_removals)
        print(*lines(planned, layout), sep="\n")
        if not planned.texts:
            print(layout.text("content.nothing"))
        elif planned.lost and not accept_golden.strip():
            print(layout.text("content.golden_lost", size=len(planned.lost)), file=sys.stderr)
            raise typer.Exit(BAD_INPUT)
        elif not apply:
            print(layout.text("content.rehearsal"))
        else:
            sheets.apply(folder, planned)
            for path in planned.texts:
                print(layout.text("content.written", path=folder / path))
            if planned.lost:
                print(layout.text("content.golden_given_up", reason=accept_golden.strip()))


def _layout() -> Layout:
    # Imported here: a running bot need not carry ten megabytes of spreadsheet libraries.
    from bot.sheets.layout import Layout  # noqa: PLC0415

    return Layout(Format.read(), load_texts())


def _due_line(one: Due, folder: Path, layout: Layout) -> str:
    values = {
        "day": one.day,
        "place": f"{folder / one.path}:{one.line}",
        "title": one.title,
        "name": one.name,
    }
    if one.why is Why.REVIEW:
        return layout.text("content.due_review", **values)
    if one.why is Why.END:
        return layout.text("content.due_end", **values)
    if one.why is Why.FIGURE_REVIEW:
        return layout.text("content.due_figure_review", **values)
    return layout.text("content.due_figure_end", **values)
