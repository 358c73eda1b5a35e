"""Cases from the first words to the money: on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from domain.cases.case import MOST_OPEN, Act, Case, Wish
from domain.cases.intake import Ask
from domain.cases.states import State
from domain.clock import beijing_date
from domain.outbox import State as Sending
from domain.units import Level
from services.cases.views import Wanted
from storage.database import Database
from storage.tables import outbox, units
from tests.services.case_kit import EAST_CHAT, FIRST, STORY, Cases, day, make_cases
from tests.staffing import refused
from tests.world import MovableClock


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    return await make_cases(database, clock)


async def acts(cases: Cases, case: Case) -> list[Act]:
    async with cases.database.open_read() as work:
        return [step.act for step in await work.cases.steps(case.id)]


# Handing in.


async def test_without_any_town_nobody_is_asked_for_one(cases: Cases) -> None:
    member = await cases.consents(1)
    typed = {Ask.KIND: "wages", Ask.STORY: STORY, Ask.EMPLOYER: "没人知道的小店"}

    async def after_employer() -> Ask:
        now = await cases.intake.begin(member)
        while now.step in typed:
            if now.step is Ask.KIND:
                now = await cases.intake.pick(member, now.step, typed[now.step])
            else:
                now = await cases.intake.tell(member, typed[now.step])
        while now.step is Ask.WHICH:
            now = await cases.intake.pick(member, now.step, "-")
        return now.step

    # The control: there are towns.
    assert await after_employer() is Ask.TOWN
    async with cases.database.open_work() as work:
        await work._connection.execute(
            sa.update(units).where(units.c.level == Level.TOWN.value).values(is_open=False)
        )
        await work.commit()
    assert await after_employer() is Ask.AMOUNT
    now = await cases.intake.tell(member, "13500")
    assert now.step is Ask.EVIDENCE


async def test_a_case_goes_to_the_town_of_the_employer_with_a_number_and_a_day(
    cases: Cases,
) -> None:
    case = await cases.files()
    assert (case.unit_id, case.level) == (cases.house.east.id, Level.TOWN)
    assert case.respondent_id == cases.house.riders.id
    assert case.due_at is not None
    assert beijing_date(case.due_at) == day(cases, 1)
    # The lead of that town hears of it, nobody else.
    assert await cases.told("alert") == [("alert", EAST_CHAT)]


async def test_nothing_is_asked_before_the_member_agreed(cases: Cases) -> None:
    with refused("cases.consent_needed"):
        await cases.intake.begin(FIRST + 1)


async def test_pressing_twice_hands_in_once(cases: Cases) -> None:
    member = await cases.consents(1)
    await cases.answers(member, await cases.intake.begin(member))
    first = await cases.intake.submit(member)
    assert (await cases.intake.submit(member)).id == first.id
    assert len(await cases.members.list_mine(member)) == 1


async def test_the_form_goes_on_where_it_stood_in_another_process_and_days_later(
    cases: Cases,
) -> None:
    member = await cases.consents(1)
    await cases.intake.begin(member, entry_id="wage.arrears")
    await cases.intake.tell(member, STORY)
    cases.clock.move(days=6)
    other = Cases(
        cases.database,
        cases.clock,
        cases.house,
        cases.district,
        cases.east,
        cases.west,
        cases.worker,
    )
    now = await other.intake.find_open(member)
    assert now is not None and now.step is Ask.EMPLOYER
    assert now.answers[Ask.STORY] == STORY and now.answers[Ask.KIND] == "wages"
    cases.clock.move(days=15)
    assert await other.intake.find_open(member) is None


async def test_an_unknown_employer_asks_for_the_town_and_one_like_it_is_offered(
    cases: Cases,
) -> None:
    member = await cases.consents(1)
    await cases.intake.begin(member, entry_id="wage.arrears")
    await cases.intake.tell(member, STORY)
    now = await cases.intake.tell(member, "速达")
    assert now.step is Ask.WHICH
    assert [one.name for one in now.choices] == ["速达配送"]
    now = await cases.intake.pick(member, "which", "-")
    assert now.step is Ask.TOWN
    assert {one.id for one in now.choices} == {cases.house.east.id, cases.house.west.id}
    await cases.answers(member, now, town=str(cases.house.west.id))
    case = await cases.intake.submit(member)
    assert (case.unit_id, case.respondent_id) == (cases.house.west.id, None)


async def test_the_enterprise_level_is_dealt_with_by_the_town_above_it(cases: Cases) -> None:
    case = await cases.files(level="enterprise")
    assert (case.level, case.unit_id) == (Level.ENTERPRISE, cases.house.east.id)


async def test_a_case_against_a_town_goes_to_the_district(cases: Cases) -> None:
    case = await cases.files(employer="东街道")
    assert case.unit_id == cases.house.top.id


async def test_nobody_is_asked_to_judge_themselves(cases: Cases) -> None:
    member = await cases.consents(1)
    await cases.intake.begin(member, entry_id="wage.arrears")
    await cases.intake.tell(member, STORY)
    with refused("cases.own_house"):
        await cases.intake.tell(member, "某区总工会")


async def test_three_open_cases_are_enough_for_a_program(cases: Cases) -> None:
    filed = [await cases.files() for _ in range(MOST_OPEN)]
    member = FIRST + 1
    cases.clock.move(days=2)
    with refused("cases.too_many"):
        await cases.intake.begin(member)
    await cases.members.withdraw(member, filed[0].id)
    assert (await cases.intake.begin(member)).step is Ask.KIND


async def test_withdrawing_and_asking_again_does_not_flood_the_house(cases: Cases) -> None:
    for _ in range(MOST_OPEN):
        case = await cases.files()
        await cases.members.withdraw(FIRST + 1, case.id)
    with refused("cases.too_many"):
        await cases.intake.begin(FIRST + 1)


async def test_an_anonymous_consultation_keeps_nobody_and_tells_nobody(cases: Cases) -> None:
    case = await cases.assigned(who="anonymous")
    assert case.is_anonymous and case.wish is Wish.CONSULT
    async with cases.database.open_read() as work:
        identity = await work.cases.identity(case.id)
    assert (identity.name, identity.phone, identity.chat_id) == (None, None, None)
    assert await cases.told("news") == []
    # The member finds it nevertheless, and only the member.
    assert [one.id for one in await cases.members.list_mine(FIRST + 1)] == [case.id]
    assert await cases.members.list_mine(FIRST + 2) == ()
    # Nobody mediates for somebody whom nobody knows.
    await cases.desk.move(cases.worker, case.id, State.CONTACTING)
    with refused("cases.anonymous"):
        await cases.desk.move(cases.worker, case.id, State.MEDIATING)


async def test_who_asked_without_a_name_tells_it_later_in_the_same_case(cases: Cases) -> None:
    case = await cases.assigned(who="anonymous")
    member = FIRST + 1
    now = await cases.intake.begin_identity(member, case.id)
    assert now.step is Ask.NAME
    await cases.answers(member, now)
    same = await cases.intake.submit(member)
    assert (same.id, same.is_anonymous, same.wish) == (case.id, False, Wish.MEDIATE)
    file = await cases.desk.open(cases.worker, case.id)
    assert file.identity.name == "王芳" and file.facts.story == STORY


# The way through the stages.


async def test_every_change_is_one_line_one_row_of_audit_and_one_neutral_notice(
    cases: Cases,
) -> None:
    case = await cases.assigned()
    before = await cases.house.acts()
    told = len(await cases.told("news"))
    assert told == 1
    await cases.desk.move(cases.worker, case.id, State.CONTACTING)
    assert (await cases.house.acts())[len(before) :] == ["case.moved"]
    # The first one has not gone yet: the member opens it once, and sees both.
    assert len(await cases.told("news")) == told
    async with cases.database.open_work() as work:
        await work._connection.execute(sa.update(outbox).values(state=Sending.SENT.value))
        await work.commit()
    await cases.desk.move(cases.worker, case.id, State.MEDIATING)
    assert len(await cases.told("news")) == told + 1
    assert await acts(cases, case) == [Act.FILED, Act.ASSIGNED, Act.MOVED, Act.MOVED]


async def test_staff_make_only_legal_moves_and_only_the_one_who_works_on_it(
    cases: Cases,
) -> None:
    case = await cases.assigned()
    for state in (State.ARCHIVED, State.SETTLED, State.MEDIATING, State.WITHDRAWN):
        with refused("cases.not_now"):
            await cases.desk.move(cases.worker, case.id, state)
    with refused("cases.not_yours"):
        await cases.desk.move(cases.east, case.id, State.CONTACTING)
    assert (await cases.case(case)).state is State.ASSIGNED


async def test_who_received_a_case_first_answers_for_it_until_the_other_unit_accepts(
    cases: Cases,
) -> None:
    case = await cases.files()
    with refused("cases.reason_needed"):
        await cases.desk.hand_on(cases.east, case.id, cases.house.west.id, "  ")
    await cases.desk.hand_on(cases.east, case.id, cases.house.west.id, "单位在西镇")
    assert (await cases.case(case)).unit_id == cases.house.east.id
    # The other town says no, with a reason: nothing was lost.
    await cases.desk.give_back(cases.west, case.id, "不在我们这里")
    assert (await cases.case(case)).offered_id is None
    with refused("cases.not_found"):
        await cases.desk.open(cases.west, case.id, "再看看")
    await cases.desk.hand_on(cases.east, case.id, cases.house.west.id, "查过了，在西镇")
    # Who passed it on cannot accept it for the others.
    with refused("cases.not_lead"):
        await cases.desk.accept(cases.east, case.id)
    taken = await cases.desk.accept(cases.west, case.id)
    assert (taken.unit_id, taken.state) == (cases.house.west.id, State.RECEIVED)
    with refused("cases.not_found"):
        await cases.desk.open(cases.east, case.id, "以前是我们的")


async def test_an_enterprise_is_passed_nothing(cases: Cases) -> None:
    case = await cases.files()
    with refused("cases.unit_unfit"):
        await cases.desk.hand_on(cases.east, case.id, cases.house.riders.id, "让单位自己办")


async def test_a_case_is_given_only_to_people_who_do_case_work_there(cases: Cases) -> None:
    case = await cases.files()
    names = {one.name for one in await cases.desk.assignable(cases.east, case.id)}
    assert names == {"区主任", "东主任", "东调解"}
    with refused("cases.not_assignable"):
        await cases.desk.assign(cases.east, case.id, cases.west.staff_id)
    with refused("cases.not_found"):
        await cases.desk.assign(cases.worker, case.id, cases.worker.staff_id)


async def test_looking_without_working_on_it_takes_a_reason_and_the_member_sees_it(
    cases: Cases,
) -> None:
    case = await cases.assigned()
    with refused("cases.reason_needed"):
        await cases.desk.open(cases.east, case.id)
    await cases.desk.open(cases.east, case.id, "核对进度")
    # The same visit is one opening; after a while it is another, without a new reason.
    await cases.desk.open(cases.east, case.id)
    cases.clock.move(minutes=11)
    await cases.desk.open(cases.east, case.id)
    await cases.desk.open(cases.worker, case.id)
    mine = await cases.members.get_mine(FIRST + 1, case.id)
    assert sorted(one.role for one in mine.openings) == ["caseworker", "lead", "lead"]
    cases.clock.move(hours=9)
    with refused("cases.reason_needed"):
        await cases.desk.open(cases.east, case.id)


async def test_a_list_shows_neither_who_nor_what(cases: Cases) -> None:
    await cases.files()
    listing = await cases.desk.list_cases(cases.east, Wanted())
    assert listing.total == 1
    for secret in ("王芳", "13812345678", "外卖", "速达"):
        assert secret not in str(listing)


async def test_only_the_member_reads_and_withdraws_their_case(cases: Cases) -> None:
    case = await cases.assigned()
    other = FIRST + 2
    with refused("cases.not_found"):
        await cases.members.get_mine(other, case.id)
    with refused("cases.not_found"):
        await cases.members.withdraw(other, case.id)
    assert (await cases.members.withdraw(FIRST + 1, case.id)).state is State.WITHDRAWN
    assert (await cases.members.withdraw(FIRST + 1, case.id)).state is State.WITHDRAWN
    assert (await acts(cases, case)).count(Act.WITHDRAWN) == 1
