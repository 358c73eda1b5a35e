"""Messages on their way: added with their effect, claimed by one sender at a time, settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.outbox import (
    RESENDABLE,
    Notice,
    Policy,
    PushState,
    State,
    Unsent,
)
from storage.claims import DUE, EPOCH
from storage.tables import chat_pace, outbox, push, rate_state, send_attempt
from storage.upsert import insert

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN = (State.PENDING.value, State.HELD.value)
_UNSENT = (State.FAILED.value, State.UNKNOWN.value, State.HELD.value)
# Why what was on its way in a copy waits for a person.
RESTORED = "restored"
_BEGUN = (PushState.FREEZING, PushState.APPROVED, PushState.EXPANDING, PushState.RUNNING)
# Only these have a reason: whoever counts reasons need not look at what was sent.
_WITH_REASON = tuple(
    state.value for state in State if state not in (State.PENDING, State.SENDING, State.SENT)
)


class Outbox:
    """The table of messages."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, *notices: Notice) -> None:
        """Tell somebody later. A notice whose `dedupe_key` is there already changes nothing."""
        rows = [row for notice in notices for row in _rows(notice)]
        if not rows:
            return
        await self._connection.execute(
            insert(self._connection, chat_pace).on_conflict_do_nothing(),
            [{"chat_id": notice.chat, "next_at": _LONG_AGO} for notice in notices],
        )
        statement = insert(self._connection, outbox).values(epoch=EPOCH)
        await self._connection.execute(
            statement.on_conflict_do_nothing(index_elements=["chain", "part"]), rows
        )

    async def renew(self, chat: int, kind: str, expires_at: datetime) -> bool:
        """Whether a notice of this kind waits for the chat already; it then stays longer.

        The row is held until the end of the work: it cannot go out before what it tells is there.
        """
        result = await self._connection.execute(
            sa.update(outbox)
            .where(
                outbox.c.chat_id == chat,
                outbox.c.kind == kind,
                outbox.c.state == State.PENDING.value,
            )
            .values(expires_at=expires_at)
        )
        return result.rowcount > 0

    async def move_chat(self, old: int, new: int) -> None:
        """A group has a new number: what waits for it goes there."""
        await self._connection.execute(
            insert(self._connection, chat_pace).on_conflict_do_nothing(),
            {"chat_id": new, "next_at": _LONG_AGO},
        )
        await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.chat_id == old, outbox.c.state.in_(_OPEN))
            .values(chat_id=new)
        )

    async def expire(self, now: datetime, most: int = 1000) -> int:
        """Give up messages that are no longer of use; how many, at most `most` at a time."""
        late = (
            sa.select(outbox.c.id)
            .where(outbox.c.state.in_(_OPEN), outbox.c.expires_at <= now)
            .limit(most)
        )
        return await self._set(late, State.EXPIRED)

    async def cancel(self, push_id: int, most: int = 1000) -> int:
        """Give up what a push has not begun to send; how many, at most `most` at a time."""
        return await self._set(_waiting(push_id, _OPEN, most), State.CANCELLED)

    async def cancel_chain(self, dedupe_key: str) -> int:
        """Give up a notice, as far as it was not begun; how many parts."""
        parts = sa.select(outbox.c.id).where(
            outbox.c.chain == dedupe_key, outbox.c.state.in_(_OPEN)
        )
        return await self._set(parts, State.CANCELLED)

    async def hold(self, push_id: int, most: int = 1000) -> int:
        """Let what a push has not begun wait for a person."""
        return await self._set(_waiting(push_id, (State.PENDING.value,), most), State.HELD, "held")

    async def resend(self, push_id: int, now: datetime, fail_class: str, most: int = 1000) -> int:
        """Let messages that failed so go again. Those of class "hold" never do.

        "ambiguous" are those whose arrival nobody knows; each of them has one more try. What is
        of no use any more stays as it is.
        """
        of_class = (
            sa.select(outbox.c.id)
            .where(
                outbox.c.push_id == push_id,
                outbox.c.state.in_((State.FAILED.value, State.UNKNOWN.value)),
                outbox.c.fail_class == fail_class,
                outbox.c.policy == Policy.RESEND.value,
                sa.or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
            )
            .limit(most)
        )
        return await self._again(of_class, now)

    async def counts(self, push_id: int | None) -> Mapping[State, int]:
        """How many messages of a push, or of none, are in each state."""
        result = await self._connection.execute(
            sa.select(outbox.c.state, sa.func.count())
            .where(outbox.c.push_id.is_(None) if push_id is None else outbox.c.push_id == push_id)
            .group_by(outbox.c.state)
        )
        return {State(state): count for state, count in result}

    async def failures(self, push_id: int) -> Mapping[str, int]:
        """How many messages of a push did not arrive, by reason."""
        result = await self._connection.execute(
            sa.select(outbox.c.fail_class, sa.func.count())
            .where(
                outbox.c.push_id == push_id,
                outbox.c.state.in_(_WITH_REASON),
                outbox.c.fail_class.is_not(None),
            )
            .group_by(outbox.c.fail_class)
        )
        return {reason: count for reason, count in result if reason is not None}

    async def list_unsent(self) -> Sequence[Unsent]:
        """What failed, is unknown or waits for a person, by kind and reason."""
        is_push, is_hold = outbox.c.push_id.is_not(None), outbox.c.policy == Policy.HOLD.value
        reason = sa.func.coalesce(outbox.c.fail_class, outbox.c.state)
        result = await self._connection.execute(
            sa.select(
                outbox.c.kind,
                reason.label("reason"),
                is_push.label("is_push"),
                is_hold.label("is_hold"),
                sa.func.count().label("number"),
                sa.func.max(outbox.c.due_at).label("last_at"),
            )
            .where(outbox.c.state.in_(_UNSENT))
            .group_by(outbox.c.kind, "reason", "is_push", "is_hold")
            .order_by("is_push", sa.desc("last_at"))
        )
        return [
            Unsent(
                row.kind,
                row.reason,
                bool(row.is_push),
                not row.is_push and not row.is_hold and row.reason in RESENDABLE,
                row.number,
                row.last_at,
            )
            for row in result
        ]

    async def resend_single(self, kind: str, reason: str, now: datetime, most: int = 1000) -> int:
        """Let single messages go again that failed so; never those of class "hold"."""
        failed = (
            sa.select(outbox.c.id)
            .where(
                outbox.c.push_id.is_(None),
                outbox.c.kind == kind,
                outbox.c.state.in_((State.FAILED.value, State.UNKNOWN.value)),
                outbox.c.fail_class == reason,
                outbox.c.policy == Policy.RESEND.value,
                sa.or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > now),
            )
            .limit(most)
        )
        return await self._again(failed, now)

    async def cancel_held(self, most: int = 1000) -> int:
        """Give up single messages that wait for a person; how many, at most `most` at a time."""
        held = (
            sa.select(outbox.c.id)
            .where(outbox.c.push_id.is_(None), outbox.c.state == State.HELD.value)
            .limit(most)
        )
        return await self._set(held, State.CANCELLED)

    async def has_due(self, now: datetime) -> bool:
        """Whether anything waits that may be sent, though perhaps not in this second."""
        return bool(await self._connection.scalar(DUE, {"now": now}))

    async def count_due(self, now: datetime, most: int = 10_000) -> int:
        """How many single messages are due and waiting, counted up to `most`."""
        due = (
            sa.select(sa.literal(1))
            .where(
                outbox.c.push_id.is_(None),
                outbox.c.state == State.PENDING.value,
                outbox.c.due_at <= now,
            )
            .limit(most)
        )
        return (
            await self._connection.scalar(sa.select(sa.func.count()).select_from(due.subquery()))
            or 0
        )

    async def purge_before(self, instant: datetime) -> None:
        """Forget single messages that ended, and all tries, of before `instant`."""
        ended = [state.value for state in State if state not in (State.PENDING, State.SENDING)]
        await self._connection.execute(
            sa.delete(outbox).where(
                outbox.c.push_id.is_(None),
                outbox.c.state.in_([state for state in ended if state != State.HELD]),
                outbox.c.due_at < instant,
            )
        )
        await self._connection.execute(
            sa.delete(send_attempt).where(send_attempt.c.ended_at < instant)
        )

    async def raise_epoch(self) -> int:
        """After a restore: what was on its way then is held for a person; how many messages.

        Nobody knows which of them were sent after the copy was made, nor how far a push came.
        """
        await self._connection.execute(
            sa.update(rate_state).values(epoch=rate_state.c.epoch + 1, tat_us=0, paused_until=None)
        )
        await self._connection.execute(
            sa.update(push)
            .where(push.c.state.in_([state.value for state in _BEGUN]))
            .values(state=PushState.HELD.value, pause_reason=RESTORED)
        )
        result = await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.state.in_((State.PENDING.value, State.SENDING.value)))
            .values(state=State.HELD.value, fail_class=RESTORED, lease_token=None)
        )
        return result.rowcount

    async def release(self, push_id: int | None, most: int = 1000) -> int:
        """Let what a restore or a person held go after all; how many, at most `most` at a time.

        A message that may have gone before the restore says that it may be a copy; of class
        "hold" it stays held, as it must never arrive twice.
        """
        of = outbox.c.push_id.is_(None) if push_id is None else outbox.c.push_id == push_id
        may_go = sa.or_(
            outbox.c.policy == Policy.RESEND.value,
            outbox.c.fail_class.is_distinct_from(RESTORED),
        )
        held = (
            sa.select(outbox.c.id)
            .where(of, outbox.c.state == State.HELD.value, may_go)
            .limit(most)
        )
        result = await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(held), outbox.c.state == State.HELD.value)
            .values(
                state=State.PENDING.value,
                epoch=EPOCH,
                ambiguous=sa.case(
                    (outbox.c.fail_class == RESTORED, outbox.c.ambiguous + 1),
                    else_=outbox.c.ambiguous,
                ),
                fail_class=None,
            )
        )
        return result.rowcount

    async def _again(self, ids: sa.Select[Any], now: datetime) -> int:
        result = await self._connection.execute(
            sa.update(outbox)
            .where(outbox.c.id.in_(ids))
            .values(
                state=State.PENDING.value,
                due_at=now,
                fail_class=None,
                fail_text=None,
                ambiguous=sa.case((outbox.c.state == State.UNKNOWN.value, 1), else_=0),
            )
        )
        return result.rowcount

    async def _set(self, ids: sa.Select[Any], state: State, why: str | None = None) -> int:
        values: dict[str, Any] = {"state": state.value, "fail_class": why}
        if state is not State.HELD:
            # What ends though an earlier try may have arrived is unknown (domain `given_up`).
            unclear = outbox.c.ambiguous > 0
            values = {
                "state": sa.case((unclear, State.UNKNOWN.value), else_=state.value),
                "fail_class": sa.case((unclear, "ambiguous")),
            }
        result = await self._connection.execute(
            sa.update(outbox).where(outbox.c.id.in_(ids), outbox.c.state.in_(_OPEN)).values(values)
        )
        return result.rowcount


def _rows(notice: Notice) -> list[dict[str, Any]]:
    details = (notice.details, *notice.parts)
    return [
        {
            "kind": notice.kind,
            "member_id": notice.to,
            "chat_id": notice.chat,
            "chain": notice.dedupe_key,
            "part": part,
            "parts": len(details),
            "priority": int(notice.priority),
            "policy": notice.policy.value,
            "purpose": notice.purpose or "",
            "details": dict(one),
            "state": State.PENDING.value,
            "due_at": notice.due_at,
            "expires_at": notice.expires_at,
        }
        for part, one in enumerate(details, 1)
    ]


def _waiting(push_id: int, states: Sequence[str], most: int) -> sa.Select[Any]:
    return (
        sa.select(outbox.c.id)
        .where(outbox.c.push_id == push_id, outbox.c.state.in_(states))
        .limit(most)
    )
