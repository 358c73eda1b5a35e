"""What all verbs on cases share: the wall, the history, the audit, the notice, the deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.calendar import OfficeHours
from domain.cases.case import REASON_LIMIT, Act, Case, Step
from domain.cases.deadlines import due_at
from domain.cases.states import ENDED, State, must_move
from domain.cases.wall import Sight
from domain.clock import Clock
from domain.privacy import for_keeping
from domain.refusal import Refusal
from domain.staff import Actor, Permission
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

        A change of the stage is a legal move or `cases.not_now`; it sets the new deadline.
        """
        now = self._clock.now()
        after = case.state if to is None else to
        if after is not case.state:
            must_move(case.state, after)
            changes |= self._stage(after, now)
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
        return changed

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
