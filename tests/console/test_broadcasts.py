"""Broadcasts in the console: from a form to the second person's yes."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import aiohttp
import pytest

from domain.broadcasts import Audience, Behaviour, Content, Segment, Topic, WithEvent
from domain.outbox import PushState
from domain.recurrence import Every
from domain.staff import Role
from tests.console.broadcast_house import PICTURE, TEXT, Announcing, Author
from tests.console.event_house import Organising
from tests.console.visiting import Answer, Browser, House

FORM = {
    "title": "停水通知",
    "topic": "news",
    "text": TEXT,
    "correction": "更正：改到后天。",
    "lasts": "12",
    "button_rows": "2",
    "button0_leads": "read",
    "button0_label": "我看过了",
    "button1_leads": "link",
    "button1_label": "看公告",
    "button1_link": "https://www.bjdx.gov.cn/notice",
}


@pytest.fixture
def announcing(house: House) -> Announcing:
    return Announcing(house)


def faults(answer: Answer) -> dict[str, str]:
    told = re.findall(r'<p class="fault" id="f-(\w+)-fault">([^<]+)</p>', answer.text)
    return {name: unescape(text) for name, text in told}


async def typing(house: House, announcing: Announcing) -> tuple[Author, Browser]:
    author = await announcing.author(house.north, "宣传小孙")
    return author, await house.sits_down(author.account)


async def handed_in(house: House, announcing: Announcing, author: Author, count: int = 25) -> str:
    """A broadcast to the members of an enterprise that waits for a second person."""
    await announcing.members(house.factory, count)
    broadcast = await announcing.draft(house.factory, author.actor)
    await announcing.arrives(author, broadcast)
    handed = await announcing.desk.hand_in(author.actor, broadcast.id)
    assert handed.state is PushState.APPROVING
    return broadcast.id


async def test_a_form_becomes_a_draft_with_everything_that_was_typed(
    house: House, announcing: Announcing
) -> None:
    author, browser = await typing(house, announcing)
    form = {**FORM, "unit": house.north.path, "paths": house.factory.path, "occupations": "rider"}
    answer = await browser.post("/broadcasts/new", {**form, "at": "2026-12-01T09:30"})
    assert answer.status == 303, answer.text
    draft = await announcing.desk.get(author.actor, answer.location.rpartition("/")[2])
    assert (draft.title, draft.content.text, draft.state) == ("停水通知", TEXT, PushState.DRAFT)
    assert [one.label for one in draft.content.buttons] == ["我看过了", "看公告"]
    assert draft.content.correction == "更正：改到后天。"
    assert draft.plan.at and draft.plan.at.isoformat() == "2026-12-01T01:30:00+00:00"
    assert draft.plan.lasts == timedelta(hours=12)
    (segment,) = draft.audience.segments
    assert (segment.paths, [str(one) for one in segment.occupations]) == (
        (house.factory.path,),
        ["rider"],
    )
    # The form shows it all again.
    edit = await browser.get(f"{answer.location}/edit")
    assert re.search(rf'name="paths" value="{house.factory.path}" checked', edit.text)
    assert re.search(r'name="occupations" value="rider" checked', edit.text)
    assert 'value="2026-12-01T09:30"' in edit.text and 'value="12"' in edit.text


async def test_every_fault_is_told_beside_its_field_and_nothing_is_lost(
    house: House, announcing: Announcing
) -> None:
    _, browser = await typing(house, announcing)
    wrong = {
        **FORM,
        "unit": house.south.path,
        "title": "",
        "text": "您好 {名字}，<b>停水",
        "at": "2020-01-01T09:00",
        "lasts": "9000",
        "button1_link": "https://example.com/",
        "paths": house.factory.path,
    }
    answer = await browser.post("/broadcasts/new", wrong)
    assert answer.status == 422
    told = faults(answer)
    assert set(told) == {"title", "unit", "text", "at", "lasts", "button1_label"}
    assert "第 1 行" in told["text"]
    for value in ("您好 {名字}，", "2020-01-01T09:00", "9000", "https://example.com/"):
        assert value in unescape(answer.text), value
    assert re.search(rf'name="paths" value="{house.factory.path}" checked', answer.text)


async def test_a_file_is_not_lost_when_something_else_must_be_put_right(
    house: House, announcing: Announcing
) -> None:
    author, browser = await typing(house, announcing)
    data = aiohttp.FormData()
    form = {**FORM, "title": "", "unit": house.north.path, "paths": house.factory.path}
    for name, value in {**form, "csrf": browser.csrf(), "once": "k1"}.items():
        data.add_field(name, value)
    data.add_field("file", PICTURE, filename="poster.png", content_type="image/png")
    answer = await browser.send("POST", "/broadcasts/new", data=data)
    assert answer.status == 422 and set(faults(answer)) == {"title"}
    kept = re.search(r'name="file_id" value="([^"]+)"', answer.text)
    assert kept and "现在带着：poster.png" in answer.text
    again = await browser.post("/broadcasts/new", {**form, "title": "好", "file_id": kept[1]})
    assert again.status == 303, again.text
    draft = await announcing.desk.get(author.actor, again.location.rpartition("/")[2])
    assert draft.content.media and draft.content.media.name == "poster.png"
    shown = await browser.get(f"/broadcasts/files/{kept[1]}")
    assert shown.headers["Content-Type"] == "image/png"
    dropped = {**form, "title": "好", "file_id": kept[1], "drop_file": "yes"}
    await browser.post(f"{again.location}/edit", dropped)
    draft = await announcing.desk.get(author.actor, draft.id)
    assert draft.content.media is None


async def test_what_is_not_what_it_says_is_no_file(house: House, announcing: Announcing) -> None:
    _, browser = await typing(house, announcing)
    data = aiohttp.FormData()
    form = {**FORM, "unit": house.north.path, "paths": house.factory.path}
    for name, value in {**form, "csrf": browser.csrf(), "once": "k1"}.items():
        data.add_field(name, value)
    data.add_field("file", b"MZ\x90", filename="poster.png", content_type="image/png")
    answer = await browser.send("POST", "/broadcasts/new", data=data)
    assert answer.status == 422 and set(faults(answer)) == {"file"}


async def test_while_one_types_the_page_tells_whom_it_reaches_and_how_it_looks(
    house: House, announcing: Announcing
) -> None:
    await announcing.members(house.factory, 21)
    await announcing.stranger(house.factory)
    _, browser = await typing(house, announcing)
    form = {**FORM, "unit": house.north.path, "paths": house.north.path, "text": "{unit}停水"}
    looked = (await browser.post("/broadcasts/look", form)).text
    assert "<b>21</b>" in looked and "1 人还没绑定" in looked
    assert looked.count("<li>会* <small>") == 5 and "会员一" not in looked
    assert "机械厂停水" in looked and "我看过了" in looked
    narrow = {**form, "occupations": "driver"}
    assert "<b>0</b>" in (await browser.post("/broadcasts/look", narrow)).text
    out_of_reach = {**form, "paths": house.mill.path}
    assert "不归您管" in (await browser.post("/broadcasts/look", out_of_reach)).text
    monthly = {**form, "every": "months", "first": "2027-01-31", "clock": "09:00", "day": "31"}
    looked = (await browser.post("/broadcasts/look", monthly)).text
    assert "2027-02-28 09:00" in looked and "改在月末" in looked
    assert looked.count(" 09:00") == 5


async def test_a_rule_makes_a_series_that_is_begun_by_hand(
    house: House, announcing: Announcing
) -> None:
    author, browser = await typing(house, announcing)
    form = {**FORM, "unit": house.north.path, "paths": house.north.path, "every": "weeks"}
    answer = await browser.post("/broadcasts/new", form)
    assert set(faults(answer)) == {"first", "clock"}
    rule = {"first": "2026-12-01", "clock": "09:00", "weekdays": "2", "interval": "2"}
    answer = await browser.post("/broadcasts/new", {**form, **rule})
    series = await announcing.desk.get(author.actor, answer.location.rpartition("/")[2])
    assert series.is_series and series.plan.rule
    assert (series.plan.rule.every, series.plan.rule.interval) == (Every.WEEKS, 2)
    assert series.plan.rule.weekdays == (2,)
    assert "开始定期推送" in (await browser.get(answer.location)).text
    await browser.post(f"{answer.location}/series", {"active": "yes"})
    assert (await announcing.desk.get(author.actor, series.id)).is_active
    assert "停止定期推送" in (await browser.get(answer.location)).text


async def test_a_saved_segment_is_ticked_again_and_its_number_is_told(
    house: House, announcing: Announcing
) -> None:
    await announcing.members(house.factory, 20)
    author, browser = await typing(house, announcing)
    form = {"segment_name": "厂里的骑手", "paths": house.factory.path, "occupations": "rider"}
    counted = await browser.post("/broadcasts/segments/count", form)
    assert "<b>20</b>" in counted.text
    assert (await browser.post("/broadcasts/segments", form)).status == 303
    listed = await browser.get("/broadcasts/segments")
    assert "厂里的骑手" in listed.text and "机械厂 · 外卖" in listed.text
    (saved,) = await announcing.segments.list_segments(author.actor)
    made = await browser.post(
        "/broadcasts/new", {**FORM, "unit": house.north.path, "segments": saved.id}
    )
    edit = await browser.get(f"{made.location}/edit")
    assert re.search(rf'name="segments" value="{saved.id}" checked', edit.text)
    # Without its name the criteria are still those of the broadcast, now in the boxes.
    await browser.post(f"/broadcasts/segments/{saved.id}/remove")
    edit = await browser.get(f"{made.location}/edit")
    assert re.search(rf'name="paths" value="{house.factory.path}" checked', edit.text)
    shown = await browser.get(made.location)
    assert "机械厂 · 外卖" in shown.text


async def test_segments_that_the_boxes_cannot_show_are_kept_as_they_are(
    house: House, announcing: Announcing
) -> None:
    author, browser = await typing(house, announcing)
    events = [await Organising(house).event(house.north, title=title) for title in ("甲", "乙")]
    both = tuple(WithEvent(event.id, Behaviour.SIGNED_UP) for event in events)
    one, other = Segment((house.factory.path,)), Segment((house.north.path,), events=both)
    draft = await announcing.draft(house.north, author.actor, audience=Audience((one, other)))
    edit = await browser.get(f"/broadcasts/{draft.id}/edit")
    kept = re.search(r'name="kept" value="([^"]+)" checked', edit.text)
    assert kept
    form = {**FORM, "unit": house.north.path, "paths": house.factory.path}
    await browser.post(f"/broadcasts/{draft.id}/edit", {**form, "kept": unescape(kept[1])})
    assert set((await announcing.desk.get(author.actor, draft.id)).audience.segments) == {
        one,
        other,
    }
    forged = {**form, "kept": '{"paths": ["/"], "cases": ["all"]}'}
    answer = await browser.post(f"/broadcasts/{draft.id}/edit", forged)
    assert answer.status == 422 and "读不出来了" in answer.text


async def test_handing_in_needs_a_test_that_arrived(house: House, announcing: Announcing) -> None:
    await announcing.members(house.factory, 25)
    for _ in range(2):
        await house.person((Role.ADMIN, house.district))
    author, browser = await typing(house, announcing)
    draft = await announcing.draft(house.factory, author.actor)
    path = f"/broadcasts/{draft.id}"
    refused = await browser.post(f"{path}/hand-in")
    assert refused.status == 422 and "试发" in refused.text
    assert (await browser.post(f"{path}/test")).status == 303
    await house.world.deliver()
    person = house.world.simulator.screen(author.account.telegram_id)["messages"]
    assert "停水" in person[-1]["text"]
    assert "收到了" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/hand-in")).status == 422, "nobody else may agree"
    other = await announcing.author(house.north, "审批老王")
    assert (await browser.post(f"{path}/hand-in")).status == 303
    shown = await browser.get(path)
    assert "等另一位同事审批" in shown.text and "审批推送" not in shown.text
    assert "审批推送" in (await (await house.sits_down(other.account)).get(path)).text


async def test_the_second_person_sees_everything_and_types_the_number(
    house: House, announcing: Announcing
) -> None:
    author = await announcing.author(house.north, "宣传小孙")
    other = await announcing.author(house.north, "审批老王")
    number = await handed_in(house, announcing, author)
    browser = await house.sits_down(other.account)
    waiting = await browser.get("/broadcasts/waiting")
    assert f"/broadcasts/{number}/approve" in waiting.text
    assert "等您审批的推送" in (await browser.get("/")).text
    path = f"/broadcasts/{number}"
    page = (await browser.get(f"{path}/approve")).text
    assert "<b>25</b>" in page and page.count("<li>会* <small>") == 5 and "宣传小孙" in page
    assert "停水" in page and "预计发完" in page and "超过单位人数的三成" in page
    assert "更正：停水改到后天" in page
    wrong = await browser.post(f"{path}/approve", {"count": "24"})
    assert wrong.status == 422
    assert (await announcing.desk.get(author.actor, number)).state is PushState.APPROVING
    assert (await browser.post(f"{path}/approve", {"count": "25"})).status == 303
    assert (await announcing.desk.get(author.actor, number)).state is PushState.APPROVED
    # Paused before it began, it comes back to where it was.
    assert (await browser.post(f"{path}/pause")).status == 303
    assert (await announcing.desk.get(author.actor, number)).state is PushState.PAUSED
    assert (await browser.post(f"{path}/resume")).status == 303
    assert (await announcing.desk.get(author.actor, number)).state is PushState.APPROVED
    # Within the minute before the first message anybody who may pause it can say no.
    assert "等等，先别发" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/take-back")).status == 303
    assert (await announcing.desk.get(author.actor, number)).state is PushState.DRAFT


async def test_nobody_agrees_to_their_own_and_not_with_an_old_factor(
    house: House, announcing: Announcing
) -> None:
    author = await announcing.author(house.north, "宣传小孙")
    other = await announcing.author(house.north, "审批老王")
    number = await handed_in(house, announcing, author)
    path = f"/broadcasts/{number}/approve"
    own = await house.sits_down(author.account)
    assert "type_count" not in (await own.get(path)).text
    assert (await own.post(path, {"count": "25"})).status == 422
    browser = await house.sits_down(other.account)
    house.world.clock.move(minutes=16)
    assert "再验证一次身份" in (await browser.get(path)).text
    refused = await browser.post(path, {"count": "25"})
    assert refused.status == 422 and "现在验证" in refused.text
    assert (await announcing.desk.get(author.actor, number)).state is PushState.APPROVING
    # Control: the same person with a fresh factor.
    browser = await house.sits_down(other.account)
    assert (await browser.post(path, {"count": "25"})).status == 303


async def test_what_is_given_back_tells_why(house: House, announcing: Announcing) -> None:
    author = await announcing.author(house.north, "宣传小孙")
    other = await announcing.author(house.north, "审批老王")
    number = await handed_in(house, announcing, author)
    browser = await house.sits_down(other.account)
    path = f"/broadcasts/{number}"
    await browser.post(f"{path}/reject", {"reject_note": "时间写错了"})
    shown = await (await house.sits_down(author.account)).get(path)
    assert "同事没有同意" in shown.text and "时间写错了" in shown.text


async def test_the_list_is_sieved_and_shows_own_units_only(
    house: House, announcing: Announcing
) -> None:
    author, browser = await typing(house, announcing)
    south = await announcing.author(house.south)
    await announcing.draft(house.south, south.actor, title="南镇的推送")
    await announcing.draft(house.factory, author.actor, title="厂里的推送")
    content = Content("新课", Topic.LEARNING)
    await announcing.draft(house.north, title="别人写的课", content=content)
    listed = (await browser.get("/broadcasts")).text
    assert "厂里的推送" in listed and "别人写的课" in listed and "南镇的推送" not in listed
    assert "厂里的推送" not in (await browser.get("/broadcasts?topic=learning")).text
    assert "别人写的课" not in (await browser.get("/broadcasts?by=mine")).text
    assert "厂里的推送" not in (await browser.get("/broadcasts?state=finished")).text
    assert "厂里的推送" in (await browser.get("/search?q=厂里")).text


async def test_an_emergency_takes_two_beforehand_and_one_when_it_matters(
    house: House, announcing: Announcing
) -> None:
    await announcing.members(house.factory, 22)
    admins = [
        await announcing.author(house.district, name, Role.ADMIN) for name in ("小吴", "老周")
    ]
    first, second = [await house.sits_down(one.account) for one in admins]
    told = {"template_title": "暴雨红色预警", "words": "请马上到高处。"}
    assert (await first.post("/broadcasts/emergency", told)).status == 303
    (template,) = await announcing.emergencies.templates(admins[0].actor)
    path = f"/broadcasts/emergency/{template.id}"
    send = {"unit": house.factory.path, "confirm_name": template.title}
    assert (await first.post(f"{path}/send", send)).status == 422, "nobody agreed yet"
    assert (await first.post(f"{path}/agree")).status == 422, "nobody agrees to their own"
    assert (await second.post(f"{path}/agree")).status == 303
    wrong = {**send, "confirm_name": "暴雨"}
    assert (await first.post(f"{path}/send", wrong)).status == 422
    sent = await first.post(f"{path}/send", send)
    assert sent.status == 303, sent.text
    house.world.clock.move(minutes=11)
    first = await house.sits_down(admins[0].account)
    assert (await first.post(f"{path}/send", send)).status == 422, "once a day"
    second = await house.sits_down(admins[1].account)
    assert "等您复核" in (await second.get("/broadcasts/waiting")).text
    assert (await second.post(f"{sent.location}/review", {"review_note": "发得对"})).status == 303
    assert "发得对" in (await second.get(sent.location)).text


async def test_a_broadcast_of_the_same_hour_is_warned_of(
    house: House, announcing: Announcing
) -> None:
    author = await announcing.author(house.north, "宣传小孙")
    await announcing.author(house.north, "审批老王")
    await handed_in(house, announcing, author)
    browser = await house.sits_down(author.account)
    form = {**FORM, "title": "另一条", "unit": house.north.path, "paths": house.north.path}
    looked = (await browser.post("/broadcasts/look", form)).text
    assert "一小时内还有别的推送" in looked and "停水通知" in looked
    later = house.world.clock.now() + timedelta(days=2)
    calm = {**form, "at": f"{later:%Y-%m-%d}T12:00"}
    assert "一小时内" not in (await browser.post("/broadcasts/look", calm)).text
