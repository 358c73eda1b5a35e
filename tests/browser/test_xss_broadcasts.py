"""T15 for broadcasts: sixty payloads in texts, buttons, file names, segments, emergency words."""

from __future__ import annotations

import secrets
from dataclasses import replace
from html import escape

import pytest
from playwright.async_api import Browser

from domain.broadcasts import Button, ButtonKind, Content, EmergencyTemplate, MediaRef, Topic
from domain.outbox import MediaKind
from domain.staff import Role
from tests.browser.payloads import PAYLOADS
from tests.browser.test_phone_page import CHROMIUM
from tests.browser.test_xss import ALL, Visit, sign_in
from tests.console.broadcast_house import Announcing
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


async def _author(house: House, browser: Browser) -> Visit:
    roles = [(role, house.district) for role in (Role.BROADCASTER, Role.ADMIN)]
    return await sign_in(house, browser, await house.person(*roles, name=ALL))


async def test_what_is_kept_of_broadcasts(house: House, browser: Browser) -> None:
    visit, announcing = await _author(house, browser), Announcing(house)
    for text in PAYLOADS:
        kept = await announcing.draft(house.north, title="停水通知")
        # Past the rules on what is kept: the pages must not rely on them.
        content = Content(
            escape(text),
            Topic.NEWS,
            MediaRef(MediaKind.DOCUMENT, secrets.token_urlsafe(6), text, "0" * 64),
            (Button(ButtonKind.LINK, text, text), Button(ButtonKind.READ, text)),
            escape(text),
        )
        async with announcing.database.open_work() as work:
            await work.broadcasts.save(
                replace(kept, title=text[:60], content=content, return_note=text)
            )
            await work.commit()
        await visit.looks(f"/broadcasts/{kept.id}", text)
        await visit.looks(f"/broadcasts/{kept.id}/edit", text)
    await visit.looks("/broadcasts")
    await visit.looks("/broadcasts/waiting")
    await visit.looks("/")


async def test_what_is_typed_into_the_form_and_refused(house: House, browser: Browser) -> None:
    visit = await _author(house, browser)
    for text in PAYLOADS:
        await visit.opens("/broadcasts/new")
        page = visit.page
        await page.locator('input[name="title"]').fill(text[:60])
        await page.locator('textarea[name="text"]').fill(text)
        await page.locator('textarea[name="correction"]').fill(text)
        await page.locator('input[name="button0_label"]').fill(text[:30])
        await page.locator('input[name="button0_link"]').fill(text)
        # The preview beside the form is renewed while one types.
        await page.locator("#look:not([aria-busy])").wait_for()
        await visit.checks("the form", text)
        await visit.sends(page.locator('form[action$="/broadcasts/new"]'))
        await visit.checks("the form again")


async def test_segments_and_words_for_emergencies(house: House, browser: Browser) -> None:
    visit, announcing = await _author(house, browser), Announcing(house)
    for at, text in enumerate(PAYLOADS):
        await announcing.segment(house.north, f"{text[:34]} {at}")
        async with announcing.database.open_work() as work:
            await work.emergency_templates.add(
                EmergencyTemplate(
                    secrets.token_urlsafe(9),
                    f"{text[:40]} {at}",
                    escape(text),
                    "maker",
                    announcing.clock.now(),
                )
            )
            await work.commit()
    shown = [" ".join(text[:34].split()) for text in PAYLOADS]
    await visit.looks("/broadcasts/segments", *shown)
    await visit.looks("/broadcasts/emergency", *shown)
    await visit.looks("/broadcasts/waiting")
    await visit.looks("/broadcasts/new")
