"""Check-in by camera in a browser that reads no codes by itself, as Safari on iPhones.

Chromium's camera is a film that the test makes of the very picture that members show at the door.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from domain.events import Event
from domain.seats import State
from domain.sign_ups import Receipt
from domain.staff import Role
from handlers.events.ticket import code_picture
from tests.browser.test_console_events import READER, WHO, claims, enter, sits_down
from tests.browser.test_phone_page import ARGUMENTS, CHROMIUM, PATIENCE
from tests.console.event_house import Organising
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]
WIDTH, HEIGHT = 640, 480
DECODER = "/vendor/jsQR.js"
WITHOUT_READER = "delete window.BarcodeDetector;"
BUTTON, STOP = "用摄像头扫码", "关上摄像头"


def film(path: Path, code: str) -> Path:
    """A member's code as a hand holds it: tilted, a little out of focus, on a grey wall."""
    wall = Image.new("L", (WIDTH, HEIGHT), 150)
    shown = Image.open(BytesIO(code_picture(code))).convert("L")
    shown = shown.rotate(9, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    wall.paste(shown, ((WIDTH - shown.width) // 2, (HEIGHT - shown.height) // 2))
    seen = wall.filter(ImageFilter.GaussianBlur(1))
    # Two planes of colour, a quarter of the size each; 128 is no colour.
    frame = b"FRAME\n" + seen.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n"
    path.write_bytes(head.encode() + frame * 2)
    return path


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, "--use-fake-device-for-media-stream", *arguments],
        )
        expect.set_options(timeout=PATIENCE)
        yield opened
        await opened.close()


def seeing(path: Path) -> tuple[str, ...]:
    """What makes a film the camera, and lets the page have it."""
    return ("--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={path}")


async def a_phone(browser: Browser, script: str) -> tuple[BrowserContext, list[str]]:
    """A phone's browser, and the addresses that it will ask for."""
    context = await browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    context.set_default_timeout(PATIENCE)
    await context.add_init_script(script)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    return context, asked


@pytest.fixture
async def house(house: House) -> House:
    await house.person((Role.ORGANISER, house.factory), name=WHO)
    return house


async def two_guests(house: House) -> tuple[Organising, Event, list[Receipt]]:
    organising = Organising(house)
    event = await organising.event(house.factory, capacity=2)
    return organising, event, [await organising.joins(event, name) for name in ("甲某", "乙某")]


async def the_door(context: BrowserContext, house: House, event: Event) -> Page:
    page = await context.new_page()
    await sits_down(page, house)
    await page.goto(f"{house.base}/console/events/{event.id}/door")
    return page


async def test_a_browser_that_reads_no_codes_reads_them_with_our_decoder(
    house: House, tmp_path: Path
) -> None:
    organising, event, receipts = await two_guests(house)
    seen = film(tmp_path / "seen.y4m", receipts[0].seat_id)
    async with chromium(*seeing(seen)) as browser:
        context, asked = await a_phone(browser, WITHOUT_READER)
        failures: list[str] = []
        page = await the_door(context, house, event)
        page.on("pageerror", lambda error: failures.append(str(error)))
        assert await page.evaluate("typeof BarcodeDetector") == "undefined"
        await page.get_by_role("button", name=BUTTON).click()
        await expect(page.locator("#inside")).to_have_text("1")
        await expect(page.locator(f'[data-seat="{receipts[0].seat_id}"]')).to_contain_text(
            "已签到"
        )
        await expect(page.locator("#sync-state")).to_be_hidden()
        (guest,) = await claims(organising, event.id, State.ATTENDED)
        assert guest.id == receipts[0].seat_id
        # It is asked for here and nowhere else, once.
        assert [DECODER in address for address in asked].count(True) == 1
        await page.get_by_role("button", name=STOP).click()
        await expect(page.locator("#camera")).to_be_hidden()
        assert failures == []


async def test_without_the_decoder_the_same_picture_lets_nobody_in(
    house: House, tmp_path: Path
) -> None:
    """The control: it is the decoder that reads the film. The six digits remain."""
    organising, event, receipts = await two_guests(house)
    seen = film(tmp_path / "seen.y4m", receipts[0].seat_id)
    async with chromium(*seeing(seen)) as browser:
        context, asked = await a_phone(browser, WITHOUT_READER)
        await context.route(f"**{DECODER}", lambda route: route.abort())
        page = await the_door(context, house, event)
        await page.wait_for_load_state("networkidle")
        assert any(DECODER in address for address in asked)
        await expect(page.locator("#scan")).to_be_hidden()
        await enter(page, receipts[1].code)
        await expect(page.locator("#inside")).to_have_text("1")
        await expect(page.locator("#sync-state")).to_be_hidden()
        (guest,) = await claims(organising, event.id, State.ATTENDED)
        assert guest.id == receipts[1].seat_id


async def test_a_browser_that_reads_codes_is_not_sent_the_decoder(
    house: House, tmp_path: Path
) -> None:
    _, event, receipts = await two_guests(house)
    seen = film(tmp_path / "seen.y4m", receipts[0].seat_id)
    async with chromium(*seeing(seen)) as browser:
        context, asked = await a_phone(browser, READER)
        page = await the_door(context, house, event)
        await page.get_by_role("button", name=BUTTON).click()
        await page.evaluate("code => { window.shown = code }", receipts[1].seat_id)
        await expect(page.locator("#door-said")).to_contain_text("乙某 签到了")
        assert not any(DECODER in address for address in asked)


async def test_a_refused_camera_says_what_to_do_and_the_digits_remain(house: House) -> None:
    organising, event, receipts = await two_guests(house)
    async with chromium("--deny-permission-prompts") as browser:
        context, _ = await a_phone(browser, WITHOUT_READER)
        page = await the_door(context, house, event)
        await page.get_by_role("button", name=BUTTON).click()
        await expect(page.locator("#door-said")).to_contain_text("没有摄像头的许可")
        await expect(page.locator("#door-said")).to_contain_text("6 位数字")
        await expect(page.locator("#camera")).to_be_hidden()
        # It can be tried again once it is allowed.
        await expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
        await enter(page, receipts[0].code)
        await expect(page.locator("#door-said")).to_contain_text("甲某 签到了")
        await page.locator(f'[data-seat="{receipts[1].seat_id}"] .door-act button').click()
        await expect(page.locator("#inside")).to_have_text("2")
        await expect(page.locator("#sync-state")).to_be_hidden()
        assert len(await claims(organising, event.id, State.ATTENDED)) == 2
