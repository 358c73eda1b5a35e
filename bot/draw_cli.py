"""`python -m bot draw verify FILE`: draws again from a published record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.exits import BAD_INPUT, fail
from domain.draw import verify as draw_again
from domain.refusal import Refusal

app = typer.Typer(help="Draws that everybody can check.", no_args_is_help=True)

_FAULTS = {
    "draw.unreadable": "this is no record of a draw",
    "draw.seed_differs": "the seed is not the one that was promised before sign-up opened",
    "draw.entries_differ": "the entries are not those whose hash was published before the draw",
    "draw.result_differs": "drawing again gives other winners or another line",
}
# A record of a hundred thousand entries has ten megabytes.
_LARGEST = 64 * 1024 * 1024


@app.callback()
def _group() -> None:
    """Draws that everybody can check."""


@app.command()
def verify(file: Annotated[Path, typer.Argument(help="The record, as members get it.")]) -> None:
    """Check the hashes of a record and draw again: the winners must be the same."""
    try:
        if file.stat().st_size > _LARGEST:
            fail(BAD_INPUT, f"{file}: too large for a record of a draw")
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(BAD_INPUT, f"{file}: {type(error).__name__}")
    try:
        result = draw_again(text)
    except Refusal as refusal:
        fail(BAD_INPUT, f"{file}: {_FAULTS[refusal.code]}")
    typer.echo(f"good: {len(result.winners)} winners, {len(result.waiting)} in line")
