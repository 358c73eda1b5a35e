"""R25: a browser asks, a phone picks the number; nothing else lets anybody in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.refusal import Refusal
from domain.sign_in import Denial, Pick, SignInState
from domain.staff import Role
from storage.database import Database
from tests.services.entering import (
    EDITOR,
    VIEWER,
    ask,
    code_at,
    enrol,
    enter,
    pick,
    wide,
    wrong,
)
from tests.staffing import BROWSER, House, make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    house = await make_house(database, clock)
    await house.person(Role.EDITOR, house.top, EDITOR)
    await house.person(Role.VIEWER, house.top, VIEWER)
    return house


async def test_the_right_number_lets_in_the_browser_that_asked(house: House) -> None:
    asked = await ask(house)
    assert 10 <= asked.number <= 99
    with refused("staff.sign_in_not_yet"):
        await house.sign_in.finish(asked.token)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    assert offer.browser == BROWSER
    assert asked.number in offer.numbers and len(set(offer.numbers)) == 3
    assert await house.phone.pick(VIEWER, offer.id, asked.number) is Pick.RIGHT
    token = await house.sign_in.finish(asked.token)
    actor = await house.sign_in.actor_of(token)
    assert actor is not None
    assert actor.roles() == {Role.VIEWER}


async def test_the_three_numbers_stay_the_same_however_often_they_are_shown(house: House) -> None:
    asked = await ask(house)
    offers = [await house.phone.open(VIEWER, asked.code) for _ in range(5)]
    assert len({offer.numbers for offer in offers if offer}) == 1


async def test_a_wrong_number_voids_the_sign_in(house: House) -> None:
    asked = await ask(house)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    other = next(number for number in offer.numbers if number != asked.number)
    assert await house.phone.pick(VIEWER, offer.id, other) is Pick.WRONG
    assert await house.phone.pick(VIEWER, offer.id, asked.number) is Pick.GONE
    with refused("staff.sign_in_gone"):
        await house.sign_in.finish(asked.token)
    assert (await house.acts())[-1] == "sign_in.wrong_number"


async def test_a_number_that_was_not_offered_is_no_try(house: House) -> None:
    asked = await ask(house)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    assert await house.phone.pick(VIEWER, offer.id, 0) is Pick.GONE
    assert await house.phone.pick(VIEWER, offer.id, asked.number) is Pick.RIGHT


async def test_another_browser_gets_nothing_from_what_is_shown_or_sent(house: House) -> None:
    asked = await ask(house)
    await pick(house, VIEWER, asked)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is None
    other = await ask(house, "203.0.113.9")
    for stolen in (asked.code, str(asked.number), asked.token[:-1], asked.token.swapcase(), ""):
        with refused("staff.sign_in_gone"):
            await house.sign_in.finish(stolen)
    with refused("staff.sign_in_not_yet"):
        await house.sign_in.finish(other.token)
    assert await house.sign_in.actor_of(await house.sign_in.finish(asked.token)) is not None


async def test_a_token_counts_once_also_if_it_comes_many_times_at_once(house: House) -> None:
    asked = await ask(house)
    await pick(house, VIEWER, asked)
    outcomes = await asyncio.gather(
        *(house.sign_in.finish(asked.token) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, str) for one in outcomes) == 1
    assert {one.code for one in outcomes if isinstance(one, Refusal)} == {"staff.sign_in_gone"}
    with refused("staff.sign_in_gone"):
        await house.sign_in.finish(asked.token)


async def test_looking_ten_times_consumes_nothing(house: House) -> None:
    asked = await ask(house)
    for _ in range(10):
        assert await house.sign_in.look(asked.token) == asked
    await pick(house, VIEWER, asked)
    for _ in range(10):
        looked = await house.sign_in.look(asked.token)
        assert looked is not None and looked.state is SignInState.PICKED
    assert await house.sign_in.finish(asked.token)
    assert await house.sign_in.look("something else") is None


async def test_after_ten_minutes_nothing_of_it_works(house: House) -> None:
    unopened, opened, picked = [await ask(house) for _ in range(3)]
    offer = await house.phone.open(VIEWER, opened.code)
    await pick(house, VIEWER, picked)
    house.clock.move(minutes=10)
    assert await house.phone.open(VIEWER, unopened.code) is None
    assert offer is not None
    assert await house.phone.pick(VIEWER, offer.id, opened.number) is Pick.GONE
    for asked in (unopened, opened, picked):
        with refused("staff.sign_in_gone"):
            await house.sign_in.finish(asked.token)
        looked = await house.sign_in.look(asked.token)
        assert looked is not None and looked.state is SignInState.VOID


async def test_without_the_clock_a_second_less_it_works(house: House) -> None:
    asked = await ask(house)
    await pick(house, VIEWER, asked)
    house.clock.move(minutes=9, seconds=59)
    assert await house.sign_in.finish(asked.token)


async def test_strangers_and_suspended_staff_are_answered_like_an_unknown_code(
    house: House,
) -> None:
    asked = await ask(house)
    gone = await house.person(Role.VIEWER, house.top, 7003)
    await house.staff.suspend(house.admin, gone.staff_id)
    for stranger in (7003, 999_999):
        assert await house.phone.open(stranger, asked.code) is None
        assert await house.phone.open(stranger, "AAAAAAAA") is None
    assert await house.phone.open(VIEWER, "AAAAAAAA") is None
    # Nothing of it counted against the sign-in.
    await pick(house, VIEWER, asked)


async def test_the_first_of_staff_who_opens_a_sign_in_has_it(house: House) -> None:
    asked = await ask(house)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    assert await house.phone.open(EDITOR, asked.code) is None
    assert await house.phone.pick(EDITOR, offer.id, asked.number) is Pick.GONE
    assert await house.phone.deny(EDITOR, offer.id) is Denial.GONE
    assert await house.phone.pick(VIEWER, offer.id, asked.number) is Pick.RIGHT


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "wide"])
async def test_a_code_may_be_typed_as_people_type(house: House, typed: str) -> None:
    asked = await ask(house)
    text = asked.code.lower() if typed == "lower" else typed.format(asked.code)
    text = wide(asked.code) if typed == "wide" else text
    assert await house.phone.open(VIEWER, text) is not None


async def test_a_thousand_guesses_are_locked_after_five(house: House) -> None:
    outcomes: list[object] = []
    for number in range(1000):
        try:
            outcomes.append(await house.phone.open(VIEWER, f"{number:0>8}".replace("0", "A")))
        except Refusal as refusal:
            outcomes.append(refusal.code)
    assert outcomes[:5] == [None] * 5
    assert set(outcomes[5:]) == {"staff.sign_in_locked"}
    # The right code does not help now, and another account is not concerned.
    asked = await ask(house)
    with refused("staff.sign_in_locked"):
        await house.phone.open(VIEWER, asked.code)
    assert await house.phone.open(EDITOR, asked.code) is not None
    house.clock.move(minutes=15)
    await pick(house, VIEWER, await ask(house))


async def test_guesses_at_the_same_moment_are_counted_one_after_another(house: House) -> None:
    token, secret, _ = await enrol(house)
    code = wrong(code_at(house, secret, 5))
    outcomes = await asyncio.gather(
        *(house.factors.verify(token, code) for _ in range(20)), return_exceptions=True
    )
    codes = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert codes.count("staff.code_wrong") == 5
    assert codes.count("staff.sign_in_locked") == 15


async def test_an_address_that_tries_in_vain_is_stopped_and_others_are_not(house: House) -> None:
    for _ in range(20):
        await ask(house)
    with refused("staff.sign_in_too_many"):
        await ask(house)
    await ask(house, "203.0.113.9")
    house.clock.move(hours=1)
    await ask(house)


async def test_an_office_in_which_everybody_succeeds_is_not_stopped(house: House) -> None:
    for _ in range(25):
        await enter(house)


async def test_when_the_whole_house_is_tried_nobody_new_comes_in_for_a_while(
    database: Database, clock: MovableClock
) -> None:
    house = await make_house(database, clock, house_tries=8)
    for number in range(8):
        await ask(house, f"203.0.113.{number}")
    with refused("staff.sign_in_busy"):
        await ask(house, "203.0.113.99")
    house.clock.move(minutes=15)
    await ask(house)


async def test_that_was_not_me_before_and_after_it_was_used(house: House) -> None:
    asked = await ask(house)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    assert await house.phone.deny(VIEWER, offer.id) is Denial.REFUSED
    assert await house.phone.pick(VIEWER, offer.id, asked.number) is Pick.GONE

    again, other = await ask(house), await enter(house)
    offer = await house.phone.open(VIEWER, again.code)
    assert offer is not None
    await house.phone.pick(VIEWER, offer.id, again.number)
    token = await house.sign_in.finish(again.token)
    assert await house.phone.deny(VIEWER, offer.id) is Denial.SIGNED_OUT
    assert await house.sign_in.actor_of(token) is None
    assert await house.sign_in.actor_of(other) is None


async def test_a_press_that_arrives_twice_does_no_harm(house: House) -> None:
    asked = await ask(house)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    for _ in range(2):
        assert await house.phone.pick(VIEWER, offer.id, asked.number) is Pick.RIGHT
    assert await house.sign_in.finish(asked.token)
    assert (await house.acts()).count("sign_in.approved") == 1


async def test_who_comes_in_at_the_moment_of_a_denial_is_put_out_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(house)
    offer = await house.phone.open(VIEWER, asked.code)
    assert offer is not None
    await house.phone.pick(VIEWER, offer.id, asked.number)
    others, true = [], house.sign_in._open

    async def meanwhile(*given: Any) -> str:
        others.append(asyncio.create_task(house.phone.deny(VIEWER, offer.id)))
        await asyncio.sleep(0.1)
        return await true(*given)

    monkeypatch.setattr(house.sign_in, "_open", meanwhile)
    token = await house.sign_in.finish(asked.token)
    assert await others[0] is Denial.SIGNED_OUT
    assert await house.sign_in.find(token) is None


@pytest.mark.parametrize("act", ["suspend", "reset_factor", "sign_out_everywhere"])
async def test_who_comes_in_while_all_sessions_are_ended_is_put_out_again(
    house: House, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(house)
    await pick(house, VIEWER, asked)
    viewer = await house.phone.find_actor(VIEWER)
    assert viewer is not None
    others, true = [], house.sign_in._open

    async def end() -> None:
        if act == "sign_out_everywhere":
            await house.sign_in.sign_out_everywhere(viewer)
        else:
            await getattr(house.staff, act)(house.admin, viewer.staff_id)

    async def meanwhile(*given: Any) -> str:
        others.append(asyncio.create_task(end()))
        await asyncio.sleep(0.1)
        return await true(*given)

    monkeypatch.setattr(house.sign_in, "_open", meanwhile)
    token = await house.sign_in.finish(asked.token)
    await others[0]
    if act == "suspend":
        await house.staff.reactivate(house.admin, viewer.staff_id)
    assert await house.sign_in.find(token) is None
