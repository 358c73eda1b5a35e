"""Segments, broadcasts, their approvals and answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _writing()
    _agreeing()
    _answering()
    _push()


def _writing() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("criteria", sa.JSON, nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segments"),
    )
    op.create_table(
        "broadcast_files",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("content_type", sa.String(80), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("telegram_id", sa.String(200)),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_files"),
    )
    op.create_index("ix_broadcast_files_made_at", "broadcast_files", ["made_at"])
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("unit_path", sa.String(200), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("audience", sa.JSON, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("author_session", sa.String(80), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("push_id", sa.BigInteger),
        sa.Column("returned", sa.String(40)),
        sa.Column("return_note", sa.String(200)),
        sa.Column("is_series", sa.Boolean, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("series_id", sa.String(16)),
        sa.Column("series_at", sa.BigInteger),
        sa.Column("reviewed_by", sa.String(40)),
        sa.Column("reviewed_at", sa.BigInteger),
        sa.Column("review_note", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sa.UniqueConstraint("push_id", name="uq_broadcasts_push_id"),
        sa.ForeignKeyConstraint(["push_id"], ["push.id"], name="fk_broadcasts_push_id_push"),
        sa.UniqueConstraint("series_id", "series_at", name="uq_broadcasts_series_id"),
    )
    op.create_index("ix_broadcasts_made_at", "broadcasts", ["made_at"])


def _agreeing() -> None:
    op.create_table(
        "approvals",
        sa.Column("push_id", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.String(40), nullable=False),
        sa.Column("session_id", sa.String(80), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("audience_hash", sa.String(64), nullable=False),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("push_id", "staff_id", name="pk_approvals"),
        sa.ForeignKeyConstraint(["push_id"], ["push.id"], name="fk_approvals_push_id_push"),
    )
    op.create_table(
        "broadcast_tests",
        sa.Column("chain", sa.String(120), nullable=False),
        sa.Column("broadcast_id", sa.String(16), nullable=False),
        sa.Column("staff_id", sa.String(40), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_broadcast_tests"),
    )
    op.create_index("ix_broadcast_tests_broadcast_id", "broadcast_tests", ["broadcast_id"])
    op.create_table(
        "broadcast_acts",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("broadcast_id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("fail_class", sa.String(20), nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("asked_session", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("settled_by", sa.String(40)),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("push_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_acts"),
        sa.ForeignKeyConstraint(["push_id"], ["push.id"], name="fk_broadcast_acts_push_id_push"),
    )
    op.create_index("ix_broadcast_acts_broadcast_id", "broadcast_acts", ["broadcast_id"])
    op.create_table(
        "emergency_templates",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("agreed_by", sa.String(40)),
        sa.Column("agreed_at", sa.BigInteger),
        sa.Column("removed_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_templates"),
    )


def _answering() -> None:
    op.create_table(
        "broadcast_presses",
        sa.Column("push_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("button", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("push_id", "member_id", "button", name="pk_broadcast_presses"),
        sa.ForeignKeyConstraint(
            ["push_id"], ["push.id"], name="fk_broadcast_presses_push_id_push"
        ),
    )
    op.create_index("ix_broadcast_presses_member_id", "broadcast_presses", ["member_id"])
    op.create_table(
        "topic_mutes",
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "topic", name="pk_topic_mutes"),
    )
    op.create_table(
        "broadcast_calls",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("broadcast_id", sa.String(16), nullable=False),
        sa.Column("person_id", sa.String(24), nullable=False),
        sa.Column("assigned_to", sa.String(40)),
        sa.Column("called_by", sa.String(40)),
        sa.Column("called_at", sa.BigInteger),
        sa.Column("outcome", sa.String(12)),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_calls"),
        sa.UniqueConstraint("broadcast_id", "person_id", name="uq_broadcast_calls_broadcast_id"),
    )
    op.create_index("ix_broadcast_calls_person_id", "broadcast_calls", ["person_id"])


def _push() -> None:
    for column in (
        sa.Column("topic", sa.String(16)),
        sa.Column("canary", sa.String(8)),
        sa.Column("base_tried", sa.Integer, nullable=False, server_default="0"),
        sa.Column("base_failed", sa.Integer, nullable=False, server_default="0"),
        sa.Column("needs_second", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("erased", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("push", column)
