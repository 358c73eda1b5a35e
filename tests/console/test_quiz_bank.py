"""The bank in the console: importing, writing, confirming, finding questions."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import aiohttp
import pytest

from domain.quiz_bank import ItemState
from tests.console.quiz_house import TOPIC, editor, stocked, tiles
from tests.console.visiting import Answer, Browser, House
from tests.services.quiz_kit import EDITOR, Quiz, item


@pytest.fixture
async def quiz(house: House) -> Quiz:
    return await stocked(house)


async def upload(browser: Browser, raw: bytes, **fields: str) -> Answer:
    """The file of a list with the form around it."""
    data = aiohttp.FormData()
    told = {"csrf": browser.csrf(), "topic": TOPIC, "difficulty": "2", **fields}
    for name, value in told.items():
        data.add_field(name, value)
    data.add_field("file", raw, filename="题库.csv", content_type="text/csv")
    return await browser.send("POST", "/quiz/import", data=data)


LIST = """题型,题干,选项A,选项B,选项C,正确答案,解析,出处
单选题,旧报纸是什么垃圾？,厨余,可回收,有害,B,报纸是纸类。,《北京市生活垃圾管理条例》
判断题,剩饭是厨余垃圾。,,,,√,,
单选题,,一,二,三,A,,
填空题,旧报纸是(  )。,,,,,,
单选题,外面？,一,二,三,E,,
"""


async def test_a_list_is_checked_then_taken_over_once(house: House, quiz: Quiz) -> None:
    browser = await editor(house)
    before = len(await quiz.known())
    answer = await upload(browser, LIST.encode("gb18030"))
    assert answer.status == 200
    assert tiles(answer.text) == [5, 2, 0, 3]
    for told in ("没有题目。请补上题干", "没法用按钮答", "答案里有 E，选项只到 C"):
        assert told in answer.text, told
    assert "有 1 道题缺解析或出处" in answer.text
    # The dry run changes nothing.
    assert len(await quiz.known()) == before
    (way,) = re.findall(r'action="/console(/quiz/import/[\w-]+)"', answer.text)
    done = await browser.post(way)
    assert done.location == "/quiz/items?state=draft&sort=-changed"
    assert "导入了 2 道题" in (await browser.get(done.location)).text
    # A second click leads where the first one did; later there is nothing left to take over.
    assert (await browser.post(way)).location == done.location
    house.world.clock.move(minutes=11)
    again = await browser.post(way)
    assert again.status == 422 and "已经导入过了" in again.text
    known = await quiz.known()
    assert len(known) == before + 2
    taken = [one for one in known if one.question in ("旧报纸是什么垃圾？", "剩饭是厨余垃圾。")]
    assert [one.reviewed_by for one in taken] == ["", ""]
    # Now the bank knows them, and the same file holds nothing new.
    same = await upload(browser, LIST.encode())
    assert tiles(same.text) == [5, 0, 2, 3] and "题库里已经有这道题" in same.text


async def test_somebody_elses_dry_run_cannot_be_confirmed(house: House, quiz: Quiz) -> None:
    browser, other = await editor(house), await editor(house, "编辑小钱")
    answer = await upload(browser, LIST.encode())
    (way,) = re.findall(r'action="/console(/quiz/import/[\w-]+)"', answer.text)
    assert (await other.post(way)).status == 422
    assert (await browser.post(way)).status == 303


async def test_what_is_no_list_is_refused_beside_the_form(house: House, quiz: Quiz) -> None:
    browser = await editor(house)
    answer = await upload(browser, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert answer.status == 422 and "旧格式" in answer.text
    template = await browser.get("/quiz/import/template")
    rows = list(csv.reader(io.StringIO(template.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["题目", "题型", "选项A"]
    # What we hand out as an example is read without a fault.
    taken = await upload(browser, template.text.encode())
    assert tiles(taken.text) == [3, 3, 0, 0]


async def test_a_question_is_written_confirmed_and_changed(house: House, quiz: Quiz) -> None:
    browser = await editor(house)
    form = {
        "topic": TOPIC,
        "kind": "multiple",
        "difficulty": "3",
        "question": "哪些是可回收物？",
        "option_a": "旧报纸",
        "option_b": "剩饭",
        "option_c": "易拉罐",
        "right": "a",
        "explanation": "",
        "source": "《北京市生活垃圾管理条例》",
    }
    made = await browser.post("/quiz/items/new", form)
    page = await browser.get(made.location)
    assert "还没有人核对" in page.text and "解析还空着" in page.text
    assert "多选题的答案有 1 个" in page.text
    assert (await browser.post(f"{made.location}/confirm", {"seen": "1"})).status == 422
    truth = {**form, "kind": "true_false", "truth": "false", "explanation": "剩饭是厨余。"}
    saved = await browser.post(f"{made.location}/edit", {**truth, "seen": "1"})
    assert saved.location == made.location
    late = await browser.post(f"{made.location}/confirm", {"seen": "1"})
    assert late.status == 422, "what was seen is not what is there now"
    assert (await browser.post(f"{made.location}/confirm", {"seen": "2"})).status == 303
    page = await browser.get(made.location)
    assert "编辑小刘，2026-11-25" in page.text and "第 1 版" in page.text
    file = await quiz.bank.get(EDITOR, made.location.rpartition("/")[2])
    assert file.item.state is ItemState.READY and file.item.item.answer == {"false"}


async def test_the_form_tells_faults_and_loses_nothing(house: House, quiz: Quiz) -> None:
    browser = await editor(house)
    wrong = {"topic": "weather", "kind": "single", "difficulty": "2", "option_a": "留着我"}
    answer = await browser.post("/quiz/items/new", {**wrong, "valid_to": "明年"})
    assert answer.status == 422
    told = dict(re.findall(r'<p class="fault" id="f-(\w+)-fault">([^<]+)</p>', answer.text))
    assert told == {
        "topic": "请选一个主题。",
        "question": "这一项要填。",
        "valid_to": "请选日期。",
    }
    assert "留着我" in answer.text


async def test_ticked_drafts_are_confirmed_as_far_as_they_are_fit(
    house: House, quiz: Quiz
) -> None:
    browser = await editor(house)
    items = [item(n, topic=TOPIC) for n in (50, 51, 52)]
    made = await quiz.bank.add_many(
        EDITOR, [items[0], replace(items[1], explanation=""), items[2]]
    )
    listed = await browser.get(f"/quiz/items?state=draft&topic={TOPIC}")
    assert [f'value="{one}:1"' in listed.text for one in made] == [True] * 3
    assert (await browser.post("/quiz/items")).status == 422
    # A browser sends each tick under the same name; one of them cannot be confirmed.
    data = aiohttp.FormData([("csrf", browser.csrf())])
    for one in made[:2]:
        data.add_field("item", f"{one}:1")
    answer = await browser.send("POST", "/quiz/items", data=data)
    assert "确认了 1 道题。还有 1 道没确认" in (await browser.get(answer.location)).text
    states = [(await quiz.bank.get(EDITOR, one)).item.state for one in made]
    assert states == [ItemState.READY, ItemState.DRAFT, ItemState.DRAFT]


async def test_the_bank_is_sieved(house: House, quiz: Quiz) -> None:
    browser = await editor(house)
    await quiz.bank.retire(EDITOR, "own.6", seen=1)
    for query, count in (
        ("", 6),
        ("&state=ready", 5),
        ("&difficulty=2", 2),
        ("&kind=multiple", 0),
        ("&q=第 2 样", 1),
        ("&q=own.3", 1),
        ("&flagged=yes", 0),
    ):
        text = (await browser.get(f"/quiz/items?topic={TOPIC}{query}")).text
        assert len(re.findall(r'href="/console/quiz/items/own\.\d+"', text)) == count, query
