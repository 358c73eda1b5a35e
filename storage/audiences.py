"""Who a broadcast reaches: criteria as conditions, counts, and what is sifted out at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import UNIT, Audience, Behaviour, Language, Segment, Topic
from domain.consents import Answer, Purpose
from domain.members import Reach
from domain.outbox import Priority, Push, State
from domain.seats import GONE
from domain.seats import State as Seat
from storage.people import within_reach
from storage.tables import (
    consents,
    members,
    outbox,
    people,
    push_audience,
    quiz_attempts,
    seats,
    topic_mutes,
    units,
)

_SEATS: Mapping[Behaviour, sa.ColumnElement[bool]] = {
    Behaviour.SIGNED_UP: seats.c.state.not_in([state.value for state in GONE]),
    Behaviour.NOT_SIGNED_UP: seats.c.state.not_in([state.value for state in GONE]),
    Behaviour.ATTENDED: seats.c.state == Seat.ATTENDED.value,
    Behaviour.ABSENT: seats.c.state == Seat.NO_SHOW.value,
}
_GETS, _UNREACHABLE, _REFUSED, _MUTED = "gets", "unreachable", "refused", "muted"


def _with_people(*more: sa.ColumnElement[bool]) -> sa.FromClause:
    own = sa.and_(people.c.member_id == members.c.id, *more)
    return members.outerjoin(people, own).outerjoin(units, units.c.id == people.c.unit_id)


_WITH_PEOPLE = _with_people()
# These count for the cap: what reached somebody, or is on its way to them.
_COUNTED = (State.SENT.value, State.UNKNOWN.value, State.SENDING.value, State.PENDING.value)


@dataclass(frozen=True, slots=True)
class Counts:
    """An audience in figures; who is meant and does not get it is counted once, by its reason."""

    gets: int
    unreachable: int
    refused: int
    muted: int
    unlinked: int
    without_unit: int
    # All who can be reached in the units of the audience.
    in_units: int


class Audiences:
    """Reads members by criteria. Nothing here leads to cases, aid or questions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, audience: Audience, topic: Topic) -> Counts:
        """The audience in figures, as it is now."""
        fate = _fate(topic)
        result = await self._connection.execute(
            sa.select(fate, sa.func.count(), sa.func.sum(sa.case((_no_unit(), 1), else_=0)))
            .select_from(_WITH_PEOPLE)
            .where(meant(audience))
            .group_by(fate)
        )
        rows = {row[0]: (int(row[1]), int(row[2])) for row in result}
        gets, without_unit = rows.get(_GETS, (0, 0))
        in_units = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(_WITH_PEOPLE)
            .where(within_reach(audience.paths), members.c.reach == Reach.REACHABLE.value)
        )
        unlinked = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(people.outerjoin(units, units.c.id == people.c.unit_id))
            .where(people.c.member_id.is_(None), meant_people(audience))
        )
        return Counts(
            gets,
            rows.get(_UNREACHABLE, (0, 0))[0],
            rows.get(_REFUSED, (0, 0))[0],
            rows.get(_MUTED, (0, 0))[0],
            int(unlinked or 0),
            without_unit,
            int(in_units or 0),
        )

    async def freeze(
        self, push_id: int, audience: Audience, topic: Topic, after: int | None, most: int
    ) -> int:
        """Put the next members who get it on a push's list, in the order of their numbers; how
        many."""
        where, joined = [meant(audience), _gets(topic)], _WITH_PEOPLE
        if after is not None:
            where.append(members.c.id > after)
            # Both begin there: else PostgreSQL walks through all people before it.
            joined = _with_people(people.c.member_id > after)
        wanted = (
            sa.select(sa.literal(push_id), members.c.id)
            .select_from(joined)
            .where(*where)
            .order_by(members.c.id)
            .limit(most)
        )
        result = await self._connection.execute(
            sa.insert(push_audience).from_select(["push_id", "member_id"], wanted),
            execution_options={"preserve_rowcount": True},
        )
        return result.rowcount

    async def sample(self, audience: Audience, topic: Topic, most: int) -> Sequence[int]:
        """A few of those who get it, from all over the list."""
        result = await self._connection.execute(
            sa.select(members.c.id)
            .select_from(_WITH_PEOPLE)
            .where(meant(audience), _gets(topic))
            # Neither the oldest members nor the newest, and the same ones on each look.
            .order_by(members.c.id % 7919, members.c.id)
            .limit(most)
        )
        return list(result.scalars())

    async def sift(
        self, one: Push, after: int | None, last: int, since: datetime, most: int
    ) -> None:
        """Skip rows just written: topics that are not wanted, and members who had enough.

        `most` is how many broadcasts one member gets after `since`. What is about danger goes to
        everybody.
        """
        if one.topic is None or one.topic == Topic.SAFETY.value:
            return
        written = _written(one, after, last)
        muted = sa.exists().where(
            topic_mutes.c.member_id == outbox.c.member_id, topic_mutes.c.topic == one.topic
        )
        # Found by the member alone: if it could go by push or state, a PostgreSQL that knows
        # little of a new table would read all rows of a push for each member.
        other = outbox.alias("other")
        had = (
            sa.select(sa.func.count(sa.case((other.c.state.in_(_COUNTED), 1))))
            .where(
                other.c.member_id == outbox.c.member_id,
                other.c.push_id != one.id,
                other.c.due_at > since,
                other.c.kind == one.kind,
                other.c.priority >= int(Priority.BROADCAST),
            )
            .scalar_subquery()
        )
        for condition, why in ((muted, "topic"), (had >= most, "often")):
            await self._connection.execute(
                sa.update(outbox)
                .where(*written, condition)
                .values(state=State.SKIPPED.value, fail_class=why)
            )

    async def fill(self, one: Push, after: int | None, last: int) -> None:
        """Give rows just written the name of the recipient's unit, for texts that say it."""
        is_postgres = self._connection.dialect.name == "postgresql"
        build = sa.func.json_build_object if is_postgres else sa.func.json_object
        named = (
            sa.select(build(UNIT, units.c.name))
            .select_from(people.join(units, units.c.id == people.c.unit_id))
            .where(people.c.member_id == outbox.c.member_id)
            .scalar_subquery()
        )
        await self._connection.execute(
            sa.update(outbox)
            .where(
                *_written(one, after, last),
                sa.exists().where(
                    people.c.member_id == outbox.c.member_id, people.c.unit_id.is_not(None)
                ),
            )
            .values(details=named)
        )


