"""Versions of entries and figures that staff write; who wants to hear of an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _versions()
    _hearers()


def _versions() -> None:
    op.create_table(
        "content_versions",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("base_number", sa.Integer, nullable=False),
        sa.Column("base_hash", sa.String(64), nullable=False),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        sa.Column("is_material", sa.Boolean, nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("reviewer", sa.String(80)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_content_versions"),
        sa.UniqueConstraint("kind", "name", "number", name="uq_content_versions_kind"),
    )
    op.create_index("ix_content_versions_state", "content_versions", ["state"])
    in_force = sa.text("state IN ('published', 'archived')")
    op.create_index(
        "uq_content_versions_in_force",
        "content_versions",
        ["kind", "name"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
    edition = op.create_table(
        "content_edition",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_content_edition"),
    )
    op.bulk_insert(edition, [{"id": 1, "number": 0}])


def _hearers() -> None:
    op.create_table(
        "wishes",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("sealed_question", sa.LargeBinary, nullable=False),
        sa.Column("page", sa.String(64)),
        sa.Column("until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wishes"),
    )
    op.create_table(
        "watches",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_watches"),
    )
    for table, columns in (
        ("wishes", ("member_id", "until")),
        ("watches", ("member_id", "page", "until")),
    ):
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])
