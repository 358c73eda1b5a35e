"""What a push came to in figures, which stay when its list and its messages are forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("push", sa.Column("tally", sa.JSON))
