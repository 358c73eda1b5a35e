"""Units, staff accounts and grants; signing in, sessions and second factors."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

units = sa.Table(
    "units",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    # The form in which names are compared and searched.
    sa.Column("name_key", sa.String(60), nullable=False),
    sa.Column("level", sa.String(12), nullable=False),
    sa.Column("parent_id", sa.BigInteger, sa.ForeignKey("units.id")),
    sa.Column("path", sa.String(120), nullable=False, index=True),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.UniqueConstraint("parent_id", "name_key"),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("telegram_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("employer_id", sa.BigInteger, sa.ForeignKey("units.id")),
    sa.Column("is_outside", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("suspended_at", Instant),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("role", sa.String(12), nullable=False),
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("units.id"), nullable=False, index=True),
    sa.Column("flags", sa.String(40), nullable=False),
    sa.Column("ends_on", sa.Date),
    sa.Column("given_by", sa.String(16), nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.Column("confirmed_by", sa.String(16)),
    sa.Column("confirmed_at", Instant),
    sa.Column("starts_at", Instant),
    sa.Column("taken_by", sa.String(16)),
    sa.Column("taken_at", Instant),
)

# One row for each sign-in that a browser asked for. Hashes only: the token lives in that browser,
# the code on its page.
sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("code_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("right_number", sa.Integer, nullable=False),
    sa.Column("numbers", sa.String(12), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff.id")),
    sa.Column("browser", sa.String(60), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False, index=True),
    sa.Column("expires_at", Instant, nullable=False),
)

# Wrong numbers and codes, for the brakes. The address is a keyed hash.
sign_in_faults = sa.Table(
    "sign_in_faults",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("staff_id", sa.String(16)),
    sa.Column("address", sa.String(64)),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff.id"), nullable=False, index=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("browser", sa.String(60), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("mfa_at", Instant),
)

# `last_step` is the 30-second step of the newest code taken: a code counts once.
factors = sa.Table(
    "factors",
    metadata,
    sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("sealed_secret", sa.LargeBinary),
    sa.Column("sealed_next_secret", sa.LargeBinary),
    sa.Column("last_step", sa.BigInteger, nullable=False),
    sa.Column("enrolled_at", Instant),
)

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("staff_id", sa.String(16), sa.ForeignKey("staff.id"), primary_key=True),
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("used_at", Instant),
)
