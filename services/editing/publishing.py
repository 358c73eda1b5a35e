"""Bringing a text into force: publishing, withholding, going back, adding a phrasing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from domain.ask import Fault
from domain.clock import beijing_date
from domain.editing import (
    OPEN,
    QUICK_ROLLBACK,
    SHIPPED,
    Blocked,
    Kind,
    Outdated,
    Standing,
    State,
    Version,
    check_move,
    check_name,
    check_publisher,
    check_reason,
    counted_since,
    difference,
    hash_of,
)
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from knowledge import ContentError, Library
from knowledge.adding import carried_over, with_phrasing
from knowledge.overlay import Overlay
from knowledge.trying import needs_review, shipped
from services.editing.desk import Desk, decided, fresh, keep, note, over
from services.editing.in_force import Shelf
from services.editing.telling import find_met, tell

# Another publisher may be quicker; then everything is checked anew.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: the version, the golden questions that were given up, how many members are
    told, and whether it is served (not while another fault remains, nor while in review)."""

    version: Version
    lost: tuple[Fault, ...] = ()
    told: int = 0
    is_served: bool = True


@dataclass(frozen=True, slots=True)
class _Plan:
    """A version that shall come into force as `to`; `was` is None for one that is new.
    `gives_up` says that golden questions do not hold it back."""

    version: Version
    was: State | None
    to: State
    overlay: Overlay
    gives_up: bool = False


_Planner = Callable[[Shelf], Awaitable[_Plan]]


