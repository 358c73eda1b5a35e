"""People behind the members: who they are (sealed), what they agreed to, when they may be told."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables.common import Instant, Key, metadata

# A person is known from the member's own words, from a roster of the union, or from both. What
# names the person is sealed; the prints beside it are keyed hashes, for equality only.
people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("member_id", sa.BigInteger, unique=True),
    sa.Column("sealed_name", sa.LargeBinary),
    sa.Column("name_print", sa.String(64), index=True),
    sa.Column("sealed_phone", sa.LargeBinary),
    sa.Column("phone_print", sa.String(64), index=True),
    sa.Column("tail_print", sa.String(64), index=True),
    sa.Column("phone_shared", sa.Boolean, nullable=False),
    sa.Column("sealed_number", sa.LargeBinary),
    sa.Column("number_print", sa.String(64), unique=True),
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("units.id"), index=True),
    sa.Column("sealed_unit_text", sa.LargeBinary),
    sa.Column("unit_text_print", sa.String(64), index=True),
    sa.Column("occupation", sa.String(16)),
    sa.Column("source", sa.String(8), nullable=False),
    sa.Column("missing_since", Instant),
    sa.Column("made_at", Instant, nullable=False, index=True),
    sa.Column("changed_at", Instant, nullable=False),
)

# Only ever added to: the newest row of a purpose counts, the others are its history.
consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("purpose", sa.String(24), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("answer", sa.String(12), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_consents_member_id_purpose", "member_id", "purpose"),
)

# Minutes after midnight in Beijing; a window that ends before it begins crosses midnight.
push_windows = sa.Table(
    "push_windows",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("starts", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("ends", sa.Integer, nullable=False),
)

# Keyed hashes of people who asked to be forgotten: enough to know them again in a roster or in a
# restored copy, not enough to know who they were.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("print", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(8), nullable=False),
    sa.Column("erased_at", Instant, nullable=False),
    # They came back and gave the same data again. The ledger never grows shorter.
    sa.Column("struck_at", Instant),
)

roster_imports = sa.Table(
    "roster_imports",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("staff_id", sa.String(16), nullable=False),
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("units.id"), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("done_chunks", sa.Integer, nullable=False),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False, index=True),
)

# The rows that were read, until they are in `people` or the plan has lapsed.
roster_rows = sa.Table(
    "roster_rows",
    metadata,
    sa.Column("import_id", sa.String(24), primary_key=True),
    sa.Column("chunk", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sealed_rows", sa.LargeBinary, nullable=False),
)
