"""`python -m benchmarks`: all tables; `--quick` for a short run, `--only` for a part."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.environment import ROOT, enter


def main() -> None:
    """Run what was asked for, in the benchmarks' own environment."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    choices = (
        *("updates", "start", "ask", "events", "growth", "export", "delivery", "pages"),
        *("desks", "alerts", "wall"),
    )
    parser.add_argument("--only", choices=choices, help="one table")
    parser.add_argument(
        "--bot",
        choices=("ours", "sqlite", "postgres", "ptb", "aiogram"),
        default="",
        help="only these bots in the table of updates",
    )
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge", help="the entries")
    given = parser.parse_args()
    enter()
    with tempfile.TemporaryDirectory(prefix="nuanxin-bench-") as folder:
        # A copy: an edit during the run would make the bots reload and cost them time.
        shutil.copytree(given.knowledge, Path(folder) / "knowledge")
        _run(Path(folder), given.only, given.bot, is_quick=given.quick)


def _run(folder: Path, only: str | None, bot: str, *, is_quick: bool) -> None:
    # Only now: outside the environment these cannot be imported.
    import uvloop  # noqa: PLC0415

    from benchmarks import (  # noqa: PLC0415
        alerts,
        asking,
        delivery,
        desks,
        events,
        exporting,
        growth,
        pages,
        starting,
        taking,
        updates,
        wall,
    )
    from benchmarks.telegram import Telegram  # noqa: PLC0415

    rounds = 1 if is_quick else 3
    extent = updates.Extent(rounds, 1.0 if is_quick else 2.5, 500 if is_quick else 2_000)
    texts = asking.texts(folder / "knowledge")

    async def loads() -> None:
        telegram = Telegram()
        await telegram.open()
        if only in {None, "updates"}:
            await updates.measure(telegram, folder, texts, extent, bot)
        if only in {None, "start"}:
            await starting.measure(telegram, folder, texts, rounds)
        if only in {None, "events"}:
            await events.measure(folder, rounds)
        if only in {None, "delivery"}:
            plans = (100_000,) if is_quick else (100_000, 1_000_000)
            await delivery.measure(folder, 300 if is_quick else 900, plans)
        await telegram.close()

    print(f"Python {sys.version.split()[0]}, data in {folder}")
    if only not in {"ask", "growth", "export", "pages", "desks", "alerts", "wall"}:
        uvloop.run(loads())
    if only in {None, "ask"}:
        asking.measure(folder / "knowledge", rounds)
    if only in {None, "growth"}:
        growth.measure(folder / "knowledge", is_quick=is_quick)
    if only in {None, "export"}:
        exporting.measure(10_000 if is_quick else 100_000, rounds)
        taking.measure(10_000 if is_quick else 100_000, rounds)
    if only in {None, "pages"}:
        uvloop.run(pages.measure(folder, 20 if is_quick else 100, is_quick=is_quick))
    if only in {None, "desks"}:
        uvloop.run(desks.measure(folder, 20 if is_quick else 100, is_quick=is_quick))
    if only in {None, "alerts"}:
        uvloop.run(alerts.measure(folder, 20 if is_quick else 100))
    if only in {None, "wall"}:
        uvloop.run(wall.measure(folder, 200 if is_quick else 1_000))


if __name__ == "__main__":
    main()
