"""What all verbs on cases share: the wall, the history, the audit, the notice, the deadline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.calendar import OfficeHours
from domain.cases.aside import Answer
from domain.cases.case import REASON_LIMIT, Act, Case, Step
from domain.cases.deadlines import CLOSED_WITHIN_DAYS, after_working_days, due_at
from domain.cases.meeting import Meeting
from domain.cases.states import ENDED, PASSABLE, State, must_move
from domain.cases.wall import Sight
from domain.clock import Clock
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.staff import Actor, Permission, Staff
from services.cases import telling
from storage.database import Database
from storage.work import Work

MEMBER, CLOCK = "member", "clock"


class CaseWork:
    """The base of the services of cases."""

    def __init__(self, database: Database, clock: Clock, office: OfficeHours) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._office = office

    async def _seen(self, work: Work, actor: Actor, case_id: str) -> Case:
        """The case, locked. Refuses with `cases.not_found` what is not there for the actor."""
        case = await work.cases.seen(Sight.of(actor), case_id, lock=True)
        if case is None:
            raise Refusal("cases.not_found")
        return case

    async def _own(self, work: Work, actor: Actor, case_id: str) -> Case:
        """The same, for what only the person does who works on it.

        Refuses with `cases.not_yours`.
        """
        case = await self._seen(work, actor, case_id)
        if case.assigned_to != actor.staff_id:
            raise Refusal("cases.not_yours")
        return case

    async def _led(self, work: Work, actor: Actor, case_id: str) -> Case:
        """The same, for what only who leads the unit does. Refuses with `cases.not_lead`."""
        case = await self._seen(work, actor, case_id)
        if not actor.may(Permission.CASES_ASSIGN, case.unit_path):
            raise Refusal("cases.not_lead")
        return case

    async def _of_member(self, work: Work, member_id: int, case_id: str) -> Case:
        """The member's own case, locked. Refuses with `cases.not_found`."""
        case = await work.cases.find_of_member(member_id, case_id, lock=True)
        if case is None:
            raise Refusal("cases.not_found")
        return case

    def now(self) -> datetime:
        """The time by the clock that was handed in."""
        return self._clock.now()

    def close_by(self) -> datetime:
        """By when somebody closes a case in which nothing is left to wait for."""
        return after_working_days(CLOSED_WITHIN_DAYS, self._clock.now(), self._office)

    async def change(
        self,
        work: Work,
        case: Case,
        act: Act,
        by: str,
        *,
        to: State | None = None,
        note: str = "",
        tells: bool = True,
        **changes: Any,
    ) -> Case:
        """Write one change with its line of history, its row of audit and its notice.

        A change of the stage is a legal move or `cases.not_now`; it sets the new deadline, and at
        the end cancels what was still to come. What the member does is told to who works on it.
        """
        now = self._clock.now()
        after = case.state if to is None else to
        if after is not case.state:
            must_move(case.state, after)
            changes = {**self._stage(after, now), **changes}
            if after not in PASSABLE and case.offered_id is not None:
                # Too late to change hands: nobody has to answer the offer any more.
                changes |= {"offered_id": None, "offered_path": None}
            if after in ENDED:
                await self._close_asides(work, case, now)
            if case.overseer_path is not None:
                # What was overdue went on: the unit above need not look any more.
                await work.cases.set_overseer(case.id, None)
                changes["overseer_path"] = None
        changed = replace(case, state=after, changed_at=now, **changes)
        await work.cases.save(changed)
        step = Step(now, act, by, case.state, after, note)
        step_id = await work.cases.add_step(case.id, step)
        detail = {"before": case.state.value, "after": after.value}
        await work.audit.add(now, by, f"case.{act}", case.id, detail)
        if tells:
            await telling.tell_member(work, changed, telling.NEWS, step_id, now)
        if by == MEMBER and act is not Act.RATED:
            await self.alert(work, await telling.worker_of(work, changed, now), changed)
        return changed

    async def alert(self, work: Work, staff: Iterable[Staff], case: Case) -> None:
        """Tell these people that the case waits for them, when the office is open."""
        await telling.alert(work, staff, case.id, self._clock.now(), self._office)

    async def release(self, work: Work, case: Case) -> Case:
        """Take the case back from somebody for whom it is not there any more; leads are told."""
        now = self._clock.now()
        if case.assigned_to is None or await telling.worker_of(work, case, now):
            return case
        to = State.RECEIVED if case.state in PASSABLE - {State.RECEIVED} else None
        changed = await self.change(
            work, case, Act.RETURNED, CLOCK, to=to, tells=False, assigned_to=None
        )
        await self.alert_leads(work, changed)
        return changed

    async def alert_leads(self, work: Work, case: Case, path: str | None = None) -> None:
        """Tell who leads case work in the unit that answers, or in another one."""
        leads = await telling.leads_near(
            work, path or case.unit_path, case.respondent_path, self._clock.now()
        )
        await self.alert(work, leads, case)

    async def _close_asides(self, work: Work, case: Case, now: datetime) -> None:
        """Of a case that ended no appointment takes place, and nobody outside is told any more."""
        for meeting in await work.case_asides.meetings(case.id):
            if meeting.is_live:
                gone = replace(meeting, state=Meeting.CANCELLED)
                await work.case_asides.save_meeting(case.id, gone)
        for one in await work.case_asides.disclosures(case.id):
            if one.done_at is None and one.answer in (Answer.OPEN, Answer.YES):
                taken = replace(one, answer=Answer.TAKEN_BACK, answered_at=now)
                await work.case_asides.save_disclosure(case.id, taken)

    def _stage(self, state: State, now: datetime) -> dict[str, Any]:
        return {
            "due_at": due_at(state, now, self._office),
            "escalated_at": None,
            "closed_at": now if state in ENDED else None,
        }


def checked_reason(text: str) -> str:
    """A reason as it is kept. Refuses with `cases.reason_needed` or `cases.reason_long`."""
    reason = " ".join(for_keeping(text).split())
    if not reason:
        raise Refusal("cases.reason_needed")
    if len(reason) > REASON_LIMIT:
        raise Refusal("cases.reason_long", limit=REASON_LIMIT)
    return reason
