"""The console in a real browser: in through the phone page, a look at today, and out again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

from bot import demo_staff
from tests import databases
from tests.browser.test_phone_page import ARGUMENTS, CHROMIUM, PATIENCE, ROOT
from tests.conftest import KNOWLEDGE
from tests.world import MovableClock, World, start_world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture
async def world(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    """The demo's people, in a house that takes signing in seriously."""
    import tomllib

    content = tomllib.loads((ROOT / "bot" / "demo.toml").read_text("utf-8"))
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as started:
            await demo_staff.settle(
                started.parts.database, clock, content, started.simulator.add_user
            )
            yield started


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        expect.set_options(timeout=PATIENCE)
        yield opened
        await opened.close()


async def window(
    browser: Browser, width: int, *, script: bool = True
) -> tuple[BrowserContext, list[str]]:
    """A window of this width, and what its pages complain about."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    context = await browser.new_context(
        viewport={"width": width, "height": 800}, locale="zh-CN", java_script_enabled=script
    )
    context.set_default_timeout(PATIENCE)
    context.on("console", heard)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return context, complaints


async def sign_in(desk: Page, phone: Page, base: str) -> None:
    """Ask at the desk, pick the number on the phone."""
    await desk.goto(f"{base}/console/")
    await desk.get_by_role("button", name="开始登录").click()
    number = await desk.locator(".number").inner_text()
    typed = await desk.locator(".one-time").inner_text()
    await phone.locator("#input").fill(typed)
    await phone.locator("#send").click()
    keys = phone.locator("#messages button")
    await keys.filter(has_text=re.compile(rf"^\D*{number}\D*$")).last.click()


async def test_one_signs_in_by_the_phone_and_out_again(world: World, browser: Browser) -> None:
    context, complaints = await window(browser, 1366)
    desk, phone = await context.new_page(), await context.new_page()
    await phone.goto(f"{world.settings.telegram.api_url}")
    await phone.get_by_text("管理员老周（演示）").first.click()
    await phone.get_by_role("button", name="开始").first.click()
    await sign_in(desk, phone, world.parts.url)
    # The page notices by itself that the phone has said yes.
    await expect(desk.get_by_role("heading", name="设置验证器")).to_be_visible()
    secret = (await desk.locator(".one-time").inner_text()).replace(" ", "")
    await desk.get_by_label("六位验证码").fill(pyotp.TOTP(secret).at(world.clock.now()))
    await desk.get_by_role("button", name="完成设置").click()
    await expect(desk.locator(".codes li")).to_have_count(10)
    await desk.get_by_role("link", name="我已保存").click()
    await expect(desk.get_by_role("heading", name="管理员老周（演示），您好")).to_be_visible()
    await expect(desk.get_by_role("link", name="人员与权限").first).to_be_visible()
    await desk.get_by_role("link", name="管理员老周").click()
    await desk.get_by_role("button", name="退出登录").click()
    await expect(desk.get_by_text("您已退出登录")).to_be_visible()
    await desk.goto(f"{world.parts.url}/console/staff")
    await expect(desk.get_by_role("button", name="开始登录")).to_be_visible()
    assert complaints == []
    await context.close()


async def test_without_a_script_every_step_has_its_button(world: World, browser: Browser) -> None:
    context, complaints = await window(browser, 390, script=False)
    desk = await context.new_page()
    await desk.goto(f"{world.parts.url}/console/")
    await desk.get_by_role("button", name="开始登录").click()
    number = await desk.locator(".number").inner_text()
    code = (await desk.locator(".one-time").inner_text()).split()[1]
    async with world.parts.database.open_read() as work:
        staff = {one.name: one for one in await work.staff.list_all()}
    viewer = staff["查看小陈（演示）"]
    await desk.get_by_role("button", name="我已点好").click()
    await expect(desk.get_by_role("alert")).to_contain_text("还没有在手机上确认")
    offer = await world.parts.staff.phone.open(viewer.telegram_id, code)
    assert offer is not None
    await world.parts.staff.phone.pick(viewer.telegram_id, offer.id, int(number))
    await desk.get_by_role("button", name="我已点好").click()
    await expect(desk.get_by_role("heading", name="查看小陈（演示），您好")).to_be_visible()
    # The drawer of the navigation opens and closes without a script.
    await desk.get_by_role("link", name="更多").click()
    await desk.locator("#menu").get_by_role("link", name="审计").click()
    await expect(desk.get_by_role("heading", name="审计")).to_be_visible()
    # Chromium tells of every answer that is a refusal.
    assert [one for one in complaints if "422" not in one] == []
    await context.close()


async def test_no_page_is_wider_than_a_phone(world: World, browser: Browser) -> None:
    context, complaints = await window(browser, 360)
    page = await context.new_page()
    async with world.parts.database.open_read() as work:
        staff = {one.name: one for one in await work.staff.list_all()}
    phone = world.parts.staff.phone
    boss = staff["查看小陈（演示）"]
    await page.goto(f"{world.parts.url}/console/")
    await page.get_by_role("button", name="开始登录").click()
    number = await page.locator(".number").inner_text()
    offer = await phone.open(
        boss.telegram_id, (await page.locator(".one-time").inner_text()).split()[1]
    )
    assert offer is not None
    await phone.pick(boss.telegram_id, offer.id, int(number))
    await expect(page.get_by_role("heading", name="您好")).to_be_visible()
    for path in ("/", "/units", "/audit", "/account", "/search?q=x", "/nowhere"):
        await page.goto(f"{world.parts.url}/console{path}")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, path
        # What is tapped is big enough for a thumb.
        small = await page.evaluate(
            "[...document.querySelectorAll('button, .bottom a, .side:target a')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 32)"
            ".map(e => e.outerHTML)"
        )
        assert small == [], path
    assert [one for one in complaints if "404" not in one] == []
    await context.close()