class Publishing(Desk):
    """What members are answered from. Members are told in the same transaction."""

    async def publish(
        self,
        actor: Actor,
        version_id: int,
        *,
        accept_golden: str | None = None,
        seen: str | None = None,
    ) -> Done:
        """Bring a version into force; members are answered from it at once.

        `seen` is the hash of the text that the publisher looked at: refuses with
        `knowledge.changed_since` if its author has taken it back and changed it meanwhile.
        A text that needs a review is published by somebody who did not write it. Refuses with
        `Outdated` if another text came into force since its author began, and with `Blocked`
        (`knowledge.faulty`, `knowledge.golden_lost`). A reviewer who did not write it may give
        golden questions up with a reason.
        """
        actor.must(Permission.KNOWLEDGE_PUBLISH)
        reason = check_reason(accept_golden) if accept_golden is not None else ""

        async def plan(shelf: Shelf) -> _Plan:
            version = await self._get(version_id)
            check_move(version, State.PUBLISHED)
            if seen is not None and version.hash != seen:
                raise Refusal("knowledge.changed_since")
            standing = self._standing(shelf, version.kind, version.name)
            version = await self._on_latest(version, standing)
            old = standing.source if standing and standing.is_shown else None
            library = self._checker.served()
            needs = needs_review(library, version.kind, version.name, old, version.source)
            check_publisher(version, actor.staff_id, needs)
            is_second = actor.staff_id != version.author
            may_review = actor.may(Permission.KNOWLEDGE_REVIEW)
            if needs:
                actor.must(Permission.KNOWLEDGE_REVIEW)
            if reason and not (is_second and may_review):
                raise Refusal("knowledge.golden_second")
            reviewer = actor.staff_id if is_second else None
            final = replace(version, needs_review=needs, reviewer=reviewer, reason=reason)
            return _Plan(final, version.state, State.PUBLISHED, over(shelf, version), bool(reason))

        return await self._bring_into_force(actor, "knowledge.publish", plan)

    async def archive(self, actor: Actor, name: str, reason: str) -> Done:
        """Withhold a page; its text stays. Refuses with `knowledge.not_found` or `_archived`."""
        actor.must(Permission.KNOWLEDGE_PUBLISH)
        said = check_reason(reason)

        async def plan(shelf: Shelf) -> _Plan:
            version = self._next(actor, shelf, name)
            overlay = over(shelf, version).without(name)
            # Golden questions about a page that is withheld on purpose are passed over.
            return _Plan(replace(version, reason=said), None, State.ARCHIVED, overlay, True)

        return await self._bring_into_force(actor, "knowledge.archive", plan)

    async def add_phrasing(self, actor: Actor, name: str, phrasing: str) -> Done:
        """Add a way of asking to a page, in force at once: it is no statement of ours."""
        actor.must(Permission.KNOWLEDGE_PUBLISH)

        async def plan(shelf: Shelf) -> _Plan:
            version = self._next(actor, shelf, name)
            try:
                source = with_phrasing(name, version.source, phrasing)
            except ContentError as error:
                raise Blocked("knowledge.faulty", error.faults) from None
            version = replace(version, source=source, needs_review=False)
            return _Plan(version, None, State.PUBLISHED, over(shelf, version))

        return await self._bring_into_force(actor, "knowledge.add_phrasing", plan)

    async def roll_back(
        self, actor: Actor, kind: Kind, name: str, number: int, reason: str
    ) -> Done:
        """Publish an earlier version anew; number 0 is the text shipped with the program.

        One person may do it while the text was in force within the last 24 hours. Otherwise, one
        that needs a review is handed in instead: `Done.version` is then in review.
        """
        actor.must(Permission.KNOWLEDGE_PUBLISH)
        said, source = check_reason(reason), await self._source_of(kind, name, number)

        async def plan(shelf: Shelf) -> _Plan:
            now, standing = self._clock.now(), self._must_stand(shelf, kind, name)
            if standing.is_shown and hash_of(source) == standing.hash:
                raise Refusal("knowledge.same")
            async with self._open_read() as work:
                history = await work.versions.list_of(kind, name)
            file, day_ago = shipped(self._folder, kind, name), now - QUICK_ROLLBACK
            is_hasty = counted_since(hash_of(source), history, file, day_ago)
            old = standing.source if standing.is_shown else None
            library = self._checker.served()
            needs = not is_hasty and needs_review(library, kind, name, old, source)
            version = fresh(kind, name, source, standing, actor, now)
            version = replace(version, reason=said, needs_review=needs)
            to = State.IN_REVIEW if needs else State.PUBLISHED
            return _Plan(version, None, to, over(shelf, version), is_hasty)

        return await self._bring_into_force(actor, "knowledge.roll_back", plan)

    async def _bring_into_force(self, actor: Actor, act: str, plan: _Planner) -> Done:
        for _ in range(_TRIES):
            shelf = await self._in_force.read()
            planned = await plan(shelf)
            library, lost = await self._checker.check(shelf.overlay, planned.overlay)
            if lost and not planned.gives_up:
                raise Blocked("knowledge.golden_lost", lost)
            if planned.to is State.IN_REVIEW:
                return await self._hand_in(actor, act, planned, lost)
            day, version = beijing_date(self._clock.now()), planned.version
            met: Sequence[str] = ()
            if library is not None and version.kind is Kind.ENTRY:
                met = await find_met(self._database, library, version.name, day)
            done = await self._write(actor, act, planned, shelf, met, lost)
            if done is not None:
                return self._serve(done, library, planned.overlay, shelf.edition + 1)
        raise Refusal("knowledge.busy")

    async def _write(
        self,
        actor: Actor,
        act: str,
        planned: _Plan,
        shelf: Shelf,
        met: Sequence[str],
        lost: tuple[Fault, ...],
    ) -> Done | None:
        """One transaction; None if somebody else published since the shelf was read."""
        now = self._clock.now()
        async with self._open_work() as work:
            if not await work.versions.next_edition(shelf.edition):
                return None
            version = planned.version
            before = shelf.version(version.kind, version.name)
            if before is not None:
                check_move(before, State.REPLACED)
                await keep(work, replace(before, state=State.REPLACED), before.state)
            version = await keep(work, decided(version, planned.to, now), planned.was)
            told = await tell(work, met, version, now)
            await note(work, now, actor, act, version, golden_lost=len(lost), told=told)
            await work.commit()
        return Done(version, lost, told)

    async def _hand_in(
        self, actor: Actor, act: str, planned: _Plan, lost: tuple[Fault, ...]
    ) -> Done:
        now = self._clock.now()
        async with self._open_work() as work:
            version = await keep(work, replace(planned.version, state=planned.to), None)
            await note(work, now, actor, act, version)
            await work.commit()
        return Done(version, lost, is_served=False)

    def _serve(self, done: Done, library: Library | None, overlay: Overlay, edition: int) -> Done:
        if library is None:
            return replace(done, is_served=False)
        self._tell_served(library, overlay, edition)
        return done

    def _next(self, actor: Actor, shelf: Shelf, name: str) -> Version:
        """A new version of a page that is shown, with the text that is in force."""
        check_name(Kind.ENTRY, name)
        standing = self._must_stand(shelf, Kind.ENTRY, name)
        if not standing.is_shown:
            raise Refusal("knowledge.archived")
        now = self._clock.now()
        return fresh(Kind.ENTRY, name, standing.source, standing, actor, now)

    async def _on_latest(self, version: Version, standing: Standing | None) -> Version:
        """The version, with the phrasings that were added since; refuses with `Outdated` if
        anything else changed since its author began."""
        current = standing.source if standing else ""
        if version.base_hash == (standing.hash if standing else ""):
            return version
        base = await self._find_base(version.kind, version.name, version.base_hash)
        if base is not None and version.kind is Kind.ENTRY:
            merged = carried_over(version.name, base[1], current, version.source)
            if merged is not None:
                return replace(version, source=merged)
        changes = difference(base[1] if base else version.source, current)
        raise Outdated(standing.number if standing else SHIPPED, changes)

    async def _source_of(self, kind: Kind, name: str, number: int) -> str:
        check_name(kind, name)
        if number == SHIPPED:
            source = shipped(self._folder, kind, name)
        else:
            async with self._open_read() as work:
                version = await work.versions.find_number(kind, name, number)
            # What never counted is no earlier version, and may not have been looked at by anybody.
            source = version.source if version and version.state not in OPEN else None
        if source is None:
            raise Refusal("knowledge.not_found")
        return source
