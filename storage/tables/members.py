"""Members, their forms in progress and the deep links that lead to the bot."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, metadata

members = sa.Table(
    "members",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("chat_id", sa.BigInteger, nullable=False),
    sa.Column("language", sa.String(35), nullable=False),
    sa.Column("reach", sa.String(12), nullable=False),
    sa.Column("notice_version", sa.Integer, nullable=False),
    sa.Column("met_at", Instant, nullable=False),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("form", sa.String(20), nullable=False),
    sa.Column("step", sa.String(40), nullable=False),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("target", sa.String(12), nullable=False),
    sa.Column("target_id", sa.String(64), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)
