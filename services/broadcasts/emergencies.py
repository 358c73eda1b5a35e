"""Emergencies: ready-made words that one admin may send at once (RELIABILITY 6.3, rule 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from domain.broadcasts import (
    EMERGENCY_EVERY,
    LEAST,
    TITLE_LIMIT,
    Audience,
    Broadcast,
    Content,
    EmergencyTemplate,
    Plan,
    Purpose,
    Segment,
    Topic,
    check_title,
    faults_of_content,
    must_be_second,
)
from domain.broadcasts.markup import read
from domain.outbox import Priority
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.broadcasts.approvals import checked_note
from services.broadcasts.common import EMERGENCY, Desk, new_id, tell_staff
from services.broadcasts.freezing import Freezing
from services.broadcasts.handing_in import new_push
from services.rights import allowed
from storage.work import Work

_SEND, _APPROVE = Permission.BROADCAST_EMERGENCY, Permission.BROADCAST_APPROVE
# A warning of this morning is no use tomorrow.
_LASTS = timedelta(hours=12)


class EmergencyDesk(Desk):
    """Words are agreed to by two people beforehand; sending takes one, and is looked at after."""

    async def templates(self, actor: Actor) -> Sequence[EmergencyTemplate]:
        """Words that are ready or wait for a second person."""
        actor.must(_SEND)
        async with self._open_read() as work:
            return await work.emergency_templates.list_all()

    async def propose(self, actor: Actor, title: str, text: str) -> EmergencyTemplate:
        """Write words for an emergency. Refuses with what is wrong with them."""
        actor.must(_SEND)
        title = check_title(title)
        for fault in faults_of_content(Content(text, Topic.NEWS), self._policy.hosts):
            raise fault.refusal
        # Whoever belongs to no unit must be warned too: the same words for everybody.
        read(text, self._policy.hosts, ())
        one = EmergencyTemplate(new_id(), title, text, actor.staff_id, self._clock.now())
        async with self._open_work() as work:
            await work.emergency_templates.add(one)
            await self._audit(work, actor, "broadcast.template_propose", one.id)
            await work.commit()
        return one

    async def agree(self, actor: Actor, template_id: str) -> EmergencyTemplate:
        """Let the words be used. Refuses with `broadcasts.not_yourself`, `.factor_old`."""
        actor.must(_SEND)
        async with self._open_work() as work:
            now = self._clock.now()
            one = await _template(work, template_id)
            must_be_second(actor, one.made_by, "", now)
            await work.emergency_templates.agree(one.id, actor.staff_id, now)
            await self._audit(work, actor, "broadcast.template_agree", one.id)
            await work.commit()
        return replace(one, agreed_by=actor.staff_id, agreed_at=now)

    async def remove(self, actor: Actor, template_id: str) -> None:
        actor.must(_SEND)
        async with self._open_work() as work:
            one = await _template(work, template_id)
            await work.emergency_templates.remove(one.id, self._clock.now())
            await self._audit(work, actor, "broadcast.template_remove", one.id)
            await work.commit()

    async def send(
        self, actor: Actor, template_id: str, unit_path: str, typed_title: str
    ) -> Broadcast:
        """Send ready words to everybody in a unit, a minute from now, at any hour.

        Everybody who may approve is told at once. Refuses with `broadcasts.factor_old`,
        `.template_waits`, `.title_wrong`, `.emergency_too_soon`, `.too_few`.
        """
        actor.must(_SEND, unit_path)
        now = self._clock.now()
        if not actor.is_fresh(now):
            raise Refusal("broadcasts.factor_old")
        async with self._open_work() as work:
            # Held until the end: two admins may press in the same second.
            await work.units.lock()
            template = await _template(work, template_id)
            if not template.is_ready:
                raise Refusal("broadcasts.template_waits")
            if typed_title.strip() != template.title:
                raise Refusal("broadcasts.title_wrong", title=template.title)
            await self._must_be_rare(work)
            audience = Audience((Segment((unit_path,)),))
            found = await work.audiences.count(audience, Topic.SAFETY)
            if found.gets < LEAST:
                raise Refusal("broadcasts.too_few", count=found.gets, least=LEAST)
            one = self._broadcast(actor, template, unit_path, audience)
            push_id = await work.pushes.add(replace(new_push(one, now), audience_count=found.gets))
            one = replace(one, push=await work.pushes.find(push_id))
            await work.broadcasts.add(one)
            await self._tell(work, actor, one)
            await self._audit(work, actor, "broadcast.emergency", one.id, recipients=found.gets)
            await work.commit()
        freezing = Freezing(self._open_work, self._open_read, self._clock, self._policy)
        await freezing.go_on(one.id)
        async with self._open_read() as work:
            return await self._find(work, actor, one.id, _SEND)

    async def review(self, actor: Actor, broadcast_id: str, note: str) -> Broadcast:
        """Say afterwards what one thinks of it. Refuses with `broadcasts.not_yourself`."""
        note = checked_note(note)
        async with self._open_work() as work:
            one = await self._lock(work, actor, broadcast_id, _APPROVE)
            if not one.owes_review:
                raise Refusal("broadcasts.not_now")
            if one.author == actor.staff_id:
                raise Refusal("broadcasts.not_yourself")
            done = replace(
                one,
                reviewed_by=actor.staff_id,
                reviewed_at=self._clock.now(),
                review_note=note,
            )
            await work.broadcasts.save(done)
            await self._audit(work, actor, "broadcast.review", one.id)
            await work.commit()
        return done

    async def _must_be_rare(self, work: Work) -> None:
        last = await work.broadcasts.last_emergency()
        if last is not None and self._clock.now() - last < EMERGENCY_EVERY:
            raise Refusal(
                "broadcasts.emergency_too_soon", hours=EMERGENCY_EVERY // timedelta(hours=1)
            )

    def _broadcast(
        self, actor: Actor, template: EmergencyTemplate, unit_path: str, audience: Audience
    ) -> Broadcast:
        now = self._clock.now()
        return Broadcast(
            id=new_id(),
            title=template.title[:TITLE_LIMIT],
            unit_path=unit_path,
            content=Content(template.text, Topic.SAFETY),
            audience=audience,
            plan=Plan(lasts=_LASTS),
            purpose=Purpose.EMERGENCY,
            author=actor.staff_id,
            author_session=actor.session_id,
            made_at=now,
            changed_at=now,
        )

    async def _tell(self, work: Work, actor: Actor, one: Broadcast) -> None:
        now = self._clock.now()
        able = await allowed(work, _APPROVE, one.unit_path, now)
        others = [person for person in able if person.id != actor.staff_id]
        await tell_staff(
            work, EMERGENCY, others, one.id, now, priority=Priority.SECURITY, title=one.title
        )


async def _template(work: Work, template_id: str) -> EmergencyTemplate:
    """Refuses with `broadcasts.not_found`."""
    for one in await work.emergency_templates.list_all():
        if one.id == template_id:
            return one
    raise Refusal("broadcasts.not_found")
