"""What a second person was asked to agree to."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

# `sealed_detail` is what the second person sees, and how the first one goes on.
countersigns = sa.Table(
    "countersigns",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("act", sa.String(12), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("path", sa.String(200), nullable=False),
    sa.Column("sealed_detail", sa.LargeBinary, nullable=False),
    sa.Column("asked_by", sa.String(16), nullable=False),
    sa.Column("asked_session", sa.String(16), nullable=False),
    sa.Column("asked_at", Instant, nullable=False, index=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("settled_by", sa.String(16)),
    sa.Column("settled_at", Instant),
)
