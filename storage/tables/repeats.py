"""Forms of the console that were sent, so that sending one twice does it once."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

# What was typed is not kept, only its digest. `location` is empty while the form is handled.
sent_forms = sa.Table(
    "sent_forms",
    metadata,
    sa.Column("staff_id", sa.String(16), primary_key=True),
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("route", sa.String(300), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("location", sa.String(1000)),
    sa.Column("at", Instant, nullable=False, index=True),
)
