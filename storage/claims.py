"""The statements that run for every message, made once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.broadcasts import Topic
from domain.outbox import SENDABLE, Priority, State
from storage.tables import (
    chat_pace,
    consents,
    members,
    outbox,
    push,
    push_windows,
    rate_state,
    send_attempt,
    topic_mutes,
)
from storage.tables.common import Instant

EPOCH = sa.select(rate_state.c.epoch).where(rate_state.c.id == 1).scalar_subquery()
_NOW = sa.bindparam("now", type_=Instant())
_WIRE = sa.bindparam("wire", type_=Instant())
_MOST = sa.bindparam("most", type_=sa.Integer())
# A chat rests for seconds: a time far ahead comes from a clock that was wrong.
_FAR = sa.bindparam("far", type_=Instant())
_RESTS = sa.and_(chat_pace.c.next_at > _WIRE, chat_pace.c.next_at < _FAR)
# What an earlier part of the same message may be in while the later ones wait for it.
_UNFINISHED = (State.PENDING.value, State.SENDING.value, State.HELD.value)

# Read once for all candidates. A plan for each of them is made when the table is nearly empty, and
# PostgreSQL keeps it until it has counted anew: then each would look through the whole table.
_going = outbox.alias("going")
_BUSY = sa.select(_going.c.chat_id).where(_going.c.state == State.SENDING.value)


def _due(*of: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Messages that may be taken, in order; the index `ix_outbox_claim` serves it."""
    earlier = outbox.alias("earlier")
    return (
        sa.select(outbox.c.id, outbox.c.chat_id, outbox.c.priority, outbox.c.due_at)
        .where(
            *of,
            outbox.c.state == State.PENDING.value,
            outbox.c.due_at <= _NOW,
            sa.or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > _NOW),
            outbox.c.epoch == EPOCH,
            outbox.c.chat_id.not_in(_BUSY),
            sa.or_(
                # Nearly all have one part only, and need no look at others.
                outbox.c.part == 1,
                ~sa.exists().where(
                    earlier.c.chain == outbox.c.chain,
                    earlier.c.part < outbox.c.part,
                    earlier.c.state.in_(_UNFINISHED),
                ),
            ),
            ~sa.exists().where(chat_pace.c.chat_id == outbox.c.chat_id, _RESTS),
        )
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(_MOST)
    )


# Without a push: one walk for each priority, so that much of one does not hide the others.
SINGLE = sa.union_all(
    *(
        sa.select(_due(outbox.c.push_id.is_(None), outbox.c.priority == int(priority)).subquery())
        for priority in Priority
    )
)
OF_PUSH = _due(
    outbox.c.push_id == sa.bindparam("push"), outbox.c.priority == sa.bindparam("priority")
)
RUNNING = sa.select(push.c.id, push.c.priority).where(
    push.c.state.in_([state.value for state in SENDABLE])
)
CHATS = (
    sa.select(chat_pace.c.chat_id)
    .where(
        chat_pace.c.chat_id.in_(sa.bindparam("chats", expanding=True)),
        ~_RESTS,
    )
    .with_for_update(skip_locked=True)
)
TAKE = (
    sa.update(outbox)
    .where(
        outbox.c.id.in_(sa.bindparam("ids", expanding=True)),
        outbox.c.state == State.PENDING.value,
        outbox.c.chat_id.not_in(_BUSY),
    )
    .values(
        state=State.SENDING.value,
        lease_token=sa.bindparam("token"),
        worker=sa.bindparam("by"),
        lease_until=sa.bindparam("until"),
        attempts=outbox.c.attempts + 1,
    )
    .returning(outbox)
)
_answer, _older = consents.alias("answer"), consents.alias("older")
# All that decides whether a claimed message still goes. `said` is the member's last word on the
# purpose of the message.
STANDINGS = (
    sa.select(
        outbox.c.id,
        outbox.c.state,
        outbox.c.lease_token,
        push.c.state.label("push_state"),
        members.c.reach,
        rate_state.c.paused_until,
        _answer.c.answer.label("said"),
        _answer.c.version.label("said_version"),
        sa.exists().where(push_windows.c.member_id == outbox.c.member_id).label("has_windows"),
        sa.exists()
        .where(
            topic_mutes.c.member_id == outbox.c.member_id,
            topic_mutes.c.topic == push.c.topic,
            # Nobody can turn off danger.
            topic_mutes.c.topic != Topic.SAFETY.value,
        )
        .label("is_muted"),
    )
    .select_from(
        outbox.join(rate_state, rate_state.c.id == 1)
        .outerjoin(push, push.c.id == outbox.c.push_id)
        .outerjoin(members, members.c.id == outbox.c.member_id)
        .outerjoin(
            _answer,
            _answer.c.id
            == sa.select(sa.func.max(_older.c.id))
            .where(_older.c.member_id == outbox.c.member_id, _older.c.purpose == outbox.c.purpose)
            .scalar_subquery(),
        )
    )
    .where(outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
)
# Only the sender that still has the claim may say what became of it.
SETTLE = (
    sa.update(outbox)
    .where(
        outbox.c.id == sa.bindparam("of"),
        outbox.c.lease_token == sa.bindparam("token"),
        outbox.c.state == State.SENDING.value,
    )
    .values(
        state=sa.bindparam("to"),
        due_at=sa.bindparam("due"),
        ambiguous=sa.bindparam("unclear"),
        attempts=sa.bindparam("tries"),
        fail_class=sa.bindparam("class"),
        fail_text=sa.bindparam("text"),
        message_id=sa.bindparam("message"),
        sent_at=sa.bindparam("sent"),
        lease_token=None,
        lease_until=None,
    )
)

_DIALECTS: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _paced(insert: Any) -> Any:
    statement = insert(chat_pace)
    return statement.on_conflict_do_update(
        index_elements=["chat_id"], set_={"next_at": statement.excluded.next_at}
    )


PACE_CHATS = {name: _paced(insert) for name, insert in _DIALECTS.items()}
TRIED = {name: insert(send_attempt).on_conflict_do_nothing() for name, insert in _DIALECTS.items()}

_before = outbox.alias("before")
# Whatever waits, though perhaps not in this second: its chat may be resting.
DUE = (
    sa.select(sa.literal(1))
    .select_from(outbox.outerjoin(push, push.c.id == outbox.c.push_id))
    .where(
        sa.or_(
            outbox.c.push_id.is_(None),
            push.c.state.in_([state.value for state in SENDABLE]),
        ),
        outbox.c.state == State.PENDING.value,
        outbox.c.due_at <= _NOW,
        sa.or_(outbox.c.expires_at.is_(None), outbox.c.expires_at > _NOW),
        outbox.c.epoch == EPOCH,
        ~sa.exists().where(
            _before.c.chain == outbox.c.chain,
            _before.c.part < outbox.c.part,
            _before.c.state.in_(_UNFINISHED),
        ),
    )
    .limit(1)
)
