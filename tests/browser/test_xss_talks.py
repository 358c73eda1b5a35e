"""T15 for talks and cases: sixty payloads in what members confide and staff write beside it."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from playwright.async_api import Browser

from domain.cases.aside import Firm
from domain.staff import Flag, Role
from tests.browser.payloads import PAYLOADS
from tests.browser.test_phone_page import CHROMIUM
from tests.browser.test_xss import ALL, Visit, sign_in
from tests.console.case_house import a_case, a_risk
from tests.console.talk_house import a_phrase, a_talk
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]

_updates = itertools.count(800_000)
MEMBER = 5_799_000_001


async def _worker(house: House, browser: Browser) -> Visit:
    """A caseworker who leads, whose own name is all payloads in one."""
    account = await house.person(
        (Role.CASEWORKER, house.north), name=ALL, flags=frozenset({Flag.LEAD})
    )
    return await sign_in(house, browser, account)


async def test_what_members_say_in_a_talk(house: House, browser: Browser) -> None:
    visit = await _worker(house, browser)
    talk, _ = await a_talk(house, house.north, words=PAYLOADS[0], member=MEMBER, name=ALL)
    for text in PAYLOADS[1:]:
        await house.world.parts.desk.talks.say(MEMBER, text, next(_updates))
    at = f"/talks/{talk}"
    await visit.looks(at, *PAYLOADS)
    await visit.puts(f"{at}/said", *PAYLOADS)
    for path in ("/talks", "/talks?box=queue", "/talks/figures", "/"):
        await visit.looks(path)
    await visit.puts("/talks/rows")
    await visit.page.goto(f"{visit.base}{at}")
    await visit.sends(visit.page.locator('form[action$="/claim"]'))
    await visit.checks("the talk that was taken", *PAYLOADS)


async def test_what_staff_write_in_a_talk(house: House, browser: Browser) -> None:
    visit = await _worker(house, browser)
    talk, _ = await a_talk(house, house.north)
    at = f"/talks/{talk}"
    await visit.opens(at)
    await visit.sends(visit.page.locator('form[action$="/claim"]'))
    for text in PAYLOADS:
        for act in ("note", "reply"):
            await visit.opens(at)
            form = visit.page.locator(f'form[action$="/{act}"]')
            # Notes may lie folded.
            await form.locator("textarea").evaluate("(area, text) => area.value = text", text)
            await visit.sends(form)
    await visit.looks(at, *PAYLOADS)
    for text in PAYLOADS:
        phrase = await a_phrase(house, house.north, text)
        await visit.looks(f"/talks/phrases/{phrase}", text)
    await visit.looks("/talks/phrases", *PAYLOADS)
    await visit.looks(at)


async def test_facts_names_and_files_of_cases(house: House, browser: Browser) -> None:
    visit = await _worker(house, browser)
    for text in PAYLOADS:
        employer = await house.unit(house.north, f"{text} {next(_updates)}")
        told = await a_case(
            house, house.north, respondent=employer, name=text, story=text, file_name=text
        )
        at = f"/cases/{told['id']}"
        await visit.looks(at)
        seen = "".join(
            [
                await visit.looks(f"{at}?tab={tab}")
                for tab in ("facts", "files", "progress", "meetings", "agreement", "papers")
            ]
        )
        assert seen.count(" ".join(text.split())) >= 3, text
    for path in ("/cases", "/cases?queue=mine", "/cases/figures", "/"):
        await visit.looks(path)


async def test_what_staff_write_about_a_case(house: House, browser: Browser) -> None:
    visit = await _worker(house, browser)
    now = house.world.clock.now()
    firms = [
        Firm(f"firm{at:012}", text, text[:30], date(2026, 1, 1), date(2026, 12, 31))
        for at, text in enumerate(PAYLOADS, 1)
    ]
    async with house.world.parts.database.open_work() as work:
        for firm in firms:
            await work.law_firms.save(firm, "s", now)
        await work.commit()
    await visit.looks("/cases/firms", *PAYLOADS)
    told = await a_case(house, house.north)
    at = f"/cases/{told['id']}"
    for tab, act in (("notes", "note"),):
        for text in PAYLOADS:
            await visit.opens(f"{at}?tab={tab}")
            form = visit.page.locator(f'form[action$="/{act}"]')
            await form.locator("textarea").first.evaluate(
                "(area, text) => area.value = text", text
            )
            await visit.sends(form)
        await visit.looks(f"{at}?tab={tab}", *PAYLOADS)
    risk = await a_risk(house, house.north)
    for text in PAYLOADS:
        await visit.opens(f"/cases/risks/{risk}")
        field = visit.page.locator('textarea[name="reason"]')
        if not await field.count():
            break
        await field.fill(text if len(text) > 4 else ALL[:100])
        await visit.sends(visit.page.locator('form[action$="/ask"]'))
        await visit.checks("the risk", text)
    await visit.looks("/cases/risks")
