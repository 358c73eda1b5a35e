"""A member's data in the member's own hands: a whole copy, and erasure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.clock import Clock
from domain.refusal import Refusal
from storage.database import Database
from storage.erasures import Erasure
from storage.keeping import REGISTER, Kept, Subject
from storage.work import Work

# Who is named in the audit log when a member acts: nothing there leads to them.
_MEMBER = "member"
_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Copy:
    """All rows that lead to a member, opened, by the name of their table."""

    made_at: datetime
    tables: Mapping[str, list[dict[str, Any]]]


class OwnDataService:
    """Copies and erases everything that is kept of one member, in every table that is registered.

    `forgotten` is called with the member's id after an erasure: memories of the process go too.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        forgotten: Callable[[int], None] = lambda _: None,
        register: tuple[Kept, ...] = REGISTER,
    ) -> None:
        self._database = database
        self._clock = clock
        self._forgotten = forgotten
        self._register = register

    async def copy(self, member_id: int) -> Copy:
        """Everything that leads to the member, as it is now."""
        async with self._database.open_read() as work:
            person = await work.people.find_of_member(member_id)
            subject = Subject(member_id, person.id if person else None)
            tables = await work.keeping.copy(subject, self._register)
        return Copy(self._clock.now(), tables)

    async def erase(self, member_id: int) -> bool:
        """Erase everything that leads to the member; False if there was nothing any more.

        A keyed hash stays, so that a roster or a restored copy does not bring them back. Refuses
        with `profile.erase_open_case` while something is being done for them: they can withdraw
        it first (PIPL 47: until then only keeping and protecting it).
        """
        async with self._database.open_work() as work:
            if await work.cases.count_open(member_id):
                raise Refusal("profile.erase_open_case")
            person = await work.people.find_of_member(member_id)
            subject = Subject(member_id, person.id if person else None)
            touched = await work.keeping.erase(subject, self._register)
            if touched:
                now = self._clock.now()
                await work.erasures.note(member_id, person, now)
                # The person's id is random and leads nowhere once the row is gone.
                about = person.id if person else ""
                await work.audit.add(now, _MEMBER, "member.erased", about, {"rows": touched})
            await work.commit()
        self._forgotten(member_id)
        return touched > 0

    async def ledger(self) -> tuple[Erasure, ...]:
        """All erasures so far, also those struck out, for a copy of the ledger elsewhere."""
        async with self._database.open_read() as work:
            return await work.erasures.list_all()

    async def reapply(self, ledger: Iterable[Erasure] = ()) -> int:
        """Take over `ledger`, then erase again whoever a restored copy brought back; how many."""
        async with self._database.open_work() as work:
            await work.erasures.add_all(ledger)
            returned = await work.erasures.list_returned()
            for member_id, person_id in returned:
                await self._erase_again(work, Subject(member_id, person_id))
            if returned:
                detail = {"people": len(returned)}
                await work.audit.add(
                    self._clock.now(), _OPERATOR, "erasures.reapplied", "", detail
                )
            await work.commit()
        return len(returned)

    async def _erase_again(self, work: Work, subject: Subject) -> None:
        await work.keeping.erase(subject, self._register)
        if subject.member_id is not None:
            self._forgotten(subject.member_id)
