"""Which forms may be meant again: what changes a state is told by its key alone."""

from __future__ import annotations

import re

import pytest

from console.frame.routes import Route
from console.registry import all_routes
from domain.staff import Flag, Role
from tests.console.case_house import a_case
from tests.console.event_house import Organising
from tests.console.quiz_house import editor, own_plan, stocked
from tests.console.talk_house import a_talk
from tests.console.visiting import House
from tests.services.quiz_kit import EDITOR

POSTS = [route for route in all_routes() if route.method == "POST"]
# These make something new: sent again with the same words by going back, they would make two.
MAKES_NEW = {
    "POST /units/{id}/below",
    "POST /staff",
    "POST /talks/phrases",
    "POST /talks/{id}/note",
    "POST /talks/{id}/phrasing",
    "POST /cases/firms",
    "POST /cases/{id}/note",
    "POST /cases/{id}/refer",
    "POST /events/new",
    "POST /events/{id}/clone",
    "POST /events/{id}/repeat",
    "POST /events/{id}/add",
    "POST /events/{id}/message",
    "POST /quiz/new",
    "POST /quiz/items/new",
    "POST /quiz/rounds/{id}/clone",
    "POST /quiz/import/{id}",
}
NOUNS = ("/talks", "/cases", "/quiz/rounds", "/quiz/items", "/events", "/members", "/units")


def _is_ours(route: Route) -> bool:
    return route.path.startswith((*NOUNS, "/staff", "/quiz/new", "/quiz/import"))


def test_every_form_that_is_done_once_is_known_to_make_something_or_may_be_meant_again() -> None:
    once = {route.name for route in POSTS if _is_ours(route) and route.once and not route.again}
    assert once <= MAKES_NEW, once - MAKES_NEW
    assert {route.name for route in POSTS} >= MAKES_NEW
    # `again` without a key would say nothing.
    assert [route.name for route in POSTS if route.again and not route.once] == []


@pytest.mark.parametrize("noun", NOUNS)
def test_the_forms_of_each_noun_are_looked_at(noun: str) -> None:
    assert [route for route in POSTS if route.path.startswith(noun)]


async def test_a_talk_may_be_taken_given_back_by_a_colleague_and_taken_again(
    house: House,
) -> None:
    person = await house.person((Role.CASEWORKER, house.north), name="甲")
    lead = await house.person(
        (Role.CASEWORKER, house.north), name="乙", flags=frozenset({Flag.LEAD})
    )
    first, second = await house.sits_down(person), await house.sits_down(lead)
    talk, _ = await a_talk(house, house.north)
    at = f"/talks/{talk}"

    async def holder() -> str | None:
        async with house.world.parts.database.open_read() as work:
            found = await work.talks.find(talk)
        return found.assignee if found else None

    for _ in range(2):
        await first.post(f"{at}/claim")
        assert await holder() == person.id
        # A lead takes it over and gives it back; the first one has sent nothing meanwhile.
        await second.post(f"{at}/claim")
        await second.post(f"{at}/back")
        assert await holder() is None


async def test_the_same_reply_twice_in_ten_minutes_is_two_replies(house: House) -> None:
    browser = await house.someone((Role.CASEWORKER, house.north))
    talk, _ = await a_talk(house, house.north)
    await browser.post(f"/talks/{talk}/claim")
    for _ in range(2):
        assert (await browser.post(f"/talks/{talk}/reply", {"reply": "好的"})).status == 303
    said = (await browser.get(f"/talks/{talk}/said")).text
    assert len(re.findall(r">\s*好的\s*<", said)) == 2
    # A double click is one: the key tells.
    for _ in range(2):
        await browser.post(f"/talks/{talk}/reply", {"reply": "稍等", "once": "one-key"})
    said = (await browser.get(f"/talks/{talk}/said")).text
    assert len(re.findall(r">\s*稍等\s*<", said)) == 1


async def test_a_case_may_be_assigned_elsewhere_by_a_colleague_and_back_again(
    house: House,
) -> None:
    leads, workers = [], []
    for _ in range(2):
        workers.append(await house.person((Role.CASEWORKER, house.north)))
        leads.append(
            await house.sits_down(
                await house.person((Role.CASEWORKER, house.north), flags=frozenset({Flag.LEAD}))
            )
        )
    told = await a_case(house, house.north)
    for _ in range(2):
        for lead, worker in zip(leads, workers, strict=True):
            await lead.post(f"/cases/{told['id']}/assign", {"staff": worker.id})
            async with house.world.parts.database.open_read() as work:
                case = await work.cases.find(told["id"])
            assert case is not None and case.assigned_to == worker.id


async def test_a_round_may_be_held_let_go_by_a_colleague_and_held_again(house: House) -> None:
    quiz = await stocked(house)
    one = await quiz.rounds.create(EDITOR, own_plan(quiz, unit_path=house.district.path))
    await quiz.rounds.publish(EDITOR, one.id)
    first, second = await editor(house), await editor(house, "编辑小马")
    at = f"/quiz/rounds/{one.id}"
    for _ in range(2):
        await first.post(f"{at}/hold", {"hold_note": "停电"})
        assert (await quiz.rounds.get(EDITOR, one.id)).state == "held"
        await second.post(f"{at}/resume")
        assert (await quiz.rounds.get(EDITOR, one.id)).state == "published"


async def test_somebody_at_the_door_may_be_ticked_unticked_and_ticked_again(
    house: House,
) -> None:
    organising = Organising(house)
    event = await organising.event(house.north)
    receipt = await organising.joins(event)
    browser = await house.someone((Role.ORGANISER, house.north))
    at = f"/events/{event.id}/door"
    house.world.clock.move(seconds=(event.starts_at - house.world.clock.now()).total_seconds())
    browser = await house.someone((Role.ORGANISER, house.north))
    for _ in range(2):
        await browser.post(f"{at}/ticks", {"seat": receipt.seat_id})
        assert await _state(house, receipt.seat_id) == "attended"
        await browser.post(f"{at}/undo", {"undo_seat": receipt.seat_id})
        assert await _state(house, receipt.seat_id) == "confirmed"


async def _state(house: House, seat_id: str) -> str:
    async with house.world.parts.database.open_read() as work:
        seat = await work.seats.find(seat_id)
    assert seat is not None
    return seat.state.value


async def test_without_the_difference_the_second_time_would_be_taken_for_the_first(
    house: House,
) -> None:
    """The control: what makes something new is still done once for the same words."""
    browser = await house.someone((Role.ADMIN, house.district))
    form = {"new_name": "只建一次", "level": "enterprise"}
    for _ in range(2):
        assert (await browser.post(f"/units/{house.north.id}/below", form)).status == 303
    assert (await browser.get("/units")).text.count("只建一次") == 1
