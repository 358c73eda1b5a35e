"""Questions and notes: no column here leads to a person."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import metadata

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

# In the words of the index: SQLite uses it only for a question that is put in the same words.
MISSED = sa.text(
    "decision = 'none' OR rejected OR for_staff"
    " OR (verdict = 'unhelpful' AND complaint = 'off_topic')"
)
sa.Index(
    "ix_questions_missed",
    questions.c.asked_on,
    sqlite_where=MISSED,
    postgresql_where=MISSED,
)

# Past days whose questions are counted in `day_counts`.
counted_days = sa.Table("counted_days", metadata, sa.Column("asked_on", sa.Date, primary_key=True))

# How the questions of a day ended: for each page, and for all together under the empty name.
day_counts = sa.Table(
    "day_counts",
    metadata,
    sa.Column("asked_on", sa.Date, primary_key=True),
    sa.Column("page", sa.String(64), primary_key=True),
    sa.Column("mark", sa.String(12), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("left_on", sa.Date, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
)
