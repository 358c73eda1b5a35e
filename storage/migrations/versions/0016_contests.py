"""Live contests in groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_RUNNING = "state = 'running'"


def upgrade() -> None:
    op.create_table(
        "group_chats",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("unit_path", sa.String(200)),
        sa.Column("is_in", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_group_chats"),
    )
    _contests()
    _votes()


def _contests() -> None:
    op.create_table(
        "quiz_contests",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("group_id", sa.BigInteger, nullable=False),
        sa.Column("group_title", sa.String(255), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("questions", sa.SmallInteger, nullable=False),
        sa.Column("seconds", sa.SmallInteger, nullable=False),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("round_id", sa.String(16)),
        sa.Column("topic", sa.String(32)),
        sa.Column("difficulty", sa.SmallInteger),
        sa.Column("asked", sa.SmallInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ending", sa.String(12)),
        sa.PrimaryKeyConstraint("id", name="pk_quiz_contests"),
        sa.ForeignKeyConstraint(
            ["round_id"], ["quiz_rounds.id"], name="fk_quiz_contests_round_id_quiz_rounds"
        ),
    )
    op.create_index("ix_quiz_contests_next_at", "quiz_contests", ["next_at"])
    op.create_index("ix_quiz_contests_created_at", "quiz_contests", ["created_at"])
    op.create_index(
        "uq_quiz_contests_running",
        "quiz_contests",
        ["group_id"],
        unique=True,
        sqlite_where=sa.text(_RUNNING),
        postgresql_where=sa.text(_RUNNING),
    )
    op.create_table(
        "quiz_contest_questions",
        sa.Column("contest_id", sa.String(16), nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("item_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shown", sa.String(60), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("poll_id", sa.String(32)),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("asked_at", sa.BigInteger),
        sa.Column("shown_at", sa.BigInteger),
        sa.Column("answered", sa.Integer),
        sa.Column("right", sa.Integer),
        sa.PrimaryKeyConstraint("contest_id", "place", name="pk_quiz_contest_questions"),
        sa.UniqueConstraint("poll_id", name="uq_quiz_contest_questions_poll_id"),
        sa.ForeignKeyConstraint(
            ["contest_id"],
            ["quiz_contests.id"],
            name="fk_quiz_contest_questions_contest_id_quiz_contests",
        ),
    )


def _votes() -> None:
    op.create_table(
        "quiz_contest_votes",
        sa.Column("poll_id", sa.String(32), nullable=False),
        sa.Column("voter", sa.String(32), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("choice", sa.SmallInteger, nullable=False),
        sa.Column("voted_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "voter", name="pk_quiz_contest_votes"),
    )
    for column in ("member_id", "voted_at"):
        op.create_index(f"ix_quiz_contest_votes_{column}", "quiz_contest_votes", [column])
