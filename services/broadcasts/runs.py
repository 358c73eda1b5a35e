"""A broadcast while it is sent and afterwards: progress, one row for each recipient, reach."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.broadcasts import (
    MOST_ALONE,
    MOST_RESENT_ALONE,
    ActKind,
    ActState,
    Broadcast,
    BroadcastAct,
    Button,
    Pace,
    content_of,
    faults_of_content,
)
from domain.exports import mask_name
from domain.outbox import Push, PushState, State
from domain.people import Person
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.broadcasts.acting import carry_out, must_resend, planned
from services.broadcasts.common import ACT_ASKED, Desk, new_id, sent_push, tell_staff
from services.broadcasts.reckoning import counted, figured
from services.rights import allowed
from storage.broadcast_reach import LedgerLine
from storage.work import Work

_READ, _ACT = Permission.BROADCAST_PAUSE, Permission.BROADCAST_RESUME
_PIECE = 1000
_MINUTE = timedelta(minutes=1)
_WAITING = (State.PENDING, State.SENDING, State.HELD)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far it is. `counts` add up to what was written, `total` is who was frozen.

    `undo_until` is set while it has not begun and may be taken back without a trace. `frozen` is
    how many are on the list, which is still being written while it is FREEZING; then `total` is
    how many were counted when it was handed in.
    """

    broadcast: Broadcast
    push: Push
    total: int
    counts: Mapping[State, int]
    failures: Mapping[str, int]
    pace: Pace
    undo_until: datetime | None
    frozen: int

    @property
    def written(self) -> int:
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """How many messages have not come to an end, with those that are still to be written."""
        unwritten = 0 if self.push.is_expanded else max(self.total - self.written, 0)
        if self.push.state in (PushState.CANCELLING, PushState.CANCELLED):
            unwritten = 0
        return unwritten + sum(self.counts.get(state, 0) for state in _WAITING)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """What became of one recipient's message; the name is masked."""

    id: int
    name: str
    unit: str
    state: State
    fail_class: str
    attempts: int
    sent_at: datetime | None
    pressed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReachReport:
    """Whom it reached. Telegram tells nobody what was read: a press is the most there is."""

    broadcast: Broadcast
    total: int
    counts: Mapping[State, int]
    failures: Mapping[str, int]
    pressed: int
    acted: int
    presses: tuple[tuple[Button, int], ...]
    by_hour: Sequence[tuple[datetime, int, int]]


