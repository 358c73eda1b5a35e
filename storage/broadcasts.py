"""Broadcasts as they are written, agreed to and tested; their files; what members turn off."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import (
    Broadcast,
    BroadcastSieve,
    Purpose,
    Returned,
    audience_json,
    audience_of,
    content_json,
    content_of,
    plan_json,
    plan_of,
)
from domain.outbox import Push, PushState
from storage.pushes import Pushes
from storage.tables import broadcast_files, broadcasts, push
from storage.units import within
from storage.upsert import insert

# Columns that are a field of Broadcast under the same name and need no change.
_PLAIN = (
    "id",
    "title",
    "unit_path",
    "author",
    "author_session",
    "made_at",
    "changed_at",
    "is_series",
    "is_active",
    "series_id",
    "series_at",
    "reviewed_by",
    "reviewed_at",
)
_STATE = sa.case(
    (sa.and_(broadcasts.c.is_series, broadcasts.c.is_active), PushState.RUNNING.value),
    else_=sa.func.coalesce(push.c.state, PushState.DRAFT.value),
)
_WITH_PUSH = broadcasts.outerjoin(push, push.c.id == broadcasts.c.push_id)


class Broadcasts:
    """The tables of broadcasts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: Broadcast) -> bool:
        """False if the series has a broadcast for that time already."""
        added = await self._connection.scalar(
            insert(self._connection, broadcasts)
            .values(_row(one))
            .on_conflict_do_nothing()
            .returning(broadcasts.c.id)
        )
        return added is not None

    async def save(self, one: Broadcast) -> None:
        """Bring every column up to date."""
        await self._connection.execute(
            sa.update(broadcasts).where(broadcasts.c.id == one.id).values(_row(one))
        )

    async def remove(self, broadcast_id: str) -> None:
        await self._connection.execute(
            sa.delete(broadcasts).where(broadcasts.c.id == broadcast_id)
        )

    async def find(self, broadcast_id: str) -> Broadcast | None:
        found = await self._list(sa.select(broadcasts).where(broadcasts.c.id == broadcast_id))
        return found[0] if found else None

    async def lock(self, broadcast_id: str) -> Broadcast | None:
        """The broadcast, which nobody else changes until we commit."""
        found = await self._list(
            sa.select(broadcasts).where(broadcasts.c.id == broadcast_id).with_for_update()
        )
        return found[0] if found else None

    async def page_within(
        self, paths: Collection[str], sieve: BroadcastSieve, *, offset: int, limit: int
    ) -> tuple[Sequence[Broadcast], int]:
        """Some of the broadcasts within the paths that the sieve lets through, and how many."""
        where = [within(broadcasts.c.unit_path, paths), *_let_through(sieve)]
        order = {"made": broadcasts.c.made_at, "title": broadcasts.c.title}[sieve.order]
        found = await self._list(
            sa.select(broadcasts)
            .select_from(_WITH_PUSH)
            .where(*where)
            .order_by(order.desc() if sieve.is_down else order, broadcasts.c.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(
            sa.select(sa.func.count()).select_from(_WITH_PUSH).where(*where)
        )
        return found, int(total or 0)

    async def list_in(self, *states: PushState) -> Sequence[Broadcast]:
        """Broadcasts whose push is in one of the states, the oldest first."""
        return await self._list(
            sa.select(broadcasts)
            .select_from(_WITH_PUSH)
            .where(push.c.state.in_([state.value for state in states]))
            .order_by(broadcasts.c.made_at, broadcasts.c.id)
        )

    async def list_series(self) -> Sequence[Broadcast]:
        """Series that make broadcasts."""
        return await self._list(
            sa.select(broadcasts).where(broadcasts.c.is_series, broadcasts.c.is_active)
        )

    async def last_of_series(self, series_id: str) -> datetime | None:
        """The latest time for which the series has made a broadcast."""
        return await self._connection.scalar(
            sa.select(broadcasts.c.series_at)
            .where(broadcasts.c.series_id == series_id)
            .order_by(broadcasts.c.series_at.desc())
            .limit(1)
        )

    async def list_unreviewed(self) -> Sequence[Broadcast]:
        """Emergencies that nobody has looked at since."""
        return await self._list(
            sa.select(broadcasts)
            .where(
                broadcasts.c.purpose == Purpose.EMERGENCY.value,
                broadcasts.c.reviewed_at.is_(None),
            )
            .order_by(broadcasts.c.made_at)
        )

    async def last_emergency(self) -> datetime | None:
        """When the last emergency was sent."""
        return await self._connection.scalar(
            sa.select(broadcasts.c.made_at)
            .where(broadcasts.c.purpose == Purpose.EMERGENCY.value)
            .order_by(broadcasts.c.made_at.desc())
            .limit(1)
        )

    async def list_near(self, since: datetime, until: datetime) -> Sequence[Broadcast]:
        """Broadcasts that begin in that time, or are being sent."""
        going = [state.value for state in (PushState.EXPANDING, PushState.RUNNING)]
        waits = (PushState.FREEZING, PushState.APPROVING, PushState.APPROVED)
        waiting = [state.value for state in waits]
        return await self._list(
            sa.select(broadcasts)
            .select_from(_WITH_PUSH)
            .where(
                sa.or_(
                    push.c.state.in_(going),
                    sa.and_(
                        push.c.state.in_(waiting),
                        sa.func.coalesce(push.c.not_before, push.c.created_at) >= since,
                        sa.func.coalesce(push.c.not_before, push.c.created_at) <= until,
                    ),
                    sa.and_(push.c.state == PushState.FINISHED.value, push.c.finished_at >= since),
                )
            )
        )

    async def purge_files(self, before: datetime) -> None:
        """Forget files that no broadcast holds."""
        held = {
            one.content.media.file_id
            for one in await self._list(sa.select(broadcasts))
            if one.content.media
        }
        await self._connection.execute(
            sa.delete(broadcast_files).where(
                broadcast_files.c.made_at < before, broadcast_files.c.id.not_in(list(held))
            )
        )

    async def _list(self, wanted: sa.Select[Any]) -> Sequence[Broadcast]:
        rows = [dict(row) for row in (await self._connection.execute(wanted)).mappings()]
        found = await Pushes(self._connection).find_all(
            [row["push_id"] for row in rows if row["push_id"] is not None]
        )
        return [_broadcast(row, found.get(row["push_id"])) for row in rows]


def _let_through(sieve: BroadcastSieve) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if sieve.words:
        found.append(broadcasts.c.title.contains(sieve.words, autoescape=True))
    if sieve.states:
        found.append(_STATE.in_([state.value for state in sieve.states]))
    if sieve.topic:
        found.append(push.c.topic == sieve.topic)
    if sieve.author:
        found.append(broadcasts.c.author == sieve.author)
    return found


def _row(one: Broadcast) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        "content": content_json(one.content),
        "audience": audience_json(one.audience),
        "plan": plan_json(one.plan),
        "purpose": one.purpose.value,
        "push_id": one.push.id if one.push else None,
        "returned": one.returned.value if one.returned else None,
        "return_note": one.return_note or None,
        "review_note": one.review_note or None,
    }


def _broadcast(row: Mapping[str, Any], its_push: Push | None) -> Broadcast:
    return Broadcast(
        **{name: row[name] for name in _PLAIN},
        content=content_of(row["content"]),
        audience=audience_of(row["audience"]),
        plan=plan_of(row["plan"]),
        purpose=Purpose(row["purpose"]),
        push=its_push,
        returned=Returned(row["returned"]) if row["returned"] else None,
        return_note=row["return_note"] or "",
        review_note=row["review_note"] or "",
    )
