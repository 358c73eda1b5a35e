"""The phone page in a real browser, on a phone's screen: the first two minutes of a member."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import ConsoleMessage, Page, async_playwright, expect

from tests import databases
from tests.world import TOKEN, MovableClock, World, start_world

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).parent.parent.parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A promise of the page, not of the machine that runs the test.
PATIENCE = 20_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


@pytest.fixture
async def demo(blank: Path, tmp_path: Path, clock: MovableClock) -> AsyncIterator[World]:
    """The real knowledge base, as `make demo` serves it."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(
            url, clock, mode="polling", knowledge=ROOT / "knowledge"
        ) as started:
            started.simulator.add_user("骑手小王")
            yield started


@pytest.fixture
async def page(demo: World) -> AsyncIterator[Page]:
    """A phone's screen; any complaint of the page in its console fails the test."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
        )
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        opened = await context.new_page()
        opened.on("console", heard)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto(demo.settings.telegram.api_url)
        yield opened
        await browser.close()
    assert complaints == []


async def say(page: Page, text: str) -> None:
    await page.locator("#input").fill(text)
    await page.locator("#send").click()


async def press(page: Page, label: str) -> None:
    """Tap the newest button under a message with this label."""
    button = page.locator("#messages button").filter(has_text=re.compile(re.escape(label)))
    await button.last.scroll_into_view_if_needed()
    await button.last.tap()


async def begin(page: Page) -> None:
    await page.locator("#people-list").get_by_text("骑手小王").first.tap()
    await page.locator("#start").tap()
    await expect(page.locator("#messages")).to_contain_text("您好，我是暖心")


async def test_a_member_starts_asks_unfolds_and_thanks(page: Page, tmp_path: Path) -> None:
    await begin(page)
    messages = page.locator("#messages")
    await expect(messages).to_contain_text("先说明一下")
    await page.screenshot(path=tmp_path / "1-welcome.png")
    await say(page, "老板三个月没发工资了")
    await expect(messages).to_contain_text("拖欠工资")
    await expect(messages).to_contain_text("核对")
    await page.screenshot(path=tmp_path / "2-answer.png")
    await press(page, "展开详情")
    await expect(messages).to_contain_text("📖 依据")
    await page.screenshot(path=tmp_path / "3-unfolded.png")
    await press(page, "👍 有用")
    await expect(page.locator("#toasts")).to_contain_text("谢谢，记下了")
    await page.screenshot(path=tmp_path / "4-toast.png")
    assert len(list(tmp_path.glob("*.png"))) == 4


async def test_topics_lead_to_a_page_by_taps_alone(page: Page, tmp_path: Path) -> None:
    await begin(page)
    await page.locator("#keyboard").get_by_text("按主题看").tap()
    await expect(page.locator("#messages")).to_contain_text("您想了解哪方面")
    await press(page, "工资和加班")
    await expect(page.locator("#messages").get_by_text("工资", exact=True).last).to_be_visible()
    await page.screenshot(path=tmp_path / "5-topics.png")
    await press(page, "‹ 返回")
    await expect(page.locator("#messages")).to_contain_text("您想了解哪方面")


async def test_choices_and_an_honest_no_are_shown(page: Page, tmp_path: Path) -> None:
    await begin(page)
    await say(page, "工伤")
    await expect(page.locator("#messages")).to_contain_text("您是不是想问")
    await page.screenshot(path=tmp_path / "6-choices.png")
    await press(page, "都不是")
    await expect(page.locator("#messages")).to_contain_text("还没有可靠的答案")
    await page.screenshot(path=tmp_path / "7-none.png")


async def test_nothing_is_wider_than_the_phone(page: Page) -> None:
    await begin(page)
    await say(page, "老板三个月没发工资了")
    await expect(page.locator("#messages")).to_contain_text("拖欠工资")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


async def test_what_a_member_types_is_shown_as_plain_text(page: Page) -> None:
    await begin(page)
    await say(page, "<img src=x onerror=\"document.title='broken'\"><b>粗</b>")
    await expect(page.locator("#messages")).to_contain_text("<b>粗</b>")
    assert await page.title() != "broken"
    assert await page.locator("#messages img[src='x']").count() == 0


async def test_a_quiz_poll_is_answered_in_a_group_by_one_and_then_another(
    page: Page, demo: World
) -> None:
    sim = demo.simulator
    people = [one["id"] for one in sim.users()]
    people.append(sim.add_user("保洁李姐"))
    group = sim.add_group("班组群", people)
    await page.locator("#people-list").get_by_text("班组群").first.tap()
    poll = {"question": "纸盒是什么垃圾？", "options": ["可回收物", "其他垃圾"], "type": "quiz"}
    quiz = {"is_anonymous": False, "correct_option_ids": [0], "explanation": "纸盒可以回收。"}
    async with aiohttp.ClientSession(demo.settings.telegram.api_url) as http:
        await http.post(f"/bot{TOKEN}/sendPoll", json={"chat_id": group, **poll, **quiz})
    messages = page.locator("#messages")
    await expect(messages).to_contain_text("纸盒是什么垃圾？")
    await expect(messages).not_to_contain_text("纸盒可以回收")
    await page.locator(".poll-option").nth(1).tap()
    await expect(page.locator(".poll-option.wrong")).to_contain_text("其他垃圾")
    await expect(messages).to_contain_text("纸盒可以回收")
    # Somebody else has not answered yet, and sees no answer.
    await page.locator("#as").select_option(str(people[-1]))
    await expect(messages).to_contain_text("1 人参加")
    await expect(messages).not_to_contain_text("纸盒可以回收")
    await page.locator(".poll-option").nth(0).tap()
    await expect(page.locator(".poll-option.right")).to_contain_text("50%")
    await say(page, "大家好")
    await expect(page.locator(".row.me")).to_contain_text("大家好")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
