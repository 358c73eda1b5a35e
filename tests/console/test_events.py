"""Events in the console: from a form to the list of who was there."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from domain.events import EventState, Mode, RuleKind
from domain.seats import Quota, QuotaKind
from domain.staff import Role
from tests.console.event_house import BY, Organising
from tests.console.visiting import Browser, House

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

    first, *others = await listed("")
    assert (first, set(others)) == ("健步走", {"冰壶联赛", "书法课"})
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
