"""T15 for events: sixty payloads in what members answer and organisers write."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from domain.events import AnswerKind, Place, Question
from domain.staff import Role
from tests.browser.payloads import PAYLOADS
from tests.browser.test_phone_page import CHROMIUM
from tests.browser.test_xss import ALL, Visit, sign_in
from tests.console.event_house import NAME, PHONE, WISH, Organising
from tests.console.visiting import House

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


async def _organiser(house: House, browser: Browser) -> Visit:
    return await sign_in(
        house, browser, await house.person((Role.ORGANISER, house.district), name=ALL)
    )


async def test_what_members_answer(house: House, browser: Browser) -> None:
    organising, visit = Organising(house), await _organiser(house, browser)
    event = await organising.event(
        house.district, capacity=len(PAYLOADS) // 2, questions=(NAME, PHONE, WISH)
    )
    for text in PAYLOADS:
        await organising.joins(event, wish=text)
    at = f"/events/{event.id}"
    for part in ("people", "line"):
        for page in (1, 2, 3):
            await visit.looks(f"{at}/{part}?page={page}")
    await visit.looks(f"{at}/answers", *PAYLOADS)
    for path in ("", "/add", "/message", "/door", "/sheet"):
        await visit.looks(f"{at}{path}")
    await visit.looks("/")
    async with organising.database.open_work() as work:
        claims = await work.seats.all_of(event.id)
        for claim, text in zip(claims, PAYLOADS, strict=True):
            await work.seats.comment(claim.id, text)
        await work.commit()
    await visit.looks(f"{at}/answers", *PAYLOADS)
    for claim in claims[:: len(claims) // 6]:
        await visit.looks(f"{at}/people/{claim.id}")


async def test_what_organisers_write(house: House, browser: Browser) -> None:
    organising, visit = Organising(house), await _organiser(house, browser)
    for text in PAYLOADS:
        await organising.event(
            house.district,
            title=text[:60],
            place=Place(text, text),
            summary=text,
            questions=(NAME, Question("odd", AnswerKind.CHOICE, text, (text, "别的"))),
        )
    seen = "".join([await visit.looks(f"/events?page={page}") for page in (1, 2, 3)])
    assert [text for text in PAYLOADS if " ".join(text[:60].split()) not in seen] == []
    whole = await organising.event(
        house.district, title="冰壶", place=Place(ALL[:200], ALL[:200]), summary=ALL[:900]
    )
    for path in ("", "/edit", "/poster", "/sheet", "/door", "/people", "/message"):
        await visit.looks(f"/events/{whole.id}{path}")
