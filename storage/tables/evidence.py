"""Evidence of a case: numbered files with their prints, their bytes sealed in pieces."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.cases import cases
from storage.tables.common import Instant, metadata

# Until the case exists, a file belongs to the member who sends it; from then on to the case alone,
# which may be an anonymous one.
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("case_id", sa.String(16), sa.ForeignKey(cases.c.id, ondelete="CASCADE"), index=True),
    sa.Column("member_id", sa.BigInteger, index=True),
    # What makes a second delivery of the same file harmless.
    sa.Column("source", sa.String(64), nullable=False, unique=True),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("item", sa.String(24), nullable=False),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("via", sa.String(8), nullable=False),
    sa.Column("sealed_file_name", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("kept_sha256", sa.String(64), nullable=False),
    sa.Column("received_at", Instant, nullable=False, index=True),
    sa.Column("handed_in_at", Instant),
)

# A file's bytes in pieces, each sealed: a change of keys takes some hundred rows at a time.
evidence_pieces = sa.Table(
    "evidence_pieces",
    metadata,
    sa.Column(
        "evidence_id",
        sa.String(24),
        sa.ForeignKey("evidence.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sealed_piece", sa.LargeBinary, nullable=False),
)

# A page for one sending. Only a hash of the token is kept: who reads the table cannot use it.
evidence_links = sa.Table(
    "evidence_links",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False, index=True),
    # Sealed: who reads the table does not learn which case is whose.
    sa.Column("sealed_case", sa.LargeBinary),
    sa.Column("item", sa.String(24), nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
    sa.Column("used_at", Instant),
)
