"""Pictures of chats on the phone page, for looking at: `python -m tests.browser.chat_screens OUT`.

A member goes through their own data, through events up to the question how it was, and through
asking the union for help up to the question whether the money came, and plays a quiz. Each step
is kept light and dark; the clock is moved, so nobody waits. `--only WORD` takes the walks whose
name contains it.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from domain.cases.meeting import Mode
from domain.cases.settlement import Plan
from domain.cases.states import State
from domain.clock import BEIJING, beijing_date
from domain.events import AnswerKind, Event, Question
from domain.quiz_rounds import Cell
from domain.staff import Flag, Role
from services.cases import CaseClock, CaseDesk, DisclosureDesk, MeetingDesk, SettlementDesk
from services.events import EventDoor
from tests import databases
from tests.browser.screens import ARGUMENTS, CHROMIUM, THEMES
from tests.conftest import KNOWLEDGE, WHOLE_KNOWLEDGE
from tests.journeys import checks
from tests.journeys.test_events import NAME, held, joined, poster, told
from tests.journeys.test_profile import agreed
from tests.services.case_files import photo
from tests.services.case_kit import OFFICE
from tests.services.event_kit import ORGANISER
from tests.services.quiz_kit import EDITOR, Quiz
from tests.staffing import make_house
from tests.world import MovableClock, Person, World, start_world

WIDTH, HEIGHT = 390, 844
_WHO = "王芳"
_SIZE = Question("size", AnswerKind.CHOICE, "T恤要多大的？", ("小", "中", "大"))
# Six in the morning in UTC: nobody is disturbed by what is sent at this hour.
_START = datetime(2026, 11, 25, 6, tzinfo=UTC)


async def own_data(world: World) -> AsyncIterator[str]:
    """What a member tells of themselves and may take back."""
    member = await world.regular(_WHO)
    await member.says("/me")
    yield "me-empty"
    await agreed(member)
    yield "me-name"
    await member.says(_WHO)
    yield "me"
    await member.presses("🔔 什么时候通知我")
    yield "me-windows"
    await member.says("/mydata")
    yield "mydata"
    await member.presses("📥 给我一份")
    yield "mydata-copy"


async def events(world: World) -> AsyncIterator[str]:
    """From the poster to the paper."""
    now = world.clock.now()
    curling = await held(
        world,
        capacity=2,
        companions=2,
        hours=Decimal("2.5"),
        summary="教练带着练两小时，不会也能来。请穿平底鞋。",
        contact="现场 0 层服务台",
        questions=(NAME, _SIZE),
    )
    await held(
        world,
        title="健步走",
        starts_at=now + timedelta(days=20),
        ends_at=now + timedelta(days=20, hours=3),
    )
    member = await world.regular(_WHO)
    await member.says("🎫 活动")
    yield "events"
    await member.starts(await poster(world, curling))
    yield "event"
    await member.presses("我要报名")
    yield "sign-up-consent"
    await member.presses("同意")
    yield "sign-up-first"
    await member.presses("就我一人")
    await member.says(_WHO)
    yield "sign-up-choice"
    await member.presses("中")
    yield "signed-up"
    await joined(world, curling, "李强")
    async for step in _to_the_end(world, curling, member):
        yield step


async def _to_the_end(world: World, event: Event, member: Person) -> AsyncIterator[str]:
    await member.says("🎫 活动")
    await member.presses("我的活动")
    yield "my-events"
    world.clock.move(days=9)
    await world.tick("seats.remind")
    await told(world)
    yield "reminder"
    await member.presses("我能来")
    await member.presses("签到码")
    yield "ticket"
    world.clock.move(days=1)
    ((_, mine),) = await world.parts.desk.events.my_events(member.id)
    door = EventDoor(world.parts.database, world.clock)
    await door.check_in(ORGANISER, event.id, mine.code)
    world.clock.move(hours=5)
    await world.tick("seats.feedback")
    await told(world)
    yield "feedback"
    await member.says("🎫 活动")
    await member.presses("我的活动")
    await member.presses("参加过的")
    yield "past"
    await member.presses("开证明")
    yield "certificate"


async def asking_for_help(world: World) -> AsyncIterator[str]:
    """From a frightened question at night to the number, with two pictures on the way."""
    await make_house(world.parts.database, world.clock)
    async for step in _asks(world, await world.regular(_WHO)):
        yield step


async def _asks(world: World, member: Person) -> AsyncIterator[str]:
    world.clock.move(hours=8, minutes=40)
    await member.says("老板跑了三个月工资一分没发我该怎么办")
    yield "help-question"
    await member.presses("请工会帮忙")
    yield "help-consent"
    await member.presses("同意")
    yield "help-story"
    await member.says("送外卖三个月没结工钱，站长一直说下周")
    await member.says("速达配送")
    await member.says("一万多吧")
    yield "help-amount"
    await member.says("13500")
    for color in ("red", "green"):
        world.simulator.photo(member.id, data=photo(color))
    await world.settle()
    yield "help-photos"
    await member.presses("下一步")
    yield "help-level"
    await member.presses("镇街工会")
    yield "help-who"
    await member.presses("留姓名")
    await member.says(_WHO)
    await member.says("13812345678")
    await member.presses("跳过")
    yield "help-check"
    await member.presses("✅ 提交")
    yield "help-filed"


async def one_case(world: World) -> AsyncIterator[str]:
    """What staff do with it, seen from the member's phone, to the wiping of the chat."""
    house = await make_house(world.parts.database, world.clock)
    person = await house.person(Role.CASEWORKER, house.east, 7001, Flag.LEAD, name="东主任")
    member = await world.regular(_WHO)
    async for _ in _asks(world, member):
        pass
    parts = (world.parts.database, world.clock, OFFICE)
    desk, (row,) = CaseDesk(*parts), checks.contents(world)["cases"]
    case = str(row["id"])
    world.clock.move(hours=12)
    await desk.assign(person, case, person.staff_id)
    await desk.move(person, case, State.CONTACTING)
    await DisclosureDesk(*parts).ask(
        person, case, "速达配送人事", "有一位骑手反映三个月工资没有结清，想约时间当面谈。"
    )
    await told(world)
    yield "case-notice"
    await member.says("/cases")
    yield "case-list"
    await member.presses("正在了解情况")
    yield "case-disclosure"
    await member.presses("同意这样说")
    yield "case-agreed"
    await desk.move(person, case, State.MEDIATING)
    day = datetime.combine(beijing_date(world.clock.now()), datetime.min.time(), BEIJING)
    slots = [day + timedelta(days=days, hours=hour) for days, hour in ((3, 10), (4, 14))]
    made = await MeetingDesk(*parts).offer(person, case, Mode.ON_SITE, "东街道职工之家", slots)
    await member.says("/cases")
    await member.presses("正在帮您谈")
    yield "case-slots"
    await world.parts.desk.cases.choose_slot(member.id, case, made.id, 1)
    await MeetingDesk(*parts).confirm(person, case, made.id)
    await member.presses("刷新")
    yield "case-meeting"
    await member.presses("材料")
    yield "case-evidence"
    await member.presses("看看、删除")
    yield "case-files"
    await member.says("/cases")
    await member.presses("正在帮您谈")
    await member.presses("文书")
    yield "case-papers"
    await member.presses("调解申请书")
    await member.presses("PDF")
    yield "case-paper"
    today = beijing_date(world.clock.now())
    parts_of = tuple((675_000, today + timedelta(days=days)) for days in (2, 32))
    plan = Plan(today, 1_350_000, 1_350_000, parts_of, "单位开具离职证明。")
    await SettlementDesk(*parts).agree(person, case, plan)
    world.clock.move(days=2, hours=4)
    await CaseClock(*parts).ask_payments_due()
    await told(world)
    yield "case-paid-notice"
    await member.says("/cases")
    await member.presses("等对方兑现")
    yield "case-paid"
    await member.presses("收到一部分")
    yield "case-part"
    await member.says("5000")
    yield "case-part-told"
    await member.says("/cases")
    await member.presses("🔒 保密")
    yield "case-private"
    await member.presses("设密码")
    await member.says("246810")
    yield "case-code-set"
    world.clock.move(minutes=11)
    await member.says("/cases")
    await member.says("111111")
    yield "case-code-wrong"
    await member.presses("忘了密码")
    yield "case-code-forgot"
    await member.presses("申请换密码")
    yield "case-code-waiting"
    world.clock.move(hours=1)
    await told(world)
    yield "case-code-notice"
    world.clock.move(hours=23)
    await told(world)
    yield "case-code-ready-notice"
    await member.presses("去更改")
    yield "case-code-ready"
    await member.says("/mydata")
    await member.presses("📥 给我一份")
    yield "case-code-mydata"
    await member.says("246810")
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("清除本对话痕迹")
    yield "case-wiped"


