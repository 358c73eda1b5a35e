"""R24: who is shut out or loses the right is out at the next request, whatever they are doing.

Twelve things that staff are in the middle of. Nine are asked for in the same way below: the page
is open, the right goes, the next request comes. An export, a sign-in and a new second factor are
asked for in their own ways.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp
import pyotp
import pytest

from console.exporting import responding
from console.frame import cookies
from domain.audit import AuditRow
from domain.staff import Actor, Granted, Role, Staff
from services.staff import AuditService
from tests.console.test_members import ROSTER, upload
from tests.console.test_signing_in import ask, enter, pick
from tests.console.visiting import Answer, Browser, House
from tests.services import offices

PAGE = "/knowledge/page/wage.arrears"
LOSSES = ("suspended", "revoked")


@dataclass(frozen=True, slots=True)
class Doing:
    """What somebody is in the middle of: the next request, and the tables it may change."""

    go: Callable[[], Awaitable[Answer]]
    tables: tuple[str, ...] = ()


async def _path(browser: Browser, page: str, pattern: str) -> str:
    """The first address on a page that looks so."""
    found = re.search(pattern, (await browser.get(page)).text)
    assert found is not None, pattern
    return found.group(1)


async def a_list(house: House, browser: Browser) -> Doing:
    assert (await browser.get("/members")).status == 200
    return Doing(lambda: browser.get("/members?state=unlinked"))


async def a_detail(house: House, browser: Browser) -> Doing:
    await _roster(house, browser)
    at = await _path(browser, "/members", r'href="/console(/members/[\w-]{20,})"')
    assert (await browser.get(at)).status == 200
    return Doing(lambda: browser.post(f"{at}/phone"))


async def an_edit_form(house: House, browser: Browser) -> Doing:
    assert (await browser.get(PAGE)).status == 200
    return Doing(lambda: browser.get(f"{PAGE}/edit"))


async def a_save(house: House, browser: Browser) -> Doing:
    source = await _source(browser)
    form = {"source": source.replace("拖欠工资", "拖欠工资了"), "then": "save"}
    return Doing(lambda: browser.post(f"{PAGE}/draft", form), ("content_versions",))


async def a_dry_run(house: House, browser: Browser) -> Doing:
    assert (await browser.get("/roster")).status == 200

    async def go() -> Answer:
        form = aiohttp.FormData()
        form.add_field("csrf", browser.csrf())
        form.add_field("unit", str(house.north.id))
        form.add_field("file", ROSTER.encode(), filename="a.csv", content_type="text/csv")
        return await browser.send("POST", "/roster", data=form)

    return Doing(go, ("roster_imports", "roster_rows"))


async def an_import(house: House, browser: Browser) -> Doing:
    page = await upload(browser, house.north.id, ROSTER.encode())
    at = re.findall(r'action="/console(/roster/[\w-]+)"', page)[0]
    return Doing(lambda: browser.post(at), ("people", "roster_imports"))


async def a_publication(house: House, browser: Browser) -> Doing:
    source = await _source(browser)
    other = await house.someone((Role.EDITOR, house.district))
    form = {"source": source.replace("拖欠工资", "拖欠工资了"), "then": "hand_in"}
    at = (await other.post(f"{PAGE}/draft", form)).location
    assert f'action="/console{at}/publish"' in (await browser.get(at)).text
    return Doing(lambda: browser.post(f"{at}/publish"), ("content_versions",))


async def a_grant(house: House, browser: Browser) -> Doing:
    person = await house.person()
    assert (await browser.get(f"/staff/{person.id}")).status == 200
    form = {"role": "viewer", "unit": str(house.north.id)}
    return Doing(lambda: browser.post(f"/staff/{person.id}/grants", form), ("grants",))


async def a_long_page(house: House, browser: Browser) -> Doing:
    """The editor asks for a preview after each pause in typing."""
    form = {"name": "wage.arrears", "source": await _source(browser)}
    told = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}

    async def go() -> Answer:
        return await browser.post("/knowledge/preview", form, headers=told)

    assert (await go()).status == 200
    return Doing(go)


async def _roster(house: House, browser: Browser) -> None:
    page = await upload(browser, house.north.id, ROSTER.encode())
    at = re.findall(r'action="/console(/roster/[\w-]+)"', page)[0]
    assert (await browser.post(at)).status == 303


async def _source(browser: Browser) -> str:
    """The text in the editor of a page."""
    page = (await browser.get(f"{PAGE}/edit?as=text")).text
    found = re.search(r"<textarea[^>]*name=\"source\"[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return unescape(found.group(1))


Begin = Callable[[House, Browser], Awaitable[Doing]]
ACTIONS: dict[str, tuple[Role, Begin]] = {
    "list": (Role.ADMIN, a_list),
    "detail": (Role.ADMIN, a_detail),
    "edit form": (Role.EDITOR, an_edit_form),
    "save": (Role.EDITOR, a_save),
    "dry run": (Role.ADMIN, a_dry_run),
    "import": (Role.ADMIN, an_import),
    "publish": (Role.EDITOR, a_publication),
    "grant": (Role.ADMIN, a_grant),
    "fragments": (Role.EDITOR, a_long_page),
}


async def lose(house: House, account: Staff, loss: str) -> None:
    """Another admin takes the rights away, or shuts the account out, as it is done in earnest."""
    boss = await house.someone((Role.ADMIN, house.district), name="管理员乙")
    at = f"/staff/{account.id}"
    if loss == "suspended":
        done = await boss.post(f"{at}/suspend", {"confirm_name": account.name})
    else:
        take = await _path(boss, at, r'action="/console([^"]+/take)"')
        done = await boss.post(take)
    assert done.status == 303, done.text


async def kept(house: House, tables: tuple[str, ...]) -> list[Any]:
    return [await offices.rows(house.world.parts.database, table) for table in tables]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("action", ACTIONS)
async def test_the_next_request_meets_a_closed_door(house: House, action: str, loss: str) -> None:
    role, begin = ACTIONS[action]
    account = await house.person((role, house.district), name="要离开的人")
    browser = await house.sits_down(account)
    doing = await begin(house, browser)
    await lose(house, account, loss)
    before = await kept(house, doing.tables)
    answer = await doing.go()
    if loss == "suspended":
        assert (answer.status, answer.location[:8]) == (303, "/sign-in")
    else:
        assert answer.status == 404
        assert answer.text == (await browser.get("/there-is-no-such-page")).text
    assert await kept(house, doing.tables) == before


@pytest.mark.parametrize("action", ACTIONS)
async def test_who_loses_nothing_goes_on(house: House, action: str) -> None:
    """The control: the same requests, without the loss, are answered and do what they say."""
    role, begin = ACTIONS[action]
    browser = await house.sits_down(await house.person((role, house.district)))
    doing = await begin(house, browser)
    before = await kept(house, doing.tables)
    answer = await doing.go()
    assert answer.status in {200, 303}, answer.text
    assert not answer.location.startswith("/sign-in")
    for was, now in zip(before, await kept(house, doing.tables), strict=True):
        assert was != now


async def test_a_smaller_unit_is_all_that_is_left_at_the_next_request(house: House) -> None:
    account = await house.person((Role.ADMIN, house.district), name="降级的人")
    browser = await house.sits_down(account)
    paths = [f"/units/{unit.id}" for unit in (house.north, house.south)]
    assert [(await browser.get(path)).status for path in paths] == [200, 200]
    async with house.world.parts.database.open_work() as work:
        await work.grants.add(house.granted(account, Role.ADMIN, house.north))
        await work.commit()
    boss = await house.someone((Role.ADMIN, house.district))
    (wide,) = [one for one in await _granted(house, account) if one.unit_id == house.district.id]
    assert (await boss.post(f"/staff/{account.id}/grants/{wide.id}/take")).status == 303
    assert [(await browser.get(path)).status for path in paths] == [200, 404]


async def _granted(house: House, account: Staff) -> list[Granted]:
    async with house.world.parts.database.open_read() as work:
        return [one for one in await work.grants.list_untaken() if one.staff_id == account.id]


@pytest.mark.parametrize("loss", LOSSES)
async def test_an_export_in_progress_stops(
    house: House, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(responding, "_AGAIN_SECONDS", 0)
    database, clock = house.world.parts.database, house.world.clock
    async with database.open_work() as work:
        for number in range(1600):
            await work.audit.add(clock.now(), "operator", "unit.renamed", str(number), {})
        await work.commit()
    account = await house.person((Role.AUDITOR, house.district), name="要离开的人")
    browser = await house.sits_down(account)
    whole = await browser.post("/audit/export", {"format": "csv"})
    assert whole.text.count("\n") > 1600
    reached, gone = asyncio.Event(), asyncio.Event()
    stream = AuditService.stream_rows

    async def slowly(*given: Any) -> AsyncIterator[AuditRow]:
        async for row in stream(*given):
            if row.subject == "900":
                reached.set()
                await gone.wait()
            yield row

    monkeypatch.setattr(AuditService, "stream_rows", slowly)
    taking = asyncio.create_task(browser.post("/audit/export", {"format": "csv"}))
    await reached.wait()
    await lose(house, account, loss)
    gone.set()
    answer = await taking
    # To who may not be there, the list is not there: not one row has left the house.
    assert answer.status == 404
    assert answer.text == (await browser.get("/there-is-no-such-page")).text
    rows = await offices.rows(database, "audit")
    noted = [row["act"] for row in rows if row["act"].startswith("export.")]
    assert noted == ["export.made", "export.stopped"]


async def test_a_sign_in_that_the_phone_allowed_is_void(strict_house: House) -> None:
    account = await strict_house.person((Role.VIEWER, strict_house.north))
    browser = strict_house.browser()
    number, code = await ask(browser)
    await pick(strict_house, account, code, number)
    assert (await browser.get("/sign-in/state")).text == '{"send": true}'
    await _shut_out(strict_house, account)
    assert (await browser.get("/sign-in/state")).text != '{"send": true}'
    assert (await browser.post("/sign-in/enter")).status == 422
    assert cookies.SESSION not in browser.cookies
    # Nor does the phone open another one.
    _, code = await ask(browser)
    phone = strict_house.world.parts.staff.phone
    assert await phone.open(account.telegram_id, code) is None


async def test_a_sign_in_that_lacks_the_second_factor_ends(strict_house: House) -> None:
    account = await strict_house.person((Role.ADMIN, strict_house.district))
    browser = await enter(strict_house, account)
    page = await browser.get("/sign-in/enrol")
    secret = re.findall(r'one-time">([A-Z2-7 ]+)<', page.text)[0].replace(" ", "")
    await browser.post("/sign-in/enrol", {"code": _code(strict_house, secret)})
    again = await enter(strict_house, account)
    assert (await again.get("/")).location == "/sign-in/factor"
    await _shut_out(strict_house, account)
    strict_house.world.clock.move(seconds=60)
    answer = await again.post("/sign-in/factor", {"code": _code(strict_house, secret)})
    assert answer.location == "/sign-in"
    for one in (again, browser):
        assert (await one.get("/staff")).location.startswith("/sign-in?")


async def test_a_second_factor_that_is_being_set_up_is_not_taken(strict_house: House) -> None:
    account = await strict_house.person((Role.ADMIN, strict_house.district))
    browser = await enter(strict_house, account)
    page = await browser.get("/sign-in/enrol")
    secret = re.findall(r'one-time">([A-Z2-7 ]+)<', page.text)[0].replace(" ", "")
    await _shut_out(strict_house, account)
    answer = await browser.post("/sign-in/enrol", {"code": _code(strict_house, secret)})
    assert answer.location == "/sign-in"
    assert "<li>" not in answer.text
    async with strict_house.world.parts.database.open_read() as work:
        assert not await work.factors.is_enrolled(account.id)


async def _shut_out(house: House, account: Staff) -> None:
    """Where nobody signs in as in the demo: by the service, as another admin."""
    boss = await house.person((Role.ADMIN, house.district), name="管理员乙")
    own = tuple(one.grant for one in await _granted(house, boss))
    actor = Actor(boss.id, boss.name, own, mfa_at=house.world.clock.now())
    await house.world.parts.staff.staff.suspend(actor, account.id)


def _code(house: House, secret: str) -> str:
    return pyotp.TOTP(secret).at(house.world.clock.now())
