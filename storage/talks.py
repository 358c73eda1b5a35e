"""Talks: finding the live one of a member, the boxes of the inbox, what is due, figures."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.talks import (
    LIVE,
    Box,
    Complaint,
    Context,
    Ending,
    Priority,
    State,
    Talk,
    TalkFigures,
)
from storage.batches import AMONG, among
from storage.tables import talk_files, talk_messages, talk_notes, talks
from storage.talk_replies import unreached
from storage.units import within
from storage.upsert import insert
from storage.vault import Place, Vault

_LIVE = [state.value for state in LIVE]
_PLAIN = (
    "id",
    "member_id",
    "topic",
    "entry_id",
    "unit_path",
    "level_path",
    "employer_path",
    "assignee",
    "opened_at",
    "member_at",
    "staff_at",
    "first_due_at",
    "first_reply_at",
    "due_at",
    "solve_by",
    "escalate_at",
    "escalations",
    "snoozed_until",
    "closed_at",
    "stars",
    "called_at",
)
_COLUMNS = [talks.c[name] for name in (*_PLAIN, "state", "priority", "ending", "complaint")]


@cache
def _live_of(dialect: str) -> sa.Select[Any]:
    # Asked for every message: built once.
    return sa.select(*_COLUMNS).where(among(dialect, talks.c.member_id), talks.c.state.in_(_LIVE))


@dataclass(frozen=True, slots=True)
class Seen:
    """Which talks are there for somebody: their id, their reach, and where they belong."""

    staff_id: str
    tops: tuple[str, ...]
    belongs: tuple[str, ...]


class Talks:
    """The table of talks."""

    def __init__(self, connection: AsyncConnection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def add(self, talk: Talk, context: Context) -> bool:
        """False if the member has a live one already: another press was a moment faster."""
        values = _row(talk) | {"sealed_context": self._sealed(talk.id, context)}
        statement = insert(self._connection, talks).values(**values)
        added = statement.on_conflict_do_nothing().returning(talks.c.id)
        return await self._connection.scalar(added) is not None

    async def save(self, talk: Talk) -> None:
        """Bring every column up to date but the context. The caller holds the talk's lock."""
        await self._connection.execute(
            sa.update(talks).where(talks.c.id == talk.id).values(**_row(talk))
        )

    async def remove(self, talk_id: str) -> None:
        """Remove a talk and everything that was said in it."""
        await self._connection.execute(sa.delete(talks).where(talks.c.id == talk_id))

    async def lock(self, talk_id: str) -> Talk | None:
        """The talk; nobody else changes it until this unit of work has ended."""
        return await self._one(talks.c.id == talk_id, locked=True)

    async def find(self, talk_id: str) -> Talk | None:
        return await self._one(talks.c.id == talk_id)

    async def lock_live(self, member_id: int) -> Talk | None:
        """The member's live talk, locked."""
        return await self._one(
            talks.c.member_id == member_id, talks.c.state.in_(_LIVE), locked=True
        )

    async def find_live_all(self, member_ids: Collection[int]) -> Mapping[int, Talk]:
        """The live talks of these members."""
        rows = await self._connection.execute(
            _live_of(self._connection.dialect.name), {AMONG: list(member_ids)}
        )
        found = [_talk(row) for row in rows.mappings()]
        return {talk.member_id: talk for talk in found if talk.member_id is not None}

    async def context(self, talk_id: str) -> Context:
        """Where the member came from; empty once it was purged."""
        sealed = await self._connection.scalar(
            sa.select(talks.c.sealed_context).where(talks.c.id == talk_id)
        )
        if sealed is None:
            return Context()
        opened = self._vault.open(Place("talks", "sealed_context", talk_id), sealed)
        return Context(**json.loads(opened))

    async def earlier(self, talk: Talk, most: int = 10) -> Sequence[Talk]:
        """The member's other talks, the latest first."""
        if talk.member_id is None:
            return ()
        return await self._list(
            talks.c.member_id == talk.member_id,
            talks.c.id != talk.id,
            order=(talks.c.opened_at.desc(),),
            limit=most,
        )

    async def page(
        self, seen: Seen, box: Box, now: datetime, *, offset: int, limit: int
    ) -> tuple[Sequence[Talk], int]:
        """A part of the inbox, what must be answered first on top; and how many there are."""
        conditions = [_seen(seen), *_in_box(box, seen, now)]
        order: tuple[Any, ...] = (
            talks.c.priority,
            talks.c.due_at.is_(None),
            talks.c.due_at,
            talks.c.opened_at,
        )
        if box in (Box.CLOSED, Box.ALL):
            order = (talks.c.opened_at.desc(),)
        elif box is Box.SNOOZED:
            order = (talks.c.snoozed_until,)
        found = await self._list(*conditions, order=order, offset=offset, limit=limit)
        total = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(talks).where(*conditions)
        )
        return found, int(total or 0)

    async def count(self, seen: Seen, box: Box, now: datetime) -> int:
        found = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(talks)
            .where(_seen(seen), *_in_box(box, seen, now))
        )
        return int(found or 0)

    async def ahead_of(self, talk: Talk) -> int:
        """How many in the same unit nobody has taken yet and who came before."""
        found = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(talks)
            .where(
                talks.c.state.in_(_LIVE),
                talks.c.assignee.is_(None),
                talks.c.unit_path == talk.unit_path,
                talks.c.opened_at < talk.opened_at,
                talks.c.id != talk.id,
            )
        )
        return int(found or 0)

    async def latest_replies(
        self, unit_path: str, most: int = 20
    ) -> Sequence[tuple[datetime, datetime]]:
        """When the talks of a unit were opened that were answered last, and when answered."""
        rows = await self._connection.execute(
            sa.select(talks.c.opened_at, talks.c.first_reply_at)
            .where(talks.c.unit_path == unit_path, talks.c.first_reply_at.is_not(None))
            .order_by(talks.c.opened_at.desc())
            .limit(most)
        )
        return [(row.opened_at, row.first_reply_at) for row in rows]

    async def to_escalate(self, now: datetime, most: int = 200) -> Sequence[str]:
        """The ids of talks in which nobody answered in time."""
        return await self._ids(talks.c.escalate_at <= now, talks.c.state.in_(_LIVE), most=most)

    async def to_wake(self, now: datetime, most: int = 200) -> Sequence[str]:
        """The ids of snoozed talks whose time has come."""
        return await self._ids(
            talks.c.state == State.SNOOZED.value, talks.c.snoozed_until <= now, most=most
        )

    async def to_close(self, before: datetime, most: int = 200) -> Sequence[str]:
        """The ids of talks in which it is the member's turn since before that moment."""
        return await self._ids(
            talks.c.state == State.PENDING.value, talks.c.staff_at <= before, most=most
        )

    async def forget_words(self, before: datetime, most: int = 200) -> int:
        """Remove the words, notes and files of talks that were closed before; how many talks.

        What is left of each leads to nobody.
        """
        ids = await self._ids(
            talks.c.state == State.RESOLVED.value,
            talks.c.closed_at < before,
            talks.c.member_id.is_not(None),
            most=most,
        )
        for table in (talk_files, talk_messages, talk_notes):
            await self._connection.execute(sa.delete(table).where(table.c.talk_id.in_(ids)))
        await self._connection.execute(
            sa.update(talks)
            .where(talks.c.id.in_(ids))
            .values(member_id=None, sealed_context=None, employer_path=None)
        )
        return len(ids)

    async def purge_before(self, instant: datetime) -> int:
        """Remove what is left of talks that were closed before; the number of rows."""
        result = await self._connection.execute(
            sa.delete(talks).where(
                talks.c.state == State.RESOLVED.value, talks.c.closed_at < instant
            )
        )
        return result.rowcount

    async def figures(self, seen: Seen, since: datetime, until: datetime) -> TalkFigures:
        """Counts over the talks that were opened in the span."""
        c = talks.c
        rows = (
            await self._connection.execute(
                sa.select(
                    c.state,
                    c.topic,
                    c.stars,
                    c.complaint,
                    c.opened_at,
                    c.first_due_at,
                    c.first_reply_at,
                ).where(_seen(seen), c.opened_at >= since, c.opened_at < until)
            )
        ).all()
        answered = [row for row in rows if row.first_reply_at is not None]
        waits = [(row.first_reply_at - row.opened_at) / timedelta(minutes=1) for row in answered]
        return TalkFigures(
            opened=len(rows),
            answered=len(answered),
            in_time=sum(row.first_reply_at <= row.first_due_at for row in answered),
            closed=sum(row.state == State.RESOLVED.value for row in rows),
            stars=_counted(row.stars for row in rows),
            complaints={
                Complaint(name): count
                for name, count in _counted(row.complaint for row in rows).items()
            },
            topics=_counted(row.topic for row in rows),
            median_minutes=round(median(waits)) if waits else None,
        )

    def _sealed(self, talk_id: str, context: Context) -> bytes:
        told = {
            "question": context.question,
            "shown": context.shown,
            "entry_id": context.entry_id,
        }
        text = json.dumps(told, ensure_ascii=False)
        return self._vault.seal(Place("talks", "sealed_context", talk_id), text)

    async def _ids(self, *conditions: sa.ColumnElement[bool], most: int) -> list[str]:
        rows = await self._connection.execute(
            sa.select(talks.c.id).where(*conditions).order_by(talks.c.id).limit(most)
        )
        return list(rows.scalars())

    async def _one(self, *conditions: sa.ColumnElement[bool], locked: bool = False) -> Talk | None:
        statement = sa.select(*_COLUMNS).where(*conditions)
        rows = await self._connection.execute(statement.with_for_update() if locked else statement)
        row = rows.mappings().first()
        return None if row is None else _talk(row)

    async def _list(
        self,
        *conditions: sa.ColumnElement[bool],
        order: tuple[Any, ...] = (),
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Talk]:
        statement = sa.select(*_COLUMNS).where(*conditions).order_by(*order, talks.c.id)
        rows = await self._connection.execute(statement.offset(offset or None).limit(limit))
        return [_talk(row) for row in rows.mappings()]


