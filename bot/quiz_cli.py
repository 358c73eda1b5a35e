"""`python -m bot quiz check`: every fault of the quiz bank, with file and line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from bot.exits import BAD_INPUT, fail, told
from bot.knowledge_cli import FOLDER
from domain.clock import SystemClock, beijing_date
from domain.quiz import recognisable
from knowledge.quiz_bank import load_bank
from knowledge.quiz_linting import lint_bank

app = typer.Typer(help="Check the quiz bank.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The quiz bank."""


@app.command()
def check(
    folder: Annotated[Path, typer.Option("--folder", help="The knowledge base.")] = FOLDER,
) -> None:
    """Check every item; tell every fault with file and line, then what each topic holds."""
    today = beijing_date(SystemClock().now())
    with told():
        bank = load_bank(folder, today)
        found = lint_bank(bank, today)
    if found:
        fail(BAD_INPUT, *(str(fault) for fault in found))
    for topic in bank.topics:
        items = bank.of(topic)
        kinds = Counter(item.kind.value for item in items)
        levels = Counter(item.difficulty for item in items)
        longest, _ = recognisable(items)
        waiting = sum(item.reviewed_on is None for item in items)
        typer.echo(
            f"{topic}: {len(items)} items, "
            + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
            + "; difficulty "
            + ", ".join(f"{level}: {count}" for level, count in sorted(levels.items()))
            + f"; right is longest in {longest:.0%}; {waiting} not compared with the source yet"
        )
