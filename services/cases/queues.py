"""Lists of cases as staff see them: through the wall, without anything of who or what."""

from __future__ import annotations

from dataclasses import replace

from domain.cases.case import Case
from domain.cases.numbers import read_number
from domain.cases.states import ENDED, OPEN, State
from domain.cases.wall import Sight
from domain.refusal import Refusal
from domain.staff import Actor
from services.cases.common import CaseWork
from services.cases.views import Counts, Listing, Row, Wanted
from storage.cases.cases import CaseSieve
from storage.work import Work


class CaseQueues(CaseWork):
    """What waits for whom."""

    async def list_cases(self, actor: Actor, wanted: Wanted) -> Listing:
        """A page of cases, without anything of who or what."""
        sight = Sight.of(actor)
        sieve = self._sieve(sight, wanted)
        async with self._open_read() as work:
            found = await work.cases.list_seen(
                sight, sieve, order=wanted.sort, offset=wanted.offset, limit=wanted.limit
            )
            total = await work.cases.count_seen(sight, sieve)
            names = await work.staff.names({one.assigned_to for one in found if one.assigned_to})
            units = {
                number: await unit_name(work, number) for number in {one.unit_id for one in found}
            }
        rows = (
            Row(one, units[one.unit_id], names.get(one.assigned_to or "", "")) for one in found
        )
        return Listing(tuple(rows), total)

    async def counts(self, actor: Actor) -> Counts:
        """How much waits, as far as it is there for the actor."""
        sight = Sight.of(actor)
        async with self._open_read() as work:
            queue, mine, overdue, offered = [
                await work.cases.count_seen(sight, self._sieve(sight, Wanted(queue=name)))
                for name in ("queue", "mine", "overdue", "offered")
            ]
        return Counts(queue, mine, overdue, offered)

    async def find_number(self, actor: Actor, text: str) -> Case:
        """The case of a number, however it was typed. Refuses with `cases.not_found`."""
        sight = Sight.of(actor)
        try:
            number = read_number(text)
        except Refusal:
            raise Refusal("cases.not_found") from None
        async with self._open_read() as work:
            case = await work.cases.seen_number(sight, number)
        if case is None:
            raise Refusal("cases.not_found")
        return case

    def _sieve(self, sight: Sight, wanted: Wanted) -> CaseSieve:
        states = {wanted.state} if wanted.state else None
        narrow = {
            "queue": CaseSieve(states=states or {State.RECEIVED}, is_unassigned=True),
            "mine": CaseSieve(states=states or OPEN, assigned_to=sight.staff_id),
            "overdue": CaseSieve(states=states or (), overdue_at=self._clock.now()),
            "offered": CaseSieve(
                states=states or OPEN, is_offered=True, offered_within=sight.lead
            ),
            "ended": CaseSieve(states=states or ENDED),
        }
        sieve = narrow.get(wanted.queue, CaseSieve(states=states or OPEN))
        number = "".join(sign for sign in wanted.words.upper() if sign.isalnum() or sign == "-")
        return replace(sieve, kind=wanted.kind, number=number)


async def unit_name(work: Work, unit_id: int | None) -> str:
    unit = await work.units.find(unit_id) if unit_id is not None else None
    return unit.name if unit else ""
