"""The second person: who may agree, to what exactly, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.countersigns import Act, State, checked_reason
from domain.staff import Actor, Role
from services.countersigning import digest_of, use_agreement
from services.countersigns import CountersignService
from storage.database import Database
from tests.services import offices
from tests.staffing import House, make_house, refused
from tests.world import MovableClock

DIGEST, OTHER = digest_of("list", "1"), digest_of("list", "2")
DETAIL = {"reason": "给体育馆核对入场", "title": "报名", "form": {"q": "王芳"}}


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    return await make_house(database, clock)


@pytest.fixture
def service(house: House) -> CountersignService:
    return CountersignService(house.database, house.clock)


async def organiser(house: House, number: int = 7001) -> Actor:
    person = await house.person(Role.ORGANISER, house.east, number, name=f"组织{number}")
    return replace(person, session_id=f"s{number}")


async def test_what_one_asks_and_another_agrees_to_may_be_done_once(
    house: House, service: CountersignService
) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    assert not await service.use_export(first, DIGEST)
    assert [one.countersign.id for one in await service.waiting(second)] == [asked.id]
    assert await service.waiting(first) == []
    await service.agree(second, asked.id)
    # Another list, another person: not what was agreed to.
    assert not await service.use_export(first, OTHER)
    assert not await service.use_export(second, DIGEST)
    assert await service.use_export(first, DIGEST)
    assert not await service.use_export(first, DIGEST)
    (own,) = await service.own(first)
    assert (own.countersign.state, own.settled_by) == (State.DONE, "组织7002")
    acts = [act for act in await house.acts() if act.startswith("countersign")]
    assert acts == ["countersign.asked", "countersign.agreed"]


async def test_nobody_agrees_to_their_own(house: House, service: CountersignService) -> None:
    first = await organiser(house)
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    with refused("countersigns.not_yourself"):
        await service.agree(first, asked.id)
    # The same session under another name is the same person.
    alias = replace(await organiser(house, 7002), session_id=first.session_id)
    with refused("countersigns.not_yourself"):
        await service.agree(alias, asked.id)
    assert not await service.use_export(first, DIGEST)


async def test_the_second_person_has_just_shown_their_factor(
    house: House, service: CountersignService
) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    house.clock.move(minutes=16)
    with refused("countersigns.factor_old"):
        await service.agree(second, asked.id)
    await service.agree(house.fresh(second), asked.id)


async def test_whoever_has_no_right_there_does_not_even_see_it(
    house: House, service: CountersignService
) -> None:
    first = await organiser(house)
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    elsewhere = await house.person(Role.ORGANISER, house.west, 7003)
    viewer = await house.person(Role.VIEWER, house.top, 7004)
    for other in (elsewhere, viewer):
        assert await service.waiting(other) == []
        for act in (service.look, service.agree, service.refuse):
            with refused("countersigns.not_found"):
                await act(other, asked.id)
    # An admin of the district may be the second person, and learns no name that was searched for.
    look = await service.look(house.admin, asked.id)
    assert look.detail["title"] == "报名" and "form" not in look.detail
    assert "form" in (await service.look(first, asked.id)).detail


async def test_whoever_asks_is_told_who_could_agree(
    house: House, service: CountersignService
) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    await house.person(Role.ORGANISER, house.west, 7003, name="别处的人")
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    assert "组织7002" in (look := await service.look(first, asked.id)).seconds
    assert {"组织7001", "别处的人"}.isdisjoint(look.seconds)
    # Nobody else needs to know, and once it is settled nobody is to be found.
    assert (await service.look(second, asked.id)).seconds == ()
    await service.agree(second, asked.id)
    assert (await service.look(first, asked.id)).seconds == ()


async def test_a_day_later_neither_the_asking_nor_the_agreeing_holds(
    house: House, service: CountersignService
) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    house.clock.move(hours=24)
    with refused("countersigns.not_now"):
        await service.agree(house.fresh(second), asked.id)
    again = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    await service.agree(house.fresh(second), again.id)
    house.clock.move(hours=24)
    assert not await service.use_export(first, DIGEST)
    # The control: a moment before it would have held.
    house.clock.move(seconds=-1)
    assert await service.use_export(first, DIGEST)


async def test_an_agreement_goes_with_the_right_of_whoever_gave_it(
    house: House, service: CountersignService
) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    await service.agree(second, asked.id)
    await house.staff.suspend(house.admin, second.staff_id)
    assert not await service.use_export(first, DIGEST)
    await house.staff.reactivate(house.admin, second.staff_id)
    assert await service.use_export(first, DIGEST)


async def test_a_no_and_a_taking_back_end_it(house: House, service: CountersignService) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    for who, state in ((second, State.REFUSED), (first, State.TAKEN_BACK)):
        asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
        await service.refuse(who, asked.id)
        with refused("countersigns.not_now"):
            await service.agree(second, asked.id)
        assert (await service.look(first, asked.id)).countersign.state is state
    # What was agreed to may be taken back as well, as long as it was not done.
    asked = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    await service.agree(second, asked.id)
    await service.refuse(second, asked.id)
    assert not await service.use_export(first, DIGEST)


async def test_asking_again_about_the_same_thing_replaces_what_waits(
    house: House, service: CountersignService
) -> None:
    first, second = await organiser(house), await organiser(house, 7002)
    before = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    after = await service.ask_export(first, DIGEST, house.east.path, DETAIL)
    assert [one.countersign.id for one in await service.waiting(second)] == [after.id]
    with refused("countersigns.not_now"):
        await service.agree(second, before.id)


async def test_new_keys_need_two_admins_and_a_reason(
    house: House, service: CountersignService
) -> None:
    with refused("staff.not_allowed"):
        await service.ask_keys(await organiser(house), "想换一次")
    for text, code in (("换", "missing"), ("x" * 201, "long")):
        with refused(f"countersigns.reason_{code}"):
            await service.ask_keys(house.admin, text)
    asked = await service.ask_keys(house.admin, "  有人  离开了 ")
    assert (await service.look(house.admin, asked.id)).detail == {"reason": "有人 离开了"}
    await service.agree(house.fresh(house.second), asked.id)
    async with house.database.open_work() as work:
        used = await use_agreement(work, Act.KEYS, asked.digest, house.clock.now())
        assert used is not None and used.settled_by == house.second.staff_id
        assert await use_agreement(work, Act.KEYS, asked.digest, house.clock.now()) is None
        await work.commit()


async def test_what_it_is_about_lies_sealed_and_is_forgotten_after_a_month(
    house: House, service: CountersignService
) -> None:
    await service.ask_export(await organiser(house), DIGEST, house.east.path, DETAIL)
    assert "王芳" not in str(await offices.rows(house.database, "countersigns"))
    house.clock.move(days=29)
    assert await service.purge() == 0
    house.clock.move(days=2)
    assert await service.purge() == 1


def test_a_reason_says_something() -> None:
    assert checked_reason(" 本人到\n窗口要求 ") == "本人到 窗口要求"
