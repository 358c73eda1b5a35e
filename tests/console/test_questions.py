"""The pages about questions: counts and trends without words, misses only in clusters."""

from __future__ import annotations

import html
import re

from domain.staff import Role
from tests.console.visiting import Answer, Browser, House

WAGES = "老板三个月没发工资了"
ODD = "老板画饼不兑现"
RARE = "门口的共享单车太多了"


async def editor(house: House) -> Browser:
    return await house.someone((Role.EDITOR, house.district))


def said(answer: Answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


async def test_nobody_asked_yet_is_said(house: House) -> None:
    browser = await editor(house)
    assert "还没有人提问" in said(await browser.get("/questions"))
    assert "没有成堆的问题" in said(await browser.get("/questions/misses"))


async def test_counts_are_shown_without_a_single_question(house: House) -> None:
    member = await house.world.regular()
    for text in (WAGES, WAGES, ODD, RARE):
        await member.says(text)
    answer = await (await editor(house)).get("/questions?days=7")
    assert "拖欠工资怎么要" in answer.text
    assert WAGES not in answer.text
    assert ODD not in answer.text
    assert re.search(r"<b>4</b>\s*<strong>提问", answer.text)
    assert re.search(r"<b>50%</b>\s*<strong>直接回答", answer.text)
    assert "<svg" in answer.text
    assert "看数据表" in answer.text


async def test_a_miss_that_many_had_becomes_a_phrasing_and_is_answered(house: House) -> None:
    member = await house.world.regular()
    for _ in range(5):
        assert "没有可靠的答案" in await member.says(ODD)
    await member.says(RARE)
    browser = await editor(house)
    shown = await browser.get("/questions/misses")
    assert ODD in shown.text
    assert "5 问" in said(shown)
    # A lone question is counted, never shown.
    assert RARE not in shown.text
    assert "另有 1 类共 1 问" in said(shown)
    assert "没找到的问题" in said(await browser.get("/"))
    form = {"phrasing": ODD, "near": "wage.arrears", "other": ""}
    done = await browser.post("/questions/misses/phrasing", form)
    assert done.location == "/questions/misses"
    after = said(await browser.get(done.location))
    assert "就能找到答案" in after
    assert "其中 5 问现在已经找得到了" in after
    assert "拖欠工资怎么要" in await member.says(ODD)


async def test_a_page_must_be_chosen_and_harm_is_refused(house: House) -> None:
    browser = await editor(house)
    nothing = await browser.post("/questions/misses/phrasing", {"phrasing": ODD})
    assert (nothing.status, "请选一页" in said(nothing)) == (422, True)
    twice = await browser.post(
        "/questions/misses/phrasing", {"phrasing": "剩饭剩菜扔哪里", "other": "wage.arrears"}
    )
    assert twice.status == 422
    assert "也写在" in said(twice)


async def test_a_miss_leads_to_a_new_page_with_its_words(house: House) -> None:
    member = await house.world.regular()
    for _ in range(5):
        await member.says(ODD)
    browser = await editor(house)
    shown = await browser.get("/questions/misses")
    link = re.search(r'href="/console(/knowledge/new\?phrasings=[^"]+)"', shown.text)
    assert link
    assert ODD in (await browser.get(html.unescape(link.group(1)))).text
