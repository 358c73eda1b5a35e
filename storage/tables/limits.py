"""Limits of time that members have worked out, and the days on which they are reminded."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

# What it is about stays sealed: beside the member stands only that there is something.
rights_clocks = sa.Table(
    "rights_clocks",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False, index=True),
    # A keyed hash: who reads the table does not learn which case is whose.
    sa.Column("case_print", sa.String(64), index=True),
    sa.Column("sealed_answers", sa.LargeBinary, nullable=False),
    sa.Column("is_kept", sa.Boolean, nullable=False),
    sa.Column("made_at", Instant, nullable=False, index=True),
)

rights_reminders = sa.Table(
    "rights_reminders",
    metadata,
    sa.Column("clock_id", sa.String(24), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True, index=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
)
