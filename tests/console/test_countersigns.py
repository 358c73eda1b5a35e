"""The second person's pages: what waits, what it is about, and how it goes on."""

from __future__ import annotations

import re

from domain.staff import Flag, Role
from tests.console.countersign_examples import asked
from tests.console.visiting import House


async def test_what_waits_is_on_today_and_is_agreed_to_on_its_page(house: House) -> None:
    one = await asked(house, house.north, name="活动小赵")
    browser = await house.someone((Role.ORGANISER, house.north))
    assert "等您确认" in (await browser.get("/")).text
    listed = (await browser.get("/countersigns")).text
    assert "活动小赵" in listed and "给体育馆核对入场" in listed
    shown = (await browser.get(f"/countersigns/{one}")).text
    for text in ("冰壶联赛：报名", "12", "姓名, 手机", "等第二人同意"):
        assert text in shown
    # A name that was searched for, and how the first person goes on, are not for the second.
    assert "***" in shown and "/events/1/export" not in shown
    done = await browser.post(f"/countersigns/{one}/agree")
    assert done.location == "/countersigns"
    assert "已同意" in (await browser.get(f"/countersigns/{one}")).text
    assert "等您确认" not in (await browser.get("/")).text
    again = await browser.post(f"/countersigns/{one}/agree")
    assert (again.status, "已经有了结果" in again.text) == (422, True)


async def test_a_no_is_said_and_shown(house: House) -> None:
    one = await asked(house, house.north)
    browser = await house.someone((Role.ADMIN, house.district))
    assert (await browser.post(f"/countersigns/{one}/refuse")).status == 303
    shown = (await browser.get(f"/countersigns/{one}")).text
    assert "没有同意" in shown and "/agree" not in shown


async def test_new_keys_are_asked_for_and_agreed_to_here(house: House) -> None:
    first = await house.someone((Role.ADMIN, house.district), name="吴管理")
    short = await first.post("/countersigns/keys", {"reason": "换"})
    assert (short.status, "至少 4 个字" in short.text) == (422, True)
    sent = await first.post("/countersigns/keys", {"reason": "掌管密钥的人离开"})
    one = sent.location
    assert "还要另一位" in (waits := (await first.get(one)).text)
    assert "现在没有别人能同意" in waits
    own = await first.post(f"{one}/agree")
    assert (own.status, "提出的人不能自己同意" in own.text) == (422, True)
    # Who is no admin of everything has nothing to say about the keys.
    assert (await (await house.someone((Role.ORGANISER, house.district))).get(one)).status == 404
    second = await house.someone((Role.ADMIN, house.district), name="郑管理")
    assert "可以找：郑管理" in (await first.get(one)).text
    house.world.clock.move(minutes=16)
    old = await second.post(f"{one}/agree")
    assert (old.status, "先再验证一次" in old.text) == (422, True)
    third = await house.someone((Role.ADMIN, house.district))
    assert (await third.post(f"{one}/agree")).status == 303
    assert "python -m bot keys rotate" in (await first.get(one)).text


async def test_what_lapsed_says_so(house: House) -> None:
    one = await asked(house, house.north)
    house.world.clock.move(hours=25)
    browser = await house.someone((Role.ORGANISER, house.north))
    assert "已过期" in (await browser.get(f"/countersigns/{one}")).text
    assert one not in (await browser.get("/countersigns")).text


async def test_who_has_nothing_to_agree_to_has_no_such_page(house: House) -> None:
    person = await house.person((Role.CASEWORKER, house.north), flags=frozenset({Flag.LEAD}))
    browser = await house.sits_down(person)
    assert (await browser.get("/countersigns")).status == 404
    assert not re.search(r'href="/console/countersigns"', (await browser.get("/")).text)
