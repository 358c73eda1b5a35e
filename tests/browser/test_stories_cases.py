"""Stories S1 and S8 to their end: what staff find of a member's night, and a mediator's day."""

from __future__ import annotations

from typing import cast

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, Page, expect

from domain.cases.case import Case
from domain.cases.intake import Ask
from domain.cases.states import State
from domain.staff import Actor, Flag, Role, Staff
from domain.units import Unit
from services.cases import CaseIntake
from storage.tables import staff
from tests.browser.test_phone_page import CHROMIUM, PATIENCE
from tests.console.case_house import a_case
from tests.console.visiting import House
from tests.journeys import checks
from tests.services.case_files import photo
from tests.services.case_kit import Cases
from tests.staffing import House as Staffed
from tests.world import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
LEAD = frozenset({Flag.LEAD})
STORY = "送外卖三个月没结工钱，站长一直说下周"
NAME, PHONE = "欧阳春花", "13812345678"


async def sits_down(house: House, browser: Browser, who: Staff) -> Page:
    """Somebody of the staff at a browser of their own, signed in."""
    context = await browser.new_context(locale="zh-CN", accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(f"{house.base}/console/sign-in")
    await page.get_by_role("button", name=who.name).click()
    await page.wait_for_url(f"{house.base}/console/")
    return page


async def goes_to(house: House, page: Page, path: str) -> None:
    # A person takes a while for a page; nobody asks for ten in one moment.
    house.world.clock.move(seconds=5)
    await page.goto(f"{house.base}/console{path}")


async def does(page: Page, label: str, **fields: str) -> None:
    """Open one of the acts beside a case, fill it in, and confirm."""
    await page.locator("summary", has_text=label).click()
    act = page.locator("details[open]")
    for name, value in fields.items():
        field = act.locator(f'[name="{name}"]')
        is_choice = await field.evaluate("one => one.tagName === 'SELECT'")
        await (field.select_option(label=value) if is_choice else field.fill(value))
    await act.get_by_role("button", name=label).click()


async def with_phone(house: House, phone: Person, name: str) -> Staff:
    """Somebody who leads case work in the northern town, and whose phone is in the simulator."""
    account = await house.person((Role.CASEWORKER, house.north), name=name, flags=LEAD)
    async with house.world.parts.database.open_work() as work:
        await work._connection.execute(
            sa.update(staff).where(staff.c.id == account.id).values(telegram_id=phone.id)
        )
        await work.commit()
    return account


async def applies(house: House, member: Person) -> str:
    """S1 on the phone, from the poster to the number: question, sheet, form, three photos."""
    await member.starts()
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")
    for act in ("/calc", "=加班费", "4500", "3小时×22天", "=没有", "=没有"):
        said = await (member.presses(act[1:]) if act.startswith("=") else member.says(act))
    assert "加班费" in said
    await member.presses("请工会帮忙")
    await member.presses("同意")
    await member.says(STORY)
    await member.says("机械厂")
    await member.presses("上一步")
    await member.says("机械厂")
    await member.says("13500")
    for color in ("red", "green", "blue"):
        house.world.simulator.photo(member.id, data=photo(color))
    await house.world.settle()
    await member.presses("下一步")
    await member.presses("镇街工会")
    await member.presses("留姓名")
    await member.says(NAME)
    await member.says(PHONE)
    await member.presses("跳过")
    return await member.presses("✅ 提交")


async def test_story_1_what_was_told_at_night_is_there_for_the_town_and_for_nobody_else(
    house: House, browser: Browser
) -> None:
    world = house.world
    phone = await world.regular("北主任")
    lead = await with_phone(house, phone, "北主任")
    officer = await house.person(
        (Role.CASEWORKER, house.north), name="厂里的人", employer=house.factory, flags=LEAD
    )
    world.clock.move(hours=8, minutes=40)  # 22:40
    member = world.member("骑手小王")
    done = await applies(house, member)
    assert "编号是" in done and "11月26日" in done and "没有人值班" in done
    # In the morning the lead hears that something waits, and nothing of whom or what.
    world.clock.move(hours=11)
    await world.deliver()
    heard = await phone.reads()
    assert "有一件事等您处理" in heard
    assert not any(word in heard for word in (NAME, PHONE, "机械厂", "工资", "外卖"))
    (case,) = checks.contents(world)["cases"]
    page = await sits_down(house, browser, lead)
    await goes_to(house, page, "/cases?queue=queue")
    await expect(page.locator("main")).not_to_contain_text(NAME)
    await page.locator("main td a").first.click()
    await page.locator('[name="reason"]').fill("分派前看一眼")
    await page.get_by_role("button", name="写好了，打开").click()
    await goes_to(house, page, f"/cases/{case['id']}?tab=facts")
    for text in (STORY, NAME, "机械厂", "加班费"):
        await expect(page.locator("main")).to_contain_text(text)
    await goes_to(house, page, f"/cases/{case['id']}?tab=files")
    await expect(page.locator("main")).to_contain_text("E03")
    # Whoever answers to the employer finds nothing, with the number in hand.
    other = await sits_down(house, browser, officer)
    for path in ("/cases", "/cases?queue=queue", f"/search?q={case['number']}"):
        await goes_to(house, other, path)
        await expect(other.locator(f'a[href*="{case["id"]}"]')).to_have_count(0)
    answer = await other.goto(f"{house.base}/console/cases/{case['id']}")
    assert answer is not None and answer.status == 404
    await page.context.close()
    await other.context.close()


async def queue_of(page: Page) -> list[str]:
    """The cases of the list, from top to bottom."""
    links = await page.locator("main td:first-child a").all()
    hrefs = [await one.get_attribute("href") or "" for one in links]
    return [href.rpartition("/")[2] for href in hrefs]


async def stocked(house: House, worker: Staff) -> list[str]:
    """Fifteen cases of the northern town, each due a little later than the one before."""
    made = []
    for _ in range(15):
        one = await a_case(house, house.north, worker=worker.id, state=State.ASSIGNED)
        made.append(one["id"])
        house.world.clock.move(minutes=1)
    return made


async def test_story_8_a_case_of_another_town_is_sent_back_and_then_taken(
    house: House, browser: Browser
) -> None:
    north = await house.person((Role.CASEWORKER, house.north), name="北负责人", flags=LEAD)
    south = await house.person((Role.CASEWORKER, house.south), name="南负责人", flags=LEAD)
    district = await house.person((Role.CASEWORKER, house.district), name="区负责人", flags=LEAD)
    made = await stocked(house, north)
    ours = await sits_down(house, browser, north)
    await goes_to(house, ours, "/cases?queue=mine")
    assert await queue_of(ours) == made
    case = made[4]
    await goes_to(house, ours, f"/cases/{case}")
    await does(ours, "转给别的单位", unit="南镇", reason="单位在南镇")
    await expect(ours.get_by_text("已转出，等对方接收")).to_be_visible()
    await expect(ours.locator("dl.facts").first).to_contain_text("北街道")
    theirs = await sits_down(house, browser, south)
    await goes_to(house, theirs, "/cases?queue=offered")
    assert await queue_of(theirs) == [case]
    await open_with_reason(house, theirs, case)
    await does(theirs, "退回", reason="单位已经搬走了")
    # Whoever received it first still answers for it.
    await goes_to(house, ours, f"/cases/{case}")
    await expect(ours.locator("dl.facts").first).to_contain_text("北街道")
    await does(ours, "转给别的单位", unit="南镇", reason="核实过，注册地在南镇")
    await goes_to(house, theirs, f"/cases/{case}")
    await theirs.get_by_role("button", name="接收").click()
    await expect(theirs.get_by_text("已接收")).to_be_visible()
    await expect(theirs.locator("dl.facts").first).to_contain_text("南镇")
    # What stays undone comes to the district by itself.
    house.world.clock.move(days=9)
    await house.world.tick("cases.escalate")
    above = await sits_down(house, browser, district)
    await goes_to(house, above, "/cases?queue=overdue")
    assert set(await queue_of(above)) <= {*made}
    assert len(await queue_of(above)) == len(made)
    for page in (ours, theirs, above):
        await page.context.close()


async def open_with_reason(house: House, page: Page, case: str) -> None:
    await goes_to(house, page, f"/cases/{case}")
    await page.locator('[name="reason"]').fill("看看是不是我们的")
    await page.get_by_role("button", name="写好了，打开").click()
    await expect(page.locator("dl.facts").first).to_be_visible()


async def files_against(house: House, firm: Unit, *numbers: int) -> list[Case]:
    """Members of one employer hand in a case each, as their phones would."""
    parts = house.world.parts
    nobody = Actor("x", "x", ())
    staffed = cast("Staffed", None)
    kit = Cases(parts.database, house.world.clock, staffed, *(nobody, nobody, nobody, nobody))
    assert isinstance(parts.desk.intake, CaseIntake)
    kit.intake = parts.desk.intake
    return [
        await kit.files(number, **{Ask.EMPLOYER: firm.name, Ask.LEVEL: "district"})
        for number in numbers
    ]


async def test_story_8_the_fifth_case_of_one_employer_is_a_risk_with_counts_and_no_names(
    house: House, browser: Browser
) -> None:
    first = await house.person((Role.CASEWORKER, house.district), name="甲负责人", flags=LEAD)
    second = await house.person((Role.CASEWORKER, house.district), name="乙负责人", flags=LEAD)
    await files_against(house, house.mill, 1, 2, 3, 4)
    await house.world.tick("cases.warn")
    page = await sits_down(house, browser, first)
    await goes_to(house, page, "/cases/risks")
    assert await page.locator('main a[href*="/cases/risks/"]').count() == 0
    await files_against(house, house.mill, 5)
    await house.world.tick("cases.warn")
    await goes_to(house, page, "/cases/risks")
    await page.locator('main a[href*="/cases/risks/"]').first.click()
    await expect(page.locator("dl.facts").first).to_contain_text("5")
    await expect(page.locator("main")).not_to_contain_text("王芳")
    await page.locator('[name="reason"]').fill("准备上门了解情况")
    await page.get_by_role("button", name="申请打开").click()
    here = page.url
    other = await sits_down(house, browser, second)
    await other.goto(here)
    await expect(other.locator("main")).to_contain_text("准备上门了解情况")
    await other.get_by_role("button", name="同意打开").click()
    await page.goto(here)
    await page.get_by_role("button", name="看名单").click()
    await expect(page.locator("main")).to_contain_text("王芳")
    acts = {row["act"] for row in checks.contents(house.world)["audit"]}
    assert {"case.risk", "case.risk_asked", "case.risk_unlocked", "case.risk_names"} <= acts
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="PDF").click()
    saved = await (await saving.value).path()
    assert saved.read_bytes().startswith(b"%PDF")
    await page.context.close()
    await other.context.close()
