"""The staff's side of a broadcast in a real browser: S3, scaled to a hundred members."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Browser, Page, expect

from domain.outbox import State
from domain.staff import Role
from tests.browser.test_phone_page import CHROMIUM, PATIENCE
from tests.console.broadcast_house import Announcing
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
AUTHOR, SECOND, ADMIN = "宣传小孙", "审批老王", "管理员小吴"
TITLE = "停水通知"
MEMBERS, BLOCKED, GONE, DROPPED = 100, 6, 4, 3


async def sits_down(browser: Browser, house: House, who: str, failures: list[str]) -> Page:
    context = await browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    page.on("pageerror", lambda error: failures.append(str(error)))
    await page.goto(f"{house.base}/console/sign-in")
    await page.get_by_role("button", name=who).click()
    await page.wait_for_url(f"{house.base}/console/")
    return page


async def write(page: Page, house: House) -> str:
    """A segment with its number, then a draft with its picture on the phone; the draft's id."""
    await page.goto(f"{house.base}/console/broadcasts/segments")
    await page.get_by_label("名称").fill("全区·已绑定会员")
    await page.get_by_label(house.district.name).check()
    await expect(page.locator("#count .whom")).to_contain_text(f"{MEMBERS} 人能收到")
    await expect(page.locator("#count .some li")).to_have_count(5)
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("“全区·已绑定会员”存好了")).to_be_visible()
    await page.goto(f"{house.base}/console/broadcasts/new")
    await page.locator("#f-title").fill(TITLE)
    await page.locator("#f-text").fill("明天上午停水")
    await page.locator("#f-text").press("Control+a")
    await page.get_by_role("button", name="加粗").click()
    await expect(page.locator("#f-text")).to_have_value("<b>明天上午停水</b>")
    await page.get_by_label("全区·已绑定会员").check()
    await page.locator("#f-button0_leads").select_option("read")
    await page.locator("#f-button0_label").fill("我看过了")
    await page.locator("#f-correction").fill("更正：后天上午停水")
    look = page.locator("#look")
    await expect(look.locator(".whom")).to_contain_text(f"{MEMBERS} 人能收到")
    await expect(look.locator(".phone .bubble b")).to_have_text("明天上午停水")
    await expect(look.locator(".phone")).to_contain_text("我看过了")
    await page.get_by_role("button", name="保存成草稿").last.click()
    await expect(page.get_by_text("草稿保存好了")).to_be_visible()
    return page.url.rpartition("/")[2]


async def agree(page: Page, house: House, number: str) -> None:
    """The second person finds it on "today", looks, counts and agrees."""
    await page.goto(f"{house.base}/console/")
    await page.get_by_text("等您审批的推送").click()
    await page.get_by_role("link", name=TITLE).click()
    await expect(page.locator(".phone .bubble")).to_contain_text("明天上午停水")
    await page.locator("#f-count").fill(str(MEMBERS - 1))
    await page.get_by_role("button", name="同意发送").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.locator("#f-count").fill(str(MEMBERS))
    await page.get_by_role("button", name="同意发送").click()
    await expect(page.get_by_text("同意了。一分钟后开始发")).to_be_visible()
    await expect(page.get_by_role("button", name="等等，先别发")).to_be_visible()


async def counts(announcing: Announcing, number: str) -> dict[State, int]:
    async with announcing.database.open_read() as work:
        broadcast = await work.broadcasts.find(number)
        assert broadcast and broadcast.push
        return dict(await work.outbox.counts(broadcast.push.id))


