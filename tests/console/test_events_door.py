"""Check-in through the console: codes, lists, paper, phones that had no network."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from domain.events import Event
from domain.seats import State
from domain.sign_ups import Receipt
from domain.staff import Role
from tests.console.event_house import BY, Organising
from tests.console.visiting import Answer, Browser, House


@pytest.fixture
def organising(house: House) -> Organising:
    return Organising(house)


async def at_the_door(
    house: House, organising: Organising, count: int = 4
) -> tuple[Browser, Event, list[Receipt]]:
    """An event that begins now, with its guests; somebody with a phone at the door."""
    event = await organising.event(house.north, capacity=count)
    receipts = [await organising.joins(event, name) for name in "甲乙丙丁戊己"[:count]]
    house.world.clock.move(days=10)
    return await house.someone((Role.ORGANISER, house.north)), event, receipts


async def states(organising: Organising, event: Event) -> dict[str, State]:
    guests, _ = await organising.reader.list_guests(BY, event.id, limit=99)
    return {one.name: one.seat.state for one in guests}


async def test_the_camera_may_be_used_on_this_page_and_on_no_other(
    house: House, organising: Organising
) -> None:
    browser, event, _ = await at_the_door(house, organising)
    door = await browser.get(f"/events/{event.id}/door")
    assert door.headers["Permissions-Policy"].startswith("camera=(self), ")
    assert "connect-src 'self'" in door.headers["Content-Security-Policy"]
    other = await browser.get(f"/events/{event.id}")
    assert other.headers["Permissions-Policy"].startswith("camera=(), ")


async def test_six_digits_or_the_whole_code_let_somebody_in(
    house: House, organising: Organising
) -> None:
    browser, event, receipts = await at_the_door(house, organising)
    path = f"/events/{event.id}/door"
    first, second = receipts[:2]
    for code in (f"{first.code[:3]} {first.code[3:]}", second.seat_id, first.code):
        assert (await browser.post(f"{path}/code", {"code": code})).location == path
    assert "甲 签到了，1 人" in (await browser.get(path)).text
    unknown = await browser.post(f"{path}/code", {"code": "000000x"})
    assert unknown.status == 422 and "没有这个签到码" in unknown.text
    assert list((await states(organising, event)).values()) == [
        State.ATTENDED,
        State.ATTENDED,
        State.CONFIRMED,
        State.CONFIRMED,
    ]


async def test_who_only_waits_is_told_so_at_the_door(house: House, organising: Organising) -> None:
    event = await organising.event(house.north, capacity=1)
    await organising.joins(event, "甲")
    waiting = await organising.joins(event, "乙")
    browser = await house.someone((Role.ORGANISER, house.north))
    answer = await browser.post(f"/events/{event.id}/door/code", {"code": waiting.code})
    assert answer.status == 422 and "没有名额" in answer.text
    ticked = await browser.post(f"/events/{event.id}/door/ticks", {"seat": waiting.seat_id})
    assert ticked.status == 303
    assert "0 人签到了，1 人没有成功" in (await browser.get(ticked.location)).text


async def test_paper_is_brought_in_at_once_and_one_is_undone(
    house: House, organising: Organising
) -> None:
    browser, event, receipts = await at_the_door(house, organising)
    path = f"/events/{event.id}/door"
    form = [("csrf", browser.csrf()), ("once", "paper")]
    form += [("seat", one.seat_id) for one in receipts[:3]]
    for _ in range(2):
        assert (await browser.send("POST", f"{path}/ticks", data=form)).location == path
    assert "刚才已经提交过" in (await browser.get(path)).text
    undone = await browser.post(f"{path}/undo", {"undo_seat": receipts[0].seat_id})
    assert undone.location == path and "甲 的签到撤销了" in (await browser.get(path)).text
    assert await states(organising, event) == {
        "甲": State.CONFIRMED,
        "乙": State.ATTENDED,
        "丙": State.ATTENDED,
        "丁": State.CONFIRMED,
    }
    nobody = await browser.post(f"{path}/ticks")
    assert nobody.status == 422


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def sync(browser: Browser, event: Event, *ticks: str) -> Answer:
    return await browser.post(f"/events/{event.id}/door/sync", {"ticks": "\n".join(ticks)})


async def test_a_phone_that_had_no_network_brings_in_its_ticks_once(
    house: House, organising: Organising
) -> None:
    browser, event, receipts = await at_the_door(house, organising)
    now = house.world.clock.now()
    one, two, three, _ = (receipt.seat_id for receipt in receipts)
    at = milliseconds(now - timedelta(minutes=30))
    ticks = (
        f"k1 {one} 1 {at}",
        # Undone later, but brought in first.
        f"k3 {two} 0 {at + 60_000}",
        f"k2 {two} 1 {at}",
        f"k4 {three} 1 {at}",
        f"k5 no-such-seat 1 {at}",
    )
    answers = [json.loads((await sync(browser, event, *ticks)).text) for _ in range(2)]
    assert answers[0] == answers[1]
    became = answers[0]["became"]
    assert [became[key] for key in ("k1", "k2", "k3", "k4")] == [""] * 4
    assert "没有这个签到码" in became["k5"]
    assert set(answers[0]["inside"]) == {one, three}
    assert list((await states(organising, event)).values()).count(State.ATTENDED) == 2


async def test_the_page_tells_a_phone_the_time_and_the_future_is_not_believed(
    house: House, organising: Organising
) -> None:
    browser, event, receipts = await at_the_door(house, organising)
    door = (await browser.get(f"/events/{event.id}/door")).text
    now = house.world.clock.now()
    assert f'data-now="{milliseconds(now)}"' in door
    seat = receipts[0].seat_id
    ahead = milliseconds(now + timedelta(days=1))
    await sync(browser, event, f"k1 {seat} 1 {ahead}")
    house.world.clock.move(minutes=10)
    later = milliseconds(house.world.clock.now())
    answer = await sync(browser, event, f"k2 {seat} 0 {later}")
    assert json.loads(answer.text)["inside"] == []


@pytest.mark.parametrize(
    "ticks",
    [
        "k s 1",
        "k s 2 1764000000000",
        "k s 1 -5",
        "k s 1 x",
        f"{'k' * 65} s 1 1764000000000",
        f"k s 1 {'9' * 15}",
    ],
)
async def test_what_is_garbled_is_refused_in_words(
    house: House, organising: Organising, ticks: str
) -> None:
    browser, event, _ = await at_the_door(house, organising, 1)
    answer = await sync(browser, event, ticks)
    assert answer.status == 422
    assert "不完整" in json.loads(answer.text)["fault"]


async def test_a_form_of_another_site_ticks_nobody(house: House, organising: Organising) -> None:
    browser, event, receipts = await at_the_door(house, organising, 1)
    form = {"ticks": f"k {receipts[0].seat_id} 1 1764000000000"}
    answer = await browser.post(f"/events/{event.id}/door/sync", form, csrf="x")
    assert answer.status == 403
    assert await states(organising, event) == {"甲": State.CONFIRMED}


async def test_the_paper_list_has_who_has_a_seat_and_no_whole_number(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north, capacity=1)
    await organising.joins(event, "甲某某", phone="13912345678")
    await organising.joins(event, "乙某某")
    browser = await house.someone((Role.ORGANISER, house.north))
    sheet = (await browser.get(f"/events/{event.id}/sheet")).text
    assert "甲某某" in sheet and "乙某某" not in sheet
    assert "139****5678" in sheet and "13912345678" not in sheet


async def test_closing_marks_who_was_not_there_and_late_paper_still_counts(
    house: House, organising: Organising
) -> None:
    browser, event, receipts = await at_the_door(house, organising, 2)
    await browser.post(f"/events/{event.id}/door/code", {"code": receipts[0].code})
    closed = await browser.post(f"/events/{event.id}/finish")
    assert closed.status == 303
    assert await states(organising, event) == {"甲": State.ATTENDED, "乙": State.NO_SHOW}
    await browser.post(f"/events/{event.id}/door/ticks", {"seat": receipts[1].seat_id})
    assert (await states(organising, event))["乙"] is State.ATTENDED
    page = (await browser.get(f"/events/{event.id}")).text
    assert "签到情况" in page and "到场结果" in page
