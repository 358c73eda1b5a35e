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
    FrozenList,
    give_back,
    is_same_list,
    read_list,
    tell_author,
    tell_staff,
)
from services.broadcasts.handing_in import Weighed, judge
from services.rights import allowed
from storage.database import OpenWork
from storage.work import Work


class Freezing:
    """Used by the request that hands in, for its first chunk, and by the clock for the rest."""

    def __init__(
        self, open_work: OpenWork, open_read: OpenWork, clock: Clock, policy: BroadcastPolicy
    ) -> None:
        self._open_work = open_work
        self._open_read = open_read
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
            topic = one.content.topic
            count = await work.audiences.freeze(one.push.id, one.audience, topic, last, CHUNK)
            await work.commit()
        return count < CHUNK and await self._end(one.id, one.push.id)

    async def _end(self, broadcast_id: str, push_id: int) -> bool:
        """The list is whole: its hash and its number are written down, and what comes next.

        False if somebody was added or erased while we read it: then it is read again.
        """
        async with self._open_read() as work:
            found = await work.broadcasts.find(broadcast_id)
            if found is None:
                return True
            seen = await read_list(work, push_id)
            without_unit = await _without_unit(work, found)
        async with self._open_work() as work:
            one = await work.broadcasts.lock(broadcast_id)
            push = await work.pushes.lock(push_id)
            if one is None or push is None or one.push is None or one.push.id != push_id:
                return True
            if push.state is not PushState.FREEZING:
                return True
            if not await is_same_list(work, push, seen):
                return False
            await self._place(work, replace(one, push=push), push, seen, without_unit)
            await work.commit()
        return True

    async def _place(
        self, work: Work, one: Broadcast, push: Push, seen: FrozenList, without_unit: int
    ) -> None:
        now = self._clock.now()
        await work.pushes.set_audience(push.id, seen.count, seen.digest)
        push = replace(push, audience_hash=seen.digest, audience_count=seen.count)
        if one.purpose is Purpose.EMERGENCY:
            # Its second person was asked beforehand, and somebody looks afterwards.
            await self._approve(work, push, one.made_at + UNDO, one)
            return
        # What needed a second person when it was handed in still does.
        weighed = Weighed(seen.count, 1.0 if push.needs_second else 0.0, without_unit)
        try:
            second = await judge(work, one, weighed, now)
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


async def _without_unit(work: Work, one: Broadcast) -> int:
    """How many would get a text that says their unit, and have none."""
    if UNIT not in one.content.placeholders:
        return 0
    return (await work.audiences.count(one.audience, one.content.topic)).without_unit
