"""Lists of questions between their dry run and being taken over. They name no person."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

quiz_imports = sa.Table(
    "quiz_imports",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("staff_id", sa.String(16), nullable=False),
    sa.Column("items", sa.JSON, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)
