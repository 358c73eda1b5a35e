"""The staff's side of a talk in a real browser: from the alert on the phone to the lost reply."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from domain.staff import Role
from tests.browser.test_phone_page import CHROMIUM
from tests.console.talk_house import a_phrase
from tests.console.visiting import House
from tests.world import MovableClock, Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
WHO = "值班周老师"
WORDS = "包工头拖着不结钱怎么办"


@pytest.fixture
def house(house: House, clock: MovableClock) -> House:
    # 12:20 in Beijing: the lunch break.
    clock.move(hours=-2, minutes=20)
    return house


async def on_duty(house: House) -> Person:
    """An editor of the district whose account is that of somebody with a phone."""
    phone = await house.world.regular(WHO)
    account = await house.person(name=WHO)
    async with house.world.parts.database.open_work() as work:
        await work.staff.set_suspended(account.id, house.world.clock.now())
        own = replace(account, id="duty-1", telegram_id=phone.id, name=f"{WHO}（区）")
        await work.staff.add(own)
        await work.grants.add(house.granted(own, Role.EDITOR, house.district))
        await work.commit()
    return phone


async def test_from_the_alert_on_the_phone_to_the_reply_that_was_lost(
    house: House, browser: Browser
) -> None:
    world, duty = house.world, await on_duty(house)
    phrase = await a_phrase(house, house.district, "可以这样办：{entry.title}")
    member = await world.regular("老马")
    await member.says(WORDS)
    told = await member.presses("🙋 找人")
    assert "没有人值班" in told and "13:30" in told
    await member.says("还有三个工友一样")
    await world.deliver()
    assert "等人回复" not in await duty.reads()
    world.clock.move(hours=1, minutes=11)
    await world.deliver()
    assert "等人回复" in await duty.reads()
    await duty.presses("我来接")
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.goto(f"{house.base}/console/sign-in")
    await page.get_by_role("button", name=WHO).first.click()
    await page.wait_for_url(f"{house.base}/console/")
    await page.goto(f"{house.base}/console/talks?box=mine")
    await page.locator("main td a").first.click()
    await expect(page.locator("#talk-said")).to_contain_text("还有三个工友一样")
    # The phone needs no sideways scrolling.
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.locator("#f-reply").fill("您好。")
    await page.locator("#phrase").select_option(phrase)
    await page.get_by_role("button", name="填入").click()
    await page.get_by_role("button", name="发给会员").click()
    await world.deliver()
    await page.get_by_text("写内部备注").click()
    await page.locator("#f-note").fill("工友可以一起来")
    await page.get_by_role("button", name="保存备注").click()
    await expect(page.locator(".said.note")).to_contain_text("工友可以一起来")
    assert not any("工友可以一起来" in str(call) for call in world.calls("sendMessage"))
    # What the member says comes by itself.
    await member.says("好的，明天来")
    await expect(page.locator("#talk-said")).to_contain_text("好的，明天来", timeout=10_000)
    world.clock.move(minutes=2)
    world.simulator.block(member.id)
    await world.settle()
    await page.locator("#f-reply").fill("几点来？")
    await page.get_by_role("button", name="发给会员").click()
    await world.deliver()
    await page.reload()
    await expect(page.locator("main")).to_contain_text("没有送到")
    await page.get_by_role("button", name="已经打过电话").click()
    await page.get_by_text("教会小助手").click()
    await page.locator("#f-phrasing").fill(WORDS)
    await page.locator("#f-entry").select_option("wage.arrears")
    await page.get_by_role("button", name="加上这个问法").click()
    await expect(page.locator(".notice")).to_contain_text("加上了")
    entry = world.parts.desk.ask.glance(WORDS)
    assert entry is not None and entry.id == "wage.arrears"
