"""Talks between members and staff: whose turn it is, what was said, notes of staff."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

_LIVE = sa.text("state != 'resolved'")
_GONE_WITH_TALK = "CASCADE"

talks = sa.Table(
    "talks",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    # Nobody once the words were purged: then only figures remain.
    sa.Column("member_id", sa.BigInteger, index=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("topic", sa.String(40), nullable=False),
    sa.Column("entry_id", sa.String(64)),
    # The town or district that answers; after an escalation the level above it too.
    sa.Column("unit_path", sa.String(200), nullable=False),
    sa.Column("level_path", sa.String(200), nullable=False),
    # The member's enterprise: who works there must not see that the talk exists.
    sa.Column("employer_path", sa.String(200)),
    sa.Column("assignee", sa.String(16)),
    # What was asked, and what stood on the screen, when a human was wanted.
    sa.Column("sealed_context", sa.LargeBinary),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("member_at", Instant),
    sa.Column("staff_at", Instant),
    sa.Column("first_due_at", Instant, nullable=False),
    sa.Column("first_reply_at", Instant),
    sa.Column("due_at", Instant),
    sa.Column("solve_by", Instant, nullable=False),
    sa.Column("escalate_at", Instant),
    sa.Column("escalations", sa.SmallInteger, nullable=False),
    sa.Column("snoozed_until", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("ending", sa.String(10)),
    sa.Column("stars", sa.SmallInteger),
    sa.Column("complaint", sa.String(12)),
    sa.Column("called_at", Instant),
    # One live talk for each member, whatever happens at the same moment.
    sa.Index(
        "uq_talks_live_member_id",
        "member_id",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    sa.Index("ix_talks_state_assignee", "state", "assignee"),
    sa.Index("ix_talks_state_opened_at", "state", "opened_at"),
    sa.Index("ix_talks_escalate_at", "escalate_at"),
    sa.Index("ix_talks_closed_at", "closed_at"),
)

talk_messages = sa.Table(
    "talk_messages",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column(
        "talk_id",
        sa.String(16),
        sa.ForeignKey("talks.id", ondelete=_GONE_WITH_TALK),
        nullable=False,
    ),
    sa.Column("member_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    # None for the member.
    sa.Column("staff_id", sa.String(16)),
    sa.Column("sealed_text", sa.LargeBinary, nullable=False),
    sa.Column("file_id", sa.String(24)),
    sa.Index("ix_talk_messages_talk_id_at", "talk_id", "at"),
)

# A table of its own: what is sent is never read from here.
talk_notes = sa.Table(
    "talk_notes",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column(
        "talk_id",
        sa.String(16),
        sa.ForeignKey("talks.id", ondelete=_GONE_WITH_TALK),
        nullable=False,
        index=True,
    ),
    sa.Column("at", Instant, nullable=False),
    sa.Column("staff_id", sa.String(16), nullable=False),
    sa.Column("sealed_text", sa.LargeBinary, nullable=False),
)

talk_files = sa.Table(
    "talk_files",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column(
        "talk_id",
        sa.String(16),
        sa.ForeignKey("talks.id", ondelete=_GONE_WITH_TALK),
        nullable=False,
        index=True,
    ),
    sa.Column("member_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("sealed_name", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
)

# A file's bytes in pieces, each sealed: a change of keys takes some hundred rows at a time.
talk_pieces = sa.Table(
    "talk_pieces",
    metadata,
    sa.Column(
        "file_id",
        sa.String(24),
        sa.ForeignKey("talk_files.id", ondelete=_GONE_WITH_TALK),
        primary_key=True,
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sealed_piece", sa.LargeBinary, nullable=False),
)

# Replies that are written once. Their gaps are filled from what is in force when they are used.
talk_phrases = sa.Table(
    "talk_phrases",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(60), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("entry_id", sa.String(64)),
    sa.Column("unit_path", sa.String(200), nullable=False),
    sa.Column("changed_by", sa.String(16), nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
)
