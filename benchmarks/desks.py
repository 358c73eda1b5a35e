"""Lists of cases and talks in the console, with years of work behind them."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import desk_filling, tables
from benchmarks.contenders import postgres
from benchmarks.desk_filling import Desks
from benchmarks.pages import Page, cells, console_of, keys_of, look_at
from benchmarks.tables import number
from domain.talks import Box


async def measure(folder: Path, looks: int, *, is_quick: bool) -> None:
    """Measure without any and with 50,000 of each, on both databases; print."""
    for count in (50,) if is_quick else (50, 50_000):
        with ExitStack() as stack:
            places = [("SQLite", f"sqlite:///{folder}/desks-{count}.db")]
            if url := stack.enter_context(postgres()):
                places.append(("PostgreSQL", url))
            for name, place in places:
                await _measure_one(folder, count, name, place, looks)


def _pages(filled: Desks) -> list[Page]:
    lead, walled, town, worker = "lead", "lead, behind the wall", "town's lead", "worker 0"
    year = f"from={filled.day.replace(year=filled.day.year - 1)}&to={filled.day}"
    return [
        Page("a page without data (the search, nothing asked)", lead, "/search"),
        Page("today", lead, "/"),
        Page("today, a town's worker", worker, "/"),
        Page("cases, all that are open", lead, "/cases"),
        *(
            Page(f"cases, {queue}", lead, f"/cases?queue={queue}")
            for queue in ("queue", "overdue", "offered", "ended")
        ),
        Page("cases, ended, a page far behind", lead, "/cases?queue=ended&page=1500"),
        Page("cases, the newest first", lead, "/cases?sort=-opened"),
        Page("cases, one kind, archived", lead, "/cases?kind=wages&state=archived"),
        Page("cases, part of a number", lead, f"/cases?q={filled.number[:4]}"),
        Page("search for a whole number", lead, f"/search?q={filled.number}"),
        Page("cases, behind the wall", walled, "/cases"),
        Page("cases, ended, behind the wall", walled, "/cases?queue=ended"),
        Page("cases, a town's lead", town, "/cases"),
        Page("cases, a worker's own", worker, "/cases?queue=mine"),
        Page("figures of cases, half a year", lead, "/cases/figures"),
        Page("figures of cases, a year", lead, f"/cases/figures?{year}"),
        Page("risks", lead, "/cases/risks"),
        *(Page(f"talks, {box}", lead, f"/talks?box={box}") for box in Box),
        Page("talks, the rows that renew themselves", lead, "/talks/rows"),
        Page("talks, all, behind the wall", walled, "/talks?box=all"),
        *(
            Page(f"talks, {box}, a worker's", worker, f"/talks?box={box}")
            for box in (Box.QUEUE, Box.MINE, Box.CALLS, Box.CLOSED)
        ),
        Page("figures of talks", lead, "/talks/figures"),
    ]


async def _measure_one(folder: Path, count: int, name: str, place: str, looks: int) -> None:
    begun = time.perf_counter()
    filled = await desk_filling.fill(place, keys_of(folder), count)
    seconds = time.perf_counter() - begun
    rows = []
    async with console_of(folder, place) as (clock, open_browser):
        for page in _pages(filled):
            # The clock runs fast here: a session would be over before the last page.
            browser = open_browser()
            await browser.sign_in(filled.staff[page.who])
            rows.append([page.name, *cells(await look_at(browser, page.path, clock, looks))])
    tables.show(
        f"Cases and talks on {name}: {count:,} of each, {3 * count:,} messages",
        ("page", "first ms", "a minute apart p50", "max", "in a row p50", "p99"),
        rows,
        f"Whole answers over HTTP, browser and server in one process; {looks} looks in a row."
        f" Filled in {number(seconds)} s.",
    )
