"""Papers of a case: what they are made from, for the member and for whoever works on the case."""

from __future__ import annotations

from datetime import date

from domain.cases.case import Case
from domain.cases.settlement import Agreement
from domain.cases.wall import Sight
from domain.clock import Clock, beijing_date
from domain.documents import FOR_MEMBERS, Paper, Record
from domain.refusal import Refusal
from domain.staff import Actor
from storage.database import Database
from storage.evidence import Owner
from storage.work import Work


class DocumentService:
    """Gathers what is known; whoever writes the paper marks what is missing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def for_member(self, member_id: int, case_id: str, paper: Paper) -> Record:
        """The record for the member's own paper. Refuses with `cases.not_found`, and with
        `documents.no_agreement` before there is one."""
        if paper not in FOR_MEMBERS:
            raise Refusal("common.button_gone")
        async with self._open_read() as work:
            case = await work.cases.find_of_member(member_id, case_id)
            if case is None:
                raise Refusal("cases.not_found")
            record = await self._record(work, case, with_all_files=True)
        return _checked(record, paper)

    async def for_staff(self, actor: Actor, case_id: str, paper: Paper) -> Record:
        """The record for the person to whom the case is assigned, on record in the audit log.

        Refuses with `cases.not_found` for everybody else alike, and with
        `documents.no_agreement`.
        """
        async with self._open_work() as work:
            case = await work.cases.seen(Sight.of(actor), case_id)
            if case is None or case.assigned_to != actor.staff_id:
                raise Refusal("cases.not_found")
            record = _checked(await self._record(work, case, with_all_files=False), paper)
            detail = {"paper": paper.value}
            await work.audit.add(
                self._clock.now(), actor.staff_id, "case.paper_made", case_id, detail
            )
            await work.commit()
        return record

    async def _record(self, work: Work, case: Case, *, with_all_files: bool) -> Record:
        identity = await work.cases.identity(case.id)
        facts = await work.cases.facts(case.id)
        unit = await work.units.find(case.unit_id)
        files = await work.evidence.list_of(Owner(case_id=case.id))
        staff = await work.staff.find(case.assigned_to) if case.assigned_to else None
        return Record(
            number=case.number,
            kind=case.kind,
            wish=case.wish,
            made_on=self._today(),
            opened_on=beijing_date(case.opened_at),
            unit_name=unit.name if unit else "",
            name=identity.name or "",
            phone=identity.phone or "",
            employer=facts.employer,
            story=facts.story,
            question=facts.question,
            claimed=facts.claimed,
            sheet=facts.sheet,
            mediator=staff.name if staff else "",
            agreement=await _agreement(work, case),
            evidence=tuple(one for one in files if with_all_files or one.handed_in_at),
        )

    def _today(self) -> date:
        return beijing_date(self._clock.now())


async def _agreement(work: Work, case: Case) -> Agreement | None:
    """The agreement that counts: the latest one that was not cancelled."""
    found = [one for one in await work.case_asides.agreements(case.id) if one.cancelled_at is None]
    return found[0] if found else None


def _checked(record: Record, paper: Paper) -> Record:
    if paper is Paper.AGREEMENT and record.agreement is None:
        raise Refusal("documents.no_agreement")
    return record
