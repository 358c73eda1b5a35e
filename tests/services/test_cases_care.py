"""Cases looked after: two in the same moment, what ends with a case, what must not be lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.papers import clean
from domain.cases.aside import Answer
from domain.cases.intake import Ask
from domain.cases.kinds import Kind
from domain.cases.meeting import Meeting, Mode
from domain.cases.settlement import Paid
from domain.cases.states import State
from domain.clock import BEIJING
from domain.evidence import PENDING_LIFETIME
from domain.forms import Draft, Form
from services.evidence import EvidenceService
from storage.database import Database
from storage.tables import (
    outbox,
)
from tests.services.case_files import photo
from tests.services.case_kit import EAST_CHAT, FIRST, OFFICE, Cases, make_cases
from tests.staffing import refused
from tests.world import MovableClock

MEMBER = FIRST + 1
WORKER_CHAT = 7103


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    return await make_cases(database, clock)


def files_of(cases: Cases) -> EvidenceService:
    return EvidenceService(cases.database, cases.clock, clean)


async def rows_of(cases: Cases, table: sa.Table) -> list[dict[str, Any]]:
    async with cases.database.open_read() as work:
        rows = await work._connection.execute(sa.select(table))
        return [dict(row) for row in rows.mappings()]


async def alerts(cases: Cases, chat: int) -> list[dict[str, Any]]:
    kind = "cases.notice_alert"
    return [
        row
        for row in await rows_of(cases, outbox)
        if row["kind"] == kind and row["chat_id"] == chat
    ]


# Two do something in the same moment.


async def test_a_payment_that_was_noted_meanwhile_is_not_asked_about(cases: Cases) -> None:
    case = await cases.mediating()
    (first,) = (await cases.settled(case, 500)).instalments
    cases.clock.move(days=10)
    await cases.settlements.note_payment(cases.worker, case.id, first.id, Paid.YES)
    # The clock had read the list before.
    assert await cases.ticks._ask_payment(case.id, first.id, cases.clock.now()) == 0
    mine = await cases.members.get_mine(MEMBER, case.id)
    assert mine.agreement is not None
    assert mine.agreement.instalments[0].paid is Paid.YES and mine.agreement.is_performed


async def test_an_appointment_that_was_cancelled_meanwhile_is_not_reminded_of(
    cases: Cases,
) -> None:
    case = await cases.mediating()
    slot = cases.clock.now() + timedelta(hours=20)
    made = await cases.meetings.offer(cases.worker, case.id, Mode.PHONE, "", [slot])
    await cases.members.choose_slot(MEMBER, case.id, made.id, 0)
    await cases.meetings.confirm(cases.worker, case.id, made.id)
    await cases.meetings.cancel(cases.worker, case.id, made.id)
    assert await cases.ticks._remind(case.id, made.id, cases.clock.now()) == 0
    assert "meeting" not in {kind for kind, _ in await cases.told()}
    file = await cases.desk.open(cases.worker, case.id)
    assert file.appointments[0].state is Meeting.CANCELLED


async def test_nobody_is_asked_about_money_late_in_the_evening(cases: Cases) -> None:
    case = await cases.mediating()
    await cases.settled(case, 500)
    cases.clock.move(days=10)
    while cases.clock.now().astimezone(BEIJING).hour != 21:
        cases.clock.move(hours=1)
    assert await cases.ticks.ask_payments_due() == 0
    cases.clock.move(hours=13)
    assert await cases.ticks.ask_payments_due() == 1


async def test_giving_a_case_twice_to_the_same_person_tells_once(cases: Cases) -> None:
    case = await cases.assigned()
    before = await cases.told()
    await cases.desk.assign(cases.east, case.id, cases.worker.staff_id)
    assert await cases.told() == before


# What ends with a case.


async def test_with_a_withdrawal_nothing_takes_place_and_nobody_is_told_any_more(
    cases: Cases,
) -> None:
    case = await cases.mediating()
    slot = cases.clock.now() + timedelta(hours=20)
    made = await cases.meetings.offer(cases.worker, case.id, Mode.PHONE, "", [slot])
    await cases.members.choose_slot(MEMBER, case.id, made.id, 0)
    await cases.meetings.confirm(cases.worker, case.id, made.id)
    told = await cases.disclosures.ask(cases.worker, case.id, "速达人事", "想约时间谈工资")
    await cases.members.answer_disclosure(MEMBER, case.id, told.id, Answer.YES)
    await cases.members.withdraw(MEMBER, case.id)
    assert await cases.ticks.remind_meetings_due() == 0
    with refused("cases.no_consent"):
        await cases.disclosures.carried_out(cases.worker, case.id, told.id)
    with refused("cases.meeting_gone"):
        await cases.meetings.held(cases.worker, case.id, made.id)


async def test_a_member_may_withdraw_at_every_stage(cases: Cases) -> None:
    case = await cases.mediating()
    await cases.settled(case, 500)
    assert (await cases.members.withdraw(MEMBER, case.id)).state is State.WITHDRAWN


async def test_money_that_came_late_ends_what_was_taken_up_again(cases: Cases) -> None:
    case = await cases.mediating()
    (only,) = (await cases.settled(case, 500)).instalments
    cases.clock.move(days=10)
    await cases.ticks.ask_payments_due()
    await cases.members.answer_payment(MEMBER, case.id, only.id, Paid.NO)
    assert (await cases.case(case)).state is State.MEDIATING
    await cases.members.answer_payment(MEMBER, case.id, only.id, Paid.YES)
    now = await cases.case(case)
    # Nothing is left to wait for, and somebody has to close it.
    assert now.state is State.FOLLOWING and now.due_at is not None
    ended = await cases.desk.move(cases.worker, case.id, State.ARCHIVED)
    assert ended.state is State.ARCHIVED


async def test_the_end_is_told_once(cases: Cases) -> None:
    case = await cases.mediating()
    await cases.desk.move(cases.worker, case.id, State.FAILED)
    before = len(await cases.told())
    await cases.desk.move(cases.worker, case.id, State.ARCHIVED)
    assert [kind for kind, _ in (await cases.told())[before:]] == ["rate"]


async def test_an_offer_lapses_when_the_case_goes_on(cases: Cases) -> None:
    case = await cases.assigned()
    await cases.desk.move(cases.worker, case.id, State.CONTACTING)
    await cases.desk.hand_on(cases.east, case.id, cases.house.west.id, "离他家近")
    assert (await cases.desk.counts(cases.west)).offered == 1
    await cases.desk.move(cases.worker, case.id, State.MEDIATING)
    assert (await cases.desk.counts(cases.west)).offered == 0
    with refused("cases.not_found"):
        await cases.desk.accept(cases.west, case.id)


async def test_a_case_that_changed_hands_has_the_time_of_a_new_one(cases: Cases) -> None:
    case = await cases.files()
    cases.clock.move(days=5)
    await cases.desk.hand_on(cases.east, case.id, cases.house.west.id, "离他家近")
    taken = await cases.desk.accept(cases.west, case.id)
    assert taken.due_at is not None and taken.due_at > cases.clock.now()


async def test_somebody_without_a_name_reads_the_answer_in_their_case(cases: Cases) -> None:
    case = await cases.assigned(who="anonymous")
    await cases.desk.move(cases.worker, case.id, State.CONTACTING, "内部的话")
    assert (await cases.members.get_mine(MEMBER, case.id)).answer == ""
    with refused("cases.answer_needed"):
        await cases.desk.move(cases.worker, case.id, State.ANSWERED)
    with refused("cases.answer_long"):
        await cases.desk.move(cases.worker, case.id, State.ANSWERED, "长" * 1501)
    await cases.desk.move(cases.worker, case.id, State.ANSWERED, "可以要双倍工资。")
    assert (await cases.members.get_mine(MEMBER, case.id)).answer == "可以要双倍工资。"
    with refused("cases.reason_long"):
        await cases.desk.move(cases.worker, case.id, State.ARCHIVED, "长" * 201)


async def test_a_lead_who_works_on_a_case_is_shown_as_who_works_on_it(cases: Cases) -> None:
    case = await cases.files()
    await cases.desk.open(cases.east, case.id, "看看归谁")
    await cases.desk.assign(cases.east, case.id, cases.east.staff_id)
    await cases.desk.open(cases.east, case.id)
    mine = await cases.members.get_mine(MEMBER, case.id)
    assert sorted(one.role for one in mine.openings) == ["caseworker", "lead"]


# The wall, when it moves.


async def test_whoever_is_behind_the_wall_now_does_not_keep_the_case(cases: Cases) -> None:
    case = await cases.assigned(employer="一家没有登记的公司", town=str(cases.house.east.id))
    worker = await cases.employed_by(cases.worker, cases.house.riders)
    await cases.desk.settle_employer(cases.east, case.id, cases.house.riders.id)
    now = await cases.case(case)
    assert now.assigned_to is None and now.state is State.RECEIVED
    with refused("cases.not_found"):
        await cases.desk.open(worker, case.id)


async def test_a_case_is_taken_back_from_who_joined_the_employer_since(cases: Cases) -> None:
    case = await cases.assigned()
    assert await cases.ticks.release_due() == 0
    await cases.employed_by(cases.worker, cases.house.riders)
    assert await cases.ticks.release_due() == 1
    assert (await cases.case(case)).assigned_to is None
    assert await cases.ticks.release_due() == 0


async def test_a_unit_does_not_answer_for_a_case_against_itself(cases: Cases) -> None:
    case = await cases.files(employer="一家没有登记的公司", town=str(cases.house.east.id))
    await cases.desk.settle_employer(cases.district, case.id, cases.house.east.id)
    now = await cases.case(case)
    assert now.unit_path == cases.house.top.path
    with refused("cases.not_found"):
        await cases.desk.open(cases.east, case.id, "看看")


# Who is told, and when.


async def test_at_night_the_alert_waits_for_the_office_and_stands_alone(cases: Cases) -> None:
    """S1: what the member is told and what the staff are told is the same hour."""
    case = await cases.mediating()
    while cases.clock.now().astimezone(BEIJING).hour != 22:
        cases.clock.move(hours=1)
    night = cases.clock.now()
    before = len(await alerts(cases, WORKER_CHAT))
    slot = night + timedelta(days=2)
    made = await cases.meetings.offer(cases.worker, case.id, Mode.PHONE, "", [slot])
    await cases.members.choose_slot(MEMBER, case.id, made.id, 0)
    await cases.members.decline_slots(MEMBER, case.id, made.id)
    new = (await alerts(cases, WORKER_CHAT))[before:]
    assert [row["due_at"] for row in new] == [OFFICE.next_opening(night)]
    assert cases.intake.reopens_at() == OFFICE.next_opening(night)
    filed = await cases.files(2)
    (east,) = [row for row in await alerts(cases, EAST_CHAT) if row["due_at"] > night]
    assert east["due_at"] == OFFICE.next_opening(night) and filed.id in east["chain"]
    assert east["details"] == {}


# Forms and files that must not get lost, or to the wrong place.


async def test_a_form_in_progress_is_not_lost_to_another(cases: Cases) -> None:
    case = await cases.files(who="anonymous")
    begun = await cases.intake.begin(MEMBER)
    await cases.intake.pick(MEMBER, Ask.KIND, Kind.LEAVE)
    with refused("cases.form_open"):
        await cases.intake.begin_identity(MEMBER, case.id)
    open_ = await cases.intake.find_open(MEMBER)
    assert open_ is not None and open_.answers[Ask.KIND] == Kind.LEAVE and begun.number == 1
    await cases.intake.close(MEMBER)
    assert (await cases.intake.begin_identity(MEMBER, case.id)).step is Ask.NAME


async def test_files_stay_as_long_as_their_form(cases: Cases) -> None:
    await cases.consents(1)
    await cases.intake.begin(MEMBER)
    files = files_of(cases)
    await files.add(MEMBER, photo(), "a.jpg", "one", kind=Kind.WAGES)
    cases.clock.move(days=PENDING_LIFETIME.days + 1)
    assert await files.purge() == 0
    await cases.answers(MEMBER, await cases.intake.resume(MEMBER))
    case = await cases.intake.submit(MEMBER)
    assert len((await files.look(MEMBER, case.id, Kind.WAGES)).files) == 1


async def test_files_of_a_form_that_lapsed_do_not_go_with_the_next(cases: Cases) -> None:
    await cases.consents(1)
    await cases.intake.begin(MEMBER)
    files = files_of(cases)
    await files.add(MEMBER, photo(), "a.jpg", "one", kind=Kind.WAGES)
    cases.clock.move(days=15)
    case = await cases.files()
    assert (await files.look(MEMBER, case.id, Kind.WAGES)).files == ()


@pytest.mark.parametrize("form", [Form.CASE, Form.CASE_NUMBER, Form.NOTE])
async def test_a_form_knows_when_it_was_touched(cases: Cases, form: Form) -> None:
    """Words go to the talk or to the form, whichever came later."""
    await cases.files()
    now = cases.clock.now()
    if form is Form.CASE:
        await cases.intake.begin(MEMBER)
    elif form is Form.CASE_NUMBER:
        await cases.members.begin_typing(MEMBER, "code_new")
    else:
        return
    async with cases.database.open_read() as work:
        draft: Draft = (await work.drafts.find_all([MEMBER], now))[MEMBER]
    assert draft.form is form and draft.touched_at == now
