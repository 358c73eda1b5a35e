"""Editors at their desks and a member with a phone: a miss becomes an answer, a legal page is
published by a second editor and taken back again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot import demo_questions, demo_staff
from bot.demo import read_content
from tests import databases
from tests.browser.test_phone_page import ARGUMENTS, CHROMIUM, PATIENCE, ROOT, begin, say
from tests.world import MovableClock, World, start_world

FIRST, SECOND = "编辑小刘", "编辑老郑"
ODD = "老板画饼不兑现"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture
async def demo(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    """The demo's people and questions, with the real knowledge base."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(
            url, clock, mode="polling", knowledge=ROOT / "knowledge", demo=True
        ) as world:
            world.simulator.add_user("骑手小王")
            parts, add_user = world.parts, world.simulator.add_user
            await demo_staff.settle(parts.database, clock, read_content("demo"), add_user)
            library, asked = parts.content.knowledge.current, read_content("demo_questions")
            await demo_questions.settle(parts.database, library, clock, asked)
            yield world


class Desks:
    """Windows of a browser; whatever a page complains about fails the test."""

    def __init__(self, browser: Browser, world: World) -> None:
        self.browser = browser
        self.world = world
        self.complaints: list[str] = []

    async def window(self, width: int) -> Page:
        context = await self.browser.new_context(
            viewport={"width": width, "height": 844}, locale="zh-CN", has_touch=True
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def editor(self, name: str) -> Page:
        page = await self.window(1366)
        await page.goto(f"{self.world.parts.url}/console/sign-in")
        await page.get_by_role("button", name=name).click()
        await page.wait_for_url("**/console/")
        return page

    async def phone(self) -> Page:
        page = await self.window(390)
        await page.goto(self.world.settings.telegram.api_url)
        await begin(page)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture
async def desks(demo: World) -> AsyncIterator[Desks]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        expect.set_options(timeout=PATIENCE)
        opened = Desks(browser, demo)
        yield opened
        await browser.close()
    assert opened.complaints == []


async def test_a_cluster_of_misses_becomes_a_phrasing_that_the_phone_answers(
    desks: Desks,
) -> None:
    phone, editor = await desks.phone(), await desks.editor(FIRST)
    messages = phone.locator("#messages")
    await say(phone, ODD)
    await expect(messages).to_contain_text("您是不是想问")
    # Gathering them goes on behind the page that was in a hurry: the next look has it.
    link = editor.get_by_role("link", name="没找到的问题")
    while not await link.count():
        await editor.reload()
    await link.click()
    cluster = editor.locator(".cluster").filter(has_text=ODD)
    await cluster.locator("summary").click()
    await cluster.get_by_label("或者选别的页").select_option(value="wage.bonus")
    await cluster.get_by_role("button", name="加上，马上生效").click()
    await expect(editor.locator("main")).to_contain_text("就能找到答案")
    await expect(editor.locator(".cluster").filter(has_text=ODD)).to_have_count(0)
    await say(phone, ODD)
    title = desks.world.parts.desk.ask.page("wage.bonus").title
    await expect(messages.get_by_text(title).last).to_be_visible()


async def test_a_second_editor_publishes_a_changed_legal_answer_and_goes_back(
    desks: Desks,
) -> None:
    phone = await desks.phone()
    first, second = await desks.editor(FIRST), await desks.editor(SECOND)
    messages = phone.locator("#messages")
    await first.goto(f"{desks.world.parts.url}/console/knowledge/page/wage.arrears/edit?as=text")
    source = first.get_by_label("内容", exact=False).first
    text = await source.input_value()
    # A mistake is told while it is typed, and gone when it is mended.
    await source.fill(text.replace("地区：北京", "地区：火星"))
    await expect(first.locator("#preview")).to_contain_text("第 4 行")
    await source.fill(text.replace("# 拖欠工资怎么要", "# 工资拖着不发，怎么要回来"))
    await expect(first.locator("#preview .phone").first).to_contain_text("怎么要回来")
    await first.get_by_role("button", name="保存并交审核").click()
    await expect(first.locator("main")).to_contain_text("等另一位编辑审核")
    await second.goto(f"{desks.world.parts.url}/console/")
    await second.get_by_role("link", name="等您审核").click()
    await second.get_by_role("link", name="wage.arrears").click()
    await expect(second.locator(".diff .come")).to_contain_text("# 工资拖着不发，怎么要回来")
    await second.get_by_role("button", name="发布", exact=True).click()
    await expect(second.locator("main")).to_contain_text("会员现在看到的就是这一版")
    await say(phone, "老板三个月没发工资了")
    await expect(messages).to_contain_text("工资拖着不发，怎么要回来")
    await second.locator(".history summary").first.click()
    await second.locator(".history input[name=reason]").first.fill("标题太长")
    await second.locator(".history form button").first.click()
    await expect(second.locator("main")).to_contain_text("恢复好了")
    await say(phone, "欠薪")
    await expect(messages).to_contain_text("拖欠工资怎么要")


async def test_a_question_is_tried_on_a_draft(desks: Desks) -> None:
    editor = await desks.editor(FIRST)
    await editor.goto(f"{desks.world.parts.url}/console/knowledge/page/wage.bonus/edit?as=text")
    source = editor.get_by_label("内容", exact=False).first
    await source.fill((await source.input_value()).rstrip() + f"\n- {ODD}\n")
    await editor.get_by_role("button", name="保存草稿").click()
    await expect(editor.locator("main")).to_contain_text("草稿存好了")
    await editor.get_by_label("试问一句").fill(ODD)
    await expect(editor.locator("#tried")).to_contain_text("直接回答")
    await expect(editor.locator("#tried")).to_contain_text("凭：")
