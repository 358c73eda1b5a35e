"""The people of an event in the console: the line, seats, walk-ins, messages, lists as files."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from domain.events import EventState, GroupKind, GroupQuota, Mode, Session
from domain.seats import Quota, QuotaKind, State
from domain.staff import Actor, Grant, Role
from services.events import EventReader
from tests.console.event_house import BY, Organising
from tests.console.visiting import Browser, House
from tests.house.source import ROOT
from tests.staffing import refused


@pytest.fixture
def organising(house: House) -> Organising:
    return Organising(house)


async def organiser(house: House) -> Browser:
    return await house.someone((Role.ORGANISER, house.north), name="组织员小赵")


async def test_the_line_says_why_each_still_waits(house: House, organising: Organising) -> None:
    riders = GroupQuota(
        Quota("riders", "骑手", QuotaKind.RESERVED, 1), GroupKind.OCCUPATION, ("rider",)
    )
    event = await organising.event(house.north, capacity=2, quotas=(riders,))
    for name in ("甲", "乙"):
        await organising.joins(event, name)
    waiting = await organising.joins(event, "丙")
    await organising.desk.change(BY, event.id, summary="换个介绍")
    browser = await organiser(house)
    line = (await browser.get(f"/events/{event.id}/line")).text
    assert line.index("乙") < line.index("丙")
    assert "空名额留给“骑手”" in line
    claim = await browser.get(f"/events/{event.id}/people/{waiting.seat_id}")
    assert "第 2 位" in claim.text and "名额满，进入候补" in claim.text


async def test_a_seat_is_given_taken_and_moved_with_a_reason(
    house: House, organising: Organising
) -> None:
    clock = house.world.clock
    starts = clock.now() + timedelta(days=10)
    sessions = tuple(
        Session(key, title, starts, starts + timedelta(hours=1), 1)
        for key, title in (("am", "上午场"), ("pm", "下午场"))
    )
    event = await organising.event(house.north, capacity=3, sessions=sessions, questions=())
    receipts = [
        await organising.seats.add_manually(
            BY, event.id, {"name": "孙"}, session=session, beyond=True, note="x"
        )
        for session in ("am", "pm", "am")
    ]
    browser = await organiser(house)
    path = f"/events/{event.id}/people/{receipts[0].seat_id}"
    full = await browser.post(f"{path}/move", {"session": "pm", "move_note": "换"})
    assert full.status == 422 and "没有空名额" in full.text
    none = await browser.post(f"{path}/release", {"release_note": " "})
    assert none.status == 422 and "请写明原因" in none.text
    done = await browser.post(f"{path}/release", {"release_note": "重复登记"})
    assert done.status == 303
    page = await browser.get(path)
    assert "重复登记" in page.text and "工作人员收回" in page.text


async def test_a_walk_in_takes_one_form(house: House, organising: Organising) -> None:
    event = await organising.event(house.north, capacity=1)
    browser = await organiser(house)
    path = f"/events/{event.id}/add"
    form = {"name": "孙 大爷", "phone": "138 1234 5678", "source": "phone", "here": "yes"}
    answer = await browser.post(path, {**form, "answer_size": "中"})
    assert answer.location == path
    assert re.search(
        r"孙 大爷 登记好了，也签到了。签到码 \d{3} \d{3}", (await browser.get(path)).text
    )
    (listed,), _ = await organising.reader.list_guests(BY, event.id, limit=9)
    assert listed.seat.state is State.ATTENDED and listed.seat.source == "phone"
    assert listed.answers == {"name": "孙大爷", "phone": "13812345678", "size": "中"}
    full = await browser.post(path, {"name": "李奶奶"})
    assert full.status == 422 and 'value="李奶奶"' in full.text and "加座" in full.text
    beyond = await browser.post(path, {"name": "李奶奶", "beyond": "yes", "add_note": "老会员"})
    assert beyond.status == 303
    for wrong in (
        {"name": "孙", "phone": "123"},
        {"name": ""},
        {"name": "孙", "answer_size": "特大"},
    ):
        assert (await browser.post(path, wrong)).status == 422, wrong


async def test_a_walk_in_of_a_group_takes_the_seat_that_is_kept_for_it(
    house: House, organising: Organising
) -> None:
    riders = GroupQuota(
        Quota("riders", "骑手", QuotaKind.RESERVED, 1), GroupKind.OCCUPATION, ("rider",)
    )
    event = await organising.event(house.north, capacity=1, quotas=(riders,))
    browser = await organiser(house)
    path = f"/events/{event.id}/add"
    assert (await browser.post(path, {"name": "普通人"})).status == 422
    assert (await browser.post(path, {"name": "骑手", "group": "riders"})).status == 303
    (listed,), _ = await organising.reader.list_guests(BY, event.id, limit=9)
    assert listed.seat.marks == {"riders"} and not listed.seat.is_extra


async def test_a_message_shows_its_reach_and_is_told_once(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north, capacity=2)
    for name in ("甲", "乙", "丙"):
        await organising.joins(event, name)
    await organising.seats.add_manually(
        BY, event.id, {"name": "丁"}, beyond=True, note="没有 Telegram"
    )
    browser = await organiser(house)
    page = (await browser.get(f"/events/{event.id}/message")).text
    assert "3 人，其中 2 人在用暖心" in page and "1 人，其中 1 人在用暖心" in page
    assert "等抽签的" not in page
    form = {"to": "seated", "text": "请带手套", "once": "the-same"}
    for _ in range(2):
        answer = await browser.post(f"/events/{event.id}/message", form)
        assert answer.status == 303
    assert await organising.told() == ["events.notice_message"] * 2
    nobody = await browser.post(f"/events/{event.id}/message", {"text": "请带手套"})
    assert nobody.status == 422 and ">请带手套<" in nobody.text.replace("\n", "")


async def test_a_phone_number_is_shown_whole_when_asked_for_and_that_is_noted(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north)
    receipt = await organising.joins(event, phone="13912345678")
    browser = await organiser(house)
    path = f"/events/{event.id}/people/{receipt.seat_id}"
    assert "139****5678" in (await browser.get(path)).text
    assert "13912345678" in (await browser.post(f"{path}/phone")).text
    for listing in ("/people", "/line", "/door", "/sheet", "/answers"):
        assert "13912345678" not in (await browser.get(f"/events/{event.id}{listing}")).text
    auditor = await house.someone((Role.AUDITOR, house.district))
    log = await auditor.get("/audit?act=event.")
    assert log.text.count(receipt.seat_id) == 1 and "13912345678" not in log.text


async def test_calling_off_asks_for_the_name_and_tells_everybody(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north, capacity=1)
    for name in ("甲", "乙"):
        await organising.joins(event, name)
    browser = await organiser(house)
    path = f"/events/{event.id}/cancel"
    wrong = await browser.post(path, {"confirm_name": "别的", "cancel_note": "停电"})
    assert wrong.status == 422
    right = await browser.post(path, {"confirm_name": event.title, "cancel_note": "停电"})
    assert right.status == 303
    assert await organising.told() == ["events.notice_cancelled"] * 2
    assert (await browser.get(f"/events/{event.id}")).text.count("停电") >= 1


async def test_a_copy_and_a_series_are_drafts(house: House, organising: Organising) -> None:
    event = await organising.event(house.north)
    browser = await organiser(house)
    made = await browser.post(f"/events/{event.id}/clone", {"starts": "2027-03-01T09:00"})
    copy = await organising.desk.get(BY, made.location.rpartition("/")[2])
    assert copy.starts_at.isoformat() == "2027-03-01T01:00:00+00:00"
    assert copy.state is EventState.DRAFT
    again = await browser.post(f"/events/{event.id}/repeat", {"every": "week", "count": "3"})
    assert again.location == "/events?state=draft"
    assert len(await organising.desk.list_mine(BY)) == 5
    for form in ({"every": "week", "count": "99"}, {"every": "hour", "count": "2"}):
        assert (await browser.post(f"/events/{event.id}/repeat", form)).status == 422


async def test_a_poster_has_one_link_that_opens_the_event(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north)
    browser = await organiser(house)
    path = f"/events/{event.id}/poster"
    assert "生成二维码" in (await browser.get(path)).text
    for _ in range(2):
        assert (await browser.post(path)).location == path
    page = (await browser.get(path)).text
    (token,) = set(re.findall(r"\?start=([\w-]+)", page))
    assert 'src="data:image/svg+xml' in page
    link = await house.world.parts.desk.links.find(token)
    assert link is not None and link.target_id == event.id


async def test_a_draw_shows_its_promise_first_and_its_record_after(
    house: House, organising: Organising
) -> None:
    clock = house.world.clock
    event = await organising.event(house.north, mode=Mode.DRAW, capacity=2)
    for name in "甲乙丙丁":
        await organising.joins(event, name)
    browser = await organiser(house)
    before = (await browser.get(f"/events/{event.id}/draw")).text
    assert event.seed_hash and event.seed_hash in before and str(event.seed) not in before
    clock.move(days=9, seconds=1)
    await organising.ticks.draw_due()
    browser = await organiser(house)
    fixed = (await browser.get(f"/events/{event.id}/draw")).text
    assert "4 份报名，共 16 支签" in fixed and str(event.seed) not in fixed
    assert (await browser.get(f"/events/{event.id}/draw/record")).status == 404
    clock.move(minutes=11)
    await organising.ticks.draw_due()
    after = (await browser.get(f"/events/{event.id}/draw")).text
    assert "2 份抽中，2 份候补" in after and str(event.seed) in after
    record = await browser.get(f"/events/{event.id}/draw/record")
    assert record.headers["Content-Disposition"].startswith("attachment")
    assert len(json.loads(record.text)["winners"]) == 2


async def test_the_script_on_the_page_is_the_one_of_the_document(house: House) -> None:
    browser = await organiser(house)
    page = (await browser.get("/events/draw-rules")).text
    shown = re.search(r"<pre class=\"source lines\">(.*?)</pre>", page, re.S)
    written = re.search(
        r"```python\n(.*?)```", Path(ROOT, "docs/draw.md").read_text("utf-8"), re.S
    )
    assert shown and written
    assert unescape(shown.group(1)).strip() == written.group(1).strip()


async def rows_of(browser: Browser, event_id: str, **form: str) -> list[list[str]]:
    answer = await browser.post(f"/events/{event_id}/export", {"format": "csv", **form})
    assert answer.status == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"), newline="")))


async def test_lists_are_taken_masked_and_whole_only_with_a_reason(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.factory, capacity=1)
    await organising.joins(event, "张三丰", phone="13912345678", wish="=1+1", size="大")
    await organising.joins(event, "李四")
    town = await organiser(house)
    head, *rows = await rows_of(town, event.id, what="people")
    assert head[-3:-1] == ["T恤尺码？", "有什么要求？"]
    assert rows[0][1:4] == ["张*", "139****5678", "有名额"]
    assert rows[0][-3:-1] == ["大", "***"]
    assert [row[3] for row in rows] == ["有名额", "候补"]
    _, *line = await rows_of(town, event.id, what="line")
    assert [row[1] for row in line] == ["李*"] and line[0][4] == "1"
    whole = {"what": "people", "full": "yes", "reason": "给体育馆核对入场"}
    asked = await town.post(f"/events/{event.id}/export", {"format": "csv", **whole})
    assert asked.location.startswith("/countersigns/") and await house.agrees() == 1
    # The page of what was asked leads to the file, with the same words.
    ready = (await town.get(asked.location)).text
    assert f'action="/console/events/{event.id}/export"' in ready
    assert 'name="reason" value="给体育馆核对入场"' in ready
    _, *rows = await rows_of(town, event.id, **whole)
    assert rows[0][1:3] == ["张三丰", "13912345678"] and rows[0][-2] == "'=1+1"
    # Whoever works for an enterprise does not get their colleagues' numbers as a file.
    enterprise = await house.someone((Role.ORGANISER, house.factory))
    assert "要完整的姓名和电话" not in (await enterprise.get(f"/events/{event.id}/people")).text
    answer = await enterprise.post(f"/events/{event.id}/export", {"format": "csv", **whole})
    assert answer.status == 404
    _, *rows = await rows_of(enterprise, event.id, what="people")
    assert rows[0][1:3] == ["张*", "139****5678"]


async def test_a_draft_that_becomes_a_draw_has_a_seed(
    house: House, organising: Organising
) -> None:
    draft = await organising.draft(house.north)
    assert draft.seed is None
    changed = await organising.desk.change(BY, draft.id, mode=Mode.DRAW)
    assert changed.seed and changed.seed_hash
    again = await organising.desk.change(BY, draft.id, title="改名")
    assert again.seed == changed.seed


async def test_what_an_actor_elsewhere_asks_for_is_not_found(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north)
    own = EventReader(organising.database, house.world.clock)
    elsewhere = Actor("x", "x", (Grant(Role.ORGANISER, house.south.path),))
    receipt = await organising.joins(event)
    for act in (
        own.get(elsewhere, event.id),
        own.overview(elsewhere, event.id),
        own.preview(elsewhere, event.id),
        own.list_guests(elsewhere, event.id, limit=10),
        own.list_guests(elsewhere, event.id, words="张", limit=10),
        own.find_guest(elsewhere, event.id, receipt.seat_id),
        own.reveal_phone(elsewhere, event.id, receipt.seat_id),
        own.find_link(elsewhere, event.id),
        own.make_link(elsewhere, event.id),
    ):
        with refused("events.not_found"):
            await act
