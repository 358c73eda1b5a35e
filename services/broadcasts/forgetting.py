"""Forgetting who got what: the lists and messages of pushes that ended long ago.

What they came to stays as figures. Rows go in chunks, each a transaction of its own, so that
nobody waits for a hundred thousand of them; whoever is cut short goes on the next time.
"""

from __future__ import annotations

from datetime import timedelta

from domain.broadcasts import figures_json
from domain.clock import Clock
from services.broadcasts.reckoning import figured
from services.each import each
from storage.database import Database


class Forgetting:
    """Used by the clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock

    async def forget_ledgers(self, keep: timedelta) -> int:
        """Forget the lists of what ended longer ago than `keep`; of how many pushes."""
        async with self._open_read() as work:
            old = await work.ledgers.list_ended(self._clock.now() - keep)
        return await each(old, self._forget)

    async def forget_drafts(self, before: timedelta) -> int:
        """Forget versions that were taken back, with their lists; how many."""
        async with self._open_read() as work:
            dead = await work.ledgers.list_dead(self._clock.now() - before)
        return await each(dead, self._drop)

    async def _forget(self, push_id: int) -> int:
        async with self._open_work() as work:
            push = await work.pushes.lock(push_id)
            if push is None:
                return 0
            if push.tally is None:
                figures = await figured(work, push)
                await work.ledgers.keep_tally(push_id, figures_json(figures))
                now, rows = self._clock.now(), sum(figures.counts.values())
                detail = {"messages": rows}
                subject = f"push:{push_id}"
                await work.audit.add(now, "system", "broadcast.forget", subject, detail)
            await work.commit()
        await self._empty(push_id)
        return 1

    async def _drop(self, push_id: int) -> int:
        await self._empty(push_id)
        async with self._open_work() as work:
            await work.ledgers.remove(push_id)
            await work.commit()
        return 1

    async def _empty(self, push_id: int) -> None:
        is_empty = False
        while not is_empty:
            async with self._open_work() as work:
                is_empty = not await work.ledgers.forget_some(push_id)
                await work.commit()
