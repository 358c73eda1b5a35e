"""Talks between members and staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LIVE = sa.text("state != 'resolved'")


def upgrade() -> None:
    _talks()
    _messages()
    _notes()
    _files()
    _phrases()


def _talks() -> None:
    op.create_table(
        "talks",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.String(64)),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("level_path", sa.String(200), nullable=False),
        sa.Column("employer_path", sa.String(200)),
        sa.Column("assignee", sa.String(16)),
        sa.Column("sealed_context", sa.LargeBinary),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("member_at", sa.BigInteger),
        sa.Column("staff_at", sa.BigInteger),
        sa.Column("first_due_at", sa.BigInteger, nullable=False),
        sa.Column("first_reply_at", sa.BigInteger),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("solve_by", sa.BigInteger, nullable=False),
        sa.Column("escalate_at", sa.BigInteger),
        sa.Column("escalations", sa.SmallInteger, nullable=False),
        sa.Column("snoozed_until", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("ending", sa.String(10)),
        sa.Column("stars", sa.SmallInteger),
        sa.Column("complaint", sa.String(12)),
        sa.Column("called_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_talks"),
    )
    op.create_index("ix_talks_member_id", "talks", ["member_id"])
    op.create_index(
        "uq_talks_live_member_id",
        "talks",
        ["member_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_index("ix_talks_state_assignee", "talks", ["state", "assignee"])
    op.create_index("ix_talks_state_opened_at", "talks", ["state", "opened_at"])
    op.create_index("ix_talks_escalate_at", "talks", ["escalate_at"])
    op.create_index("ix_talks_closed_at", "talks", ["closed_at"])


def _messages() -> None:
    op.create_table(
        "talk_messages",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("talk_id", sa.String(16), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.String(16)),
        sa.Column("sealed_text", sa.LargeBinary, nullable=False),
        sa.Column("file_id", sa.String(24)),
        sa.PrimaryKeyConstraint("id", name="pk_talk_messages"),
        _of_talk("talk_messages"),
    )
    op.create_index("ix_talk_messages_member_id", "talk_messages", ["member_id"])
    op.create_index("ix_talk_messages_talk_id_at", "talk_messages", ["talk_id", "at"])


def _notes() -> None:
    op.create_table(
        "talk_notes",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("talk_id", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talk_notes"),
        _of_talk("talk_notes"),
    )
    op.create_index("ix_talk_notes_talk_id", "talk_notes", ["talk_id"])


def _files() -> None:
    op.create_table(
        "talk_files",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("talk_id", sa.String(16), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talk_files"),
        _of_talk("talk_files"),
    )
    op.create_index("ix_talk_files_talk_id", "talk_files", ["talk_id"])
    op.create_index("ix_talk_files_member_id", "talk_files", ["member_id"])
    op.create_table(
        "talk_pieces",
        sa.Column("file_id", sa.String(24), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sealed_piece", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_talk_pieces"),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["talk_files.id"],
            name="fk_talk_pieces_file_id_talk_files",
            ondelete="CASCADE",
        ),
    )


def _phrases() -> None:
    op.create_table(
        "talk_phrases",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("entry_id", sa.String(64)),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("changed_by", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talk_phrases"),
    )


def _of_talk(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["talk_id"], ["talks.id"], name=f"fk_{table}_talk_id_talks", ondelete="CASCADE"
    )
