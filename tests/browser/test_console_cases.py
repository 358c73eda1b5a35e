"""The mediator's day in a real browser: S8 from the queue to the agreement on paper."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from domain.cases.states import State
from domain.staff import Flag, Role
from tests.browser.test_phone_page import CHROMIUM, PATIENCE
from tests.console.case_house import a_case
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
WHO, MEMBER = "调解员老钱", 5_999_000_001


async def test_a_mediators_day_from_the_queue_to_the_agreement(
    house: House, browser: Browser
) -> None:
    person = await house.person(
        (Role.CASEWORKER, house.north), name=WHO, flags=frozenset({Flag.LEAD})
    )
    case = await a_case(house, house.north, worker=person.id, state=State.ASSIGNED, member=MEMBER)
    complaints: list[str] = []
    context = await browser.new_context(locale="zh-CN", accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    base = f"{house.base}/console"
    await page.goto(f"{base}/sign-in")
    await page.get_by_role("button", name=WHO).click()
    await page.goto(f"{base}/cases?queue=mine")
    await page.locator("main td a").first.click()
    for label in ("开始联系", "开始调解"):
        await page.locator("summary", has_text=label).click()
        await page.locator("details[open]").get_by_role("button", name=label).click()
        await expect(page.get_by_text("进度已更新")).to_be_visible()
    await page.get_by_role("link", name="约谈、告知").click()
    await page.get_by_label("方式").select_option("on_site")
    await page.get_by_label("地点").fill("职工之家")
    await page.locator('input[name="slot1"]').fill("2026-12-01T09:30")
    await page.locator('input[name="slot2"]').fill("2026-12-02T14:00")
    await page.get_by_role("button", name="发给会员选").click()
    await expect(page.get_by_text("已发给会员选")).to_be_visible()
    mine = await house.world.parts.desk.cases.get_mine(MEMBER, case["id"])
    assert mine.appointment is not None
    await house.world.parts.desk.cases.choose_slot(MEMBER, case["id"], mine.appointment.id, 1)
    await page.reload()
    await expect(page.get_by_text("选定 2026-12-02 14:00")).to_be_visible()
    await page.get_by_role("button", name="对方已同意").click()
    await expect(page.get_by_text("双方已确认")).to_be_visible()
    await page.get_by_role("link", name="协议", exact=True).click()
    # The house came with an agreement; this one takes its place.
    await page.locator("summary", has_text="重新登记协议").click()
    await page.get_by_label("协议金额（元）").fill("38600")
    for number, (amount, day) in enumerate((("19300", "2026-12-15"), ("19300", "2027-01-15")), 1):
        await page.locator(f'input[name="amount{number}"]').fill(amount)
        await page.locator(f'input[name="due{number}"]').fill(day)
    await page.get_by_role("button", name="登记协议").click()
    await expect(page.get_by_text("协议已登记")).to_be_visible()
    await expect(page.locator(".heading .badge")).to_have_text("履行回访")
    await page.get_by_role("link", name="文书").click()
    row = page.locator("tr", has_text="劳动争议调解协议书")
    async with page.expect_download() as saving:
        await row.get_by_role("link", name="PDF").click()
    saved = await (await saving.value).path()
    assert saved.read_bytes().startswith(b"%PDF")
    assert complaints == []
    await context.close()
