"""Units, staff, grants, sign-in; the audit log can be read by person and time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _units()
    _accounts()
    _signing_in()
    _factors()
    op.create_index("ix_audit_actor_id", "audit", ["actor", "id"])
    op.create_index("ix_audit_at", "audit", ["at"])


def _units() -> None:
    op.create_table(
        "units",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_key", sa.String(60), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("parent_id", sa.BigInteger),
        sa.Column("path", sa.String(120), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name="fk_units_parent_id_units"),
        sa.UniqueConstraint("parent_id", "name_key", name="uq_units_parent_id"),
    )
    op.create_index("ix_units_path", "units", ["path"])


def _accounts() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("telegram_id", sa.BigInteger, nullable=False),
        sa.Column("employer_id", sa.BigInteger),
        sa.Column("is_outside", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("suspended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.ForeignKeyConstraint(["employer_id"], ["units.id"], name="fk_staff_employer_id_units"),
        sa.UniqueConstraint("telegram_id", name="uq_staff_telegram_id"),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.Column("unit_id", sa.BigInteger, nullable=False),
        sa.Column("flags", sa.String(40), nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("given_by", sa.String(16), nullable=False),
        sa.Column("given_at", sa.BigInteger, nullable=False),
        sa.Column("confirmed_by", sa.String(16)),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("starts_at", sa.BigInteger),
        sa.Column("taken_by", sa.String(16)),
        sa.Column("taken_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_grants_staff_id_staff"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_grants_unit_id_units"),
    )
    op.create_index("ix_grants_staff_id", "grants", ["staff_id"])
    op.create_index("ix_grants_unit_id", "grants", ["unit_id"])


def _signing_in() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("right_number", sa.Integer, nullable=False),
        sa.Column("numbers", sa.String(12), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("staff_id", sa.String(16)),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_sign_ins_staff_id_staff"),
        sa.UniqueConstraint("token_hash", name="uq_sign_ins_token_hash"),
        sa.UniqueConstraint("code_hash", name="uq_sign_ins_code_hash"),
    )
    op.create_index("ix_sign_ins_created_at", "sign_ins", ["created_at"])
    op.create_table(
        "sign_in_faults",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("staff_id", sa.String(16)),
        sa.Column("address", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_faults"),
    )
    op.create_index("ix_sign_in_faults_at", "sign_in_faults", ["at"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("mfa_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_sessions_staff_id_staff"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_staff_id", "sessions", ["staff_id"])


def _factors() -> None:
    op.create_table(
        "factors",
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary),
        sa.Column("sealed_next_secret", sa.LargeBinary),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("enrolled_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("staff_id", name="pk_factors"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_factors_staff_id_staff"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("staff_id", sa.String(16), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_recovery_codes_staff_id_staff"
        ),
    )
