"""Writing broadcasts: drafts, files, test sends, handing in and taking back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.broadcasts import (
    CLASH,
    Approval,
    Audience,
    Broadcast,
    BroadcastFile,
    BroadcastSieve,
    Clash,
    Draft,
    Fault,
    Purpose,
    Returned,
    Topic,
    Trial,
    check_audience,
    check_file,
    check_inside,
    check_title,
    faults_of_content,
    faults_of_plan,
)
from domain.outbox import PushState, State
from domain.recurrence import Occurrence, Rule, preview
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.units import are_related
from services.broadcasts.common import Desk, give_back, new_id
from services.broadcasts.freezing import Freezing
from services.broadcasts.handing_in import place, send_trial, weigh
from services.broadcasts.reckoning import counted
from services.broadcasts.segments import must_reach
from storage.work import Work

_DRAFT, _READ = Permission.BROADCAST_DRAFT, Permission.BROADCAST_PAUSE
_NOT_BEGUN = (PushState.FREEZING, PushState.APPROVING, PushState.APPROVED)


@dataclass(frozen=True, slots=True)
class Listed:
    """A broadcast in a list, with how many of its messages are in each state."""

    broadcast: Broadcast
    counts: Mapping[State, int]
    author_name: str


class BroadcastDesk(Desk):
    """Drafts are the author's own until they are handed in; what was handed in is not changed."""

    def check(self, draft: Draft) -> tuple[Fault, ...]:
        """Everything that is wrong with a draft, field by field."""
        faults = []
        for field, verify in (
            ("title", lambda: check_title(draft.title)),
            ("audience", lambda: check_audience(draft.audience)),
            ("audience", lambda: check_inside(draft.audience, draft.unit_path)),
        ):
            try:
                verify()
            except Refusal as refusal:
                faults.append(Fault(field, refusal))
        faults += faults_of_content(draft.content, self._policy.hosts)
        faults += faults_of_plan(
            draft.plan, self._clock.now(), self._policy.calendar, self._policy.quiet
        )
        return tuple(faults)

    def next_times(self, rule: Rule) -> Sequence[Occurrence]:
        """The next five times. Refuses with `recurrence...` what cannot be or never comes."""
        return preview(rule, self._clock.now(), self._policy.calendar, self._policy.quiet)

    async def list_broadcasts(
        self, actor: Actor, sieve: BroadcastSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[Listed], int]:
        """A page of the broadcasts within reach, and how many there are in all."""
        actor.must(_READ)
        async with self._open_read() as work:
            found, total = await work.broadcasts.page_within(
                actor.reach(_READ), sieve, offset=offset, limit=limit
            )
            names = await work.staff.names({one.author for one in found})
            return [
                Listed(
                    one,
                    (await counted(work, one.push))[0] if one.push else {},
                    names.get(one.author, ""),
                )
                for one in found
            ], total

    async def get(self, actor: Actor, broadcast_id: str) -> Broadcast:
        """The broadcast. Refuses with `broadcasts.not_found`."""
        async with self._open_read() as work:
            return await self._find(work, actor, broadcast_id, _READ)

    async def history(self, actor: Actor, broadcast_id: str) -> Sequence[Approval]:
        """What was said to the version that was handed in."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            return await work.agreements.approvals_of(one.push.id) if one.push else ()

    async def names(self, staff_ids: Sequence[str]) -> Mapping[str, str]:
        """The names of staff."""
        async with self._open_read() as work:
            return await work.staff.names(staff_ids)

    async def clashes(self, actor: Actor, draft: Draft, besides: str = "") -> tuple[Clash, ...]:
        """Other broadcasts to some of the same units within the hour. A warning, no more."""
        actor.must(_DRAFT)
        starts = draft.plan.starts(self._clock.now(), self._policy.quiet)
        async with self._open_read() as work:
            near = await work.broadcasts.list_near(starts - CLASH, starts + CLASH)
        return tuple(
            Clash(one.id, one.title, one.push.not_before or one.push.created_at, one.state)
            for one in near
            if one.id != besides and one.push and _overlap(one.audience, draft.audience)
        )

    async def create(self, actor: Actor, draft: Draft) -> Broadcast:
        """A new draft. Refuses with the first fault that `check` finds."""
        now = self._clock.now()
        one = Broadcast(
            id=new_id(),
            title=draft.title,
            unit_path=draft.unit_path,
            content=draft.content,
            audience=draft.audience,
            plan=draft.plan,
            purpose=Purpose.MEMBERS,
            author=actor.staff_id,
            author_session="",
            made_at=now,
            changed_at=now,
        )
        async with self._open_work() as work:
            one = await self._written(work, actor, one, draft)
            await work.broadcasts.add(one)
            await self._audit(work, actor, "broadcast.create", one.id)
            await work.commit()
        return one

    async def change(self, actor: Actor, broadcast_id: str, draft: Draft) -> Broadcast:
        """Write it anew. What was handed in must be taken back first: `broadcasts.not_now`."""
        async with self._open_work() as work:
            one = await self._draft(work, actor, broadcast_id)
            changed = await self._written(work, actor, one, draft)
            await work.broadcasts.save(changed)
            await self._audit(work, actor, "broadcast.change", one.id)
            await work.commit()
        return changed

    async def copy(self, actor: Actor, broadcast_id: str) -> Broadcast:
        """A new draft with the same text and audience, to be sent as soon as it may."""
        now = self._clock.now()
        async with self._open_work() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            actor.must(_DRAFT, one.unit_path)
            await must_reach(work, actor, one.audience)
            made = Broadcast(
                id=new_id(),
                title=one.title,
                unit_path=one.unit_path,
                content=replace(one.content, topic=_usual(one.content.topic)),
                audience=one.audience,
                plan=replace(one.plan, at=None, rule=None),
                purpose=Purpose.MEMBERS,
                author=actor.staff_id,
                author_session="",
                made_at=now,
                changed_at=now,
            )
            await work.broadcasts.add(made)
            await self._audit(work, actor, "broadcast.create", made.id, copy_of=one.id)
            await work.commit()
        return made

    async def remove(self, actor: Actor, broadcast_id: str) -> None:
        """Forget a draft."""
        async with self._open_work() as work:
            one = await self._draft(work, actor, broadcast_id)
            await work.broadcasts.remove(one.id)
            await self._audit(work, actor, "broadcast.remove", one.id)
            await work.commit()

    async def keep_file(self, actor: Actor, name: str, content: bytes) -> BroadcastFile:
        """Keep a photo or a document for a broadcast; one that no broadcast holds is forgotten
        after a day. Refuses with `broadcasts.file_...`."""
        actor.must(_DRAFT)
        kind, name, content_type = check_file(name, content)
        one = BroadcastFile(
            secrets.token_urlsafe(12),
            kind,
            name,
            content_type,
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        async with self._open_work() as work:
            await work.broadcast_files.add(one, content, actor.staff_id, self._clock.now())
            await work.commit()
        return one

    async def open_file(self, actor: Actor, file_id: str) -> tuple[BroadcastFile, bytes]:
        """A file with its bytes, for whoever may read broadcasts."""
        actor.must(_READ)
        async with self._open_read() as work:
            one = await work.broadcast_files.find(file_id)
            content = await work.broadcast_files.read(file_id)
        if one is None or content is None:
            raise Refusal("broadcasts.not_found")
        return one, content

    async def send_test(self, actor: Actor, broadcast_id: str) -> None:
        """Send it to the actor's own chat, and to nobody else: no member can be reached so."""
        async with self._open_work() as work:
            one = await self._find(work, actor, broadcast_id, _DRAFT)
            await send_trial(work, one, actor.staff_id, self._clock.now())
            await self._audit(work, actor, "broadcast.test", one.id)
            await work.commit()

    async def trials(self, actor: Actor, broadcast_id: str) -> Sequence[Trial]:
        """Test sends of it, the newest first."""
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _READ)
            return await work.agreements.trials_of(one.id)

    async def hand_in(self, actor: Actor, broadcast_id: str) -> Broadcast:
        """Fix the text and begin to fix the recipients; a short list is whole at once.

        With many recipients the clock goes on (`FREEZING`); then it waits for a second person
        where one is needed, else for its time. Refuses with `broadcasts.test_needed`, `.too_few`,
        `.no_approver`, `.two_admins`, `.placeholder_empty`, `.not_now`, and with what `check`
        finds now.
        """
        now = self._clock.now()
        # Counting takes a while with many members: not in the transaction that writes.
        async with self._open_read() as work:
            one = await self._find(work, actor, broadcast_id, _DRAFT)
            if faults := self.check(one.draft):
                raise faults[0].refusal
            found = await weigh(work, actor, one, now)
        async with self._open_work() as work:
            same = await self._lock(work, actor, broadcast_id, _DRAFT)
            if same.push is not None or same.changed_at != one.changed_at:
                # Somebody wrote it anew or handed it in meanwhile.
                raise Refusal("broadcasts.not_now")
            await place(work, actor, same, found, now)
            await work.commit()
        freezing = Freezing(self._open_work, self._open_read, self._clock, self._policy)
        await freezing.go_on(broadcast_id)
        async with self._open_read() as work:
            return await self._find(work, actor, broadcast_id, _DRAFT)

    async def take_back(self, actor: Actor, broadcast_id: str) -> Broadcast:
        """Make it a draft again before it has begun: also while its recipients are being fixed,
        and in the minute after it was agreed to."""
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _READ)
            if one.state not in _NOT_BEGUN:
                raise Refusal("broadcasts.not_now")
            back = await give_back(work, one, Returned.TAKEN_BACK, self._clock.now())
            await self._audit(work, actor, "broadcast.take_back", one.id)
            await work.commit()
        return back

    async def set_active(self, actor: Actor, broadcast_id: str, is_active: bool) -> Broadcast:
        """Let a series make its broadcasts, or make no more of them."""
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _DRAFT)
            if not one.is_series:
                raise Refusal("broadcasts.not_now")
            if is_active and (faults := self.check(one.draft)):
                raise faults[0].refusal
            changed = replace(one, is_active=is_active, changed_at=self._clock.now())
            await work.broadcasts.save(changed)
            act = "broadcast.series_start" if is_active else "broadcast.series_stop"
            await self._audit(work, actor, act, one.id)
            await work.commit()
        return changed

    async def _draft(self, work: Work, actor: Actor, broadcast_id: str) -> Broadcast:
        one = await self._lock(work, actor, broadcast_id, _DRAFT)
        if one.state is not PushState.DRAFT or one.purpose is not Purpose.MEMBERS:
            raise Refusal("broadcasts.not_now")
        return one

    async def _written(self, work: Work, actor: Actor, one: Broadcast, draft: Draft) -> Broadcast:
        actor.must(_DRAFT, draft.unit_path)
        if faults := self.check(draft):
            raise faults[0].refusal
        await must_reach(work, actor, draft.audience)
        media = draft.content.media
        if media is not None and await work.broadcast_files.find(media.file_id) is None:
            raise Refusal("broadcasts.not_found")
        return replace(
            one,
            title=check_title(draft.title),
            unit_path=draft.unit_path,
            content=draft.content,
            audience=draft.audience,
            plan=draft.plan,
            is_series=draft.plan.rule is not None,
            author=actor.staff_id,
            changed_at=self._clock.now(),
        )


def _overlap(one: Audience, other: Audience) -> bool:
    return any(are_related(path, its) for path in one.paths for its in other.paths)


def _usual(topic: Topic) -> Topic:
    return Topic.NEWS if topic is Topic.SAFETY else topic
