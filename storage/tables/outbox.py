"""What is to be sent, what became of it, who sends, and what the schedule has begun."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

# The header of a message to many; its recipients are frozen in push_audience.
push = sa.Table(
    "push",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("path", sa.String(200), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("audience", sa.JSON, nullable=False),
    sa.Column("audience_hash", sa.String(64)),
    sa.Column("audience_count", sa.Integer),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("policy", sa.String(8), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("created_by", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("schedule_id", sa.String(80)),
    sa.Column("due_at", Instant),
    # The last member whose row was written, None before the first.
    sa.Column("expand_cursor", sa.BigInteger),
    sa.Column("is_expanded", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("notice_no", sa.String(24)),
    sa.Column("pause_reason", sa.String(40)),
    sa.Column("topic", sa.String(16)),
    sa.Column("canary", sa.String(8)),
    sa.Column("base_tried", sa.Integer, nullable=False, server_default="0"),
    sa.Column("base_failed", sa.Integer, nullable=False, server_default="0"),
    sa.Column("needs_second", sa.Boolean, nullable=False, server_default=sa.false()),
    # Recipients who were erased after the list was frozen and before their row was written.
    sa.Column("erased", sa.Integer, nullable=False, server_default="0"),
    # What it came to, in figures; set when the list and the rows are forgotten.
    sa.Column("tally", sa.JSON),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.UniqueConstraint("schedule_id", "due_at", name="uq_push_schedule_id"),
)

push_audience = sa.Table(
    "push_audience",
    metadata,
    sa.Column("push_id", sa.BigInteger, sa.ForeignKey("push.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("push_id", sa.BigInteger, sa.ForeignKey("push.id")),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("member_id", sa.BigInteger, index=True),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.String(120), nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("policy", sa.String(8), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("lease_until", Instant),
    sa.Column("lease_token", sa.String(32)),
    sa.Column("worker", sa.String(40)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("ambiguous", sa.Integer, nullable=False, server_default="0"),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("sent_at", Instant),
    sa.Column("fail_class", sa.String(20)),
    sa.Column("fail_text", sa.String(200)),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.UniqueConstraint("chain", "part", name="uq_outbox_chain"),
    # Claiming walks this one: for each push, or for none, what is due in order.
    sa.Index("ix_outbox_claim", "push_id", "state", "priority", "due_at", "id"),
    sa.Index("ix_outbox_chat_id_state", "chat_id", "state"),
    sa.Index("ix_outbox_state_expires_at", "state", "expires_at"),
)

# Each try, for 30 days.
send_attempt = sa.Table(
    "send_attempt",
    metadata,
    sa.Column("outbox_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("lease_token", sa.String(32), primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=False, index=True),
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("text", sa.String(200)),
)

# One row: the pace that all senders share. `tat` is when the next message may go (GCRA).
rate_state = sa.Table(
    "rate_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tat_us", sa.BigInteger, nullable=False),
    sa.Column("paused_until", Instant),
    sa.Column("slow_rate", sa.Float),
    sa.Column("slow_from", Instant),
    sa.Column("breaker", sa.String(8), nullable=False),
    sa.Column("breaker_until", Instant),
    sa.Column("epoch", sa.Integer, nullable=False),
)

chat_pace = sa.Table(
    "chat_pace",
    metadata,
    sa.Column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("next_at", Instant, nullable=False),
)

worker = sa.Table(
    "worker",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("host", sa.String(80), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("beat_at", Instant, nullable=False, index=True),
)

# Spans in which no process was there, found from the heartbeats.
downtime = sa.Table(
    "downtime",
    metadata,
    sa.Column("began_at", Instant, primary_key=True),
    sa.Column("ended_at", Instant, nullable=False),
)

schedule_run = sa.Table(
    "schedule_run",
    metadata,
    sa.Column("schedule_id", sa.String(80), primary_key=True),
    sa.Column("due_at", Instant, primary_key=True),
    sa.Column("fired_at", Instant, nullable=False, index=True),
    sa.Column("outcome", sa.String(10), nullable=False),
)
