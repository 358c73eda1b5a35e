"""What happens to broadcasts by the clock: beginning, going back, coming again, forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from domain import lateness
from domain.broadcasts import (
    LAPSES,
    Broadcast,
    Purpose,
    Returned,
    Verdict,
    why_void,
)
from domain.clock import Clock
from domain.outbox import Push, PushState
from domain.recurrence import occurrences
from domain.refusal import Refusal
from domain.staff import Permission
from services.broadcasts.common import (
    HELD,
    BroadcastPolicy,
    FrozenList,
    give_back,
    is_same_list,
    new_id,
    read_list,
    tell_author,
)
from services.broadcasts.forgetting import Forgetting
from services.broadcasts.freezing import Freezing
from services.broadcasts.handing_in import good_trials, is_as_hashed, place, send_trial, weigh
from services.each import each
from services.rights import actor_now
from storage.database import Database
from storage.work import Work

# A broadcast of a series is made this long before its time, so that somebody can look at it.
_AHEAD = timedelta(hours=20)
_KEEP_DEAD = timedelta(days=1)


class BroadcastClock:
    """The ticks. Each broadcast is a transaction of its own: one that fails stops no other."""

    def __init__(self, database: Database, clock: Clock, policy: BroadcastPolicy) -> None:
        self._database = database
        self._open_work = database.open_work
        self._clock = clock
        self._policy = policy
        self._freezing = Freezing(database.open_work, database.open_read, clock, policy)

    async def freeze_due(self) -> int:
        """Write the lists of recipients of what was handed in; how many became whole."""
        return await each(await self._in(PushState.FREEZING), self._freeze)

    async def start_due(self) -> int:
        """Begin what was agreed to and is due; how many began.

        Everything that was agreed to is looked at again at this moment (RELIABILITY 6.3, rule 3).
        """
        now = self._clock.now()
        approved = [
            (one.id, one.push.id)
            for one in await self._in(PushState.APPROVED)
            if one.push and one.push.not_before is not None and one.push.not_before <= now
        ]
        return await each(approved, self._start)

    async def return_due(self) -> int:
        """Give back what nobody agreed to in time; how many."""
        now = self._clock.now()
        late = [one for one in await self._in(PushState.APPROVING) if _is_too_late(one, now)]
        return await each(late, self._return)

    async def make_due(self) -> int:
        """Make the next broadcast of each series a little before its time; how many."""
        async with self._database.open_read() as work:
            series = await work.broadcasts.list_series()
        return await each(series, self._make)

    async def purge(self) -> None:
        """Forget versions that were taken back, files that no broadcast holds, and who got what
        in broadcasts that ended long ago."""
        async with self._open_work() as work:
            await work.broadcasts.purge_files(self._clock.now() - _KEEP_DEAD)
            await work.commit()
        forgetting = Forgetting(self._database, self._clock)
        await forgetting.forget_drafts(_KEEP_DEAD)
        await forgetting.forget_ledgers(self._policy.keep)

    async def _in(self, state: PushState) -> Sequence[Broadcast]:
        async with self._database.open_read() as work:
            return await work.broadcasts.list_in(state)

    async def _freeze(self, one: Broadcast) -> bool:
        while not await self._freezing.go_on(one.id):
            pass
        return True

    async def _return(self, one: Broadcast) -> bool:
        async with self._open_work() as work:
            locked = await work.broadcasts.lock(one.id)
            is_waiting = locked is not None and locked.state is PushState.APPROVING
            if locked is not None and is_waiting:
                await give_back(work, locked, Returned.NOT_APPROVED, self._clock.now())
            await work.commit()
        return is_waiting

    async def _start(self, due: tuple[str, int]) -> bool:
        broadcast_id, push_id = due
        async with self._database.open_read() as work:
            seen = await read_list(work, push_id)
        async with self._open_work() as work:
            now = self._clock.now()
            one = await work.broadcasts.lock(broadcast_id)
            push = await work.pushes.lock(push_id)
            if one is None or push is None or one.push is None or one.push.id != push_id:
                return False
            if push.state is not PushState.APPROVED:
                return False
            if not await is_same_list(work, push, seen):
                # Somebody was erased while we read it: the next round reads it again.
                return False
            why = await self._why_not(work, one, push, seen, now)
            if why is Returned.LATE:
                await work.pushes.move(
                    push_id, PushState.APPROVED, PushState.HELD, pause_reason="late"
                )
                await tell_author(work, HELD, one, str(push_id), now)
            elif why is not None:
                await give_back(work, one, why, now)
            else:
                await work.pushes.move(push_id, PushState.APPROVED, PushState.EXPANDING)
            detail = {"push": push_id, "why": why.value if why else ""}
            act = "broadcast.start" if why is None else "broadcast.not_started"
            await work.audit.add(now, "system", act, one.id, detail)
            await work.commit()
        return why is None

    async def _why_not(
        self, work: Work, one: Broadcast, push: Push, seen: FrozenList, now: datetime
    ) -> Returned | None:
        said = await work.agreements.approvals_of(push.id)
        approval = next((found for found in said if found.verdict is Verdict.YES), None)
        if push.needs_second and approval is None:
            return Returned.NOT_APPROVED
        author = await actor_now(work, one.author, now)
        approver = await actor_now(work, approval.staff_id, now) if approval else None
        if not is_as_hashed(push, one) or not _is_frozen(push, seen):
            return Returned.CHANGED
        if one.purpose is Purpose.EMERGENCY:
            may = author is not None and author.may(Permission.BROADCAST_EMERGENCY, push.path)
            return None if may else Returned.AUTHOR_LOST_RIGHT
        if void := why_void(push, approval, author, approver, now):
            return void
        if push.expires_at is not None and push.expires_at <= now:
            # It waited for a person until nobody would have got it any more.
            return Returned.LAPSED
        if not await good_trials(work, one):
            return Returned.NOT_TESTED
        return Returned.LATE if self._is_late(push, now) else None

    def _is_late(self, push: Push, now: datetime) -> bool:
        if push.pause_reason == "resumed":
            # Somebody saw that it is late and let it go on.
            return self._policy.quiet.holds(now)
        due = lateness.Due(f"broadcast:{push.id}", push.not_before or now, lateness.Kind.BROADCAST)
        verdict = lateness.judge(due, now, self._policy.quiet)
        return verdict.action is lateness.Action.HOLD

    async def _make(self, series: Broadcast) -> bool:
        """Make the next one, send its test to the author, and hand it in."""
        rule, now = series.plan.rule, self._clock.now()
        if rule is None:
            return False
        async with self._open_work() as work:
            last = await work.broadcasts.last_of_series(series.id)
            after = max(now, last) if last else now
            coming = occurrences(rule, after, self._policy.calendar, self._policy.quiet)
            found = next(islice(coming, 1), None)
            if found is None or found.at - now > _AHEAD:
                return False
            one = replace(
                series,
                id=new_id(),
                plan=replace(series.plan, at=found.at, rule=None),
                is_series=False,
                is_active=False,
                series_id=series.id,
                series_at=found.at,
                made_at=now,
                changed_at=now,
            )
            if not await work.broadcasts.add(one):
                return False
            await send_trial(work, one, one.author, now)
            await work.audit.add(now, "system", "broadcast.series_made", one.id, {"of": series.id})
            # In the same transaction: whatever was made was handed in, or its author knows.
            try:
                author = await actor_now(work, one.author, now)
                if author is None:
                    raise Refusal("staff.not_allowed")
                reckoning = await weigh(work, author, one, now, is_tried=True)
                await place(work, author, one, reckoning, now)
            except Refusal as refusal:
                await give_back(work, one, Returned.NOT_MADE, now, refusal.code)
            await work.commit()
        await self._freezing.go_on(one.id)
        return True


def _is_frozen(push: Push, seen: FrozenList) -> bool:
    """Whether the list is the one that was agreed to, but for those who were erased since."""
    if push.erased:
        return seen.count == (push.audience_count or 0) - push.erased
    return seen.digest == push.audience_hash


def _is_too_late(one: Broadcast, now: datetime) -> bool:
    if one.plan.at is not None:
        return one.plan.at <= now
    return one.push is not None and now - one.push.created_at > LAPSES
