"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> None:
    """Print a table with its first column to the left and figures to the right."""
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    print(f"\n{title}")
    for row in (heads, *rows):
        first = row[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join(("", first, *rest)).rstrip())
    for note in notes:
        print(f"  {note}")


def number(value: float, digits: int = 0) -> str:
    """With thousands marks."""
    return f"{value:,.{digits}f}"
