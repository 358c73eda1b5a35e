"""T15 for quizzes: sixty payloads in questions, plans, imported lists and names of players."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser

from domain.quiz import Option
from domain.quiz_rounds import Cell
from domain.staff import Role
from tests.browser.payloads import PAYLOADS
from tests.browser.test_phone_page import CHROMIUM
from tests.browser.test_xss import ALL, Visit, sign_in
from tests.console.quiz_house import TOPIC, known, own_plan, quiz_of, stock, stocked, won
from tests.console.visiting import House
from tests.services.quiz_kit import EDITOR, FIRST, PRIZE, item

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium"),
]


async def _editor(house: House, browser: Browser) -> Visit:
    roles = [(role, house.district) for role in (Role.EDITOR, Role.ORGANISER)]
    return await sign_in(house, browser, await house.person(*roles, name=ALL))


async def test_questions_and_topics(house: House, browser: Browser) -> None:
    visit, quiz = await _editor(house, browser), quiz_of(house)
    await stock(quiz, TOPIC, 1)
    items = [
        replace(
            item(1_000 + at, topic=TOPIC),
            question=f"{text} {at}",
            options=tuple(Option(key, f"{text} {key}") for key in "abcd"),
            explanation=text,
            source=text,
        )
        for at, text in enumerate(PAYLOADS)
    ]
    made = await quiz.bank.add_many(EDITOR, items)
    for item_id, text in zip(made, PAYLOADS, strict=True):
        await visit.looks(f"/quiz/items/{item_id}", text)
        await visit.looks(f"/quiz/items/{item_id}/edit", text)
    pages = range(1, len(made) // 20 + 2)
    seen = "".join(
        [await visit.looks(f"/quiz/items?topic={TOPIC}&state=draft&page={at}") for at in pages]
    )
    assert [text for text in PAYLOADS if " ".join(text.split()) not in seen] == []
    await visit.looks("/search?q=xss")


async def test_plans_of_rounds(house: House, browser: Browser) -> None:
    visit, quiz = await _editor(house, browser), await stocked(house)
    for text in PAYLOADS:
        plan = own_plan(
            quiz,
            unit_path=house.north.path,
            title=text[:40],
            intro=text,
            prize=replace(PRIZE, what=text[:40], where=text),
        )
        one = await quiz.rounds.create(EDITOR, plan)
        await visit.looks(f"/quiz/rounds/{one.id}")
        await visit.looks(f"/quiz/rounds/{one.id}/edit", text)
    await visit.looks("/quiz")
    await visit.looks("/")


async def test_people_who_play_and_win(house: House, browser: Browser) -> None:
    visit, quiz = await _editor(house, browser), await stocked(house)
    one, sitting = await quiz.round(
        unit_path=house.north.path, prize=PRIZE, blueprint=(Cell(TOPIC, 2),)
    )
    for number, text in enumerate(PAYLOADS, 1):
        await known(quiz, number, house.north, text)
        async with quiz.database.open_work() as work:
            # Past the rules on names: the page must not rely on them.
            await work.quiz_attempts.put_player(
                FIRST + number, quiz.clock.now(), nickname=text[:20], nickname_key=f"k{number}"
            )
            await work.commit()
        await quiz.plays(sitting, number, 1)
        await won(quiz, one, member_id=FIRST + number, person_id=f"person-{number}", note=text)
    at = f"/quiz/rounds/{one.id}"
    for path in ("", "/people", "/items", "/draw"):
        await visit.looks(f"{at}{path}")
    await visit.looks(f"{at}/people?page=2")


async def test_a_list_of_questions_from_elsewhere(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    visit = await _editor(house, browser)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["题型", "题目", "选项A", "选项B", "正确答案", "解析", ALL[:60]])
    for at, text in enumerate(PAYLOADS):
        writer.writerow(["单选", f"{text} {at}", f"{text}甲", f"{text}乙", "A", text, text])
        writer.writerow([text, text, text, text, text, text])
    file = tmp_path / "'\"><img src=x onerror=xss()>.csv".replace("/", "")
    file.write_text(table.getvalue(), "utf-8")
    await visit.opens("/quiz/import")
    await visit.page.locator('input[type="file"]').set_input_files(file)
    async with visit.page.expect_navigation():
        await visit.page.locator("main form button").first.click()
    # At least what is wrong with each row is told with its words.
    await visit.checks("the dry run", PAYLOADS[0], PAYLOADS[-1])