class RunDesk(Desk):
    """Reading is for whoever may pause it; changing for whoever may resume it."""

    async def progress(self, actor: Actor, broadcast_id: str) -> RunProgress:
        """How far the version is that was handed in. Refuses with `broadcasts.not_sent`."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            if one.push is None:
                raise Refusal("broadcasts.not_sent")
            return await self._progress(work, one, one.push)

    async def act_progress(self, actor: Actor, act_id: str) -> RunProgress:
        """How far a correction or a recall is. Refuses with `broadcasts.not_sent` for others."""
        async with self._open_read() as work:
            act = await work.agreements.find(act_id)
            if act is None:
                raise Refusal("broadcasts.not_found")
            one = await self._find(work, actor, act.broadcast_id, _READ)
            push = await work.pushes.find(act.push_id) if act.push_id else None
            if push is None:
                raise Refusal("broadcasts.not_sent")
            return await self._progress(work, one, push)

    async def ledger(
        self,
        actor: Actor,
        broadcast_id: str,
        *,
        state: State | None = None,
        fail_class: str = "",
        offset: int,
        limit: int,
    ) -> tuple[Sequence[LedgerRow], int]:
        """A page of recipients, and how many there are in all."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            if one.push is None:
                return (), 0
            lines, total = await work.broadcast_reach.ledger(
                one.push.id, state, fail_class, offset=offset, limit=limit
            )
            return await _named(work, lines), total

    async def stream_ledger(self, actor: Actor, broadcast_id: str) -> AsyncIterator[LedgerRow]:
        """All recipients, read piece by piece."""
        offset = 0
        while True:
            rows, _ = await self.ledger(actor, broadcast_id, offset=offset, limit=_PIECE)
            for row in rows:
                yield row
            if len(rows) < _PIECE:
                return
            offset += _PIECE

    async def reach(self, actor: Actor, broadcast_id: str) -> ReachReport:
        """Whom it reached and what they did."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            push = sent_push(one)
            found = await figured(work, push)
            presses = found.presses
            buttons = enumerate(content_of(push.body).buttons)
            return ReachReport(
                one,
                push.recipients,
                found.counts,
                found.failures,
                found.pressed,
                found.acted,
                tuple((button, presses.get(number, 0)) for number, button in buttons),
                found.by_hour,
            )

    async def acts(self, actor: Actor, broadcast_id: str) -> Sequence[BroadcastAct]:
        """What was done to it since, and what waits for a second person."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            return await work.agreements.acts_of(one.id)

    async def correct(self, actor: Actor, broadcast_id: str) -> BroadcastAct:
        """Put the correction that was agreed to with it in place of the text, at once.

        Refuses with `broadcasts.no_correction` if none was prepared.
        """
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _ACT)
            text = content_of(sent_push(one).body).correction
            if not text:
                raise Refusal("broadcasts.no_correction")
            act = await self._new(work, actor, one, ActKind.CORRECT, text=text)
            return await self._begin(work, actor, one, act, is_alone=True)

    async def ask_correction(self, actor: Actor, broadcast_id: str, text: str) -> BroadcastAct:
        """Put another text in its place; many recipients need a second person's yes.

        Refuses with what is wrong with the text.
        """
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _ACT)
            content = replace(content_of(sent_push(one).body), text=text, correction="")
            for fault in faults_of_content(content, self._policy.hosts):
                if fault.field == "text":
                    raise fault.refusal
            act = await self._new(work, actor, one, ActKind.CORRECT, text=text)
            return await self._begin(work, actor, one, act)

    async def recall(self, actor: Actor, broadcast_id: str) -> BroadcastAct:
        """Take back what arrived within 48 hours, and stop the rest.

        Refuses with `broadcasts.nothing_to_recall`.
        """
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _ACT)
            act = await self._new(work, actor, one, ActKind.RECALL)
            if not act.recipients:
                raise Refusal("broadcasts.nothing_to_recall")
            return await self._begin(work, actor, one, act)

    async def resend(self, actor: Actor, broadcast_id: str, fail_class: str) -> BroadcastAct:
        """Try again what failed for that reason; "ambiguous" is what nobody knows of.

        Refuses with `broadcasts.nothing_to_resend`, and like `must_resend`.
        """
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _ACT)
            push = sent_push(one)
            await must_resend(work, one, push, self._clock.now())
            count = (await work.outbox.failures(push.id)).get(fail_class, 0)
            if not count or fail_class in _NEVER_AGAIN:
                raise Refusal("broadcasts.nothing_to_resend")
            act = await self._new(
                work, actor, one, ActKind.RESEND, fail_class=fail_class, recipients=count
            )
            return await self._begin(work, actor, one, act, is_alone=count <= MOST_RESENT_ALONE)

    async def _new(
        self,
        work: Work,
        actor: Actor,
        one: Broadcast,
        kind: ActKind,
        *,
        text: str = "",
        fail_class: str = "",
        recipients: int | None = None,
    ) -> BroadcastAct:
        now = self._clock.now()
        if sent_push(one).expand_cursor is None:
            # Nobody has anything that could be changed, and it was not looked at again yet.
            raise Refusal("broadcasts.not_sent")
        if recipients is None:
            change = await planned(work, one, kind, now)
            recipients = await work.broadcast_reach.count_changes(change)
        return BroadcastAct(
            new_id(),
            one.id,
            kind,
            ActState.WAITING,
            recipients,
            actor.staff_id,
            actor.session_id,
            now,
            text,
            fail_class,
        )

    async def _begin(
        self,
        work: Work,
        actor: Actor,
        one: Broadcast,
        act: BroadcastAct,
        *,
        is_alone: bool | None = None,
    ) -> BroadcastAct:
        now, push = self._clock.now(), sent_push(one)
        if is_alone is None:
            is_alone = not push.needs_second and act.recipients <= MOST_ALONE
        await work.agreements.add_act(act)
        if is_alone:
            act = await carry_out(work, one, act, actor.staff_id, now)
        else:
            able = await allowed(work, Permission.BROADCAST_APPROVE, one.unit_path, now)
            others = [person for person in able if person.id != actor.staff_id]
            if not others:
                raise Refusal("broadcasts.no_approver")
            await tell_staff(work, ACT_ASKED, others, act.id, now, title=one.title)
        await self._audit(work, actor, f"broadcast.{act.kind}", one.id, act_id=act.id)
        await work.commit()
        return act

    async def _progress(self, work: Work, one: Broadcast, push: Push) -> RunProgress:
        now = self._clock.now()
        last_minute = await work.broadcast_reach.count_sent_since(push.id, now - _MINUTE)
        counts, failures = await counted(work, push)
        is_freezing = push.state is PushState.FREEZING
        found = RunProgress(
            one,
            push,
            push.recipients,
            counts,
            failures,
            Pace(last_minute, None),
            push.not_before if push.state is PushState.APPROVED else None,
            await work.pushes.count_frozen(push.id) if is_freezing else push.recipients,
        )
        per_second = last_minute / 60 if last_minute else self._policy.per_second
        goes_on = push.state in (PushState.EXPANDING, PushState.RUNNING)
        left = timedelta(seconds=round(found.waiting / per_second)) if goes_on else None
        return replace(found, pace=Pace(last_minute, left))


# Whoever blocked the bot does not get it by another try.
_NEVER_AGAIN = frozenset({"blocked", "deactivated", "topic", "often", "consent", "unreachable"})


async def _named(work: Work, lines: Sequence[LedgerLine]) -> list[LedgerRow]:
    people = await work.people.find_all({one.person_id for one in lines if one.person_id})
    return [
        LedgerRow(
            one.id,
            _masked(people.get(one.person_id or "")),
            one.unit,
            one.state,
            one.fail_class,
            one.attempts,
            one.sent_at,
            one.pressed_at,
        )
        for one in lines
    ]


def _masked(person: Person | None) -> str:
    return mask_name(person.name) if person and person.name else ""