def meant(audience: Audience) -> sa.ColumnElement[bool]:
    """A condition on members with their people and units: one of the segments means them."""
    return sa.or_(sa.false(), *(_of(segment) for segment in audience.segments))


def meant_in(audience: Audience) -> sa.ColumnElement[bool]:
    """The same for people joined with their units and accounts: what is not known of somebody
    without an account does not count against them, unless the segment asks for it."""
    return sa.or_(
        meant_people(audience), sa.and_(people.c.member_id.is_not(None), meant(audience))
    )


def meant_people(audience: Audience) -> sa.ColumnElement[bool]:
    """The same for people whom no account is known of: only what is known of them counts."""
    return sa.or_(
        sa.false(),
        *(
            _of(segment)
            for segment in audience.segments
            if not (segment.languages or segment.events or segment.rounds)
        ),
    )


def _of(segment: Segment) -> sa.ColumnElement[bool]:
    found = [within_reach(segment.paths)]
    if segment.occupations:
        found.append(people.c.occupation.in_([one.value for one in segment.occupations]))
    if segment.languages:
        chinese = members.c.language.startswith("zh")
        by = {Language.CHINESE: chinese, Language.OTHER: ~chinese}
        found.append(sa.or_(*(by[one] for one in segment.languages)))
    for one in segment.events:
        did = sa.exists().where(
            seats.c.member_id == members.c.id,
            seats.c.event_id == one.event_id,
            _SEATS[one.behaviour],
        )
        found.append(~did if one.behaviour is Behaviour.NOT_SIGNED_UP else did)
    if segment.rounds:
        found.append(
            sa.exists().where(
                quiz_attempts.c.member_id == members.c.id,
                quiz_attempts.c.round_id.in_(segment.rounds),
            )
        )
    return sa.and_(*found)


def _gets(topic: Topic) -> sa.ColumnElement[bool]:
    # Said plainly: of a CASE PostgreSQL does not see that nearly everybody passes, and would sort
    # all members for each piece of a list.
    return sa.and_(members.c.reach == Reach.REACHABLE.value, ~_refused(), ~_has_muted(topic))


def _fate(topic: Topic) -> sa.ColumnElement[str]:
    return sa.case(
        (members.c.reach != Reach.REACHABLE.value, sa.literal_column(f"'{_UNREACHABLE}'")),
        (_refused(), sa.literal_column(f"'{_REFUSED}'")),
        (_has_muted(topic), sa.literal_column(f"'{_MUTED}'")),
        else_=sa.literal_column(f"'{_GETS}'"),
    )


def _refused() -> sa.ColumnElement[bool]:
    # The newest answer counts.
    said, newer = consents.alias("said"), consents.alias("newer")
    return sa.exists().where(
        said.c.member_id == members.c.id,
        said.c.purpose == Purpose.SERVICE.value,
        said.c.answer != Answer.GIVEN.value,
        ~sa.exists().where(
            newer.c.member_id == said.c.member_id,
            newer.c.purpose == said.c.purpose,
            newer.c.id > said.c.id,
        ),
    )


def _has_muted(topic: Topic) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        topic_mutes.c.member_id == members.c.id, topic_mutes.c.topic == topic.value
    )


def _no_unit() -> sa.ColumnElement[bool]:
    return people.c.unit_id.is_(None)


def _written(one: Push, after: int | None, last: int) -> list[sa.ColumnElement[Any]]:
    found = [
        outbox.c.push_id == one.id,
        outbox.c.state == State.PENDING.value,
        outbox.c.member_id <= last,
    ]
    return found if after is None else [*found, outbox.c.member_id > after]