async def test_a_broadcast_from_its_segment_to_the_call_sheet(
    house: House, browser: Browser
) -> None:
    announcing, world, clock = Announcing(house), house.world, house.world.clock
    failures: list[str] = []
    for name in (AUTHOR, SECOND):
        await announcing.author(house.district, name)
    for name in (ADMIN, "管理员老周"):
        await announcing.author(house.district, name, Role.ADMIN)
    people = await announcing.members(house.factory, MEMBERS)
    chats = [one.member_id or 0 for one in people]
    page = await sits_down(browser, house, AUTHOR, failures)
    number = await write(page, house)
    path = f"{house.base}/console/broadcasts/{number}"

    await page.get_by_role("button", name="试发给我").click()
    await world.deliver()
    await page.reload()
    await expect(page.get_by_text("收到了")).to_be_visible()
    await page.get_by_role("button", name="交审批").click()
    await expect(page.get_by_text("等另一位同事审批")).to_be_visible()
    second = await sits_down(browser, house, SECOND, failures)
    await agree(second, house, number)

    # Telegram refuses ten, holds everybody up once, and three replies get lost each time.
    for chat in chats[:BLOCKED]:
        world.simulator.fault("sendMessage", "403", times=-1, chat_id=chat)
    for chat in chats[BLOCKED : BLOCKED + GONE]:
        words = "Forbidden: user is deactivated"
        world.simulator.fault("sendMessage", "403", times=-1, chat_id=chat, description=words)
    for chat in chats[20 : 20 + DROPPED]:
        world.simulator.fault("sendMessage", "drop_after", times=-1, chat_id=chat)
    world.simulator.fault("sendMessage", "429", times=1, retry_after=1)
    # Slow enough for somebody to press a button before all is sent, also beside other work.
    world.simulator.fault("sendMessage", "slow", times=MEMBERS, seconds=0.6)
    clock.move(seconds=61)
    page = await sits_down(browser, house, AUTHOR, failures)
    await page.goto(path)
    await world.tick("broadcasts.start")
    board = page.locator(".progress")
    # Nobody reloads the page: it follows by itself.
    await expect(board).to_contain_text(re.compile(r"办完 [1-9]"))
    await page.get_by_role("button", name="暂停").click()
    await expect(page.get_by_text("有同事暂停了发送")).to_be_visible()
    standing = await counts(announcing, number)
    await asyncio.sleep(1)
    moved = (await counts(announcing, number)).get(State.SENT, 0) - standing.get(State.SENT, 0)
    assert moved <= world.settings.delivery.in_flight
    await page.get_by_role("button", name="继续发").click()
    for _ in range(6):
        await world.deliver()
        clock.move(seconds=91)
    await world.deliver()
    fates = await counts(announcing, number)
    assert fates == {
        State.SENT: MEMBERS - BLOCKED - GONE - DROPPED,
        State.FAILED: BLOCKED + GONE,
        State.UNKNOWN: DROPPED,
    }
    page = await sits_down(browser, house, AUTHOR, failures)
    await page.goto(path)
    await expect(page.locator(".lead .badge").first).to_have_text("发完了")
    await expect(board).to_contain_text(f"{DROPPED}不确定")

    # The prepared correction reaches everybody who got it.
    await page.locator("summary", has_text="用备好的更正").click()
    await page.locator("details[open]").get_by_role("button", name="用备好的更正").click()
    await world.deliver()
    await world.deliver()
    texts = [world.simulator.screen(chat)["messages"][-1]["text"] for chat in chats[30:]]
    assert all("后天上午停水" in text for text in texts)

    await page.goto(f"{path}/ledger?state=unknown")
    await expect(page.get_by_text(f"共 {DROPPED} 条")).to_be_visible()
    await page.goto(f"{path}/ledger")
    await page.locator("summary", has_text="导出逐人记录").click()
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Excel 表格").click()
    book = openpyxl.load_workbook(BytesIO(Path(await (await started.value).path()).read_bytes()))
    head, *rows = book.worksheets[-1].iter_rows(values_only=True)
    assert len(rows) == MEMBERS and {row[list(head).index("姓名")] for row in rows} == {"会*"}

    await page.goto(f"{path}/reach")
    await expect(page.locator("figure.chart").first).to_be_visible()
    await page.goto(f"{path}/calls")
    await expect(page.get_by_text(f"共 {BLOCKED + GONE + DROPPED} 条")).to_be_visible()
    await expect(page.get_by_role("button", name="看完整号码")).to_have_count(0)
    await page.locator('input[name="person"]').first.check()
    await page.locator("#f-staff").select_option(label=SECOND)
    await page.get_by_role("button", name="分配").click()
    await expect(page.locator("tbody").get_by_text(SECOND)).to_be_visible()
    await page.get_by_role("button", name="记下").first.click()
    await expect(page.locator(".badge", has_text="说到了")).to_be_visible()
    admin = await sits_down(browser, house, ADMIN, failures)
    await admin.goto(f"{path}/calls")
    await admin.get_by_role("button", name="看完整号码").first.click()
    whole = {one.phone for one in people}
    shown = await admin.locator('td[data-label="手机"]').all_inner_texts()
    assert sum(text.split()[0] in whole for text in shown) == 1
    assert failures == []
