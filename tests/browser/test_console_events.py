"""The staff's side of an event in a real browser: the curling league from form to list."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path

import openpyxl
import pytest
from playwright.async_api import Browser, Page, expect

from console.events.wording import field_moment
from domain.clock import BEIJING
from domain.people import Occupation, Person
from domain.seats import State
from domain.sign_ups import Seat, Wish
from domain.staff import Actor, Grant, Role
from storage.people import new_person_id
from tests.browser.test_phone_page import CHROMIUM, PATIENCE
from tests.console.event_house import BY, FIRST, Organising
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
WHO = "企业组织员"
# Chromium on Linux reads no codes by itself: what it would have read is handed to our script.
READER = """
window.shown = "";
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect() { return window.shown ? [{ rawValue: window.shown }] : []; }
};
"""


@pytest.fixture
async def house(house: House) -> House:
    await house.person((Role.ORGANISER, house.factory), name=WHO)
    return house


async def sits_down(page: Page, house: House) -> None:
    await page.goto(f"{house.base}/console/sign-in")
    await page.get_by_role("button", name=WHO).click()
    await page.wait_for_url(f"{house.base}/console/")


async def create(page: Page, house: House) -> str:
    """The league by its form: a draw of 40 seats, 10 kept for riders, 48 hours of sign-up."""
    now = house.world.clock.now()
    starts = noon(now + timedelta(days=10))
    times = (now, now + timedelta(hours=48), starts, starts + timedelta(hours=3))
    await page.goto(f"{house.base}/console/events/new")
    await page.get_by_label("活动名称").fill("冰壶联赛")
    for name, at in zip(("opens_at", "closes_at", "starts_at", "ends_at"), times, strict=True):
        await page.locator(f"#f-{name}").fill(field_moment(at))
    await page.get_by_label("总名额").fill("40")
    await page.locator("#f-mode").select_option("draw")
    await page.locator("#f-team_size").fill("4")
    await page.locator("#f-quota0_name").fill("骑手")
    await page.locator("#f-quota0_group").select_option("occupation:rider")
    await page.locator("#f-quota0_seats").fill("60")
    await page.get_by_role("button", name="保存成草稿").last.click()
    # More seats were kept than there are: the form says so and still has everything.
    await expect(page.get_by_text("超过了总名额 40 个")).to_be_visible()
    await page.locator("#f-quota0_seats").fill("10")
    await page.get_by_role("button", name="保存成草稿").last.click()
    await expect(page.locator(".phone")).to_contain_text("骑手至少 10 个")
    await page.get_by_role("button", name="发布").click()
    await expect(page.get_by_text("已发布，会员现在能看到了")).to_be_visible()
    return page.url.rpartition("/")[2]


def noon(at: datetime) -> datetime:
    return at.astimezone(BEIJING).replace(hour=12, minute=0, second=0, microsecond=0)


async def sign_up(house: House, organising: Organising, event_id: str) -> None:
    """75 members, 20 of them riders; names and numbers stand in their profiles."""
    now, number = house.world.clock.now(), count(FIRST + 1000)
    people = [
        Person(
            new_person_id(),
            now,
            now,
            member_id=next(number),
            name=f"会员{chr(0x4E00 + at)}",
            phone=f"139{at:08}",
            unit_id=house.factory.id,
            occupation=Occupation.RIDER if at < 20 else Occupation.FACTORY,
        )
        for at in range(75)
    ]
    async with organising.database.open_work() as work:
        await work.people.add_all(people)
        await work.commit()
    for person in people:
        await organising.members.sign_up(Wish(event_id, person.member_id))


async def claims(organising: Organising, event_id: str, state: State) -> list[Seat]:
    async with organising.database.open_read() as work:
        return list(await work.seats.in_states(event_id, [state]))


async def enter(page: Page, code: str) -> None:
    await page.locator("#code").fill(code)
    await page.locator("#code").press("Enter")


async def test_the_curling_league_from_its_form_to_its_list(
    house: House, browser: Browser
) -> None:
    organising, clock = Organising(house), house.world.clock
    context = await browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE)
    await context.add_init_script(READER)
    page = await context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    await sits_down(page, house)
    event_id = await create(page, house)
    path = f"{house.base}/console/events/{event_id}"
    await sign_up(house, organising, event_id)
    await page.goto(f"{path}/draw")
    event = (await organising.desk.list_mine(_everywhere()))[0][0]
    await expect(page.get_by_text(str(event.seed_hash))).to_be_visible()

    # Sign-up closes, the list is fixed, the draw is made.
    clock.move(hours=48, seconds=1)
    await organising.ticks.draw_due()
    clock.move(minutes=11)
    await organising.ticks.draw_due()
    winners = await claims(organising, event_id, State.CONFIRMED)
    assert len(winners) == 40
    assert sum("q1" in seat.marks for seat in winners) >= 10
    await sits_down(page, house)
    await page.goto(f"{path}/draw")
    await expect(page.get_by_text("40 份抽中，35 份候补")).to_be_visible()
    assert await page.locator("tbody tr").count() == 40

    # One winner gives up: the next in line is offered the seat, and takes it.
    clock.move(seconds=(noon(clock.now() + timedelta(days=1)) - clock.now()).total_seconds())
    await organising.members.cancel(event_id, winners[0].member_id or 0)
    (offered,) = await claims(organising, event_id, State.OFFERED)
    await organising.members.accept(event_id, offered.member_id or 0)
    await sits_down(page, house)
    await page.goto(f"{path}/line")
    await expect(page.get_by_text("共 34 条")).to_be_visible()

    clock.move(seconds=(event.starts_at - clock.now()).total_seconds())
    guests = await claims(organising, event_id, State.CONFIRMED)
    await sits_down(page, house)
    await page.goto(f"{path}/door")
    inside = page.locator("#inside")
    for seat in guests[:20]:
        await enter(page, seat.code)
    await expect(inside).to_have_text("20")
    await expect(page.locator("#sync-state")).to_be_hidden()

    # The camera reads five, of which one is shown twice.
    await page.get_by_role("button", name="用摄像头扫码").click()
    for at, seat in enumerate((*guests[20:25], guests[20]), 21):
        await page.evaluate("code => { window.shown = code }", seat.id)
        await expect(inside).to_have_text(str(min(at, 25)))
    await expect(page.locator("#door-said")).to_contain_text("已经签过了")
    await page.get_by_role("button", name="关上摄像头").click()

    # The network is gone for five; they are kept, also when the page is opened anew.
    await context.set_offline(True)
    for seat in guests[25:30]:
        await enter(page, seat.code)
    await expect(inside).to_have_text("30")
    await expect(page.locator("#sync-state")).to_contain_text("5 条还没同步")
    assert len(await claims(organising, event_id, State.ATTENDED)) == 25
    await context.set_offline(False)
    await expect(page.locator("#sync-state")).to_be_hidden()
    assert len(await claims(organising, event_id, State.ATTENDED)) == 30
    assert await page.evaluate("localStorage.length") == 0

    # Five from paper at once, and one undone.
    for seat in guests[30:35]:
        await page.locator(f'[data-seat="{seat.id}"] input').check()
    await page.get_by_role("button", name="给勾选的人签到").click()
    await expect(inside).to_have_text("35")
    await page.locator(f'[data-seat="{guests[34].id}"]').get_by_role("button").click()
    await expect(inside).to_have_text("34")
    await expect(page.locator("#sync-state")).to_be_hidden()
    assert len(await claims(organising, event_id, State.ATTENDED)) == 34

    await page.goto(f"{path}/people")
    await page.get_by_text("导出报名名单").click()
    await expect(page.get_by_text("要完整的姓名和电话")).to_have_count(0)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Excel 表格").first.click()
    book = openpyxl.load_workbook(BytesIO(Path(await (await started.value).path()).read_bytes()))
    head, *rows = book.worksheets[-1].iter_rows(values_only=True)
    assert len(rows) == 40 + 35
    column = {str(name): place for place, name in enumerate(head)}
    assert {str(row[column["手机"]])[3:7] for row in rows} == {"****"}
    assert {str(row[column["姓名"]]) for row in rows} == {"会*"}
    assert sum(row[column["状态"]] == "已签到" for row in rows) == 34
    assert failures == []
    await context.close()


async def test_without_a_script_the_door_has_its_forms(house: House, browser: Browser) -> None:
    organising = Organising(house)
    event = await organising.event(house.factory, capacity=3)
    receipts = [await organising.joins(event, name) for name in ("甲某", "乙某", "丙某")]
    context = await browser.new_context(locale="zh-CN", java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await sits_down(page, house)
    await page.goto(f"{house.base}/console/events/{event.id}/door")
    await enter(page, receipts[0].code)
    await expect(page.get_by_text("甲某 签到了，1 人")).to_be_visible()
    for receipt in receipts[1:]:
        await page.locator(f'[data-seat="{receipt.seat_id}"] input').check()
    await page.get_by_role("button", name="给勾选的人签到").click()
    await expect(page.get_by_text("2 人签到了")).to_be_visible()
    await page.get_by_role("button", name="撤销").first.click()
    await expect(page.get_by_text("甲某 的签到撤销了")).to_be_visible()
    assert len(await claims(organising, event.id, State.ATTENDED)) == 2
    await context.close()


async def test_ticks_wait_on_the_phone_until_somebody_signs_in_again(
    house: House, browser: Browser
) -> None:
    organising = Organising(house)
    event = await organising.event(house.factory, capacity=1)
    receipt = await organising.joins(event, "甲某")
    context = await browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page, other = await context.new_page(), await context.new_page()
    await sits_down(page, house)
    await page.goto(f"{house.base}/console/events/{event.id}/door")
    await other.goto(f"{house.base}/console/account")
    await other.get_by_role("button", name="退出登录").click()
    await enter(page, receipt.code)
    await expect(page.get_by_text("您已退出登录")).to_be_visible()
    await expect(page.locator("#sync-state")).to_contain_text("1 条还没同步")
    assert await claims(organising, event.id, State.ATTENDED) == []
    await sits_down(other, house)
    await page.goto(f"{house.base}/console/events/{event.id}/door")
    await expect(page.locator("#sync-state")).to_be_hidden()
    (seat,) = await claims(organising, event.id, State.ATTENDED)
    assert seat.id == receipt.seat_id
    await context.close()


async def test_the_door_names_who_gave_up_while_the_phone_had_no_network(
    house: House, browser: Browser
) -> None:
    organising = Organising(house)
    event = await organising.event(house.factory, capacity=2)
    gone, stays = [await organising.joins(event, name) for name in ("甲某", "乙某")]
    context = await browser.new_context(locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await sits_down(page, house)
    await page.goto(f"{house.base}/console/events/{event.id}/door")
    await context.set_offline(True)
    for receipt in (gone, stays):
        await enter(page, receipt.code)
    await expect(page.locator("#inside")).to_have_text("2")
    await organising.seats.release(BY, gone.seat_id, "来电话说不来了")
    await context.set_offline(False)
    await expect(page.locator("#sync-state")).to_be_hidden()
    await expect(page.locator("#door-said")).to_contain_text("甲某：这位没有名额")
    await expect(page.locator("#inside")).to_have_text("1")
    await context.close()


def _everywhere() -> Actor:
    return Actor("x", "x", (Grant(Role.ORGANISER, "/"),))