async def limits(world: World) -> AsyncIterator[str]:
    """The limits by law: asked, told, kept."""
    member = await world.regular(_WHO)
    await member.says("/limits")
    yield "limits-kind"
    await member.presses("辞退、离职补偿")
    await member.presses("还没申请")
    yield "limits-day"
    await member.says("2025-12-02")
    await member.presses("没要过")
    yield "limits-told"
    await member.presses("记下，到期前提醒我")
    await member.presses("同意")
    yield "limits-kept"


async def quiz(world: World) -> AsyncIterator[str]:
    """A day that is played with the shipped questions, whatever they turn out to be."""
    made = Quiz(world.parts.database, world.clock)
    member = await world.regular(_WHO)
    cells = (Cell("waste", 2), Cell("civility", 1))
    draft = await made.rounds.create(EDITOR, made.plan(title="本周答题", blueprint=cells))
    await made.rounds.publish(EDITOR, draft.id)
    await world.tick("quiz.open")
    await world.deliver()
    yield "quiz-invited"
    await member.presses("开始答题")
    for number in range(1, 4):
        yield f"quiz-question-{number}"
        options = member.buttons()
        await member.presses(options[0])
        if options[0].startswith("⬜"):
            yield f"quiz-ticked-{number}"
            await member.presses("提交（已选 1 个）")
        yield f"quiz-told-{number}"
        await member.presses("看结果" if number == 3 else "下一题")
    yield "quiz-result"
    await member.says("/quiz")
    yield "quiz-home"
    await member.presses("规则和结果")
    yield "quiz-round"


