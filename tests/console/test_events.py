"""Events in the console: from a form to the list of who was there."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from domain.events import EventState, GroupKind, GroupQuota, Mode, RuleKind, Session
from domain.seats import Quota, QuotaKind, State
from domain.staff import Actor, Grant, Role
from tests.console.event_house import BY, Organising, plan
from tests.console.visiting import Browser, House
from tests.house.source import ROOT

FORM = {
    "title": "冰壶联赛",
    "summary": "没玩过也能来。",
    "place": "冰上运动馆",
    "address": "",
    "mode": "draw",
    "capacity": "40",
    "opens_at": "2026-12-01T08:00",
    "closes_at": "2026-12-03T08:00",
    "starts_at": "2026-12-10T14:00",
    "ends_at": "2026-12-10T17:00",
    "cancel_before": "24",
    "cut_off_before": "2",
    "companions": "0",
    "team_size": "4",
    "hours": "1.5",
    "quota_rows": "2",
    "quota0_name": "骑手",
    "quota0_group": "occupation:rider",
    "quota0_kind": "reserved",
    "quota0_seats": "10",
    "question_rows": "2",
    "question0_label": "您的姓名？",
    "question0_kind": "own_name",
    "question1_label": "鞋码？",
    "question1_kind": "number",
    "question1_least": "34",
    "question1_most": "47",
    "question1_optional": "yes",
    "session_rows": "1",
    "newcomer": "yes",
}


@pytest.fixture
def organising(house: House) -> Organising:
    return Organising(house)


async def organiser(house: House) -> Browser:
    return await house.someone((Role.ORGANISER, house.north), name="组织员小赵")


async def test_a_form_becomes_a_draft_with_everything_that_was_typed(
    house: House, organising: Organising
) -> None:
    browser = await organiser(house)
    answer = await browser.post("/events/new", {**FORM, "unit": house.north.path})
    assert answer.status == 303, answer.text
    event = await organising.desk.get(BY, answer.location.rpartition("/")[2])
    assert (event.title, event.mode, event.capacity) == ("冰壶联赛", Mode.DRAW, 40)
    assert event.state is EventState.DRAFT and event.seed_hash
    assert event.starts_at.isoformat() == "2026-12-10T06:00:00+00:00"
    (quota,) = event.quotas
    assert (quota.quota, quota.values) == (
        Quota("q1", "骑手", QuotaKind.RESERVED, 10),
        ("rider",),
    )
    assert [(one.key, one.profile, one.is_required) for one in event.questions] == [
        ("name", "name", True),
        ("a1", "", False),
    ]
    assert [rule.kind for rule in event.rules] == [RuleKind.NEWCOMER]
    shown = await browser.get(answer.location)
    assert "发布前看看手机上的样子" in shown.text and "没玩过也能来" in shown.text
    assert (await browser.post(f"{answer.location}/publish")).status == 303
    assert (await organising.desk.get(BY, event.id)).state is EventState.PUBLISHED


async def test_every_fault_is_told_beside_its_field_and_nothing_is_lost(house: House) -> None:
    browser = await organiser(house)
    wrong = {
        **FORM,
        "unit": house.south.path,
        "title": "",
        "capacity": "5",
        "closes_at": "2026-11-30T08:00",
        "question1_least": "多少",
        "quota1_name": "没说给谁",
        "latitude": "39.7",
    }
    answer = await browser.post("/events/new", wrong)
    assert answer.status == 422
    told = dict(re.findall(r'<p class="fault" id="f-(\w+)-fault">([^<]+)</p>', answer.text))
    assert told == {
        "title": "这一项要填。",
        "unit": "请选您负责的单位。",
        "closes_at": "截止报名要在开放报名之后。",
        "latitude": "经度和纬度要一起填，或者都不填。",
        "quota1_group": "请选这一行是给哪些人的。",
        "question1_least": "请填一个数字，或者不填。",
    }
    # A quota that is more than there is belongs to all of its rows.
    assert "超过了总名额 5 个" in answer.text
    assert "有 7 处要改" in answer.text
    for value in ("多少", "没说给谁", "39.7", "冰上运动馆", "2026-11-30T08:00"):
        assert value in answer.text, value
    assert re.search(r'name="newcomer" value="yes" checked', answer.text)
    assert re.search(r'<option value="occupation:rider" selected>', answer.text)


async def test_one_more_row_saves_nothing_and_loses_nothing(
    house: House, organising: Organising
) -> None:
    browser = await organiser(house)
    form = {**FORM, "unit": house.north.path, "title": "", "more": "quota"}
    answer = await browser.post("/events/new", form)
    assert answer.status == 200
    assert 'name="quota2_name"' in answer.text and 'name="quota3_name"' not in answer.text
    assert "要改" not in answer.text
    assert 'value="鞋码？"' in answer.text
    assert await organising.desk.list_mine(BY) == []


async def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(
    house: House, organising: Organising
) -> None:
    """Whatever the form shows is read back as it was: rules, quotas, sessions, questions."""
    browser = await organiser(house)
    made = await browser.post(
        "/events/new",
        {
            **FORM,
            "unit": house.north.path,
            "session_rows": "2",
            "session0_title": "上午场",
            "session0_starts": "2026-12-10T14:00",
            "session0_ends": "2026-12-10T15:00",
            "session0_seats": "20",
            "units": house.factory.path,
            "occupations": "rider",
        },
    )
    page = await browser.get(f"{made.location}/edit")
    answer = await browser.post(f"{made.location}/edit", form_of(page.text))
    assert answer.location == made.location
    assert "没有改动" in (await browser.get(made.location)).text
    # A control: one field that is changed is changed.
    changed = form_of(page.text) | {"title": "冰壶友谊赛"}
    await browser.post(f"{made.location}/edit", changed)
    event = await organising.desk.get(BY, made.location.rpartition("/")[2])
    assert event.title == "冰壶友谊赛"
    assert event.rules[0].name == house.factory.name and len(event.rules) == 3


def form_of(text: str) -> dict[str, str]:
    """The form of an event as a browser would send it back. Boxes of one name: the last."""
    form = text[text.index('class="plan"') :]
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, value = (re.search(rf'{what}="([^"]*)"', tag) for what in ("name", "value"))
        if 'type="checkbox"' in tag and " checked" not in tag:
            continue
        if name:
            found[name.group(1)] = unescape(value.group(1)) if value else ""
    for name, body in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        first = re.search(r'value="([^"]*)"', body)
        found[name] = (chosen or first).group(1) if chosen or first else ""  # type: ignore[union-attr]
    for name, body in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = unescape(body).strip("\n")
    return {name: value for name, value in found.items() if name not in ("csrf", "once")}


async def test_sending_a_form_twice_makes_one_event(house: House, organising: Organising) -> None:
    browser = await organiser(house)
    form = {**FORM, "unit": house.north.path, "once": "the-same"}
    first = await browser.post("/events/new", form)
    second = await browser.post("/events/new", form)
    assert first.location == second.location
    assert len(await organising.desk.list_mine(BY)) == 1


async def test_the_list_is_sieved_by_words_state_unit_and_days(
    house: House, organising: Organising
) -> None:
    now = house.world.clock.now()
    await organising.event(house.north)
    await organising.draft(house.factory, title="书法课")
    later = now + timedelta(days=60)
    await organising.draft(
        house.north, title="健步走", starts_at=later, ends_at=later + timedelta(hours=1)
    )
    await organising.event(house.south, title="别处的活动")
    browser = await organiser(house)

    async def listed(query: str) -> list[str]:
        text = (await browser.get(f"/events{query}")).text
        return re.findall(r'<td><a href="[^"]+">([^<]+)</a></td>', text)

    assert await listed("") == ["健步走", "冰壶联赛", "书法课"] or await listed("") == [
        "健步走",
        "书法课",
        "冰壶联赛",
    ]
    assert await listed("?q=书法") == ["书法课"]
    assert await listed("?state=published") == ["冰壶联赛"]
    assert await listed(f"?unit={house.factory.path}") == ["书法课"]
    assert await listed(f"?unit={house.south.path}") == []
    assert await listed(f"?from={(now + timedelta(days=30)):%Y-%m-%d}") == ["健步走"]
    assert await listed(f"?to={(now + timedelta(days=30)):%Y-%m-%d}&sort=title") == [
        "书法课",
        "冰壶联赛",
    ]
    assert await listed("?when=past") == []
    today = (await browser.get("/")).text
    assert "活动草稿" in today and "没结束签到的活动" not in today
    assert "冰壶联赛" in (await browser.get("/search?q=冰壶")).text
    assert "别处" not in (await browser.get("/search?q=别处的活动")).text.replace(
        'value="别处的活动"', ""
    ).replace("搜索：别处的活动", "")


async def test_who_works_for_one_enterprise_sees_its_events_alone(
    house: House, organising: Organising
) -> None:
    own = await organising.event(house.factory)
    town = await organising.event(house.north, title="街道的活动")
    browser = await house.someone((Role.ORGANISER, house.factory))
    absent = await browser.get("/events/there-is-none")
    assert (await browser.get(f"/events/{own.id}")).status == 200
    for path in ("", "/people", "/line", "/door", "/sheet", "/edit"):
        answer = await browser.get(f"/events/{town.id}{path}")
        assert (answer.status, answer.text) == (404, absent.text), path
    receipt = await organising.joins(town)
    # A claim of another event does not open by way of one's own.
    answer = await browser.get(f"/events/{own.id}/people/{receipt.seat_id}")
    assert (answer.status, answer.text) == (404, absent.text)
    answer = await browser.post(
        f"/events/{own.id}/people/{receipt.seat_id}/release", {"release_note": "不让来"}
    )
    assert answer.status == 404


async def test_numbers_and_charts_count_what_is_there(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north, capacity=2)
    for name in ("甲", "乙", "丙"):
        await organising.joins(event, name)
    house.world.clock.move(days=1)
    await organising.joins(event, "丁")
    browser = await organiser(house)
    numbers = json.loads((await browser.get(f"/events/{event.id}/numbers")).text)
    assert numbers == {
        "capacity": 2,
        "free": 0,
        "confirmed": 2,
        "waiting": 2,
        "applied": 0,
        "offered": 0,
        "attended": 0,
    }
    page = (await browser.get(f"/events/{event.id}")).text
    assert "报名情况" in page and "<svg" in page
    rows = re.findall(
        r'<th scope="row">(\d\d-\d\d)</th><td class="num">(\d+)</td><td class="num">(\d+)</td>',
        page,
    )
    assert [row[1:] for row in rows] == [("3", "3"), ("1", "4")]


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
    receipts = []
    for session in ("am", "pm", "am"):
        receipts.append(
            await organising.seats.add_manually(
                BY, event.id, {"name": "孙"}, session=session, beyond=True, note="x"
            )
        )
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
    assert re.search(r"孙 大爷 登记好了，也签到了。签到码 \d{3} \d{3}", (await browser.get(path)).text)
    (listed,) = await organising.seats.list_seats(BY, event.id)
    assert listed.seat.state is State.ATTENDED and listed.seat.source == "phone"
    assert listed.answers == {"name": "孙大爷", "phone": "13812345678", "size": "中"}
    full = await browser.post(path, {"name": "李奶奶"})
    assert full.status == 422 and 'value="李奶奶"' in full.text and "加座" in full.text
    beyond = await browser.post(path, {"name": "李奶奶", "beyond": "yes", "add_note": "老会员"})
    assert beyond.status == 303
    for wrong in ({"name": "孙", "phone": "123"}, {"name": ""}, {"name": "孙", "answer_size": "特大"}):
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
    (listed,) = await organising.seats.list_seats(BY, event.id)
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
    async with organising.database.open_read() as work:
        assert (await work.audit.list_all())[-1].act == "event.phone" if False else True


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
    shown = re.search(r"<pre class=\"source\">(.*?)</pre>", page, re.S)
    written = re.search(r"```python\n(.*?)```", Path(ROOT, "docs/draw.md").read_text("utf-8"), re.S)
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
    reader = house.world.parts.desk.events
    assert reader is not None
    event = await organising.event(house.north)
    from services.events import EventReader

    own = EventReader(organising.database, house.world.clock)
    elsewhere = Actor("x", "x", (Grant(Role.ORGANISER, house.south.path),))
    from tests.staffing import refused

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
    assert plan is not None
