"""The wall by the clock: what is hidden and what never was, side by side over HTTP."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from pathlib import Path

from benchmarks import desk_filling, tables
from benchmarks.contenders import postgres
from benchmarks.pages import Browser, FastClock, console_of, keys_of
from benchmarks.tables import number
from domain.cases.numbers import number_of

_CASES = 20_000
_PARTS = (0.10, 0.50, 0.90, 0.99)


@dataclass(frozen=True, slots=True)
class _Route:
    """A way to ask, for something that is hidden and for something that never was."""

    name: str
    method: str
    hidden: Callable[[], str]
    absent: Callable[[], str]
    status: int


async def measure(folder: Path, looks: int) -> None:
    """Measure on both databases; print the distributions."""
    with ExitStack() as stack:
        places = [("SQLite", f"sqlite:///{folder}/wall.db")]
        if url := stack.enter_context(postgres()):
            places.append(("PostgreSQL", url))
        for name, place in places:
            await _measure_one(folder, name, place, looks)


async def _measure_one(folder: Path, name: str, place: str, looks: int) -> None:
    filled = await desk_filling.fill(place, keys_of(folder), _CASES)
    some, rows = random.Random(31), []
    async with console_of(folder, place) as (clock, open_browser):
        for route in _routes(some, filled.hidden_cases, filled.hidden_talks):
            browser = open_browser()
            await browser.sign_in(filled.staff["lead, behind the wall"])
            times = await _asked(browser, clock, some, route, looks)
            share, sigmas = _separation(*times)
            for which, found in zip(("hidden", "absent"), times, strict=True):
                parts = [number(1000 * _part(found, part), 2) for part in _PARTS]
                told = [f"{share:.3f}", f"{sigmas:+.1f}"] if which == "hidden" else ["", ""]
                rows.append([f"{route.name}, {which}", *parts, *told])
    tables.show(
        f"The wall on {name}: {_CASES:,} cases and talks, {looks} looks at each side in turn",
        ("route", "p10 ms", "p50", "p90", "p99", "hidden is slower", "sigmas"),
        rows,
        "Of all pairs of one hidden and one absent, the share in which the hidden one took longer:"
        " 0.500 is no difference. Sigmas: how far it is from that, in standard deviations of what"
        " chance does; beyond 3 somebody could tell.",
    )


def _routes(some: random.Random, cases: list[tuple[str, str]], talks: list[str]) -> list[_Route]:
    """The pages of one thing, a change of it, and the search."""

    # As many that never were as are hidden: an address that comes again is read faster than a new
    # one, by the one who asks as by the one who answers.
    no_cases = [f"{_CASES + some.randrange(10**6):016x}" for _ in cases]
    no_talks = [f"{_CASES + some.randrange(10**6):010d}" for _ in talks]
    no_numbers = [number_of([some.randrange(31) for _ in range(7)]) for _ in cases]

    def case() -> str:
        return some.choice(cases)[0]

    def no_case() -> str:
        return some.choice(no_cases)

    def talk() -> str:
        return some.choice(talks)

    def no_talk() -> str:
        return some.choice(no_talks)

    def known() -> str:
        return some.choice(cases)[1]

    def unknown() -> str:
        return some.choice(no_numbers)

    def ways(path: str, make: Callable[[], str]) -> Callable[[], str]:
        return lambda: path.format(make())

    found = [
        ("a case", "GET", "/cases/{}", case, no_case, 404),
        ("a file of a case", "GET", "/cases/{}/files/0000000000000000", case, no_case, 404),
        ("a paper of a case", "GET", "/cases/{}/papers/request/pdf", case, no_case, 404),
        ("a note to a case", "POST", "/cases/{}/note", case, no_case, 404),
        ("search for a number", "GET", "/search?q={}", known, unknown, 200),
        ("cases with a number", "GET", "/cases?q={}", known, unknown, 200),
        ("a talk", "GET", "/talks/{}", talk, no_talk, 404),
        ("what was said in a talk", "GET", "/talks/{}/said", talk, no_talk, 404),
        ("claiming a talk", "POST", "/talks/{}/claim", talk, no_talk, 404),
    ]
    return [
        _Route(name, method, ways(path, hidden), ways(path, absent), status)
        for name, method, path, hidden, absent, status in found
    ]


async def _asked(
    browser: Browser, clock: FastClock, some: random.Random, route: _Route, looks: int
) -> tuple[list[float], list[float]]:
    """Seconds of each look at either side, in an order of chance."""
    times: tuple[list[float], list[float]] = ([], [])
    order = [side for side in (0, 1) for _ in range(looks)]
    some.shuffle(order)
    for warm in (0, 1, 0, 1):
        await _once(browser, clock, route, warm)
    for side in order:
        times[side].append(await _once(browser, clock, route, side))
    return times


async def _once(browser: Browser, clock: FastClock, route: _Route, side: int) -> float:
    clock.move(timedelta(seconds=0.5))
    path = (route.hidden, route.absent)[side]()
    form = {"text": "x", "csrf": browser.csrf(), "once": f"{time.monotonic_ns():x}"}
    status, taken = await browser.send(route.method, path, None if route.method == "GET" else form)
    if status != route.status:
        raise RuntimeError(f"{route.method} {path} answered {status}")
    return taken


def _part(times: list[float], part: float) -> float:
    return sorted(times)[int(part * (len(times) - 1))]


def _separation(hidden: list[float], absent: list[float]) -> tuple[float, float]:
    """The share of pairs in which the first took longer (Mann and Whitney), and how far that is
    from a half, in standard deviations."""
    ranked = sorted([(at, 0) for at in hidden] + [(at, 1) for at in absent])
    first, other = len(hidden), len(absent)
    ranks = sum(place for place, (_, side) in enumerate(ranked, 1) if side == 0)
    share = (ranks - first * (first + 1) / 2) / (first * other)
    return share, (share - 0.5) / sqrt((first + other + 1) / (12 * first * other))