_WALKS = (own_data, events, asking_for_help, one_case, limits, quiz)


async def main(out: Path, only: str) -> None:
    """Take the pictures; the folder is made if it is not there."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        blank = databases.blank_sqlite(Path(folder))
        for walk in _WALKS:
            if only not in walk.__name__:
                continue
            clock = MovableClock(_START)
            with databases.sqlite(blank, Path(folder)) as url:
                # The shipped questions are there only with the shipped pages.
                known = WHOLE_KNOWLEDGE if walk is quiz else KNOWLEDGE
                async with start_world(url, clock, mode="polling", knowledge=known) as world:
                    await _take(world, walk(world), out)


async def _take(world: World, steps: AsyncIterator[str], out: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pages: dict[str, Page] = {}
        async for name in steps:
            for theme in THEMES:
                if theme not in pages:
                    pages[theme] = await _phone(browser, world, _WHO, theme)
                page = pages[theme]
                # The page asks for news by itself, a few times a second.
                await page.wait_for_timeout(1500)
                await page.screenshot(path=out / f"chat-{name}-{theme}.png")
        await browser.close()


async def _phone(browser: Browser, world: World, name: str, theme: str) -> Page:
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if theme == "dark" else "light",
        locale="zh-CN",
    )
    page = await context.new_page()
    await page.goto(world.settings.telegram.api_url)
    await page.locator("#people-list").get_by_text(name).first.click()
    return page


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    asyncio.run(main(asked.out, asked.only))
