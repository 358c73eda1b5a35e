"""Replies on their way: how a message of a talk is found in the outbox, and which were lost."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from domain import outbox as outbox_rules
from storage.tables import outbox, talk_messages, talks

REPLY = "talks.reply"
# A reply that ended so has not reached the member.
FAILED = tuple(
    state.value
    for state in (
        outbox_rules.State.FAILED,
        outbox_rules.State.UNKNOWN,
        outbox_rules.State.SKIPPED,
        outbox_rules.State.EXPIRED,
    )
)


@cache
def unreached() -> sa.ColumnElement[bool]:
    """A reply has not arrived, nobody called since, and no later one has arrived."""
    failed, sent = _replies("failed"), _replies("sent")
    later = sa.select(sent.c.id).where(
        # By the reply that is looked at: in here the talk of outside would be a table of its own.
        sent.c.talk_id == failed.c.talk_id,
        sent.c.state == outbox_rules.State.SENT.value,
        sent.c.at > failed.c.at,
    )
    return (
        sa.select(failed.c.id)
        .where(
            failed.c.talk_id == talks.c.id,
            failed.c.state.in_(FAILED),
            sa.or_(talks.c.called_at.is_(None), failed.c.at > talks.c.called_at),
            ~later.exists(),
        )
        .exists()
    )


def _replies(name: str) -> sa.Subquery:
    chain = sa.literal(f"{REPLY}:").concat(talk_messages.c.id)
    return (
        sa.select(
            talk_messages.c.id,
            talk_messages.c.talk_id,
            talk_messages.c.at,
            # Not to be found by its state: most of the outbox is sent, and each reply has a chain.
            outbox.c.state.concat("").label("state"),
        )
        .join(outbox, outbox.c.chain == chain)
        .where(talk_messages.c.staff_id.is_not(None))
        .subquery(name)
    )
