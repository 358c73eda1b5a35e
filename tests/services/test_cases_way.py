"""Cases on their way: agreements, appointments, consent, the clock, the code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.cases.aside import Answer, Firm
from domain.cases.case import Act, Case
from domain.cases.figures import TierFigures, figures
from domain.cases.meeting import Meeting, Mode
from domain.cases.settlement import Paid, Plan
from domain.cases.states import State
from domain.cases.wall import Sight
from domain.staff import ENTERPRISE_ROLES, Role
from domain.units import Level
from services.cases.views import Wanted
from storage.database import Database
from tests.services.case_kit import FIRST, Cases, day, make_cases
from tests.staffing import refused
from tests.world import MovableClock


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    return await make_cases(database, clock)


async def acts(cases: Cases, case: Case) -> list[Act]:
    async with cases.database.open_read() as work:
        return [step.act for step in await work.cases.steps(case.id)]


# Agreements and payments.


async def test_what_was_settled_is_followed_until_it_came(cases: Cases) -> None:
    case = await cases.mediating()
    made = await cases.settled(case, 20_000, 18_600)
    assert made.level is Level.TOWN
    assert (await cases.case(case)).state is State.FOLLOWING
    assert await cases.ticks.ask_payments_due() == 0
    cases.clock.move(days=10)
    assert await cases.ticks.ask_payments_due() == 1
    assert await cases.ticks.ask_payments_due() == 0
    assert ("paid", FIRST + 1) in await cases.told()
    first, second = made.instalments
    await cases.members.answer_payment(FIRST + 1, case.id, first.id, Paid.YES)
    with refused("cases.still_waiting"):
        await cases.desk.move(cases.worker, case.id, State.ARCHIVED)
    cases.clock.move(days=30)
    assert await cases.ticks.ask_payments_due() == 1
    await cases.members.answer_payment(FIRST + 1, case.id, second.id, Paid.YES)
    await cases.desk.move(cases.worker, case.id, State.ARCHIVED)
    (town, _) = await exact_figures(cases)
    assert (town.cases, town.settled, town.performed, town.received) == (
        1,
        3_860_000,
        1,
        3_860_000,
    )
    await cases.members.rate(FIRST + 1, case.id, 3)
    assert (await cases.case(case)).stars == 3


@pytest.mark.parametrize(("paid", "received"), [(Paid.NO, None), (Paid.PART, 500_000)])
async def test_what_did_not_come_in_full_opens_the_case_again(
    cases: Cases, paid: Paid, received: int | None
) -> None:
    case = await cases.mediating()
    made = await cases.settled(case, 20_000)
    cases.clock.move(days=10)
    await cases.ticks.ask_payments_due()
    (one,) = made.instalments
    again = await cases.members.answer_payment(FIRST + 1, case.id, one.id, paid, received)
    assert again.state is State.MEDIATING and again.due_at is not None
    # Said twice it is said once.
    await cases.members.answer_payment(FIRST + 1, case.id, one.id, paid, received)
    assert (await acts(cases, case)).count(Act.UNPAID) == 1
    # A new agreement replaces the old one in every figure.
    await cases.settled(case, 21_000)
    (town, _) = await exact_figures(cases)
    assert (town.cases, town.settled) == (1, 2_100_000)


async def exact_figures(cases: Cases) -> tuple[TierFigures, TierFigures]:
    """What the figures are made of; one case alone is shown to nobody."""
    first, last = day(cases, -60), day(cases)
    assert await cases.figures.settled(cases.district, first, last) == (None, None)
    async with cases.database.open_read() as work:
        rows = await work.case_asides.settled(Sight.of(cases.district), first, last)
    return figures(rows, first, last)


async def test_nobody_is_asked_about_money_before_nine(cases: Cases) -> None:
    case = await cases.mediating()
    await cases.settled(case, 1_000)
    cases.clock.move(days=10)
    cases.clock.move(hours=-6)  # 08:00 in Beijing
    assert await cases.ticks.ask_payments_due() == 0
    cases.clock.move(hours=1)
    assert await cases.ticks.ask_payments_due() == 1


async def test_a_part_is_less_than_all_and_somebody_elses_instalment_is_nothing(
    cases: Cases,
) -> None:
    case = await cases.mediating()
    (one,) = (await cases.settled(case, 1_000)).instalments
    for amount in (None, 0, 100_000):
        with refused("cases.amount_wrong"):
            await cases.members.answer_payment(FIRST + 1, case.id, one.id, Paid.PART, amount)
    other = await cases.files(2)
    with refused("cases.payment_gone"):
        await cases.members.answer_payment(FIRST + 2, other.id, one.id, Paid.YES)


async def test_only_mediation_ends_in_an_agreement(cases: Cases) -> None:
    case = await cases.assigned()
    plan = Plan(day(cases), None, 100, ((100, day(cases, 1)),))
    with refused("cases.not_now"):
        await cases.settlements.agree(cases.worker, case.id, plan)


# Appointments, disclosure, law firms.


async def test_an_appointment_stands_when_both_sides_said_yes(cases: Cases) -> None:
    case = await cases.assigned()
    slots = [cases.clock.now() + timedelta(days=two) for two in (2, 3)]
    made = await cases.meetings.offer(cases.worker, case.id, Mode.ON_SITE, "职工之家", slots)
    with refused("cases.meeting_gone"):
        await cases.meetings.confirm(cases.worker, case.id, made.id)
    chosen = await cases.members.choose_slot(FIRST + 1, case.id, made.id, 1)
    assert chosen.chosen == made.slots[1]
    stands = await cases.meetings.confirm(cases.worker, case.id, made.id)
    assert stands.state is Meeting.CONFIRMED
    told = [act for act in await acts(cases, case) if act.startswith(Act.MET)]
    assert told == [Act.MET_OFFERED, Act.MET_CHOSEN, Act.MET_FIXED]
    assert await cases.ticks.remind_meetings_due() == 0
    cases.clock.move(days=2, hours=1)
    assert await cases.ticks.remind_meetings_due() == 1
    assert await cases.ticks.remind_meetings_due() == 0
    assert (await cases.told("meeting")) == [("meeting", FIRST + 1)]


async def test_none_of_the_times_may_be_possible(cases: Cases) -> None:
    case = await cases.assigned()
    slots = [cases.clock.now() + timedelta(days=2)]
    made = await cases.meetings.offer(cases.worker, case.id, Mode.PHONE, "", slots)
    await cases.members.decline_slots(FIRST + 1, case.id, made.id)
    with refused("cases.meeting_gone"):
        await cases.members.choose_slot(FIRST + 1, case.id, made.id, 0)
    mine = await cases.members.get_mine(FIRST + 1, case.id)
    assert (mine.appointment, mine.met) == (None, Act.MET_NONE)
    # One that was chosen already is another matter: people waited for it.
    again = await cases.meetings.offer(cases.worker, case.id, Mode.PHONE, "", slots)
    await cases.members.choose_slot(FIRST + 1, case.id, again.id, 0)
    await cases.members.decline_slots(FIRST + 1, case.id, again.id)
    assert (await cases.members.get_mine(FIRST + 1, case.id)).met is Act.MET_CANNOT


async def test_the_employer_is_told_nothing_before_the_member_agreed_to_the_words(
    cases: Cases,
) -> None:
    case = await cases.assigned()
    asked = await cases.disclosures.ask(
        cases.worker, case.id, "速达配送人事", "您有一名员工反映三个月没有收到工资"
    )
    with refused("cases.no_consent"):
        await cases.disclosures.carried_out(cases.worker, case.id, asked.id)
    mine = await cases.members.get_mine(FIRST + 1, case.id)
    assert mine.disclosure is not None and mine.disclosure.what == asked.what
    await cases.members.answer_disclosure(FIRST + 1, case.id, asked.id, Answer.YES)
    # Until it was told, the yes may be taken back.
    await cases.members.answer_disclosure(FIRST + 1, case.id, asked.id, Answer.TAKEN_BACK)
    with refused("cases.no_consent"):
        await cases.disclosures.carried_out(cases.worker, case.id, asked.id)
    await cases.members.answer_disclosure(FIRST + 1, case.id, asked.id, Answer.YES)
    done = await cases.disclosures.carried_out(cases.worker, case.id, asked.id)
    assert done.done_at is not None
    with refused("cases.disclosure_gone"):
        await cases.members.answer_disclosure(FIRST + 1, case.id, asked.id, Answer.NO)


async def test_a_case_goes_only_to_a_firm_whose_contract_runs(cases: Cases) -> None:
    case = await cases.assigned()
    firm = await cases.firms.save(
        cases.district, Firm("", "某某律师事务所", "", day(cases, -5), day(cases, 5))
    )
    await cases.firms.refer(cases.worker, case.id, firm.id, "劳动合同的事")
    cases.clock.move(days=6)
    with refused("cases.firm_gone"):
        await cases.firms.refer(cases.worker, case.id, firm.id, "再问一次")


# By the clock.


async def test_what_is_overdue_is_shown_to_the_unit_above_once(cases: Cases) -> None:
    case = await cases.files()
    assert await cases.ticks.escalate_due() == 0
    cases.clock.move(days=2)
    assert await cases.ticks.escalate_due() == 1
    assert await cases.ticks.escalate_due() == 0
    shown = await cases.case(case)
    assert shown.overseer_path == cases.house.top.path
    assert Act.ESCALATED in await acts(cases, case)
    overdue = await cases.desk.list_cases(cases.district, Wanted(queue="overdue"))
    assert [row.case.id for row in overdue.rows] == [case.id]
    # The town still answers for it, and once it goes on the district need not look any more.
    await cases.desk.assign(cases.east, case.id, cases.worker.staff_id)
    assert (await cases.case(case)).overseer_path is None


async def test_a_case_does_not_stay_with_somebody_who_may_not_do_case_work(
    cases: Cases,
) -> None:
    case = await cases.assigned()
    assert await cases.ticks.release_due() == 0
    house = cases.house
    async with cases.database.open_read() as work:
        (granted,) = await work.grants.list_of(cases.worker.staff_id)
    await house.staff.take(house.fresh(house.admin), granted.id)
    assert await cases.ticks.release_due() == 1
    freed = await cases.case(case)
    assert (freed.assigned_to, freed.state) == (None, State.RECEIVED)


async def test_ended_cases_are_forgotten_after_three_years_and_nameless_ones_after_a_month(
    cases: Cases,
) -> None:
    named, nameless = await cases.files(1), await cases.files(2, who="anonymous")
    for number, case in ((1, named), (2, nameless)):
        await cases.members.withdraw(FIRST + number, case.id)
    kept = await cases.files(3)
    cases.clock.move(days=31)
    await cases.ticks.purge()
    assert await cases.members.list_mine(FIRST + 2) == ()
    assert len(await cases.members.list_mine(FIRST + 1)) == 1
    cases.clock.move(days=3 * 365)
    await cases.ticks.purge()
    assert await cases.members.list_mine(FIRST + 1) == ()
    assert (await cases.case(kept)).id == kept.id


# Keeping them private.


async def test_the_code_opens_for_ten_minutes_and_rests_after_five_tries(cases: Cases) -> None:
    member = FIRST + 1
    assert not await cases.members.needs_code(member)
    await cases.members.set_code(member, "246810")
    assert await cases.members.needs_code(member)
    with refused("cases.code_first"):
        await cases.members.remove_code(member)
    for _ in range(4):
        with refused("cases.code_wrong"):
            await cases.members.give_code(member, "000000")
    with refused("cases.code_locked"):
        await cases.members.give_code(member, "000000")
    with refused("cases.code_locked"):
        await cases.members.give_code(member, "246810")
    cases.clock.move(hours=1)
    await cases.members.give_code(member, "246810")
    assert not await cases.members.needs_code(member)
    cases.clock.move(minutes=10)
    assert await cases.members.needs_code(member)


async def test_collective_cases_follow_one_that_leads(cases: Cases) -> None:
    lead, other = await cases.files(1), await cases.files(2)
    await cases.desk.link(cases.east, other.id, lead.number.lower(), 12)
    linked = (await cases.desk.open(cases.east, lead.id, "集体的事")).linked
    assert [(one.id, one.head_count) for one in linked] == [(other.id, 12)]
    for case, number in ((lead, other.number), (lead, lead.number)):
        with refused("cases.link_unfit"):
            await cases.desk.link(cases.east, case.id, number, 1)


async def test_a_collective_dispute_is_one_in_the_figures(cases: Cases) -> None:
    """Two cases follow one of twelve people; an agreement of each, by the verbs of the desk."""
    lead, *others = [await cases.mediating(number) for number in (1, 2, 3)]
    await cases.desk.link(cases.east, lead.id, "", 12)
    for one in others:
        await cases.desk.link(cases.east, one.id, lead.number, 1)
        await cases.settled(one, 10_000)
    (town, _) = await exact_figures(cases)
    assert (town.cases, town.disputes, town.people, town.settled) == (2, 1, 2, 2_000_000)
    await cases.settled(lead, 120_000)
    (town, _) = await exact_figures(cases)
    assert (town.cases, town.disputes, town.people, town.settled) == (3, 1, 12, 12_000_000)


def test_no_enterprise_can_be_given_case_work() -> None:
    assert Role.CASEWORKER not in ENTERPRISE_ROLES
