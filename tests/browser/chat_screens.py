"""Pictures of chats on the phone page, for looking at: `python -m tests.browser.chat_screens OUT`.

A member goes through their own data and through events, up to the reminder, the paper and the
question how it was. Each step is kept light and dark; the clock is moved, so nobody waits.
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

from domain.events import AnswerKind, Event, Question
from services.events import EventDoor
from tests import databases
from tests.browser.screens import ARGUMENTS, CHROMIUM, THEMES
from tests.conftest import KNOWLEDGE
from tests.journeys.test_events import NAME, held, joined, poster, told
from tests.journeys.test_profile import agreed
from tests.services.event_kit import ORGANISER
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


async def main(out: Path) -> None:
    """Take the pictures; the folder is made if it is not there."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        blank = databases.blank_sqlite(Path(folder))
        for walk in (own_data, events):
            clock = MovableClock(_START)
            with databases.sqlite(blank, Path(folder)) as url:
                async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as world:
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
    asyncio.run(main(parser.parse_args().out))
