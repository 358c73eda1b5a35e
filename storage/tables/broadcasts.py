"""Broadcasts: what is written and planned, who may get it, who agreed, who answered."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

# Groups of members that staff saved: criteria, never a list of people.
segments = sa.Table(
    "segments",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("unit_path", sa.String(200), nullable=False),
    sa.Column("criteria", sa.JSON, nullable=False),
    sa.Column("made_by", sa.String(40), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
)

# What is sent: a photo or a document of the union, the same for everybody.
broadcast_files = sa.Table(
    "broadcast_files",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("content_type", sa.String(80), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    # Telegram's own number of it, known once it was sent.
    sa.Column("telegram_id", sa.String(200)),
    sa.Column("made_by", sa.String(40), nullable=False),
    sa.Column("made_at", Instant, nullable=False, index=True),
)

# A broadcast as it is written. Each handing in makes a push, which is never changed: a change is
# a new version, a new push and a new approval.
broadcasts = sa.Table(
    "broadcasts",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("unit_path", sa.String(200), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("audience", sa.JSON, nullable=False),
    sa.Column("plan", sa.JSON, nullable=False),
    sa.Column("purpose", sa.String(12), nullable=False),
    sa.Column("author", sa.String(40), nullable=False),
    sa.Column("author_session", sa.String(80), nullable=False),
    sa.Column("made_at", Instant, nullable=False, index=True),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("push_id", sa.BigInteger, sa.ForeignKey("push.id"), unique=True),
    # Why it went back to its author, if it did.
    sa.Column("returned", sa.String(40)),
    sa.Column("return_note", sa.String(200)),
    # Of a series: a template that makes a broadcast for each of its times.
    sa.Column("is_series", sa.Boolean, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("series_id", sa.String(16)),
    sa.Column("series_at", Instant),
    # Emergencies go before anybody else agreed: somebody looks afterwards.
    sa.Column("reviewed_by", sa.String(40)),
    sa.Column("reviewed_at", Instant),
    sa.Column("review_note", sa.String(200)),
    sa.UniqueConstraint("series_id", "series_at", name="uq_broadcasts_series_id"),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("push_id", sa.BigInteger, sa.ForeignKey("push.id"), primary_key=True),
    sa.Column("staff_id", sa.String(40), primary_key=True),
    sa.Column("session_id", sa.String(80), nullable=False),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("audience_hash", sa.String(64), nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("expires_at", Instant),
    sa.Column("note", sa.String(200), nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# Tests go to their author's own chat; the outbox knows whether they arrived.
broadcast_tests = sa.Table(
    "broadcast_tests",
    metadata,
    sa.Column("chain", sa.String(120), primary_key=True),
    sa.Column("broadcast_id", sa.String(16), nullable=False, index=True),
    sa.Column("staff_id", sa.String(40), nullable=False),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# What is done to a broadcast after it was sent, and who agreed to that.
broadcast_acts = sa.Table(
    "broadcast_acts",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("broadcast_id", sa.String(16), nullable=False, index=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("fail_class", sa.String(20), nullable=False),
    sa.Column("recipients", sa.Integer, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("asked_by", sa.String(40), nullable=False),
    sa.Column("asked_session", sa.String(80), nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("settled_by", sa.String(40)),
    sa.Column("settled_at", Instant),
    sa.Column("push_id", sa.BigInteger, sa.ForeignKey("push.id")),
)

# Ready-made words for an emergency, agreed to by two people beforehand.
emergency_templates = sa.Table(
    "emergency_templates",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("made_by", sa.String(40), nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("agreed_by", sa.String(40)),
    sa.Column("agreed_at", Instant),
    sa.Column("removed_at", Instant),
)

# Who pressed which button, once each.
broadcast_presses = sa.Table(
    "broadcast_presses",
    metadata,
    sa.Column("push_id", sa.BigInteger, sa.ForeignKey("push.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.Column("button", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)

# What members do not want to hear of.
topic_mutes = sa.Table(
    "topic_mutes",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("topic", sa.String(16), primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

# People who were meant and could not be reached: somebody calls them.
broadcast_calls = sa.Table(
    "broadcast_calls",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("broadcast_id", sa.String(16), nullable=False),
    sa.Column("person_id", sa.String(24), nullable=False, index=True),
    sa.Column("assigned_to", sa.String(40)),
    sa.Column("called_by", sa.String(40)),
    sa.Column("called_at", Instant),
    sa.Column("outcome", sa.String(12)),
    sa.UniqueConstraint("broadcast_id", "person_id", name="uq_broadcast_calls_broadcast_id"),
)
