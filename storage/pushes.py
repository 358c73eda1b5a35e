"""Messages to many: their header, the frozen list of recipients, and writing their rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.consents import Purpose
from domain.outbox import Canary, Policy, Priority, Push, PushState, State
from storage.claims import EPOCH
from storage.tables import chat_pace, outbox, push, push_audience
from storage.upsert import insert

CHUNK = 1000
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_WAITING = (State.PENDING.value, State.SENDING.value, State.HELD.value)


class Pushes:
    """The tables of pushes and of their recipients."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: Push) -> int:
        """Keep a new push; its number. The number in `one` means nothing."""
        result = await self._connection.execute(
            sa.insert(push).values(**_row(one), epoch=EPOCH).returning(push.c.id)
        )
        return int(result.scalar_one())

    async def find(self, push_id: int) -> Push | None:
        """The push, if it is there."""
        found = await self._list(push.c.id == push_id)
        return found[0] if found else None

    async def find_all(self, push_ids: Collection[int]) -> Mapping[int, Push]:
        """Several pushes by number; whichever is not there is left out."""
        found = await self._list(push.c.id.in_(list(push_ids))) if push_ids else ()
        return {one.id: one for one in found}

    async def lock(self, push_id: int) -> Push | None:
        """The push, which nobody else changes until we commit."""
        found = await self._list(push.c.id == push_id, for_update=True)
        return found[0] if found else None

    async def list_in(self, *states: PushState) -> Sequence[Push]:
        """Pushes in these states, the most urgent first."""
        return await self._list(push.c.state.in_([state.value for state in states]))

    async def move(self, push_id: int, old: PushState, new: PushState, **changes: Any) -> bool:
        """Change the state, if it is still `old`."""
        result = await self._connection.execute(
            sa.update(push)
            .where(push.c.id == push_id, push.c.state == old.value)
            .values(state=new.value, **changes)
        )
        return result.rowcount > 0

    async def freeze(self, push_id: int, member_ids: Collection[int]) -> None:
        """Add recipients to the list that was approved. Twice is once."""
        if member_ids:
            await self._connection.execute(
                insert(self._connection, push_audience).on_conflict_do_nothing(),
                [{"push_id": push_id, "member_id": member} for member in member_ids],
            )

    async def set_audience(self, push_id: int, count: int, digest: str) -> None:
        """Write down how many recipients were frozen, and the hash of their list."""
        if count >= CHUNK:
            await self._count_anew(push_audience)
        await self._connection.execute(
            sa.update(push)
            .where(push.c.id == push_id)
            # Whoever was erased while the list was being written is not in it.
            .values(audience_count=count, audience_hash=digest, erased=0)
        )

    async def last_frozen(self, push_id: int) -> int | None:
        """The last member on the list so far: a list that was cut short goes on after it."""
        found: int | None = await self._connection.scalar(
            sa.select(sa.func.max(push_audience.c.member_id)).where(
                push_audience.c.push_id == push_id
            )
        )
        return found

    async def count_frozen(self, push_id: int) -> int:
        """How many are on the list so far."""
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(push_audience.c.push_id == push_id)
        )
        return int(found or 0)

    async def set_window(
        self,
        push_id: int,
        not_before: datetime | None,
        expires_at: datetime | None,
        *,
        needs_second: bool | None = None,
    ) -> None:
        """Write down when it may begin and when it ends, and whether two people must agree."""
        values: dict[str, Any] = {"not_before": not_before, "expires_at": expires_at}
        if needs_second is not None:
            values["needs_second"] = needs_second
        await self._connection.execute(
            sa.update(push).where(push.c.id == push_id).values(**values)
        )

    async def audience_after(
        self, push_id: int, after: int | None, most: int = CHUNK
    ) -> Sequence[int]:
        """The next recipients in order of their number."""
        result = await self._connection.execute(_after(push_id, after).limit(most))
        return list(result.scalars())

    async def expand(self, one: Push, now: datetime, most: int = CHUNK) -> int:
        """Write the rows of the next recipients and move the cursor; how many recipients.

        Doing it twice writes nothing twice. With fewer than `most` the push is expanded.
        """
        chunk = _after(one.id, one.expand_cursor).limit(most).subquery()
        last, count = (
            await self._connection.execute(
                sa.select(sa.func.max(chunk.c.member_id), sa.func.count())
            )
        ).one()
        if count:
            await self._write(one, now, one.expand_cursor, last)
        await self._connection.execute(
            sa.update(push)
            .where(push.c.id == one.id)
            .values(
                expand_cursor=one.expand_cursor if last is None else last,
                is_expanded=count < most,
            )
        )
        if (one.expand_cursor is None) is (count == most):
            await self._count_anew(outbox)
        return int(count)

    async def _count_anew(self, grown: sa.Table) -> None:
        """Where a table has grown by much: by what PostgreSQL knew of a small one it would take
        from a large one, until it counts by itself, by reading all of it."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {grown.name}")

    async def _write(self, one: Push, now: datetime, after: int | None, last: int) -> None:
        chosen = _after(one.id, after).where(push_audience.c.member_id <= last)
        await self._connection.execute(
            insert(self._connection, chat_pace)
            .from_select(
                ["chat_id", "next_at"],
                chosen.add_columns(sa.literal(_LONG_AGO, type_=chat_pace.c.next_at.type)),
            )
            .on_conflict_do_nothing()
        )
        row = _outbox_row(one, now)
        await self._connection.execute(
            insert(self._connection, outbox)
            .from_select(
                ["member_id", "chat_id", "chain", "epoch", *row],
                chosen.add_columns(
                    push_audience.c.member_id,
                    sa.literal(f"push:{one.id}:").op("||")(
                        sa.cast(push_audience.c.member_id, sa.String)
                    ),
                    EPOCH,
                    *(sa.literal(value, type_=outbox.c[name].type) for name, value in row.items()),
                ),
            )
            .on_conflict_do_nothing(index_elements=["chain", "part"])
        )

    async def count_waiting(self, push_id: int, most: int) -> int:
        """Messages of the push that have not ended, counted up to `most`."""
        # Each state in the order of the index that claims use: without an order PostgreSQL reads
        # the table from its beginning, past all that were sent, while it believes few were.
        counts = [
            sa.select(sa.func.count())
            .select_from(
                sa.select(sa.literal(1))
                .where(outbox.c.push_id == push_id, outbox.c.state == state)
                .order_by(outbox.c.priority, outbox.c.due_at, outbox.c.id)
                .limit(most)
                .subquery()
            )
            .scalar_subquery()
            for state in _WAITING
        ]
        found = await self._connection.execute(sa.select(*counts))
        return min(most, sum(found.one()))

    async def _list(
        self, *where: sa.ColumnElement[bool], for_update: bool = False
    ) -> Sequence[Push]:
        wanted = sa.select(push).where(*where).order_by(push.c.priority, push.c.id)
        if for_update:
            wanted = wanted.with_for_update()
        return [_push(row) for row in (await self._connection.execute(wanted)).mappings()]


def _after(push_id: int, after: int | None) -> sa.Select[Any]:
    wanted = (
        sa.select(push_audience.c.member_id)
        .where(push_audience.c.push_id == push_id)
        .order_by(push_audience.c.member_id)
    )
    return wanted if after is None else wanted.where(push_audience.c.member_id > after)


def _outbox_row(one: Push, now: datetime) -> dict[str, Any]:
    return {
        "push_id": one.id,
        "kind": one.kind,
        "part": 1,
        "parts": 1,
        "priority": int(one.priority),
        "policy": one.policy.value,
        "purpose": one.purpose or "",
        "details": {},
        "state": State.PENDING.value,
        "due_at": max(now, one.not_before or now),
        "expires_at": one.expires_at,
        "attempts": 0,
        "ambiguous": 0,
    }


def _row(one: Push) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "title": one.title,
        "path": one.path,
        "body": dict(one.body),
        "body_hash": one.body_hash,
        "audience": dict(one.audience),
        "audience_hash": one.audience_hash,
        "audience_count": one.audience_count,
        "state": one.state.value,
        "priority": int(one.priority),
        "policy": one.policy.value,
        "purpose": one.purpose or "",
        "not_before": one.not_before,
        "expires_at": one.expires_at,
        "created_by": one.created_by,
        "created_at": one.created_at,
        "schedule_id": one.schedule_id,
        "due_at": one.due_at,
        "notice_no": one.notice_no,
        "topic": one.topic,
        "canary": one.canary.value if one.canary else None,
        "needs_second": one.needs_second,
    }


def _push(row: Mapping[Any, Any]) -> Push:
    return Push(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        path=row["path"],
        body=row["body"],
        body_hash=row["body_hash"],
        audience=row["audience"],
        audience_hash=row["audience_hash"],
        audience_count=row["audience_count"],
        state=PushState(row["state"]),
        priority=Priority(row["priority"]),
        policy=Policy(row["policy"]),
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        not_before=row["not_before"],
        expires_at=row["expires_at"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        schedule_id=row["schedule_id"],
        due_at=row["due_at"],
        expand_cursor=row["expand_cursor"],
        is_expanded=row["is_expanded"],
        notice_no=row["notice_no"],
        pause_reason=row["pause_reason"],
        topic=row["topic"],
        canary=Canary(row["canary"]) if row["canary"] else None,
        base_tried=row["base_tried"],
        base_failed=row["base_failed"],
        needs_second=row["needs_second"],
        erased=row["erased"],
        tally=row["tally"],
    )
