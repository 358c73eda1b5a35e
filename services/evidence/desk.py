"""Evidence for whoever works on the case: the list, and one file, each look on record."""

from __future__ import annotations

from dataclasses import dataclass

from domain.cases.case import Case
from domain.cases.wall import Sight
from domain.clock import Clock
from domain.evidence import Evidence, Folder, folder
from domain.refusal import Refusal
from domain.staff import Actor
from storage.database import Database
from storage.evidence import Owner
from storage.work import Work


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file with its bytes."""

    evidence: Evidence
    data: bytes


class EvidenceDesk:
    """Only what was handed in; a case that somebody may not see is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def list_of(self, actor: Actor, case_id: str) -> Folder:
        """What was handed in, without the bytes. Refuses with `cases.not_found`."""
        async with self._open_read() as work:
            case = await _seen(work, actor, case_id)
            files = await work.evidence.list_of(Owner(case_id=case_id))
        return folder(case.kind, [one for one in files if one.handed_in_at], case_id)

    async def open(self, actor: Actor, case_id: str, evidence_id: str) -> OpenedFile:
        """One file, for the person to whom the case is assigned. Refuses with `cases.not_found`,
        for everybody else alike."""
        async with self._open_work() as work:
            case = await _seen(work, actor, case_id)
            one = await work.evidence.find(Owner(case_id=case_id), evidence_id)
            if case.assigned_to != actor.staff_id or one is None or one.handed_in_at is None:
                raise Refusal("cases.not_found")
            data = await work.evidence.read(evidence_id)
            await work.audit.add(
                self._clock.now(),
                actor.staff_id,
                "evidence.opened",
                case_id,
                {"number": one.label},
            )
            await work.commit()
        return OpenedFile(one, data)


async def _seen(work: Work, actor: Actor, case_id: str) -> Case:
    case = await work.cases.seen(Sight.of(actor), case_id)
    if case is None:
        raise Refusal("cases.not_found")
    return case
