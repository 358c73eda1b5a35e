"""What tests in a real browser share: a house with the console in it, and Chromium."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests import databases
from tests.browser.test_phone_page import ARGUMENTS, CHROMIUM, PATIENCE
from tests.conftest import KNOWLEDGE
from tests.console.visiting import House, furnish
from tests.world import MovableClock, start_world

# A camera that is none, for check-in; the other tests do not ask for one.
_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_DATABASES = ["sqlite"]
if os.environ.get("NUANXIN_TEST_ALL_WAYS"):
    _DATABASES.append("postgresql")


@pytest.fixture(params=_DATABASES)
async def house(
    request: pytest.FixtureRequest,
    blank: Path,
    tmp_path: Path,
    postgres_template: str | None,
    clock: MovableClock,
) -> AsyncIterator[House]:
    """The whole program with units; on PostgreSQL too in `make faults`."""
    if request.param == "postgresql" and postgres_template is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    is_sqlite = request.param == "sqlite"
    with (
        databases.sqlite(blank, tmp_path) if is_sqlite else databases.postgres(postgres_template)
    ) as url:
        async with (
            start_world(url, clock, mode="polling", knowledge=KNOWLEDGE, demo=True) as world,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ):
            async with world.parts.database.open_work() as work:
                units = await furnish(work)
                await work.commit()
            yield House(world, http, *units)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, *_CAMERA]
        )
        expect.set_options(timeout=PATIENCE)
        yield opened
        await opened.close()
