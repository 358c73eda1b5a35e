"""Writing: drafts, handing them in, taking them back, sending them back."""

from __future__ import annotations

from dataclasses import replace

from domain.editing import (
    SHIPPED,
    Kind,
    State,
    Version,
    check_move,
    check_name,
    check_reason,
    check_source,
)
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from knowledge.trying import needs_review
from services.editing.desk import Desk, fresh, keep, must_write, note, over


class Drafting(Desk):
    """What does not reach members yet."""

    async def save_draft(
        self,
        actor: Actor,
        kind: Kind,
        name: str,
        source: str,
        *,
        version_id: int | None = None,
        seen: str | None = None,
        is_material: bool = False,
    ) -> Version:
        """Keep a text as a draft, faults and all; without `version_id` as a new version.

        `seen` is the hash of the text in force that the author had before them ("" for none);
        without it a new draft begins from what is in force now. Only its author changes a draft.
        """
        must_write(actor, kind)
        check_name(kind, name)
        source = check_source(source)
        now, library = self._clock.now(), self._checker.served()
        standing = self._standing(await self._in_force.read(), kind, name)
        current = standing.hash if standing else ""
        base = await self._find_base(kind, name, seen or "")
        async with self._open_work() as work:
            if version_id is None:
                was, version = None, fresh(kind, name, source, standing, actor, now)
                if seen is not None and seen != current:
                    number = base[0] if base else SHIPPED
                    version = replace(version, base_hash=seen, base_number=number)
            else:
                version = _own(await work.versions.find(version_id), actor)
                if (version.kind, version.name) != (kind, name):
                    raise Refusal("knowledge.not_found")
                was = version.state
                if was is not State.DRAFT:
                    check_move(version, State.DRAFT)
                if seen == current:
                    number = standing.number if standing else 0
                    version = replace(version, base_hash=current, base_number=number)
            old = standing.source if standing and standing.is_shown else None
            version = replace(
                version,
                state=State.DRAFT,
                source=source,
                needs_review=needs_review(library, kind, name, old, source),
                is_material=is_material,
                changed_at=now,
            )
            version = await keep(work, version, was)
            await note(work, now, actor, "knowledge.draft", version)
            await work.commit()
        return version

    async def hand_in(self, actor: Actor, version_id: int) -> Version:
        """Ask for a second editor's eyes. Refuses with `knowledge.faulty` a text with faults."""
        version = await self._get(version_id)
        must_write(actor, version.kind)
        shelf = await self._in_force.read()
        await self._checker.check(shelf.overlay, over(shelf, version))
        return await self._move(actor, version_id, State.IN_REVIEW, "knowledge.hand_in")

    async def take_back(self, actor: Actor, version_id: int) -> Version:
        """Back to a draft, by its author, to go on writing."""
        return await self._move(actor, version_id, State.DRAFT, "knowledge.take_back")

    async def discard(self, actor: Actor, version_id: int) -> Version:
        """Give up a draft of one's own. It stays in the history."""
        return await self._move(actor, version_id, State.REJECTED, "knowledge.discard")

    async def reject(self, actor: Actor, version_id: int, reason: str) -> Version:
        """Send a version that was handed in back to its author, who sees the reason."""
        actor.must(Permission.KNOWLEDGE_REVIEW)
        said, now = check_reason(reason), self._clock.now()
        async with self._open_work() as work:
            version = await work.versions.find(version_id)
            if version is None:
                raise Refusal("knowledge.not_found")
            if version.author == actor.staff_id:
                raise Refusal("knowledge.own_review")
            if version.state is not State.IN_REVIEW:
                raise Refusal("knowledge.wrong_state")
            moved = replace(
                version,
                state=State.REJECTED,
                reviewer=actor.staff_id,
                reason=said,
                changed_at=now,
                decided_at=now,
            )
            await keep(work, moved, version.state)
            await note(work, now, actor, "knowledge.reject", moved)
            await work.commit()
        return moved

    async def _move(self, actor: Actor, version_id: int, to: State, act: str) -> Version:
        """Move a version of one's own."""
        now = self._clock.now()
        async with self._open_work() as work:
            version = _own(await work.versions.find(version_id), actor)
            must_write(actor, version.kind)
            check_move(version, to)
            moved = replace(version, state=to, changed_at=now)
            await keep(work, moved, version.state)
            await note(work, now, actor, act, moved)
            await work.commit()
        return moved


def _own(version: Version | None, actor: Actor) -> Version:
    if version is None:
        raise Refusal("knowledge.not_found")
    if version.author != actor.staff_id:
        raise Refusal("knowledge.not_author")
    return version
