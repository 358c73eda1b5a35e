"""Lists that leave the house: each is noted in the audit log, and few are made at once."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from domain.clock import Clock
from domain.exports import Taken
from domain.staff import Actor
from storage.database import OpenWork

_AT_ONCE = 2


class ExportService:
    """What every export does besides its rows."""

    def __init__(self, open_work: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._clock = clock
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait for one of two places: more would take the processor from members' questions."""
        return self._turns

    async def note_made(self, actor: Actor, taken: Taken) -> None:
        """Note a list that is about to be handed over. Nothing may leave before this returns."""
        await self._note(actor, "export.made", taken, {})

    async def note_stopped(self, actor: Actor, taken: Taken, why: str) -> None:
        """Note a list that ended before its end: a right or its subject gone, or cut off."""
        await self._note(actor, "export.stopped", taken, {"why": why})

    async def _note(self, actor: Actor, act: str, taken: Taken, more: dict[str, str]) -> None:
        async with self._open_work() as work:
            detail = {**taken.detail(), **more}
            await work.audit.add(self._clock.now(), actor.staff_id, act, taken.noun, detail)
            await work.commit()
