"""Groups of members: choosing, counting and keeping them."""

from __future__ import annotations

from collections.abc import Sequence

from domain.broadcasts import (
    NAME_LIMIT,
    SAMPLE,
    Audience,
    Reckoning,
    Sample,
    SavedSegment,
    Segment,
    Topic,
    check_audience,
    is_inside,
)
from domain.events import Event
from domain.exports import mask_name
from domain.quiz_rounds import Round, RoundState
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.units import Unit, are_related
from services.broadcasts.common import Desk, new_id
from storage.work import Work

_DRAFT = Permission.BROADCAST_DRAFT


class SegmentDesk(Desk):
    """Everything within the actor's reach. Members are counted and never listed."""

    async def units(self, actor: Actor) -> tuple[Unit, ...]:
        """The units whose members may be chosen."""
        actor.must(_DRAFT)
        async with self._open_read() as work:
            return await work.units.list_within(actor.reach(_DRAFT))

    async def events(self, actor: Actor) -> Sequence[Event]:
        """Events that may be chosen, the latest first."""
        actor.must(_DRAFT)
        async with self._open_read() as work:
            return await work.events.list_within(actor.reach(_DRAFT))

    async def rounds(self, actor: Actor) -> Sequence[Round]:
        """Rounds of the quiz whose participants may be chosen."""
        actor.must(_DRAFT)
        tops = actor.reach(_DRAFT)
        async with self._open_read() as work:
            found = await work.quiz_rounds.list_in(RoundState.PUBLISHED, RoundState.CLOSED)
        return [one for one in found if _is_near(one.unit_path, tops)]

    async def list_segments(self, actor: Actor) -> Sequence[SavedSegment]:
        actor.must(_DRAFT)
        async with self._open_read() as work:
            return await work.segments.list_within(actor.reach(_DRAFT))

    async def save(self, actor: Actor, name: str, segment: Segment) -> SavedSegment:
        """Keep a segment under a name.

        Refuses with `broadcasts.segment_name`, `broadcasts.audience_...` and, for a unit or event
        out of reach, with `staff.not_allowed`.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= NAME_LIMIT:
            raise Refusal("broadcasts.segment_name", limit=NAME_LIMIT)
        async with self._open_work() as work:
            await must_reach(work, actor, Audience((segment,)))
            one = SavedSegment(
                new_id(), name, segment.paths[0], segment, actor.staff_id, self._clock.now()
            )
            await work.segments.add(one)
            await self._audit(work, actor, "broadcast.segment_save", one.id)
            await work.commit()
        return one

    async def remove(self, actor: Actor, segment_id: str) -> None:
        actor.must(_DRAFT)
        async with self._open_work() as work:
            if not await work.segments.remove(segment_id, actor.reach(_DRAFT)):
                raise Refusal("broadcasts.not_found")
            await self._audit(work, actor, "broadcast.segment_remove", segment_id)
            await work.commit()

    async def reckon(self, actor: Actor, audience: Audience, topic: Topic) -> Reckoning:
        """The audience in figures as it is now, with a few of them, masked."""
        async with self._open_read() as work:
            await must_reach(work, actor, audience)
            return await reckoned(work, audience, topic)


async def must_reach(work: Work, actor: Actor, audience: Audience) -> None:
    """Refuses with `staff.not_allowed` an audience with a unit or an event out of reach."""
    actor.must(_DRAFT)
    check_audience(audience)
    tops = actor.reach(_DRAFT)
    events = {one.event_id for segment in audience.segments for one in segment.events}
    rounds = {one for segment in audience.segments for one in segment.rounds}
    paths = {key: one.unit_path for key, one in (await work.events.find_all(events)).items()}
    paths |= {key: r.unit_path for key, r in (await work.quiz_rounds.find_all(rounds)).items()}
    known = all(_is_near(path, tops) for path in paths.values())
    if not is_inside(audience, tops) or set(paths) != events | rounds or not known:
        raise Refusal("staff.not_allowed")


def _is_near(path: str, tops: tuple[str, ...]) -> bool:
    return any(are_related(path, top) for top in tops)


async def reckoned(work: Work, audience: Audience, topic: Topic) -> Reckoning:
    """The audience in figures."""
    counts = await work.audiences.count(audience, topic)
    return Reckoning(
        counts.gets,
        counts.gets / counts.in_units if counts.in_units else 0.0,
        await sampled(work, await work.audiences.sample(audience, topic, SAMPLE)),
        counts.unreachable,
        counts.unlinked,
        counts.refused,
        counts.muted,
        counts.without_unit,
    )


async def sampled(work: Work, member_ids: Sequence[int]) -> tuple[Sample, ...]:
    """Recipients, so masked that nobody is named."""
    found = []
    for member_id in member_ids:
        person = await work.people.find_of_member(member_id)
        unit = await work.units.find(person.unit_id) if person and person.unit_id else None
        name = mask_name(person.name) if person and person.name else ""
        occupation = person.occupation if person else None
        found.append(Sample(name, unit.name if unit else "", occupation))
    return tuple(found)
