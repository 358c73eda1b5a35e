"""Pages of the console with a federation's data behind them, beside a page without any."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks import filling, tables
from benchmarks.contenders import postgres
from benchmarks.environment import ROOT
from benchmarks.tables import number
from bot import keys
from bot.assembly import running
from bot.memory import collecting_later
from bot.settings import DatabaseSettings, KeysSettings, KnowledgeSettings, Settings, Telegram
from bot.settings import Web as WebSettings
from console.frame import cookies
from console.frame.tokens import csrf_token
from domain.clock import SystemClock
from simulator import running as simulating

DEMO = filling.Extent(people=200, questions=1_000, acts_a_day=5)
LARGE = filling.Extent(people=100_000, questions=1_000_000, acts_a_day=2_000)
_TOKEN = "7000000002:BENCH-token-that-only-the-simulator-knows"
# Longer than what the service keeps of an answer: the next look counts anew.
_STALE = timedelta(seconds=61)


class FastClock:
    """Ahead of the real one by as much as it was moved."""

    def __init__(self) -> None:
        self._clock, self._ahead = SystemClock(), timedelta()

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def move(self, by: timedelta) -> None:
        self._ahead += by


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and who asks for it."""

    name: str
    who: str
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """The first look after the start, looks one minute apart, looks in a row; milliseconds."""

    first: float
    apart: list[float]
    row: list[float]


