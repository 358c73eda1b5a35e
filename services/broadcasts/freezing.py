"""Writing the list of recipients, chunk by chunk, until nobody is missing.

Nobody can agree to a broadcast before its list is whole: only then it has a hash and a number.
Each chunk is a transaction of its own and begins after the last member on the list, so whoever
comes after a crash goes on where it stopped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.broadcasts import UNDO, UNIT, Broadcast, Purpose, Returned
from domain.clock import Clock
from domain.outbox import Push, PushState
from domain.refusal import Refusal
from domain.staff import Permission
from services.broadcasts.common import (
    APPROVED,
    ASKED,
    CHUNK,
    BroadcastPolicy,
    allowed,
    digest_of,
    give_back,
    tell_author,
    tell_staff,
)
from services.broadcasts.handing_in import Weighed, judge
from storage.database import OpenWork
from storage.work import Work


class Freezing:
    """Used by the request that hands in, for its first chunk, and by the clock for the rest."""

    def __init__(self, open_work: OpenWork, clock: Clock, policy: BroadcastPolicy) -> None:
        self._open_work = open_work
        self._clock = clock
        self._policy = policy

    async def go_on(self, broadcast_id: str) -> bool:
        """Write the next chunk; True if there is nothing more to write.

        With the last one the broadcast waits for approval or for its time. What may not go out
        after all goes back to its author with the reason.
        """
        async with self._open_work() as work:
            one = await work.broadcasts.lock(broadcast_id)
            if one is None or one.push is None or one.state is not PushState.FREEZING:
                # Taken back meanwhile, or somebody else wrote the last chunk.
                return True
            last = await work.pushes.last_frozen(one.push.id)
            chunk = await work.audiences.after(one.audience, one.content.topic, last, CHUNK)
            await work.pushes.freeze(one.push.id, chunk)
            is_over = len(chunk) < CHUNK
            if is_over:
                await self._place(work, one, one.push)
            await work.commit()
        return is_over

    async def _place(self, work: Work, one: Broadcast, push: Push) -> None:
        """The list is whole: its hash and its number are written down, and what comes next."""
        now = self._clock.now()
        digest, count = await digest_of(work, push.id)
        await work.pushes.set_audience(push.id, count, digest)
        push = replace(push, audience_hash=digest, audience_count=count)
        if one.purpose is Purpose.EMERGENCY:
            # Its second person was asked beforehand, and somebody looks afterwards.
            await self._approve(work, push, one.made_at + UNDO, one)
            return
        try:
            second = await judge(work, one, await _weighed(work, one, push), now)
        except Refusal as refusal:
            # There is nobody at the other end: the author hears of it instead.
            await give_back(work, one, Returned.NOT_MADE, now, refusal.code)
            return
        starts = one.plan.starts(now, self._policy.quiet)
        if second:
            await self._ask(work, push, starts if one.plan.at is not None else None, one, now)
            return
        await self._approve(work, push, starts, one)
        if one.series_id is not None:
            await tell_author(work, APPROVED, one, str(push.id), now)

    async def _approve(self, work: Work, push: Push, starts: datetime, one: Broadcast) -> None:
        await work.pushes.set_window(push.id, starts, starts + one.plan.lasts, needs_second=False)
        await work.pushes.move(push.id, PushState.FREEZING, PushState.APPROVED)

    async def _ask(
        self, work: Work, push: Push, starts: datetime | None, one: Broadcast, now: datetime
    ) -> None:
        await work.pushes.set_window(
            push.id, starts, starts + one.plan.lasts if starts else None, needs_second=True
        )
        await work.pushes.move(push.id, PushState.FREEZING, PushState.APPROVING)
        able = await allowed(work, Permission.BROADCAST_APPROVE, one.unit_path, now)
        others = [person for person in able if person.id != one.author]
        await tell_staff(work, ASKED, others, str(push.id), now, title=one.title)


async def _weighed(work: Work, one: Broadcast, push: Push) -> Weighed:
    """The list as it was written. What needed a second person when it was handed in still does."""
    without_unit = 0
    if UNIT in one.content.placeholders:
        found = await work.audiences.count(one.audience, one.content.topic)
        without_unit = found.without_unit
    return Weighed(push.audience_count or 0, 1.0 if push.needs_second else 0.0, without_unit)
