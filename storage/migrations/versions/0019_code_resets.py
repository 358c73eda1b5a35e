"""When somebody said that the code before their matters is forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_codes", sa.Column("reset_asked_at", sa.BigInteger))
