"""What a second person agrees to: whole names that leave the house, erasing somebody, new keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "countersigns",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("act", sa.String(12), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("sealed_detail", sa.LargeBinary, nullable=False),
        sa.Column("asked_by", sa.String(16), nullable=False),
        sa.Column("asked_session", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("settled_by", sa.String(16)),
        sa.Column("settled_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_countersigns"),
    )
    op.create_index("ix_countersigns_asked_at", "countersigns", ["asked_at"])
    # Somebody who was erased and came back: the ledger never grows shorter, so that one can tell
    # an older database from one in which an erasure was struck out.
    op.add_column("erasures", sa.Column("struck_at", sa.BigInteger))
