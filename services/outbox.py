"""What goes to many, once its recipients are fixed: writing messages, pausing, cancelling."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.broadcasts import (
    CANARY,
    CANARY_LEAST,
    EDIT,
    MESSAGE,
    RECALL,
    Tried,
    change_of,
    content_of,
    tried_of,
)
from domain.clock import Clock
from domain.outbox import SENDABLE, Canary, Push, PushState, State, must_move_push
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.each import each
from services.stopping import tell_stopped
from storage.database import Database
from storage.work import Work

# So many messages of one push wait at most; more are written when these are gone.
BACK_PRESSURE = 10_000
CHUNK = 1_000
# So many chunks are cancelled while somebody waits for the page; the clock does the others.
_AT_ONCE = 10
# How often one member hears from the union unasked in a week, if nobody set it otherwise.
WEEKLY_CAP = 5
_WEEK = timedelta(days=7)
_RESTING = (PushState.PAUSED, PushState.HELD)


class OutboxService:
    """Pushes and their messages. What a single member is told is added by the verb that tells."""

    def __init__(self, database: Database, clock: Clock, *, weekly_cap: int = WEEKLY_CAP) -> None:
        self._database = database
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._weekly_cap = weekly_cap

    async def expand_due(self) -> int:
        """Write messages of the pushes that began, as far as the queue is short; how many.

        Also ends what has come to its end, cancelled pushes and finished ones, and stops a
        broadcast of which too much fails.
        """
        async with self._open_read() as work:
            live = await work.pushes.list_in(
                PushState.EXPANDING, PushState.CANCELLING, PushState.RUNNING
            )
        return await each(live, self._see_to)

    async def _see_to(self, push: Push) -> int:
        if push.canary is not None and await self._stop_if_bad(push):
            return 0
        if push.state is PushState.EXPANDING:
            return await self._expand(push.id)
        if push.state is PushState.CANCELLING:
            await self._cancel(push.id)
        else:
            await self._finish(push.id)
        return 0

    async def expire_due(self) -> int:
        """Give up messages that are no longer of use; how many."""
        total = 0
        while True:
            async with self._open_work() as work:
                count = await work.outbox.expire(self._clock.now(), CHUNK)
                await work.commit()
            total += count
            if count < CHUNK:
                return total

    async def pause(self, actor: Actor, push_id: int, reason: str = "staff") -> None:
        """Send no more of it for now. What is on its way arrives."""
        async with self._open_work() as work:
            push = await self._reached(work, actor, Permission.BROADCAST_PAUSE, push_id)
            await self._move(work, push, PushState.PAUSED, pause_reason=reason)
            await self._audit(work, actor, "broadcast.pause", push_id)
            await work.commit()

    async def resume(self, actor: Actor, push_id: int) -> None:
        """Go on with a push that was paused or held, and with its messages that were held."""
        async with self._open_work() as work:
            push = await self._reached(work, actor, Permission.BROADCAST_RESUME, push_id)
            if push.state not in _RESTING:
                # From other states the same moves mean something else: that somebody agreed.
                raise Refusal("outbox.not_now", state=push.state.value)
            if push.canary is Canary.WAITING and push.expand_cursor is None:
                # It never began: what was agreed to is looked at again before it does.
                await self._move(work, push, PushState.APPROVED, pause_reason="resumed")
            else:
                new = PushState.RUNNING if push.is_expanded else PushState.EXPANDING
                tried = await self._tried(work, push)
                await self._move(
                    work,
                    push,
                    new,
                    pause_reason=None,
                    # Whoever lets it go on has seen what failed: only what comes now counts.
                    base_tried=tried.tried,
                    base_failed=tried.failed,
                )
            await self._audit(work, actor, "broadcast.resume", push_id)
            await work.commit()
        await self._release(push_id)

    async def cancel(self, actor: Actor, push_id: int) -> int:
        """Stop a push for good; how many messages are not sent because of it.

        With many messages the clock goes on writing down that they are cancelled.
        """
        async with self._open_work() as work:
            push = await self._reached(work, actor, Permission.BROADCAST_RESUME, push_id)
            await self._move(work, push, PushState.CANCELLING)
            found = await work.outbox.counts(push_id)
            await self._audit(work, actor, "broadcast.cancel", push_id)
            await work.commit()
        await self._cancel(push_id, _AT_ONCE)
        unwritten = 0 if push.is_expanded else push.recipients - sum(found.values())
        return unwritten + found.get(State.PENDING, 0) + found.get(State.HELD, 0)

    async def purge(self, keep: timedelta) -> None:
        """Forget single messages, tries, processes and schedule runs that ended long ago."""
        before = self._clock.now() - keep
        async with self._open_work() as work:
            await work.outbox.purge_before(before)
            await work.workers.purge_before(before)
            await work.runs.purge_before(before)
            await work.commit()

    async def _release(self, push_id: int) -> None:
        while True:
            async with self._open_work() as work:
                count = await work.outbox.release(push_id, CHUNK)
                await work.commit()
            if count < CHUNK:
                return

    async def _expand(self, push_id: int) -> int:
        written = 0
        while True:
            async with self._open_work() as work:
                push = await work.pushes.lock(push_id)
                if push is None or push.state is not PushState.EXPANDING:
                    return written
                if await work.pushes.count_waiting(push_id, BACK_PRESSURE) >= BACK_PRESSURE:
                    return written
                most = await self._most(work, push)
                count = await self._write(work, push, most) if most else 0
                written += count
                if count < most:
                    await work.pushes.move(push_id, push.state, PushState.RUNNING)
                await work.commit()
            if count < CHUNK:
                return written

    async def _most(self, work: Work, push: Push) -> int:
        """How many rows may be written now: while the first few are under way, none."""
        if push.kind in (EDIT, RECALL):
            change = change_of(push)
            changed = await work.pushes.find_all((change.of_push, *change.also))
            # What is on its way with the old words must have arrived before it can be changed.
            waits = any(one.state is PushState.CANCELLING for one in changed.values())
            return 0 if waits else CHUNK
        if push.canary is not Canary.WAITING:
            return CHUNK
        if push.expand_cursor is None:
            return CANARY
        if await work.broadcast_reach.count_going(push.id, self._clock.now()):
            return 0
        if (await self._tried(work, push)).tried < CANARY_LEAST:
            # Most of them wait for their own hours: these few tell nothing yet.
            return CANARY
        await work.pushes.move(push.id, push.state, push.state, canary=Canary.PASSED.value)
        return CHUNK

    async def _write(self, work: Work, push: Push, most: int) -> int:
        now = self._clock.now()
        if push.kind in (EDIT, RECALL):
            return await work.broadcast_reach.write_changes(push, change_of(push), now, most)
        count = await work.pushes.expand(push, now, most)
        if count and push.kind == MESSAGE:
            after = await work.pushes.find(push.id)
            assert after is not None and after.expand_cursor is not None
            written = (push.expand_cursor, after.expand_cursor)
            await work.audiences.sift(push, *written, now - _WEEK, self._weekly_cap)
            if content_of(push.body).placeholders:
                await work.audiences.fill(push, *written)
        return count

    async def _stop_if_bad(self, push: Push) -> bool:
        """Stop a broadcast of which more than a few fail, and tell who wrote it."""
        if push.state not in SENDABLE:
            return False
        async with self._open_read() as work:
            is_bad = (await self._tried(work, push)).is_bad(CANARY_LEAST)
            is_over = push.is_expanded and not await work.pushes.count_waiting(push.id, 1)
        if is_over or not is_bad:
            return False
        reason = "canary" if push.canary is Canary.WAITING else "failures"
        async with self._open_work() as work:
            stopped = await work.pushes.move(
                push.id, push.state, PushState.PAUSED, pause_reason=reason
            )
            if stopped:
                await tell_stopped(work, push, self._clock.now())
            await work.commit()
        return stopped

    async def _tried(self, work: Work, push: Push) -> Tried:
        found = tried_of(await work.outbox.counts(push.id), await work.outbox.failures(push.id))
        return Tried(found.tried - push.base_tried, found.failed - push.base_failed)

    async def _cancel(self, push_id: int, most: int | None = None) -> None:
        """Write down that messages are cancelled, in at most so many chunks."""
        chunks = 0
        while most is None or chunks < most:
            chunks += 1
            async with self._open_work() as work:
                push = await work.pushes.lock(push_id)
                if push is None or push.state is not PushState.CANCELLING:
                    return
                is_written = push.kind != MESSAGE or push.is_expanded
                if not is_written:
                    # Whoever was frozen has a row that says what became of theirs.
                    count = await work.pushes.expand(push, self._clock.now(), CHUNK)
                    is_written = count < CHUNK
                is_over = await work.outbox.cancel(push_id, CHUNK) < CHUNK and is_written
                # What is being sent in this moment gets its own end first.
                if is_over and not await work.pushes.count_waiting(push_id, 1):
                    await self._end(work, push, PushState.CANCELLED)
                await work.commit()
            if is_over:
                return

    async def _finish(self, push_id: int) -> None:
        async with self._open_work() as work:
            # Locked before counting: staff may be sending some of it again.
            push = await work.pushes.lock(push_id)
            is_over = push is not None and push.state is PushState.RUNNING
            if push is not None and is_over and not await work.pushes.count_waiting(push_id, 1):
                await self._end(work, push, PushState.FINISHED)
            await work.commit()

    async def _end(self, work: Work, push: Push, state: PushState) -> None:
        await work.pushes.move(push.id, push.state, state, finished_at=self._clock.now())

    async def _move(self, work: Work, push: Push, new: PushState, **changes: Any) -> None:
        must_move_push(push.state, new)
        if not await work.pushes.move(push.id, push.state, new, **changes):
            raise Refusal("outbox.not_now", state=push.state.value)

    async def _audit(self, work: Work, actor: Actor, act: str, push_id: int) -> None:
        await work.audit.add(self._clock.now(), actor.staff_id, act, f"push:{push_id}", {})

    async def _reached(
        self, work: Work, actor: Actor, permission: Permission, push_id: int
    ) -> Push:
        actor.must(permission)
        push = await self._get(work, push_id)
        if not actor.may(permission, push.path):
            # As if it were not there: whose it is, is nobody else's business.
            raise Refusal("outbox.not_found")
        return push

    async def _get(self, work: Work, push_id: int) -> Push:
        push = await work.pushes.find(push_id)
        if push is None:
            raise Refusal("outbox.not_found")
        return push
