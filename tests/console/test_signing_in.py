"""Signing in over HTTP: the phone, the second factor, stolen links, revoked rights."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp

from console.frame import cookies
from domain.staff import Role, Staff
from tests.console.visiting import Browser, House


async def ask(browser: Browser) -> tuple[str, str]:
    """Ask for a sign-in; the number and the code that the page shows."""
    assert (await browser.post("/sign-in")).location == "/sign-in/wait"
    page = await browser.get("/sign-in/wait")
    number = re.search(r'class="number"[^>]*>(\d\d)<', page.text)
    code = re.search(r"/login (\w+)", page.text)
    assert number is not None
    assert code is not None
    return number.group(1), code.group(1)


async def pick(house: House, account: Staff, code: str, number: str) -> None:
    """What the phone does."""
    phone = house.world.parts.staff.phone
    offer = await phone.open(account.telegram_id, code)
    assert offer is not None
    await phone.pick(account.telegram_id, offer.id, int(number))


async def viewer(house: House) -> Staff:
    return await house.person((Role.VIEWER, house.north))


async def test_the_phone_lets_this_browser_in(strict_house: House) -> None:
    account, browser = await viewer(strict_house), strict_house.browser()
    number, code = await ask(browser)
    assert (await browser.get("/sign-in/state")).text == "{}"
    early = await browser.post("/sign-in/enter")
    assert early.status == 422
    assert "还没有在手机上确认" in early.text
    await pick(strict_house, account, code, number)
    assert (await browser.get("/sign-in/state")).text == '{"send": true}'
    entered = await browser.post("/sign-in/enter")
    assert entered.location == "/"
    assert cookies.SESSION in entered.set_cookies
    assert cookies.CHALLENGE not in browser.cookies
    assert account.name in (await browser.get("/")).text


async def test_one_comes_out_where_one_wanted_to_go(strict_house: House) -> None:
    account, browser = await viewer(strict_house), strict_house.browser()
    asked = await browser.get("/units?q=a")
    assert asked.location == "/sign-in?next=%2Fconsole%2Funits%3Fq%3Da"
    await browser.post("/sign-in", {"next": "/console/units?q=a"})
    page = await browser.get("/sign-in/wait")
    number = re.findall(r'class="number"[^>]*>(\d\d)<', page.text)[0]
    await pick(strict_house, account, re.findall(r"/login (\w+)", page.text)[0], number)
    assert (await browser.post("/sign-in/enter")).location == "/units?q=a"


async def test_nobody_is_sent_to_another_site(strict_house: House) -> None:
    for place in (
        "https://evil.example/",
        "//evil.example",
        "/console/../x",
        "/console//e.x",
        "/x",
    ):
        browser = strict_house.browser()
        await browser.post("/sign-in", {"next": place})
        assert cookies.NEXT not in browser.cookies


async def test_another_browser_gains_nothing_from_number_or_code(strict_house: House) -> None:
    """R25: what is shown or sent lets nobody in but the browser that asked."""
    account, browser = await viewer(strict_house), strict_house.browser()
    number, code = await ask(browser)
    await pick(strict_house, account, code, number)
    thief = strict_house.browser()
    assert (await thief.post("/sign-in/enter")).location == "/sign-in"
    thief.cookies[cookies.CHALLENGE] = code
    assert (await thief.post("/sign-in/enter")).location == "/sign-in"
    assert cookies.SESSION not in thief.cookies


async def test_a_sign_in_counts_once_and_ten_looks_use_nothing_up(strict_house: House) -> None:
    """R25: a link preview looks and looks; only the form takes, and only once."""
    account, browser = await viewer(strict_house), strict_house.browser()
    number, code = await ask(browser)
    await pick(strict_house, account, code, number)
    for _ in range(10):
        await browser.get("/sign-in/wait")
        await browser.get("/sign-in/state")
        assert (await browser.get("/sign-in/enter")).status == 405
    kept = dict(browser.cookies)
    assert (await browser.post("/sign-in/enter")).location == "/"
    again = strict_house.browser()
    again.cookies.update(kept)
    answer = await again.post("/sign-in/enter", csrf=None)
    assert cookies.SESSION not in again.cookies
    assert answer.status in (303, 422)


async def test_an_old_or_wrong_sign_in_leads_nowhere(strict_house: House) -> None:
    account, browser = await viewer(strict_house), strict_house.browser()
    number, code = await ask(browser)
    await pick(strict_house, account, code, number)
    strict_house.world.clock.move(minutes=11)
    late = await browser.post("/sign-in/enter")
    assert late.status == 422
    assert cookies.SESSION not in browser.cookies
    number, code = await ask(browser)
    phone = strict_house.world.parts.staff.phone
    offer = await phone.open(account.telegram_id, code)
    assert offer is not None
    wrong = next(one for one in offer.numbers if one != int(number))
    await phone.pick(account.telegram_id, offer.id, wrong)
    assert "失效" in (await browser.get("/sign-in/wait")).text
    assert (await browser.post("/sign-in/enter")).status == 422


async def enter(house: House, account: Staff) -> Browser:
    browser = house.browser()
    number, code = await ask(browser)
    await pick(house, account, code, number)
    await browser.post("/sign-in/enter")
    return browser


async def test_who_reaches_people_shows_a_second_factor_first(strict_house: House) -> None:
    account = await strict_house.person((Role.ADMIN, strict_house.district))
    browser = await enter(strict_house, account)
    # Half in: every page leads to setting up the factor, and nothing else opens.
    for path in ("/", "/staff", "/account", "/search?q=x"):
        assert (await browser.get(path)).location == "/sign-in/enrol"
    assert (await browser.post("/staff", {"name": "x"})).location == "/sign-in/enrol"
    page = await browser.get("/sign-in/enrol")
    secret = re.findall(r'one-time">([A-Z2-7 ]+)<', page.text)[0].replace(" ", "")
    before = browser.cookies[cookies.SESSION]
    totp = pyotp.TOTP(secret)
    code = totp.at(strict_house.world.clock.now())
    made = await browser.post("/sign-in/enrol", {"code": code})
    codes = re.findall(r"<li>([A-Z2-7-]+)</li>", made.text)
    assert len(codes) == 10
    assert browser.cookies[cookies.SESSION] != before
    assert (await browser.get("/staff")).status == 200
    # The session's id of before is worth nothing any more.
    old = strict_house.browser()
    old.cookies[cookies.SESSION] = before
    assert (await old.get("/staff")).location.startswith("/sign-in")

    again = await enter(strict_house, account)
    assert (await again.get("/")).location == "/sign-in/factor"
    used = await again.post("/sign-in/factor", {"code": code})
    assert used.status == 422
    strict_house.world.clock.move(seconds=60)
    fresh = totp.at(strict_house.world.clock.now())
    assert (await again.post("/sign-in/factor", {"code": fresh})).location == "/"
    spare = await enter(strict_house, account)
    assert (await spare.post("/sign-in/recovery", {"recovery": codes[0]})).location == "/"
    twice = await enter(strict_house, account)
    assert (await twice.post("/sign-in/recovery", {"recovery": codes[0]})).status == 422


async def test_nobody_signs_in_as_in_the_demo_elsewhere(strict_house: House) -> None:
    account, browser = await viewer(strict_house), strict_house.browser()
    page = await browser.get("/sign-in")
    assert "演示" not in page.text
    assert account.name not in page.text
    answer = await browser.post("/sign-in/demo", {"staff": account.id})
    assert answer.status == 404
    assert cookies.SESSION not in browser.cookies


async def test_signing_out_ends_the_session_and_empties_the_browser(house: House) -> None:
    browser = await house.someone((Role.ADMIN, house.district))
    kept = browser.cookies[cookies.SESSION]
    answer = await browser.post("/sign-out")
    assert answer.location == "/sign-in"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert cookies.SESSION not in browser.cookies
    assert "已退出登录" in (await browser.get("/sign-in")).text
    thief = house.browser()
    thief.cookies[cookies.SESSION] = kept
    assert (await thief.get("/")).location.startswith("/sign-in")


async def test_a_session_ends_when_nobody_is_there(house: House) -> None:
    browser = await house.someone((Role.ADMIN, house.district))
    house.world.clock.move(minutes=29)
    assert (await browser.get("/")).status == 200
    house.world.clock.move(minutes=31)
    answer = await browser.post("/units/1/name", {"name": "x"})
    assert answer.location == "/sign-in"
    assert "没有保存" in (await browser.get("/sign-in")).text


async def test_a_session_of_before_is_not_kept_by_a_new_one(house: House) -> None:
    """Whoever plants a session in a browser does not get in with it afterwards."""
    browser = house.browser()
    browser.cookies[cookies.SESSION] = "planted"
    account = await viewer(house)
    await browser.get("/sign-in")
    visit = browser.cookies.pop(cookies.SESSION)
    assert visit == "planted"
    await browser.post("/sign-in/demo", {"staff": account.id})
    assert browser.cookies[cookies.SESSION] != "planted"


ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/units/{id}/name", {"name": "新名"}),
    ("/units/{id}/below", {"new_name": "新", "level": "enterprise"}),
    ("/units/{id}/parent", {"parent": "1"}),
    ("/units/{id}/reopen", {}),
)


async def test_a_right_that_is_taken_is_gone_with_the_next_request(house: House) -> None:
    """R24."""
    boss = await house.person((Role.ADMIN, house.district))
    acting = await house.world.parts.staff.sign_in.find(
        (await house.sits_down(boss)).cookies[cookies.SESSION]
    )
    assert acting is not None
    for path, form in ACTS:
        account = await house.person((Role.ADMIN, house.north))
        browser = await house.sits_down(account)
        unit = await house.unit(house.north)
        at = path.format(id=house.north.id if "below" in path else unit.id)
        record = await house.world.parts.staff.staff.get_record(acting.actor, account.id)
        assert (await browser.get("/staff")).status == 200
        await house.world.parts.staff.staff.take(acting.actor, record.granted[0].id)
        assert (await browser.get("/staff")).status == 404
        assert (await browser.post(at, form)).status == 404


async def test_a_suspended_account_is_out_with_the_next_request(house: House) -> None:
    """R24."""
    boss = await house.someone((Role.ADMIN, house.district), name="老板")
    account = await house.person((Role.ADMIN, house.north), name="走的人")
    browser = await house.sits_down(account)
    answer = await boss.post(f"/staff/{account.id}/suspend", {"confirm_name": "走的人"})
    assert answer.status == 303
    for request in (browser.get("/"), browser.post("/account/theme", {"theme": "dark"})):
        assert (await request).location.startswith("/sign-in")
    assert (await browser.post("/sign-in/demo", {"staff": account.id})).status == 404


async def test_rights_that_end_by_the_clock_end(house: House) -> None:
    account = await house.person()
    granted = house.granted(account, Role.ADMIN, house.north)
    async with house.world.parts.database.open_work() as work:
        today = house.world.clock.now().date()
        await work.grants.add(replace(granted, ends_on=today))
        await work.commit()
    browser = await house.sits_down(account)
    assert (await browser.get("/staff")).status == 200
    house.world.clock.move(hours=12)
    browser = await house.sits_down(account)
    assert (await browser.get("/staff")).status == 404
