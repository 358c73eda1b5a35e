"""Lists of cases that leave the house: where each stands and what was agreed, never who or why.

Who may take one leads case work (`cases.export`), says in writing what for, and needs a second
person who leads it there too. In the list are the cases that are there for them in the queues: the
wall is the same condition (storage.cases.cases.seen), and as numbers of cases are drawn by chance
and rows are not numbered, nothing shows that one is missing.

Does it undo the threshold of the figures (domain/cases/figures.py)? The queue shows single cases
already, but no sum of any: that stands in a case which is opened with a reason that the member
sees. So the list does tell something new, one by one, to the few who could have opened each; and
that is what the reason, the second person and the audit are for. For everybody else the figures
stay as they were: they are made from the same cases, and whoever does not have the list cannot
take it from them. The second person is not told how many rows it has: behind a wall of their own
they could compare that with their queue.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.calendar import OfficeHours
from domain.cases.case import Case
from domain.cases.settlement import Agreement
from domain.cases.wall import Sight
from domain.clock import Clock
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.units import Level
from services.cases.queues import CaseQueues
from services.cases.views import Wanted
from storage.cases.cases import CaseSieve
from storage.database import Database
from storage.work import Work

_PIECE = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list that leaves the house. `agreement` is the one that stands, if any."""

    case: Case
    unit_name: str
    level: Level
    agreement: Agreement | None


class CaseExports(CaseQueues):
    """Rows for files. Each refuses with `staff.not_allowed` who may not take one."""

    def __init__(self, database: Database, clock: Clock, office: OfficeHours) -> None:
        super().__init__(database, clock, office)
        self._open_snapshot = database.open_snapshot

    def path(self, actor: Actor) -> str:
        """The unit that the list concerns: theirs, or of several the one above all of them.

        Refuses with `staff.not_allowed`.
        """
        actor.must(Permission.CASES_EXPORT)
        ways = [path.strip("/").split("/") for path in actor.reach(Permission.CASES_EXPORT)]
        shared = [ids[0] for ids in zip(*ways, strict=False) if len(set(ids)) == 1]
        return "/" + "".join(f"{one}/" for one in shared)

    async def stream(self, actor: Actor, wanted: Wanted) -> AsyncIterator[Line]:
        """What a queue shows, the latest first."""
        sight = _sight(actor)
        async for line in self._stream(sight, self._sieve(sight, wanted)):
            yield line

    async def stream_settled(self, actor: Actor, first: date, last: date) -> AsyncIterator[Line]:
        """Every case with an agreement that stands, made from `first` to `last` inclusive.

        Refuses with `cases.period_wrong`.
        """
        if last < first:
            raise Refusal("cases.period_wrong")
        async for line in self._stream(_sight(actor), CaseSieve(agreed=(first, last))):
            yield line

    async def _stream(self, sight: Sight, sieve: CaseSieve) -> AsyncIterator[Line]:
        at = 0
        async with self._open_snapshot() as work:
            units: dict[int, tuple[str, Level]] = {}
            while found := await work.cases.list_seen(
                sight, sieve, order="opened", offset=at, limit=_PIECE
            ):
                for line in await _lines(work, sight, found, units):
                    yield line
                at += len(found)


def _sight(actor: Actor) -> Sight:
    actor.must(Permission.CASES_EXPORT)
    return Sight.of(actor)


async def _lines(
    work: Work, sight: Sight, found: Sequence[Case], units: dict[int, tuple[str, Level]]
) -> list[Line]:
    # What they only work on, in a unit that somebody else leads, is not theirs to take away.
    mine = [
        case
        for case in found
        if any(
            sight.leads(path) for path in (case.unit_path, case.offered_path, case.overseer_path)
        )
    ]
    for number in {case.unit_id for case in mine} - units.keys():
        unit = await work.units.find(number)
        assert unit is not None
        units[number] = (unit.name, unit.level)
    standing = await work.case_asides.standing([case.id for case in mine])
    # What an agreement says in words is no business of a list.
    plain = {case_id: replace(one, other="") for case_id, one in standing.items()}
    return [Line(case, *units[case.unit_id], plain.get(case.id)) for case in mine]
