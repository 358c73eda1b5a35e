"""Pages of talks: the inbox, a talk like a messenger, notes apart, phrases, what is not shown."""

from __future__ import annotations

import json

import aiohttp

from domain.staff import Role
from tests.console.talk_house import PDF, WORDS, a_phrase, a_talk
from tests.console.visiting import Browser, House


async def worker(house: House, name: str = "周办事") -> Browser:
    return await house.someone((Role.CASEWORKER, house.north), name=name)


async def test_a_talk_is_taken_read_and_answered(house: House) -> None:
    browser = await worker(house)
    talk, file = await a_talk(house, house.north)
    inbox = await browser.get("/talks")
    assert talk in inbox.text and WORDS not in inbox.text and "张三" not in inbox.text
    assert f'href="/console/talks/{talk}"' in inbox.text
    before = await browser.get(f"/talks/{talk}")
    assert "我来接" in before.text and WORDS not in before.text and "张三" not in before.text
    assert (await browser.post(f"/talks/{talk}/claim")).status == 303
    page = await browser.get(f"/talks/{talk}")
    assert WORDS in page.text and "张三" in page.text and "拖欠工资怎么要" in page.text
    assert "138****5678" in page.text and "13812345678" not in page.text
    assert "13812345678" in (await browser.post(f"/talks/{talk}/phone")).text
    found = await browser.get(f"/talks/{talk}/files/{file}")
    assert found.text.encode() == PDF
    assert found.headers["Content-Disposition"].startswith("attachment")
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    await browser.post(f"/talks/{talk}/reply", {"reply": "请带劳动合同来一趟"})
    said = json.loads((await browser.get(f"/talks/{talk}/said")).text)
    assert "请带劳动合同来一趟" in said["html"] and "正在发送" in said["html"]
    assert said["state"] == "pending"


async def test_a_note_has_its_own_form_and_never_reaches_the_outbox(house: House) -> None:
    browser = await worker(house)
    talk, _ = await a_talk(house, house.north)
    await browser.post(f"/talks/{talk}/claim")
    # A note that is sent to the reply's address says nothing, and the other way round.
    assert (await browser.post(f"/talks/{talk}/reply", {"note": "别告诉他"})).status == 422
    assert (await browser.post(f"/talks/{talk}/note", {"reply": "您好"})).status == 422
    assert (await browser.post(f"/talks/{talk}/note", {"note": "别告诉他"})).status == 303
    page = (await browser.get(f"/talks/{talk}")).text
    assert '<article class="said note">' in page and "别告诉他" in page
    async with house.world.parts.database.open_read() as work:
        assert "别告诉他" not in [said.text for said in await work.talk_words.list_of(talk)]
    assert not any("别告诉他" in str(call) for call in house.world.calls("sendMessage"))


async def test_a_file_is_sent_with_a_reply(house: House) -> None:
    browser = await worker(house)
    talk, _ = await a_talk(house, house.north)
    await browser.post(f"/talks/{talk}/claim")
    for name, data, status in (
        ("a.pdf", PDF, 303),
        # The same words with another file are another reply.
        ("b.pdf", PDF + b"!", 303),
        ("a.jpg", b"MZ a program", 422),
    ):
        form = aiohttp.FormData()
        for key, value in (("csrf", browser.csrf()), ("once", name), ("reply", "见附件")):
            form.add_field(key, value)
        form.add_field("file", data, filename=name, content_type="application/octet-stream")
        answer = await browser.send("POST", f"/talks/{talk}/reply", data=form)
        assert answer.status == status, name
    assert "见附件" in answer.text and "没法收" in answer.text
    page = (await browser.get(f"/talks/{talk}")).text
    assert "a.pdf" in page and "b.pdf" in page and "a.jpg" not in page


async def test_a_phrase_is_filled_from_what_is_in_force_or_not_used(house: House) -> None:
    browser = await worker(house)
    talk, _ = await a_talk(house, house.north)
    await browser.post(f"/talks/{talk}/claim")
    good = await a_phrase(house, house.north, "{union.name}：{entry.title}")
    path = f"/talks/{talk}/phrases/{good}"
    assert json.loads((await browser.get(path)).text)["text"].startswith("测试区总工会：")
    assert "测试区总工会：" in (await browser.get(f"/talks/{talk}?phrase={good}")).text
    # Nobody gets a gap to read: the union has no address here.
    bad = await a_phrase(house, house.north, "请来{union.address}")
    answer = await browser.get(f"/talks/{talk}/phrases/{bad}")
    assert answer.status == 422 and "union.address" in answer.text
    form = {"title": "来访", "text": "请来{union.address}", "unit": house.north.path}
    assert (await browser.post("/talks/phrases", form)).status == 422
    form["text"] = "请打{union.phone}，{entry.title}"
    assert (await browser.post("/talks/phrases", form)).status == 303


async def test_the_acts_of_a_talk(house: House) -> None:
    browser = await worker(house)
    talk, _ = await a_talk(house, house.north)
    await browser.post(f"/talks/{talk}/claim")
    await browser.post(f"/talks/{talk}/sort", {"topic": "wage", "priority": "1"})
    assert "紧急" in (await browser.get(f"/talks/{talk}")).text
    await browser.post(f"/talks/{talk}/snooze", {"hours": "3"})
    assert talk in (await browser.get("/talks?box=snoozed")).text
    assert talk not in (await browser.get("/talks?box=mine")).text
    await browser.post(f"/talks/{talk}/close")
    page = (await browser.get(f"/talks/{talk}")).text
    assert "已结束" in page and f"/talks/{talk}/reply" not in page
    assert talk in (await browser.get("/talks?box=closed")).text
    figures = await browser.get("/talks/figures")
    assert figures.status == 200 and WORDS not in figures.text
    today = await browser.get("/")
    assert 'href="/console/talks' in today.text


async def test_a_wording_is_taught_from_a_talk(house: House) -> None:
    browser = await house.someone((Role.EDITOR, house.district), name="刘编辑")
    talk, _ = await a_talk(house, house.north)
    form = {"entry": "wage.arrears", "phrasing": "包工头拖着不结钱"}
    assert (await browser.post(f"/talks/{talk}/phrasing", form)).status == 422
    await browser.post(f"/talks/{talk}/claim")
    assert (await browser.post(f"/talks/{talk}/phrasing", form)).status == 303
    entry = house.world.parts.desk.ask.glance("包工头拖着不结钱")
    assert entry is not None and entry.id == "wage.arrears"
