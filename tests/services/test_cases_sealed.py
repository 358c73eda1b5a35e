"""Cases and their members: what stays sealed, what goes with the consent, with the member."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from bot.papers import clean
from domain.cases.case import Case
from domain.cases.states import State
from domain.consents import Purpose
from domain.reading.words import Words
from locales import load_words
from services.cases import fill_notice
from services.cases.telling import PAID
from services.evidence import EvidenceService
from services.limits import LimitService
from services.people import OwnDataService, ProfileService
from storage.database import Database
from storage.tables import (
    case_agreements,
    drafts,
    evidence,
    evidence_pieces,
    metadata,
    outbox,
)
from tests.services.case_files import photo
from tests.services.case_kit import FIRST, OFFICE, Cases, make_cases
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


# Nothing leads from a member to a case.


async def test_no_row_of_a_member_names_a_case_in_clear(cases: Cases) -> None:
    case = await cases.mediating()
    (only,) = (await cases.settled(case, 500)).instalments
    cases.clock.move(days=10)
    await cases.ticks.ask_payments_due()
    words = Words.of(load_words())
    limits = LimitService(cases.database, cases.clock, words, OFFICE.calendar)
    await limits.begin(MEMBER, "wages", case.id)
    clear = [await everything_of_members(cases)]
    await files_of(cases).begin(MEMBER, case.id)
    clear.append(await everything_of_members(cases))
    await cases.members.begin_part(MEMBER, case.id, only.id)
    clear.append(await everything_of_members(cases))
    async with cases.database.open_read() as work:
        steps = await work._connection.execute(sa.text("SELECT id FROM case_steps"))
        ids = {case.id, only.id, *(row.id for row in steps)}
    assert len(ids) > 5
    for text in clear:
        assert str(MEMBER) in text
        assert not [one for one in ids if one in text]


async def everything_of_members(cases: Cases) -> str:
    return "\n".join(
        [
            json.dumps(row, default=str, ensure_ascii=False)
            for table in (outbox, drafts)
            for row in await rows_of(cases, table)
            if MEMBER in (row.get("member_id"), row.get("chat_id"))
        ]
    )


async def test_what_a_button_needs_is_opened_when_it_is_sent(cases: Cases) -> None:
    case = await cases.mediating()
    (only,) = (await cases.settled(case, 500)).instalments
    cases.clock.move(days=10)
    await cases.ticks.ask_payments_due()
    (row,) = [row for row in await rows_of(cases, outbox) if row["kind"] == PAID]
    async with cases.database.open_read() as work:
        assert await fill_notice(work, row["details"]) == {"case": case.id, "instalment": only.id}


async def test_the_sum_that_came_is_taken_from_the_form(cases: Cases) -> None:
    case = await cases.mediating()
    (only,) = (await cases.settled(case, 500)).instalments
    cases.clock.move(days=10)
    await cases.members.begin_part(MEMBER, case.id, only.id)
    async with cases.database.open_read() as work:
        draft = (await work.drafts.find_all([MEMBER], cases.clock.now()))[MEMBER]
    assert (await cases.members.answer_part(draft, 20_000)).state is State.MEDIATING
    async with cases.database.open_read() as work:
        assert not await work.drafts.find_all([MEMBER], cases.clock.now())


async def test_limits_are_worked_out_for_ones_own_case_only(cases: Cases) -> None:
    case = await cases.files()
    words = Words.of(load_words())
    limits = LimitService(cases.database, cases.clock, words, OFFICE.calendar)
    with refused("cases.not_found"):
        await limits.begin(FIRST + 2, "wages", case.id)


# The consent that is taken back, and erasure.


async def with_everything(cases: Cases) -> Case:
    case = await cases.mediating()
    files = files_of(cases)
    await files.begin(MEMBER, case.id)
    await files.add(MEMBER, photo(), "a.jpg", "one")
    await files.hand_in(MEMBER, case.id)
    await cases.disclosures.ask(cases.worker, case.id, "速达人事", "想约时间谈工资")
    await cases.desk.add_note(cases.worker, case.id, "先打电话")
    await cases.settled(case, 500)
    return case


async def test_taking_the_consent_back_stops_and_erases(cases: Cases) -> None:
    """PIPL 15 and 47: what was told goes, what was agreed stays as a figure of nobody."""
    case = await with_everything(cases)
    assert await cases.members.withdraw_consent(MEMBER) == 1
    stopped = await cases.case(case)
    assert stopped.state is State.WITHDRAWN and stopped.closed_at is not None
    assert await cases.members.list_mine(MEMBER) == ()
    for name in ("case_identities", "case_facts", "case_notes", "case_disclosures"):
        assert await rows_of(cases, metadata.tables[name]) == []
    assert await rows_of(cases, evidence) == [] == await rows_of(cases, evidence_pieces)
    assert [row["settled"] for row in await rows_of(cases, case_agreements)] == [50_000]
    consents = await ProfileService(cases.database, cases.clock).consents(MEMBER)
    assert not consents.holds(Purpose.CASE)
    with refused("cases.consent_needed"):
        await cases.intake.begin(MEMBER)
    # Pressed twice, or delivered twice.
    assert await cases.members.withdraw_consent(MEMBER) == 0
    assert len(
        (await ProfileService(cases.database, cases.clock).consents(MEMBER)).history
    ) == len(consents.history)
    file = await cases.desk.open(cases.worker, case.id)
    assert file.identity.name is None and file.facts.story == ""


async def test_the_others_stay_when_one_takes_the_consent_back(cases: Cases) -> None:
    await cases.files(1)
    other = await cases.files(2)
    await cases.members.withdraw_consent(MEMBER)
    assert (await cases.case(other)).is_open
    assert (await cases.members.get_mine(FIRST + 2, other.id)).case.id == other.id


async def test_with_a_member_the_files_of_ended_cases_are_erased(cases: Cases) -> None:
    await with_everything(cases)
    own = OwnDataService(cases.database, cases.clock)
    with refused("profile.erase_open_case"):
        await own.erase(MEMBER)
    (mine,) = await cases.members.list_mine(MEMBER)
    await cases.members.withdraw(MEMBER, mine.id)
    copy = await own.copy(MEMBER)
    assert len(copy.tables["evidence"]) == 1
    await own.erase(MEMBER)
    assert await rows_of(cases, evidence) == [] == await rows_of(cases, evidence_pieces)
