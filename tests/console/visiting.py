"""Browsers that visit the console over HTTP, and the house that they visit."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie

import aiohttp

from console.frame import cookies
from console.frame.routes import Route
from console.frame.tokens import csrf_token
from domain.staff import Flag, Grant, Granted, Role, Staff
from domain.units import Level, Unit
from storage.work import Work
from tests import agreeing
from tests.world import MovableClock, World

CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
_numbers = itertools.count(5_000_000_001)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str
    set_cookies: Mapping[str, str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "").removeprefix("/console")


@dataclass(slots=True)
class Browser:
    """A browser with its cookies. It follows no redirect by itself."""

    base: str
    http: aiohttp.ClientSession
    clock: MovableClock
    cookies: dict[str, str] = field(default_factory=dict)
    # A person takes a moment for each request; a flood takes none.
    seconds: float = 0.1
    # Whether more may be asked in this session, whose end nothing has asked for.
    is_kept: bool = True

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def post(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        csrf: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form as our pages have it: with the token, and a key of its own."""
        if cookies.VISIT not in self.cookies and cookies.SESSION not in self.cookies:
            await self.get("/sign-in")
        told = {"csrf": self.csrf() if csrf is None else csrf, "once": secrets.token_hex(8)}
        return await self.send("POST", path, data=told | dict(form or {}), headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        *,
        data: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        self.clock.move(seconds=self.seconds)
        told = {"User-Agent": CHROME, **(headers or {})}
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with self.http.request(
            method, f"{self.base}/console{path}", data=data, headers=told, allow_redirects=False
        ) as response:
            given = {}
            for line in response.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    given[name] = line
                    if morsel.value and morsel["max-age"] != "0":
                        self.cookies[name] = morsel.value
                    else:
                        self.cookies.pop(name, None)
            text = await response.text(errors="replace")
            return Answer(response.status, response.headers, text, given)

    def csrf(self) -> str:
        secret = self.cookies.get(cookies.SESSION) or self.cookies.get(cookies.VISIT, "")
        return csrf_token(secret)


@dataclass(slots=True)
class House:
    """A running program with a small tree of units: two towns, an enterprise below each."""

    world: World
    http: aiohttp.ClientSession
    district: Unit
    north: Unit
    south: Unit
    factory: Unit
    mill: Unit

    @property
    def base(self) -> str:
        return self.world.parts.url

    def browser(self) -> Browser:
        return Browser(self.base, self.http, self.world.clock)

    async def person(
        self,
        *grants: tuple[Role, Unit],
        name: str = "",
        employer: Unit | None = None,
        flags: frozenset[Flag] = frozenset(),
    ) -> Staff:
        """Somebody with these rights in force, whatever the rules on giving them say."""
        now = self.world.clock.now()
        number = next(_numbers)
        account = Staff(
            id=secrets.token_hex(8),
            name=name or f"人员{number % 1000}",
            telegram_id=number,
            employer_id=employer.id if employer else None,
            is_outside=False,
            created_at=now,
        )
        async with self.world.parts.database.open_work() as work:
            await work.staff.add(account)
            for role, unit in grants:
                await work.grants.add(self.granted(account, role, unit, flags))
            await work.commit()
        return account

    def granted(
        self,
        account: Staff,
        role: Role,
        unit: Unit,
        flags: frozenset[Flag] = frozenset(),
        *,
        is_pending: bool = False,
    ) -> Granted:
        now = self.world.clock.now()
        return Granted(
            id=secrets.token_hex(8),
            staff_id=account.id,
            grant=Grant(role, unit.path, flags),
            unit_id=unit.id,
            unit_name=unit.name,
            ends_on=None,
            given_by="operator",
            given_at=now,
            starts_at=None if is_pending else now - timedelta(days=2),
        )

    async def sits_down(self, account: Staff) -> Browser:
        """A browser in which this person is signed in, second factor and all."""
        browser = self.browser()
        answer = await browser.post("/sign-in/demo", {"staff": account.id})
        assert answer.status == 303, answer.text
        return browser

    async def stays(self, browser: Browser | None, account: Staff, route: Route) -> Browser:
        """The same browser as before, unless this route or the last may have ended its session:
        signing in anew for each of hundreds of requests would take longer than all of them."""
        is_own = route.path.startswith(("/account", "/sign"))
        if browser is None or is_own or not browser.is_kept:
            browser = await self.sits_down(account)
            browser.is_kept = not is_own
        return browser

    async def someone(self, *grants: tuple[Role, Unit], name: str = "") -> Browser:
        """Somebody new with these rights, signed in."""
        return await self.sits_down(await self.person(*grants, name=name))

    async def agrees(self) -> int:
        """A second admin agrees to everything that waits for one; how much that was."""
        return await agreeing.on_everything(self.world.parts.database, self.world.clock)

    async def unit(self, parent: Unit, name: str = "") -> Unit:
        """A new enterprise below a town."""
        async with self.world.parts.database.open_work() as work:
            made = await work.units.add(name or secrets.token_hex(4), Level.ENTERPRISE, parent)
            await work.commit()
        return made


async def furnish(work: Work) -> tuple[Unit, Unit, Unit, Unit, Unit]:
    """The district, its two towns, and an enterprise in each."""
    district = await work.units.add("测试区总工会", Level.DISTRICT, None)
    north = await work.units.add("北街道", Level.TOWN, district)
    south = await work.units.add("南镇", Level.TOWN, district)
    factory = await work.units.add("机械厂", Level.ENTERPRISE, north)
    mill = await work.units.add("面粉厂", Level.ENTERPRISE, south)
    return district, north, south, factory, mill
