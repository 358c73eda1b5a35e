"""Appointments: offered with slots, chosen by the member, confirmed for the other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.cases.aside import TO_LIMIT
from domain.cases.case import Act
from domain.cases.meeting import Appointment, Meeting, Mode, check_slots, must_be
from domain.cases.states import ENDED
from domain.refusal import Refusal
from domain.staff import Actor
from services.cases.common import CaseWork
from storage.cases.cases import new_id
from storage.work import Work


class MeetingDesk(CaseWork):
    """What staff do with appointments; the member's choice is in the member's service."""

    async def offer(
        self, actor: Actor, case_id: str, mode: Mode, place: str, slots: Sequence[datetime]
    ) -> Appointment:
        """Offer the member some times. What was offered before is cancelled.

        Refuses with `cases.slots_none`, `cases.slots_many`, `cases.slots_past`,
        `cases.place_needed`, `cases.not_now`.
        """
        now = self._clock.now()
        check_slots(slots, now)
        where = " ".join(place.split())
        if not where and mode in (Mode.ON_SITE, Mode.CIRCUIT):
            raise Refusal("cases.place_needed")
        if len(where) > TO_LIMIT:
            raise Refusal("cases.place_long", limit=TO_LIMIT)
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            if case.state in ENDED:
                raise Refusal("cases.not_now")
            act = Act.MET_OFFERED
            for one in await work.case_asides.meetings(case.id):
                if one.is_live:
                    gone = replace(one, state=Meeting.CANCELLED)
                    await work.case_asides.save_meeting(case.id, gone)
                    act = Act.MET_AGAIN
            made = Appointment(
                id=new_id(),
                mode=mode,
                place=where,
                slots=tuple(sorted(slots)),
                state=Meeting.OFFERED,
                made_by=actor.staff_id,
                made_at=now,
            )
            await work.case_asides.save_meeting(case.id, made)
            await self.change(work, case, act, actor.staff_id)
            await work.commit()
        return made

    async def confirm(self, actor: Actor, case_id: str, appointment_id: str) -> Appointment:
        """The other side said yes to the slot that the member chose: now it stands."""
        now = self._clock.now()
        return await self._set(
            actor,
            case_id,
            appointment_id,
            Act.MET_FIXED,
            {Meeting.CHOSEN},
            state=Meeting.CONFIRMED,
            other_side_at=now,
        )

    async def held(self, actor: Actor, case_id: str, appointment_id: str) -> Appointment:
        """It took place."""
        return await self._set(
            actor,
            case_id,
            appointment_id,
            Act.MET_HELD,
            {Meeting.CONFIRMED},
            state=Meeting.HELD,
        )

    async def cancel(self, actor: Actor, case_id: str, appointment_id: str) -> Appointment:
        """It will not take place."""
        live = {Meeting.OFFERED, Meeting.CHOSEN, Meeting.CONFIRMED}
        return await self._set(
            actor, case_id, appointment_id, Act.MET_OFF, live, state=Meeting.CANCELLED
        )

    async def _set(
        self,
        actor: Actor,
        case_id: str,
        appointment_id: str,
        act: Act,
        wanted: set[Meeting],
        **changes: Any,
    ) -> Appointment:
        async with self._open_work() as work:
            case = await self._own(work, actor, case_id)
            found = await appointment(work, case.id, appointment_id)
            must_be(found.state, wanted)
            changed = replace(found, **changes)
            await work.case_asides.save_meeting(case.id, changed)
            await self.change(work, case, act, actor.staff_id)
            await work.commit()
        return changed


async def appointment(work: Work, case_id: str, appointment_id: str) -> Appointment:
    """Refuses with `cases.meeting_gone`."""
    for one in await work.case_asides.meetings(case_id):
        if one.id == appointment_id:
            return one
    raise Refusal("cases.meeting_gone")
