"""People behind the members: profile, consents, push windows, erasures, roster imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _people()
    _choices()
    _rosters()


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("sealed_name", sa.LargeBinary),
        sa.Column("name_print", sa.String(64)),
        sa.Column("sealed_phone", sa.LargeBinary),
        sa.Column("phone_print", sa.String(64)),
        sa.Column("tail_print", sa.String(64)),
        sa.Column("phone_shared", sa.Boolean, nullable=False),
        sa.Column("sealed_number", sa.LargeBinary),
        sa.Column("number_print", sa.String(64)),
        sa.Column("unit_id", sa.BigInteger),
        sa.Column("sealed_unit_text", sa.LargeBinary),
        sa.Column("unit_text_print", sa.String(64)),
        sa.Column("occupation", sa.String(16)),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("missing_since", sa.BigInteger),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_people_unit_id_units"),
        sa.UniqueConstraint("member_id", name="uq_people_member_id"),
        sa.UniqueConstraint("number_print", name="uq_people_number_print"),
    )
    for column in (
        "name_print",
        "phone_print",
        "tail_print",
        "unit_id",
        "unit_text_print",
        "made_at",
    ):
        op.create_index(f"ix_people_{column}", "people", [column])
    op.create_table(
        "erasures",
        sa.Column("print", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("print", name="pk_erasures"),
    )


def _choices() -> None:
    op.create_table(
        "consents",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("answer", sa.String(12), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_member_id_purpose", "consents", ["member_id", "purpose"])
    op.create_table(
        "push_windows",
        sa.Column("member_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("starts", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "starts", name="pk_push_windows"),
    )


def _rosters() -> None:
    op.create_table(
        "roster_imports",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("done_chunks", sa.Integer, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roster_imports"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_roster_imports_unit_id_units"),
    )
    op.create_index("ix_roster_imports_expires_at", "roster_imports", ["expires_at"])
    op.create_table(
        "roster_rows",
        sa.Column("import_id", sa.String(24), nullable=False),
        sa.Column("chunk", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sealed_rows", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("import_id", "chunk", name="pk_roster_rows"),
    )
