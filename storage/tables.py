"""The tables, and the column types that keep times honest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware time, kept as milliseconds since 1970 in UTC. Naive values are refused."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        return (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


# SQLite gives an automatic key only to INTEGER; PostgreSQL's INTEGER would be too small.
_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")

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
    sa.Column("id", _Key, primary_key=True),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("language", sa.String(35), nullable=False),
    sa.Column("reach", sa.String(12), nullable=False),
    sa.Column("notice_version", sa.Integer, nullable=False),
    sa.Column("met_at", Instant, nullable=False),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("form", sa.String(20), nullable=False),
    sa.Column("step", sa.String(40), nullable=False),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

# No column here leads to a person: not the member, not the minute, not the update.
questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("asked_on", sa.Date, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("decision", sa.String(8), nullable=False),
    sa.Column("entry_id", sa.String(64)),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("in_group", sa.Boolean, nullable=False),
    sa.Column("chosen", sa.String(64)),
    sa.Column("verdict", sa.String(12)),
    sa.Column("complaint", sa.String(12)),
    sa.Column("for_staff", sa.Boolean, nullable=False),
    sa.Column("offered", sa.String(200)),
    sa.Column("rejected", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("asked_human", sa.Boolean, nullable=False, server_default=sa.false()),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("left_on", sa.Date, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("target", sa.String(12), nullable=False),
    sa.Column("target_id", sa.String(64), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", _Key, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("act", sa.String(40), nullable=False),
    sa.Column("object", sa.String(120), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
