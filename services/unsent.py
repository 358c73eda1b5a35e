"""What did not arrive: looked at by reason, sent again, let go after a restore, or given up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from domain.clock import Clock
from domain.outbox import RESENDABLE, Unsent
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from storage.database import Database
from storage.work import Work

_CHUNK = 1000


class UnsentService:
    """Single messages that did not arrive. Those of pushes are the business of their pages."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def list_unsent(self) -> Sequence[Unsent]:
        """What failed, is unknown or waits for a person, single messages first."""
        async with self._open_read() as work:
            return await work.outbox.list_unsent()

    async def resend(self, actor: Actor, kind: str, reason: str) -> int:
        """Send messages of a kind again that failed so; how many.

        What must not arrive twice is left out. Refuses with `outbox.no_resend` for people who
        cannot be reached.
        """
        actor.must(Permission.SYSTEM_WRITE)
        if reason not in RESENDABLE:
            raise Refusal("outbox.no_resend")
        now = self._clock.now()

        async def some(work: Work) -> int:
            return await work.outbox.resend_single(kind, reason, now, _CHUNK)

        return await self._all(actor, "outbox.resend", some)

    async def release(self, actor: Actor) -> int:
        """Let the single messages go that were held after a restore; how many.

        What must not arrive twice stays held.
        """
        actor.must(Permission.SYSTEM_WRITE)

        async def some(work: Work) -> int:
            return await work.outbox.release(None, _CHUNK)

        return await self._all(actor, "outbox.release", some)

    async def give_up(self, actor: Actor) -> int:
        """Never send the single messages that are held; how many."""
        actor.must(Permission.SYSTEM_WRITE)

        async def some(work: Work) -> int:
            return await work.outbox.cancel_held(_CHUNK)

        return await self._all(actor, "outbox.give_up", some)

    async def _all(self, actor: Actor, act: str, some: Callable[[Work], Awaitable[int]]) -> int:
        total = 0
        while True:
            async with self._open_work() as work:
                count = await some(work)
                total += count
                if count < _CHUNK and total:
                    detail = {"count": total}
                    await work.audit.add(self._clock.now(), actor.staff_id, act, "outbox", detail)
                await work.commit()
            if count < _CHUNK:
                return total
