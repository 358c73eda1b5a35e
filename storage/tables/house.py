"""What the process itself keeps: its keys, the journal of updates, the audit log."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

instance = sa.Table(
    "instance",
    metadata,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# Nothing here leads to a person, but for the body of an update in quarantine: a question's id is
# a keyed hash of its update's number, and whoever reads both tables must not learn who asked.
journal = sa.Table(
    "journal",
    metadata,
    sa.Column("update_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("error", sa.Text),
    sa.Column("body", sa.Text),
    sa.Index("ix_journal_state_received_at", "state", "received_at"),
)

# What arrived with the right secret but is no update: kept for staff, never retried.
rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("act", sa.String(40), nullable=False),
    sa.Column("object", sa.String(120), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_audit_actor_id", "actor", "id"),
)
