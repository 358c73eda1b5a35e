"""Limits of time, and evidence of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _limits()
    _evidence()
    _links()


def _limits() -> None:
    op.create_table(
        "rights_clocks",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("case_print", sa.String(64)),
        sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
        sa.Column("is_kept", sa.Boolean, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rights_clocks"),
    )
    op.create_index("ix_rights_clocks_member_id", "rights_clocks", ["member_id"])
    op.create_index("ix_rights_clocks_case_print", "rights_clocks", ["case_print"])
    op.create_index("ix_rights_clocks_made_at", "rights_clocks", ["made_at"])
    op.create_table(
        "rights_reminders",
        sa.Column("clock_id", sa.String(24), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("clock_id", "day", name="pk_rights_reminders"),
    )
    op.create_index("ix_rights_reminders_day", "rights_reminders", ["day"])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("case_id", sa.String(16)),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("via", sa.String(8), nullable=False),
        sa.Column("sealed_file_name", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kept_sha256", sa.String(64), nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("handed_in_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("source", name="uq_evidence_source"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name="fk_evidence_case_id_cases", ondelete="CASCADE"
        ),
    )
    for column in ("case_id", "member_id", "received_at"):
        op.create_index(f"ix_evidence_{column}", "evidence", [column])
    op.create_table(
        "evidence_pieces",
        sa.Column("evidence_id", sa.String(24), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("sealed_piece", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", "number", name="pk_evidence_pieces"),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["evidence.id"],
            name="fk_evidence_pieces_evidence_id_evidence",
            ondelete="CASCADE",
        ),
    )


def _links() -> None:
    op.create_table(
        "evidence_links",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("sealed_case", sa.LargeBinary),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("token_hash", name="pk_evidence_links"),
    )
    for column in ("member_id", "expires_at"):
        op.create_index(f"ix_evidence_links_{column}", "evidence_links", [column])
