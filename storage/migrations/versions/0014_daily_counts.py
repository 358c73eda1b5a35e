"""What became of the questions of each day, counted once; an index of those that were missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MISSED = (
    "decision = 'none' OR rejected OR for_staff"
    " OR (verdict = 'unhelpful' AND complaint = 'off_topic')"
)


def upgrade() -> None:
    op.create_table(
        "counted_days",
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("asked_on", name="pk_counted_days"),
    )
    op.create_table(
        "day_counts",
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("mark", sa.String(12), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("asked_on", "page", "mark", name="pk_day_counts"),
    )
    op.create_index(
        "ix_questions_missed",
        "questions",
        ["asked_on"],
        sqlite_where=sa.text(_MISSED),
        postgresql_where=sa.text(_MISSED),
    )