class Browser:
    """A browser that is signed in; the pace limit never meets it."""

    def __init__(self, base: str, http: aiohttp.ClientSession, clock: FastClock) -> None:
        self._base, self._http, self._clock = base, http, clock
        self._cookies: dict[str, str] = {}

    async def sign_in(self, staff_id: str) -> None:
        await self.send("GET", "/sign-in")
        form = {"staff": staff_id, "csrf": csrf_token(self._cookies[cookies.VISIT])}
        status, _ = await self.send("POST", "/sign-in/demo", form)
        if status != 303:
            raise RuntimeError(f"nobody was let in: {status}")

    async def look(self, path: str) -> float:
        """Milliseconds until the whole page is here."""
        self._clock.move(timedelta(seconds=1))
        status, taken = await self.send("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        return 1000 * taken

    def csrf(self) -> str:
        """The token that belongs into a form of this session."""
        return csrf_token(self._cookies[cookies.SESSION])

    async def send(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, float]:
        """Status, and seconds until the whole answer is here."""
        told = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        begun = time.perf_counter()
        async with self._http.request(
            method, f"{self._base}/console{path}", data=form, headers=told, allow_redirects=False
        ) as answer:
            await answer.read()
            taken = time.perf_counter() - begun
            self._cookies |= {name: one.value for name, one in answer.cookies.items()}
            return answer.status, taken


def _pages(filled: filling.Filled) -> list[Page]:
    everything, town = "everything", "town"
    return [
        Page("a page without data (the search, nothing asked)", everything, "/search"),
        Page("today", everything, "/"),
        Page("questions, 30 days", everything, "/questions"),
        Page("questions, 7 days", everything, "/questions?days=7"),
        Page("questions, 90 days", everything, "/questions?days=90"),
        Page("misses, 30 days", everything, "/questions/misses"),
        Page("misses, 90 days", everything, "/questions/misses?days=90"),
        Page("knowledge", everything, "/knowledge"),
        Page("knowledge, most missed first", everything, "/knowledge?sort=-missed"),
        Page("members", everything, "/members"),
        Page("members, a page far behind", everything, f"/members?page={filled.last_page}"),
        Page("members of one town", everything, f"/members?unit={filled.town_id}"),
        Page("members in Telegram", everything, "/members?state=linked"),
        Page("members, seen from a town", town, "/members"),
        Page("members by name", everything, f"/members?q={filled.name}"),
        Page("members by the phone's last four", everything, f"/members?q={filled.tail}"),
        Page("search by the phone's last four", everything, f"/search?q={filled.tail}"),
        Page("one member", everything, f"/members/{filled.person_id}"),
        Page("units typed by members", everything, "/members/unsettled"),
        Page("audit, an auditor's", "auditor", "/audit"),
        Page("audit, an auditor's, grants only", "auditor", "/audit?act=grant."),
        Page("audit, an auditor's, one day", "auditor", f"/audit?since={filled.day}"),
        Page("audit, an admin's", everything, "/audit"),
        Page("audit, a town's admin's", town, "/audit"),
        Page("audit, own acts", "viewer", "/audit"),
        Page("health", everything, "/health"),
        Page("staff", everything, "/staff"),
        Page("units", everything, "/units"),
    ]


async def measure(folder: Path, looks: int, *, is_quick: bool) -> None:
    """Measure at the size of the demo and of a federation, on both databases; print."""
    for extent in (DEMO,) if is_quick else (DEMO, LARGE):
        with ExitStack() as stack:
            places = [("SQLite", f"sqlite:///{folder}/pages-{extent.people}.db")]
            if url := stack.enter_context(postgres()):
                places.append(("PostgreSQL", url))
            for name, place in places:
                await _measure_one(folder, extent, name, place, looks)


async def _measure_one(
    folder: Path, extent: filling.Extent, name: str, place: str, looks: int
) -> None:
    begun = time.perf_counter()
    filled = await filling.fill(place, keys_of(folder), folder / "knowledge", extent)
    seconds = time.perf_counter() - begun
    rows = []
    async with console_of(folder, place) as (clock, open_browser):
        for page in _pages(filled):
            # The clock runs fast here: a session would be over before the last page.
            browser = open_browser()
            await browser.sign_in(filled.staff[page.who])
            found = await look_at(browser, page.path, clock, looks)
            rows.append([page.name, *cells(found)])
    tables.show(
        f"Console on {name}: {extent.people:,} members, {extent.questions:,} questions and"
        f" {extent.acts_a_day:,} acts a day over a year",
        ("page", "first ms", "a minute apart p50", "max", "in a row p50", "p99"),
        rows,
        f"Whole answers over HTTP, browser and server in one process. {looks} looks in a row,"
        f" {_apart(looks)} a minute apart; counts of questions may be a minute old. Filled in"
        f" {number(seconds)} s.",
    )


async def look_at(browser: Browser, path: str, clock: FastClock, looks: int) -> Found:
    first = await browser.look(path)
    apart = []
    for _ in range(_apart(looks)):
        clock.move(_STALE)
        apart.append(await browser.look(path))
    return Found(first, apart, [await browser.look(path) for _ in range(looks)])


def _apart(looks: int) -> int:
    return max(3, looks // 20)


def cells(found: Found) -> list[str]:
    apart, row = sorted(found.apart), sorted(found.row)
    p50, p99 = row[len(row) // 2], row[int(0.99 * (len(row) - 1))]
    shown = (found.first, apart[len(apart) // 2], apart[-1], p50, p99)
    return [number(value, 1) for value in shown]


@asynccontextmanager
async def console_of(
    folder: Path, place: str
) -> AsyncIterator[tuple[FastClock, Callable[[], Browser]]]:
    """The whole program against a simulated Telegram, and what opens a browser."""
    clock = FastClock()
    async with simulating(token=_TOKEN) as telegram:
        settings = Settings(
            telegram=Telegram(token=_TOKEN, api_url=telegram.url, mode="polling"),
            web=WebSettings(port=0),
            database=DatabaseSettings(url=place),
            keys=KeysSettings(file=keys_of(folder)),
            knowledge=KnowledgeSettings(folder=folder / "knowledge"),
        )
        jar = aiohttp.DummyCookieJar()
        async with AsyncExitStack() as stack, aiohttp.ClientSession(cookie_jar=jar) as http:
            with collecting_later():
                parts = await stack.enter_async_context(running(settings, clock, demo=True))
            # As every night in a running program: the days that are over are counted.
            await parts.schedule.tick("questions.count")
            yield clock, lambda: Browser(parts.url, http, clock)


def keys_of(folder: Path) -> Path:
    path = folder / "keys.toml"
    if not path.exists():
        keys.new(path)
    return path


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--quick", action="store_true")
    given.add_argument("--looks", type=int, default=100)
    told = given.parse_args()
    with TemporaryDirectory(prefix="nuanxin-bench-") as made:
        shutil.copytree(ROOT / "knowledge", Path(made) / "knowledge")
        asyncio.run(measure(Path(made), told.looks, is_quick=told.quick))
