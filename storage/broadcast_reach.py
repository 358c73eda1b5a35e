"""What became of a broadcast: one row for each recipient, presses, deeds; its changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import Change
from domain.outbox import Push, State
from storage.claims import EPOCH
from storage.tables import (
    broadcast_acts,
    broadcast_presses,
    outbox,
    people,
    push,
    push_audience,
    seats,
    units,
)
from storage.upsert import insert

_HOUR_MS = 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# These got it, or may have.
_GOT = (State.SENT.value, State.UNKNOWN.value)
# These do not get the old words any more, or will not once the push is stopped.
_STOPPED = (
    State.CANCELLED.value,
    State.PENDING.value,
    State.SENDING.value,
    State.HELD.value,
)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One recipient of a push. Who it is, is known by the person only."""

    id: int
    member_id: int | None
    person_id: str | None
    unit: str
    state: State
    fail_class: str
    attempts: int
    sent_at: datetime | None
    pressed_at: datetime | None


class BroadcastReach:
    """Reads the outbox of one push, and the table of presses."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ledger(
        self, push_id: int, state: State | None, fail_class: str, *, offset: int, limit: int
    ) -> tuple[Sequence[LedgerLine], int]:
        """Some of the recipients in the order in which they were written, and how many in all."""
        where = [outbox.c.push_id == push_id]
        if state is not None:
            where.append(outbox.c.state == state.value)
        if fail_class:
            where.append(outbox.c.fail_class == fail_class)
        pressed = (
            sa.select(sa.func.min(broadcast_presses.c.at))
            .where(
                broadcast_presses.c.push_id == outbox.c.push_id,
                broadcast_presses.c.member_id == outbox.c.member_id,
            )
            .scalar_subquery()
        )
        rows = await self._connection.execute(
            sa.select(
                outbox.c.id,
                outbox.c.member_id,
                people.c.id.label("person_id"),
                units.c.name.label("unit"),
                outbox.c.state,
                outbox.c.fail_class,
                outbox.c.attempts,
                outbox.c.sent_at,
                pressed.label("pressed_at"),
            )
            .select_from(
                outbox.outerjoin(people, people.c.member_id == outbox.c.member_id).outerjoin(
                    units, units.c.id == people.c.unit_id
                )
            )
            .where(*where)
            .order_by(outbox.c.id)
            .offset(offset)
            .limit(limit)
        )
        total = await self._connection.scalar(sa.select(sa.func.count()).where(*where))
        found = [
            LedgerLine(
                **{
                    **row,
                    "unit": row["unit"] or "",
                    "state": State(row["state"]),
                    "fail_class": row["fail_class"] or "",
                }
            )
            for row in (dict(row) for row in rows.mappings())
        ]
        return found, int(total or 0)

    async def count_going(self, push_id: int, now: datetime) -> int:
        """Messages that are being sent or should be, without those that wait for their hour."""
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(
                outbox.c.push_id == push_id,
                sa.or_(
                    outbox.c.state == State.SENDING.value,
                    sa.and_(outbox.c.state == State.PENDING.value, outbox.c.due_at <= now),
                ),
            )
        )
        return int(found or 0)

    async def count_sent_since(self, push_id: int, since: datetime) -> int:
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(
                outbox.c.push_id == push_id,
                outbox.c.state == State.SENT.value,
                outbox.c.sent_at > since,
            )
        )
        return int(found or 0)

    # What recipients did

    async def press(
        self, broadcast_id: str, push_id: int, member_id: int, button: int, at: datetime
    ) -> bool:
        """Note that a recipient pressed a button; False for somebody who is no recipient.

        A correction that came as a new message has the same buttons.
        """
        corrections = sa.select(broadcast_acts.c.push_id).where(
            broadcast_acts.c.broadcast_id == broadcast_id, broadcast_acts.c.push_id.is_not(None)
        )
        got = await self._connection.scalar(
            sa.select(outbox.c.id)
            .where(
                outbox.c.member_id == member_id,
                sa.or_(outbox.c.push_id == push_id, outbox.c.push_id.in_(corrections)),
                outbox.c.state.in_((*_GOT, State.SENDING.value, State.PENDING.value)),
            )
            .limit(1)
        )
        if got is None:
            return False
        await self._connection.execute(
            insert(self._connection, broadcast_presses).on_conflict_do_nothing(),
            {"push_id": push_id, "member_id": member_id, "button": button, "at": at},
        )
        return True

    async def presses(self, push_id: int) -> Mapping[int, int]:
        """How many people pressed each button."""
        rows = await self._connection.execute(
            sa.select(broadcast_presses.c.button, sa.func.count())
            .where(broadcast_presses.c.push_id == push_id)
            .group_by(broadcast_presses.c.button)
        )
        return {int(button): int(count) for button, count in rows}

    async def count_pressed(self, push_id: int) -> int:
        """How many people pressed anything."""
        found = await self._connection.scalar(
            sa.select(sa.func.count(broadcast_presses.c.member_id.distinct())).where(
                broadcast_presses.c.push_id == push_id
            )
        )
        return int(found or 0)

    async def count_acted(
        self, push_id: int, events: Collection[str], read_buttons: Collection[int]
    ) -> int:
        """How many recipients did what it asks for: signed up since, or said that they read it."""
        joined = sa.exists().where(
            seats.c.member_id == outbox.c.member_id,
            seats.c.event_id.in_(list(events)),
            seats.c.joined_at >= outbox.c.sent_at,
        )
        has_read = sa.exists().where(
            broadcast_presses.c.push_id == outbox.c.push_id,
            broadcast_presses.c.member_id == outbox.c.member_id,
            broadcast_presses.c.button.in_(list(read_buttons)),
        )
        found = await self._connection.scalar(
            sa.select(sa.func.count()).where(
                outbox.c.push_id == push_id,
                outbox.c.state == State.SENT.value,
                sa.or_(joined, has_read),
            )
        )
        return int(found or 0)

    async def by_hour(self, push_id: int) -> Sequence[tuple[datetime, int, int]]:
        """How many were sent and how many pressed for the first time, hour by hour."""
        sent = await self._hours(
            outbox.c.sent_at, outbox.c.push_id == push_id, outbox.c.state == State.SENT.value
        )
        pressed = await self._hours(broadcast_presses.c.at, broadcast_presses.c.push_id == push_id)
        return [
            (
                _EPOCH + timedelta(hours=hour),
                sent.get(hour, 0),
                pressed.get(hour, 0),
            )
            for hour in sorted(sent.keys() | pressed.keys())
        ]

    async def _hours(
        self, column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]
    ) -> dict[int, int]:
        milliseconds = sa.type_coerce(column, sa.BigInteger)
        hour = milliseconds // sa.literal_column(str(_HOUR_MS), sa.BigInteger)
        rows = await self._connection.execute(
            sa.select(hour, sa.func.count()).where(*where, column.is_not(None)).group_by(hour)
        )
        return {int(number): int(count) for number, count in rows}

    # Changing what was sent

    async def count_changes(self, change: Change) -> int:
        """How many messages a change would write."""
        wanted = _changed(change).subquery()
        return int(
            await self._connection.scalar(sa.select(sa.func.count(wanted.c.member_id))) or 0
        )

    async def write_changes(self, one: Push, change: Change, now: datetime, most: int) -> int:
        """Write the next rows of `one`, which carry out the change; how many.

        The cursor of `one` is the last recipient looked at. Twice writes nothing twice.
        """
        wanted = _changed(change, one.expand_cursor).limit(most)
        rows = list(await self._connection.execute(wanted))
        if rows:
            await self._connection.execute(
                insert(self._connection, outbox)
                .values(epoch=EPOCH)
                .on_conflict_do_nothing(index_elements=["chain", "part"]),
                [_change(one, row, now) for row in rows],
            )
        last = rows[-1].member_id if rows else one.expand_cursor
        await self._connection.execute(
            sa.update(push)
            .where(push.c.id == one.id)
            .values(expand_cursor=last, is_expanded=len(rows) < most)
        )
        return len(rows)


def _changed(change: Change, after: int | None = None) -> sa.Select[Any]:
    """Who has a message that is to be changed, with its number; without one, who needs another.

    In the order of the members, those after `after`.
    """
    theirs = (
        outbox.c.member_id == push_audience.c.member_id,
        outbox.c.push_id.in_((change.of_push, *change.also)),
        outbox.c.state == State.SENT.value,
        outbox.c.message_id.is_not(None),
    )
    first = outbox.alias("first")
    of_first = sa.and_(
        first.c.push_id == change.of_push, first.c.member_id == push_audience.c.member_id
    )
    wanted = (
        sa.select(
            push_audience.c.member_id,
            first.c.state,
            # A correction keeps the number of the message that it changes.
            sa.select(sa.func.max(outbox.c.message_id))
            .where(*theirs)
            .correlate(push_audience)
            .scalar_subquery()
            .label("message_id"),
            sa.select(sa.func.min(outbox.c.sent_at))
            .where(*theirs)
            .correlate(push_audience)
            .scalar_subquery()
            .label("sent_at"),
        )
        .select_from(push_audience.outerjoin(first, of_first))
        .where(push_audience.c.push_id == change.of_push)
    )
    if after is not None:
        wanted = wanted.where(push_audience.c.member_id > after)
    found = wanted.subquery("found")
    arrived: sa.ColumnElement[bool] = found.c.message_id.is_not(None)
    if change.since is not None:
        arrived = sa.and_(arrived, found.c.sent_at > change.since)
    meant = [arrived]
    if change.again:
        meant.append(found.c.state == State.UNKNOWN.value)
    if change.rest:
        meant += [found.c.state.is_(None), found.c.state.in_(_STOPPED)]
    return (
        sa.select(found.c.member_id, found.c.message_id)
        .where(sa.or_(*meant))
        .order_by(found.c.member_id)
    )


def _change(one: Push, row: Any, now: datetime) -> dict[str, Any]:
    return {
        "push_id": one.id,
        "kind": one.kind,
        "member_id": row.member_id,
        "chat_id": row.member_id,
        "chain": f"push:{one.id}:{row.member_id}",
        "part": 1,
        "parts": 1,
        "priority": int(one.priority),
        "policy": one.policy.value,
        "purpose": one.purpose or "",
        "details": {} if row.message_id is None else {"message_id": row.message_id},
        "state": State.PENDING.value,
        "due_at": now,
        "expires_at": one.expires_at,
    }