def _seen(seen: Seen) -> sa.ColumnElement[bool]:
    """What `domain.talks.may_see` says, for many rows."""
    walls = set()
    for path in seen.belongs:
        steps = [part for part in path.split("/") if part]
        walls |= {"/" + "/".join(steps[: at + 1]) + "/" for at in range(len(steps))}
    return sa.and_(
        within(talks.c.unit_path, seen.tops),
        sa.or_(talks.c.employer_path.is_(None), talks.c.employer_path.not_in(sorted(walls))),
    )


def _in_box(box: Box, seen: Seen, now: datetime) -> list[sa.ColumnElement[bool]]:
    c = talks.c
    live = c.state.in_(_LIVE)
    match box:
        case Box.QUEUE:
            return [live, c.assignee.is_(None)]
        case Box.MINE:
            return [live, c.assignee == seen.staff_id, c.state != State.SNOOZED.value]
        case Box.SNOOZED:
            return [c.state == State.SNOOZED.value, c.assignee == seen.staff_id]
        case Box.OVERDUE:
            return [live, sa.or_(c.due_at <= now, c.solve_by <= now)]
        case Box.CALLS:
            return [c.assignee == seen.staff_id, c.member_id.is_not(None), unreached()]
        case Box.ALL:
            return [live]
        case Box.CLOSED:
            return [c.state == State.RESOLVED.value, c.assignee == seen.staff_id]


def _counted(values: Any) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value in values:
        if value is not None:
            found[value] = found.get(value, 0) + 1
    return found


def _row(talk: Talk) -> dict[str, Any]:
    return {
        **{name: getattr(talk, name) for name in _PLAIN},
        "state": talk.state.value,
        "priority": int(talk.priority),
        "ending": talk.ending.value if talk.ending else None,
        "complaint": talk.complaint.value if talk.complaint else None,
    }


def _talk(row: Mapping[Any, Any]) -> Talk:
    return Talk(
        **{name: row[name] for name in _PLAIN},
        state=State(row["state"]),
        priority=Priority(row["priority"]),
        ending=Ending(row["ending"]) if row["ending"] else None,
        complaint=Complaint(row["complaint"]) if row["complaint"] else None,
    )
