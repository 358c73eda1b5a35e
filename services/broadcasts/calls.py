"""The list of people to call: who was meant by a broadcast and could not be reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.broadcasts import CallOutcome, Unreached
from domain.exports import mask_name, mask_phone
from domain.refusal import Refusal
from domain.staff import Actor, Permission, Staff
from services.broadcasts.common import Desk, sent_push
from services.rights import allowed
from storage.broadcast_calls import CallLine
from storage.work import Work

_READ = Permission.BROADCAST_PAUSE
_PIECE = 500


@dataclass(frozen=True, slots=True)
class CallRow:
    """Somebody to call. Name and phone are whole only for who may read members there."""

    person_id: str
    name: str
    phone: str
    is_whole: bool
    unit: str
    why: Unreached
    assigned_to: str | None
    assigned_name: str
    called_at: datetime | None
    called_name: str
    outcome: CallOutcome | None


class CallDesk(Desk):
    """Within reach of the broadcast. Only people whose name or phone is known can be called."""

    async def sheet(
        self, actor: Actor, broadcast_id: str, *, offset: int, limit: int
    ) -> tuple[Sequence[CallRow], int]:
        """A page of the list, those nobody called yet first, and how many there are in all."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            push = sent_push(one)
            if push.tally is not None:
                # Who did not get it is not known any more.
                return (), 0
            lines, total = await work.broadcast_calls.page(
                one.id, push.id, one.audience, offset=offset, limit=limit
            )
            return await _rows(work, actor, lines), total

    async def stream_sheet(self, actor: Actor, broadcast_id: str) -> AsyncIterator[CallRow]:
        """The whole list, read piece by piece."""
        offset = 0
        while True:
            rows, _ = await self.sheet(actor, broadcast_id, offset=offset, limit=_PIECE)
            for row in rows:
                yield row
            if len(rows) < _PIECE:
                return
            offset += _PIECE

    async def phone(self, actor: Actor, broadcast_id: str, person_id: str) -> str:
        """The whole number of somebody on the list; that it was shown is noted."""
        async with self._open_work() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            person = await work.people.find(person_id)
            unit = await work.units.find(person.unit_id) if person and person.unit_id else None
            if person is None or person.phone is None:
                raise Refusal("broadcasts.not_found")
            actor.must(Permission.MEMBERS_READ, unit.path if unit else "/")
            await self._audit(work, actor, "broadcast.call_phone", one.id, person=person_id)
            await work.commit()
        return person.phone

    async def staff(self, actor: Actor, broadcast_id: str) -> Sequence[Staff]:
        """Who can be asked to call."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            return await allowed(work, _READ, one.unit_path, self._clock.now())

    async def assign(self, actor: Actor, broadcast_id: str, person_id: str, staff_id: str) -> None:
        """Ask one of the staff to call. Refuses with `broadcasts.not_found`."""
        async with self._open_work() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            able = await allowed(work, _READ, one.unit_path, self._clock.now())
            known = await work.people.find(person_id) is not None
            if not known or staff_id not in {person.id for person in able}:
                raise Refusal("broadcasts.not_found")
            await work.broadcast_calls.keep_call(one.id, person_id, assigned_to=staff_id)
            await self._audit(work, actor, "broadcast.call_assign", one.id, to=staff_id)
            await work.commit()

    async def called(
        self, actor: Actor, broadcast_id: str, person_id: str, outcome: CallOutcome
    ) -> None:
        """Note what a call came to; a later one counts instead."""
        async with self._open_work() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            if await work.people.find(person_id) is None:
                raise Refusal("broadcasts.not_found")
            await work.broadcast_calls.keep_call(
                one.id,
                person_id,
                called_by=actor.staff_id,
                called_at=self._clock.now(),
                outcome=outcome.value,
            )
            await self._audit(work, actor, "broadcast.call", one.id, outcome=outcome.value)
            await work.commit()


async def _rows(work: Work, actor: Actor, lines: Sequence[CallLine]) -> list[CallRow]:
    people = await work.people.find_all({one.person_id for one in lines})
    staff_ids = {one.assigned_to for one in lines} | {one.called_by for one in lines}
    names = await work.staff.names([one for one in staff_ids if one])
    found = []
    for one in lines:
        person = people.get(one.person_id)
        name = person.name or "" if person else ""
        phone = person.phone or "" if person else ""
        is_whole = actor.may(Permission.MEMBERS_READ, one.unit_path)
        found.append(
            CallRow(
                one.person_id,
                name if is_whole or not name else mask_name(name),
                phone if is_whole or not phone else mask_phone(phone),
                is_whole,
                one.unit,
                one.why,
                one.assigned_to,
                names.get(one.assigned_to or "", ""),
                one.called_at,
                names.get(one.called_by or "", ""),
                one.outcome,
            )
        )
    return found
