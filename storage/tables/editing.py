"""What staff change in the knowledge base, and who wants to hear of it."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

# The files are the base; the version in force of each name lies over it.
content_versions = sa.Table(
    "content_versions",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("base_number", sa.Integer, nullable=False),
    sa.Column("base_hash", sa.String(64), nullable=False),
    sa.Column("needs_review", sa.Boolean, nullable=False),
    sa.Column("is_material", sa.Boolean, nullable=False),
    sa.Column("author", sa.String(80), nullable=False),
    sa.Column("reviewer", sa.String(80)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("decided_at", Instant),
    sa.UniqueConstraint("kind", "name", "number"),
    # The rule of domain/editing.py once more, where no race can pass it.
    sa.Index(
        "uq_content_versions_in_force",
        "kind",
        "name",
        unique=True,
        sqlite_where=sa.text("state IN ('published', 'archived')"),
        postgresql_where=sa.text("state IN ('published', 'archived')"),
    ),
)

# One row: how often what is in force has changed. Other processes look at it; publishers lock it.
content_edition = sa.Table(
    "content_edition",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
)

# Who waits for an answer. The question is sealed, and the page that was found is a keyed mark:
# questions stay without their askers for everybody who has the database alone.
wishes = sa.Table(
    "wishes",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("sealed_question", sa.LargeBinary, nullable=False),
    sa.Column("page", sa.String(64)),
    sa.Column("until", sa.Date, nullable=False, index=True),
)

# Who wants to hear if a page changes. `page` is a keyed mark of its id, for the same reason.
watches = sa.Table(
    "watches",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("page", sa.String(64), nullable=False, index=True),
    sa.Column("until", sa.Date, nullable=False, index=True),
)
