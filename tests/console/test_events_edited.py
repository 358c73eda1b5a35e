"""An event that is changed in the console after people signed up for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.events import Event, Session
from domain.sign_ups import Wish
from tests.console.event_house import BY, FIRST, SIZE, Organising
from tests.console.test_events import FORM, form_of, organiser
from tests.console.visiting import House


@pytest.fixture
def organising(house: House) -> Organising:
    return Organising(house)


async def test_a_new_question_never_shows_the_answers_to_one_that_is_gone(
    house: House, organising: Organising
) -> None:
    browser = await organiser(house)
    made = await browser.post("/events/new", {**FORM, "unit": house.north.path})
    event_id = made.location.rpartition("/")[2]
    await organising.desk.publish(BY, event_id)
    before = await organising.desk.get(BY, event_id)
    await organising.desk.change(BY, event_id, rules=(), opens_at=house.world.clock.now())
    key = before.questions[1].key
    await organising.members.sign_up(Wish(event_id, FIRST - 1, answers={key: "41"}))
    path = f"{made.location}/edit"
    without = form_of((await browser.get(path)).text) | {"question1_label": ""}
    assert (await browser.post(path, without)).location == made.location
    other = form_of((await browser.get(path)).text)
    other |= {"question1_label": "带几瓶水？", "question1_kind": "number", "question1_key": ""}
    assert (await browser.post(path, other)).location == made.location
    after = await organising.desk.get(BY, event_id)
    assert [one.label for one in after.questions] == ["您的姓名？", "带几瓶水？"]
    assert after.questions[1].key != key


async def test_a_claim_of_a_session_that_is_gone_is_still_shown(
    house: House, organising: Organising
) -> None:
    event, seat = await _left_session(house, organising)
    browser = await organiser(house)
    for page in ("people", f"people/{seat}", "line", "door", "sheet"):
        answer = await browser.get(f"/events/{event.id}/{page}")
        assert answer.status == 200, page


async def _left_session(house: House, organising: Organising) -> tuple[Event, str]:
    """An event of which a session was taken away after the only guest had given up."""
    starts = house.world.clock.now() + timedelta(days=10)
    hour = timedelta(hours=1)
    morning = Session("am", "上午场", starts, starts + hour, 5)
    evening = Session("pm", "晚场", starts + hour, starts + 2 * hour, 5)
    event = await organising.event(house.north, sessions=(morning, evening), questions=())
    await organising.members.sign_up(Wish(event.id, FIRST - 1, session="am"))
    receipt = await organising.members.cancel(event.id, FIRST - 1)
    await organising.desk.change(BY, event.id, sessions=(evening,))
    return event, receipt.seat_id


async def test_a_session_with_people_is_not_taken_away_and_it_is_told_beside_it(
    house: House, organising: Organising
) -> None:
    starts = house.world.clock.now() + timedelta(days=10)
    morning = Session("am", "上午场", starts, starts + timedelta(hours=1), 5)
    event = await organising.event(house.north, sessions=(morning,), questions=())
    await organising.members.sign_up(Wish(event.id, FIRST - 1, session="am"))
    browser = await organiser(house)
    path = f"/events/{event.id}/edit"
    answer = await browser.post(
        path, form_of((await browser.get(path)).text) | {"session0_title": ""}
    )
    assert answer.status == 422 and "不能去掉这一场" in answer.text


async def test_two_who_change_an_event_at_once_do_not_undo_each_other(
    house: House, organising: Organising
) -> None:
    event = await organising.event(house.north, questions=(SIZE,))
    first, second = await organiser(house), await organiser(house)
    path = f"/events/{event.id}/edit"
    mine, theirs = [form_of((await one.get(path)).text) for one in (first, second)]
    await first.post(path, mine | {"place": "新馆"})
    answer = await second.post(path, theirs | {"summary": "带手套"})
    assert answer.status == 422 and "有人改过" in answer.text
    kept = await organising.desk.get(BY, event.id)
    assert (kept.place.name, kept.summary) == ("新馆", "")
    # Who has read that and saves once more means it.
    again = form_of(answer.text) | {"place": "新馆"}
    assert (await second.post(path, again)).location == f"/events/{event.id}"
    kept = await organising.desk.get(BY, event.id)
    assert (kept.place.name, kept.summary) == ("新馆", "带手套")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_beyond_all_calendars_is_no_fault_of_ours(
    house: House, organising: Organising, day: str
) -> None:
    event = await organising.event(house.north)
    browser = await organiser(house)
    assert (await browser.get(f"/events?from={day}&to={day}")).status == 200
    answer = await browser.post(f"/events/{event.id}/clone", {"starts": f"{day}T00:00"})
    assert answer.status == 422
    form = {**FORM, "unit": house.north.path, "opens_at": f"{day}T00:00"}
    assert (await browser.post("/events/new", form)).status == 422
    assert len(await organising.desk.list_mine(BY)) == 1
