"""What became of a question: the choices offered, none of them wanted, a human asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("questions", sa.Column("offered", sa.String(200)))
    for name in ("rejected", "asked_human"):
        # The default answers for the rows that are there, and for a program of the version before.
        op.add_column(
            "questions", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
        )
