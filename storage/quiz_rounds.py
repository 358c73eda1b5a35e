"""Rounds of the quiz and their days; who is invited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.members import Reach
from domain.quiz_play import AttemptState
from domain.quiz_rounds import (
    SHOWN,
    Round,
    RoundSieve,
    RoundState,
    Sitting,
    SittingState,
    fields_of,
    plan_of,
)
from storage.tables import (
    members,
    people,
    push,
    push_audience,
    quiz_answers,
    quiz_attempts,
    quiz_players,
    quiz_rounds,
    quiz_sittings,
    units,
)
from storage.units import within
from storage.upsert import insert

# Columns that are a field of Round under the same name and need no change.
_PLAIN = (
    "id",
    "title",
    "unit_path",
    "note",
    "is_demo",
    "created_by",
    "created_at",
    "handed_in_by",
    "handed_in_at",
    "plan_hash",
    "approved_by",
    "published_at",
    "closed_at",
    "draw_at",
    "seed",
    "seed_hash",
    "entries_hash",
    "draw_list",
    "drawn_at",
    "draw_record",
)
# "/" and "/1/" are the whole house: also for those whose unit is not known.
_TOP_DEPTH = 2


class QuizRounds:
    """The tables of rounds and sittings."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: Round) -> None:
        await self._connection.execute(sa.insert(quiz_rounds), _row(one))

    async def save(self, one: Round) -> None:
        """Bring every column up to date. The caller holds the round's lock."""
        await self._connection.execute(
            sa.update(quiz_rounds).where(quiz_rounds.c.id == one.id), _row(one)
        )

    async def lock(self, round_id: str) -> Round | None:
        """The round, and nobody else changes it until this unit of work has ended."""
        found = await self._list(
            sa.select(quiz_rounds).where(quiz_rounds.c.id == round_id).with_for_update()
        )
        return found[0] if found else None

    async def find(self, round_id: str) -> Round | None:
        return (await self.find_all([round_id])).get(round_id)

    async def find_all(self, round_ids: Collection[str]) -> Mapping[str, Round]:
        found = await self._list(
            sa.select(quiz_rounds).where(quiz_rounds.c.id.in_(sorted(set(round_ids))))
        )
        return {one.id: one for one in found}

    async def page_within(
        self, paths: Collection[str], sieve: RoundSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[Round], int]:
        """Some of the rounds within the paths, the latest first, and how many in all."""
        where = [within(quiz_rounds.c.unit_path, paths)]
        if sieve.words:
            where.append(quiz_rounds.c.title.icontains(sieve.words, autoescape=True))
        if sieve.state is not None:
            where.append(quiz_rounds.c.state == sieve.state.value)
        found = await self._list(
            sa.select(quiz_rounds)
            .where(*where)
            .order_by(quiz_rounds.c.created_at.desc(), quiz_rounds.c.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(
            sa.select(sa.func.count(quiz_rounds.c.id)).where(*where)
        )
        return found, int(total or 0)

    async def list_in(self, *states: RoundState) -> Sequence[Round]:
        """Every round in these states."""
        return await self._list(
            sa.select(quiz_rounds)
            .where(quiz_rounds.c.state.in_([state.value for state in states]))
            .order_by(quiz_rounds.c.created_at, quiz_rounds.c.id)
        )

    async def list_to_draw(self, now: datetime) -> Sequence[str]:
        """Closed rounds whose draw is due."""
        c = quiz_rounds.c
        found = sa.select(c.id).where(
            c.state == RoundState.CLOSED.value, c.draw_at <= now, c.drawn_at.is_(None)
        )
        return list((await self._connection.execute(found.order_by(c.id))).scalars())

    async def list_ended(self) -> Sequence[str]:
        """Rounds that go on although no day of theirs is on or to come."""
        c = quiz_rounds.c
        coming = sa.exists().where(
            quiz_sittings.c.round_id == c.id,
            quiz_sittings.c.state.in_([SittingState.PLANNED.value, SittingState.OPEN.value]),
        )
        live = [RoundState.PUBLISHED.value, RoundState.HELD.value]
        found = sa.select(c.id).where(c.state.in_(live), ~coming).order_by(c.id)
        return list((await self._connection.execute(found)).scalars())

    async def list_closed_before(self, instant: datetime) -> Sequence[str]:
        c = quiz_rounds.c
        found = sa.select(c.id).where(c.closed_at <= instant)
        return list((await self._connection.execute(found)).scalars())

    # Sittings -------------------------------------------------------------------------------

    async def add_sittings(self, some: Sequence[Sitting]) -> None:
        if some:
            await self._connection.execute(sa.insert(quiz_sittings), list(map(_sitting_row, some)))

    async def save_sitting(self, one: Sitting) -> None:
        await self._connection.execute(
            sa.update(quiz_sittings).where(quiz_sittings.c.id == one.id), _sitting_row(one)
        )

    async def sitting(self, sitting_id: str, *, for_update: bool = False) -> Sitting | None:
        wanted = sa.select(quiz_sittings).where(quiz_sittings.c.id == sitting_id)
        found = await self._sittings(wanted.with_for_update() if for_update else wanted)
        return found[0] if found else None

    async def sittings_by_id(self, sitting_ids: Collection[str]) -> Mapping[str, Sitting]:
        found = await self._sittings(
            sa.select(quiz_sittings).where(quiz_sittings.c.id.in_(sorted(set(sitting_ids))))
        )
        return {one.id: one for one in found}

    async def sittings_of(self, round_ids: Collection[str]) -> Sequence[Sitting]:
        """The days of rounds, in order."""
        c = quiz_sittings.c
        return await self._sittings(
            sa.select(quiz_sittings)
            .where(c.round_id.in_(sorted(set(round_ids))))
            .order_by(c.round_id, c.number)
        )

    async def sittings_due(self, now: datetime) -> Sequence[Sitting]:
        """Planned days of published and held rounds that should have begun."""
        c = quiz_sittings.c
        return await self._sittings(
            sa.select(quiz_sittings)
            .where(c.state == SittingState.PLANNED.value, c.opens_at <= now)
            .order_by(c.opens_at, c.id)
        )

    async def sittings_open(self) -> Sequence[Sitting]:
        """Days that are on now, or that should have ended."""
        c = quiz_sittings.c
        return await self._sittings(
            sa.select(quiz_sittings)
            .where(c.state == SittingState.OPEN.value)
            .order_by(c.closes_at, c.id)
        )

    async def set_sittings(self, round_id: str, before: SittingState, after: SittingState) -> None:
        """Move all days of a round that are in one state to another."""
        c = quiz_sittings.c
        await self._connection.execute(
            sa.update(quiz_sittings)
            .where(c.round_id == round_id, c.state == before.value)
            .values(state=after.value)
        )

    async def open_for(self, path: str | None) -> Sequence[tuple[Round, Sitting]]:
        """Days that are on now for a member of this unit, with their rounds."""
        rows = await self._connection.execute(
            sa.select(quiz_sittings)
            .join(quiz_rounds, quiz_sittings.c.round_id == quiz_rounds.c.id)
            .where(
                quiz_sittings.c.state == SittingState.OPEN.value,
                quiz_rounds.c.state.in_([state.value for state in SHOWN]),
            )
            .order_by(quiz_sittings.c.closes_at, quiz_sittings.c.id)
        )
        sittings = [_sitting(row) for row in rows.mappings()]
        rounds = await self.find_all([one.round_id for one in sittings])
        pairs = [(rounds[one.round_id], one) for one in sittings]
        return [(one, sitting) for one, sitting in pairs if is_for(one.unit_path, path)]

    # Who is invited -------------------------------------------------------------------------

    async def unit_of(self, member_id: int) -> tuple[str | None, str | None]:
        """The person of an account and the path of their unit, as far as they are known."""
        return (await self.units_of([member_id]))[member_id]

    async def units_of(
        self, member_ids: Collection[int]
    ) -> Mapping[int, tuple[str | None, str | None]]:
        """The same for several accounts."""
        rows = await self._connection.execute(
            sa.select(people.c.member_id, people.c.id, units.c.path)
            .join_from(people, units, people.c.unit_id == units.c.id, isouter=True)
            .where(people.c.member_id.in_(sorted(set(member_ids))))
        )
        known = {row[0]: (row[1], row[2]) for row in rows}
        return {member_id: known.get(member_id, (None, None)) for member_id in member_ids}

    async def invite(self, push_id: int, path: str) -> int:
        """Freeze who is invited: members of the unit who can be reached and want it; how many."""
        return await self._freeze(push_id, _invited(path))

    async def invite_unfinished(
        self, push_id: int, path: str, sitting: Sitting, reminders: Collection[int]
    ) -> int:
        """Freeze who is reminded: invited to this day, without a finished attempt of it, and not
        reminded in this round before. How many."""
        c = quiz_attempts.c
        invited = sa.select(push_audience.c.member_id).where(
            push_audience.c.push_id == sitting.push_id
        )
        done = sa.select(c.member_id).where(
            c.sitting_id == sitting.id,
            c.state != AttemptState.RUNNING.value,
            c.member_id.is_not(None),
        )
        wanted = _invited(path).where(
            members.c.id.in_(invited),
            members.c.id.not_in(done),
            members.c.id.not_in(
                sa.select(push_audience.c.member_id).where(
                    push_audience.c.push_id.in_(list(reminders))
                )
            ),
        )
        return await self._freeze(push_id, wanted)

    async def invite_participants(self, push_id: int, item_id: str, version: int) -> int:
        """Freeze everybody who was asked this version of an item in a round; how many."""
        return await self._freeze(push_id, asked_members(item_id, version))

    async def invite_running(self, push_id: int, sitting_id: str) -> int:
        """Freeze everybody who is in the middle of this day's questions; how many."""
        c = quiz_attempts.c
        wanted = sa.select(c.member_id).where(
            c.sitting_id == sitting_id,
            c.state == AttemptState.RUNNING.value,
            c.member_id.is_not(None),
        )
        return await self._freeze(push_id, wanted.distinct())

    async def count_invited(self, push_ids: Collection[int]) -> int:
        """How many different members were invited by these pushes."""
        found = await self._connection.scalar(
            sa.select(sa.func.count(sa.distinct(push_audience.c.member_id))).where(
                push_audience.c.push_id.in_(list(push_ids))
            )
        )
        return int(found or 0)

    async def pushes_of(self, schedule_id: str) -> Sequence[int]:
        """The pushes that a schedule made."""
        found = sa.select(push.c.id).where(push.c.schedule_id == schedule_id)
        return list((await self._connection.execute(found)).scalars())

    async def _freeze(self, push_id: int, wanted: sa.Select[Any]) -> int:
        chosen = wanted.subquery()
        (member,) = chosen.c
        await self._connection.execute(
            insert(self._connection, push_audience).from_select(
                ["push_id", "member_id"], sa.select(sa.literal(push_id), member)
            )
        )
        count = await self._connection.scalar(
            sa.select(sa.func.count()).where(push_audience.c.push_id == push_id)
        )
        return int(count or 0)

    async def _list(self, statement: sa.Select[Any]) -> Sequence[Round]:
        rows = await self._connection.execute(statement)
        return [_round(row) for row in rows.mappings()]

    async def _sittings(self, statement: sa.Select[Any]) -> Sequence[Sitting]:
        rows = await self._connection.execute(statement)
        return [_sitting(row) for row in rows.mappings()]


def is_for(unit_path: str, path: str | None) -> bool:
    """Whether a round of a unit is for a member of `path`; one of the whole house is for all."""
    return unit_path.count("/") <= _TOP_DEPTH or (path or "").startswith(unit_path)


def asked_members(item_id: str, version: int) -> sa.Select[Any]:
    """Accounts that were asked this version of an item in a round."""
    c = quiz_attempts.c
    return (
        sa.select(c.member_id)
        .join_from(quiz_answers, quiz_attempts, quiz_answers.c.attempt_id == c.id)
        .where(
            quiz_answers.c.item_id == item_id,
            quiz_answers.c.version == version,
            c.round_id.is_not(None),
            c.member_id.is_not(None),
        )
        .distinct()
    )


def _invited(path: str) -> sa.Select[Any]:
    muted = sa.select(quiz_players.c.member_id).where(quiz_players.c.is_muted)
    wanted = sa.select(members.c.id).where(
        members.c.reach == Reach.REACHABLE.value, members.c.id.not_in(muted)
    )
    if path.count("/") <= _TOP_DEPTH:
        return wanted
    inside = (
        sa.select(people.c.member_id)
        .join_from(people, units, people.c.unit_id == units.c.id)
        .where(units.c.path.startswith(path, autoescape=True), people.c.member_id.is_not(None))
    )
    return wanted.where(members.c.id.in_(inside))


def _row(one: Round) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in _PLAIN}
    return {**plain, "state": one.state.value, "plan": plan_of(one)}


def _round(row: Mapping[Any, Any]) -> Round:
    return Round(
        **{name: row[name] for name in _PLAIN},
        **fields_of(row["plan"]),
        state=RoundState(row["state"]),
    )


def _sitting_row(one: Sitting) -> dict[str, Any]:
    return {
        "id": one.id,
        "round_id": one.round_id,
        "number": one.number,
        "state": one.state.value,
        "opens_at": one.opens_at,
        "closes_at": one.closes_at,
        "planned_to": one.planned_to,
        "push_id": one.push_id,
        "reminded_at": one.reminded_at,
    }


def _sitting(row: Mapping[Any, Any]) -> Sitting:
    return Sitting(
        row["id"],
        row["round_id"],
        row["number"],
        SittingState(row["state"]),
        row["opens_at"],
        row["closes_at"],
        row["planned_to"],
        row["push_id"],
        row["reminded_at"],
    )
