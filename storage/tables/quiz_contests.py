"""Live contests in groups: the groups, contests with their questions, votes."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

# Groups in which the bot is or was. A group is nobody: its number leads to no person.
group_chats = sa.Table(
    "group_chats",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("title", sa.String(255), nullable=False),
    sa.Column("unit_path", sa.String(200)),
    sa.Column("is_in", sa.Boolean, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)

quiz_contests = sa.Table(
    "quiz_contests",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("unit_path", sa.String(200), nullable=False),
    sa.Column("group_id", sa.BigInteger, nullable=False),
    sa.Column("group_title", sa.String(255), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("questions", sa.SmallInteger, nullable=False),
    sa.Column("seconds", sa.SmallInteger, nullable=False),
    sa.Column("created_by", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("round_id", sa.String(16), sa.ForeignKey("quiz_rounds.id")),
    sa.Column("topic", sa.String(32)),
    sa.Column("difficulty", sa.SmallInteger),
    sa.Column("asked", sa.SmallInteger, nullable=False),
    # When to look again; null once it is over.
    sa.Column("next_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ending", sa.String(12)),
    sa.Index("ix_quiz_contests_next_at", "next_at"),
    sa.Index("ix_quiz_contests_created_at", "created_at"),
    # Two contests at once would mix their questions.
    sa.Index(
        "uq_quiz_contests_running",
        "group_id",
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    ),
)

quiz_contest_questions = sa.Table(
    "quiz_contest_questions",
    metadata,
    sa.Column("contest_id", sa.String(16), sa.ForeignKey("quiz_contests.id"), primary_key=True),
    sa.Column("place", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("item_id", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    # The ids of the options in the order in which they are shown.
    sa.Column("shown", sa.String(60), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("poll_id", sa.String(32), unique=True),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("asked_at", Instant),
    sa.Column("shown_at", Instant),
    # Counted when the single votes are forgotten.
    sa.Column("answered", sa.Integer),
    sa.Column("right", sa.Integer),
)

# One row for each account and poll. `voter` is a keyed hash that differs from poll to poll: of
# whoever is not a member of ours nothing is known but that they voted once.
quiz_contest_votes = sa.Table(
    "quiz_contest_votes",
    metadata,
    sa.Column("poll_id", sa.String(32), primary_key=True),
    sa.Column("voter", sa.String(32), primary_key=True),
    sa.Column("member_id", sa.BigInteger, index=True),
    sa.Column("choice", sa.SmallInteger, nullable=False),
    sa.Column("voted_at", Instant, nullable=False, index=True),
)
