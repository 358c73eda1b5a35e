"""The second person: looks, counts, agrees or does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.broadcasts import (
    LAPSES,
    MOST_ALONE,
    MOST_SHARE,
    ActState,
    Approval,
    Broadcast,
    BroadcastAct,
    EmergencyTemplate,
    Reckoning,
    Returned,
    Verdict,
    must_be_counted,
    must_be_second,
)
from domain.outbox import Push, PushState
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.broadcasts.acting import carry_out
from services.broadcasts.common import APPROVED, Desk, give_back, tell_author
from services.broadcasts.handing_in import good_trials
from services.broadcasts.segments import reckoned
from services.rights import actor_now
from storage.work import Work

_APPROVE, _PAUSE = Permission.BROADCAST_APPROVE, Permission.BROADCAST_PAUSE
NOTE_LIMIT = 200
_STOPPED = ("canary", "failures", "content")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody among the staff."""

    approvals: tuple[Broadcast, ...] = ()
    acts: tuple[tuple[BroadcastAct, Broadcast], ...] = ()
    # Fell due when nobody was there: somebody decides.
    held: tuple[Broadcast, ...] = ()
    # Stopped by themselves.
    stopped: tuple[Broadcast, ...] = ()
    # Emergencies that somebody must still look at.
    reviews: tuple[Broadcast, ...] = ()
    templates: tuple[EmergencyTemplate, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """All that the second person must see. `reckoning` is of now, `count` is what was frozen."""

    broadcast: Broadcast
    author_name: str
    reckoning: Reckoning
    count: int
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    # Why a second person is needed: "everyone", "many", "share".
    reasons: tuple[str, ...]
    # Set if it cannot be agreed to yet: an agreement lapses after a day.
    not_before: datetime | None


class ApprovalDesk(Desk):
    """Nobody agrees to their own."""

    async def waiting(self, actor: Actor) -> Waiting:
        """What waits for this person."""
        async with self._open_read() as work:
            return Waiting(
                tuple(
                    one
                    for one in await work.broadcasts.list_in(PushState.APPROVING)
                    if actor.may(_APPROVE, one.unit_path) and one.author != actor.staff_id
                ),
                await self._acts(work, actor),
                await self._paused(work, actor, PushState.HELD, ()),
                await self._paused(work, actor, PushState.PAUSED, _STOPPED),
                tuple(
                    one
                    for one in await work.broadcasts.list_unreviewed()
                    if actor.may(_APPROVE, one.unit_path) and one.author != actor.staff_id
                ),
                tuple(
                    one
                    for one in await work.emergency_templates.list_all()
                    if not one.is_ready
                    and actor.may(Permission.BROADCAST_EMERGENCY)
                    and one.made_by != actor.staff_id
                ),
            )

    async def look(self, actor: Actor, broadcast_id: str) -> Look:
        """The broadcast as the second person must see it."""
        async with self._open_read() as work:
            one, push = _approving(await self._find(work, actor, broadcast_id, _APPROVE))
            found = await reckoned(work, one.audience, one.content.topic)
            names = await work.staff.names([one.author])
            top = await work.units.find_top()
        now, count = self._clock.now(), push.audience_count or 0
        starts = one.plan.starts(now, self._policy.quiet)
        everyone = top is not None and one.audience.is_everyone(top.path)
        reasons = {
            "everyone": everyone,
            "many": count > MOST_ALONE,
            "share": found.share > MOST_SHARE,
        }
        return Look(
            one,
            names.get(one.author, ""),
            found,
            count,
            starts,
            starts + timedelta(seconds=count / self._policy.per_second),
            starts + one.plan.lasts,
            tuple(name for name, holds in reasons.items() if holds),
            starts - LAPSES if starts - now > LAPSES else None,
        )

    async def approve(self, actor: Actor, broadcast_id: str, typed: str) -> Broadcast:
        """Agree to exactly this text, these people, this time.

        Refuses with `broadcasts.not_yourself`, `.factor_old`, `.count_wrong`, `.too_early`,
        `.test_needed`, `.not_now`.
        """
        async with self._open_work() as work:
            one, push = _approving(await self._lock(work, actor, broadcast_id, _APPROVE))
            now = self._clock.now()
            must_be_second(actor, one.author, one.author_session, now)
            must_be_counted(typed, push.audience_count or 0)
            starts = one.plan.starts(now, self._policy.quiet)
            if one.plan.at is not None and one.plan.at <= now:
                raise Refusal("broadcasts.at_past")
            if starts - now > LAPSES:
                raise Refusal("broadcasts.too_early")
            if not await good_trials(work, one):
                raise Refusal("broadcasts.test_needed")
            await work.pushes.set_window(push.id, starts, starts + one.plan.lasts)
            push = replace(push, not_before=starts, expires_at=starts + one.plan.lasts)
            await self._say(work, actor, push, Verdict.YES, "")
            await self._move(work, push, PushState.APPROVED)
            await tell_author(work, APPROVED, one, str(push.id), now)
            await self._audit(work, actor, "broadcast.approve", one.id, push=push.id)
            await work.commit()
        return replace(one, push=replace(push, state=PushState.APPROVED))

    async def reject(self, actor: Actor, broadcast_id: str, note: str) -> Broadcast:
        """Send it back with a reason. Refuses with `broadcasts.note_needed`, `.note_long`."""
        note = checked_note(note)
        async with self._open_work() as work:
            one, push = _approving(await self._lock(work, actor, broadcast_id, _APPROVE))
            if one.author == actor.staff_id:
                raise Refusal("broadcasts.not_yourself")
            await self._say(work, actor, push, Verdict.NO, note)
            back = await give_back(work, one, Returned.REJECTED, self._clock.now(), note)
            await self._audit(work, actor, "broadcast.reject", one.id, push=push.id)
            await work.commit()
        return back

    async def approve_act(self, actor: Actor, act_id: str, typed: str) -> BroadcastAct:
        """Agree to a correction, a recall or to sending again; it begins at once.

        Refuses like `approve`, and with `broadcasts.act_lapsed` what was asked for more than a
        day ago or by somebody who may not any more.
        """
        async with self._open_work() as work:
            act, one = await self._act(work, actor, act_id)
            now = self._clock.now()
            must_be_second(actor, act.asked_by, act.asked_session, now)
            asker = await actor_now(work, act.asked_by, now)
            may = asker is not None and asker.may(Permission.BROADCAST_RESUME, one.unit_path)
            if now - act.asked_at > LAPSES or not may:
                raise Refusal("broadcasts.act_lapsed")
            must_be_counted(typed, act.recipients)
            done = await carry_out(work, one, act, actor.staff_id, now)
            await self._audit(work, actor, f"broadcast.approve_{act.kind}", one.id, act_id=act.id)
            await work.commit()
        return done

    async def reject_act(self, actor: Actor, act_id: str) -> BroadcastAct:
        """Do not let it happen; whoever asked may take it back in the same way."""
        async with self._open_work() as work:
            act, one = await self._act(work, actor, act_id)
            done = replace(
                act,
                state=ActState.REJECTED,
                settled_by=actor.staff_id,
                settled_at=self._clock.now(),
            )
            await work.agreements.save_act(done)
            await self._audit(work, actor, "broadcast.reject_act", one.id, act_id=act.id)
            await work.commit()
        return done

    async def _act(self, work: Work, actor: Actor, act_id: str) -> tuple[BroadcastAct, Broadcast]:
        act = await work.agreements.lock_act(act_id)
        if act is None:
            raise Refusal("broadcasts.not_found")
        one = await self._find(work, actor, act.broadcast_id, _APPROVE)
        if act.state is not ActState.WAITING:
            raise Refusal("broadcasts.not_now")
        return act, one

    async def _acts(self, work: Work, actor: Actor) -> tuple[tuple[BroadcastAct, Broadcast], ...]:
        found = []
        for act in await work.agreements.list_waiting():
            if self._clock.now() - act.asked_at > LAPSES:
                continue
            one = await work.broadcasts.find(act.broadcast_id)
            if one and actor.may(_APPROVE, one.unit_path) and act.asked_by != actor.staff_id:
                found.append((act, one))
        return tuple(found)

    async def _paused(
        self, work: Work, actor: Actor, state: PushState, reasons: Sequence[str]
    ) -> tuple[Broadcast, ...]:
        return tuple(
            one
            for one in await work.broadcasts.list_in(state)
            if actor.may(_PAUSE, one.unit_path)
            and (not reasons or (one.push and one.push.pause_reason in reasons))
        )

    async def _say(
        self, work: Work, actor: Actor, push: Push, verdict: Verdict, note: str
    ) -> None:
        await work.agreements.add_approval(
            Approval(
                push.id,
                actor.staff_id,
                actor.session_id,
                verdict,
                push.body_hash,
                push.audience_hash or "",
                push.not_before,
                push.expires_at,
                self._clock.now(),
                note,
            )
        )

    async def _move(self, work: Work, push: Push, new: PushState) -> None:
        if not await work.pushes.move(push.id, push.state, new):
            raise Refusal("broadcasts.not_now")


def checked_note(note: str) -> str:
    """A reason as it is kept. Refuses with `broadcasts.note_needed`, `broadcasts.note_long`."""
    note = " ".join(note.split())
    if not note:
        raise Refusal("broadcasts.note_needed")
    if len(note) > NOTE_LIMIT:
        raise Refusal("broadcasts.note_long", limit=NOTE_LIMIT)
    return note


def _approving(one: Broadcast) -> tuple[Broadcast, Push]:
    """Refuses with `broadcasts.not_now` what does not wait for a second person."""
    if one.push is None or one.state is not PushState.APPROVING:
        raise Refusal("broadcasts.not_now")
    return one, one.push
