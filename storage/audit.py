"""The audit log: append-only, each row sealed by the hash of the row before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import audit

FIRST_HASH = "0" * 64
# Any number that no other use of advisory locks in this database has.
_LOCK = 7_305_001


class Audit:
    """The table of acts. Rows are added; triggers refuse to change or remove them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, at: datetime, actor: str, act: str, subject: str, detail: Mapping[str, object]
    ) -> None:
        """Append one act in the running transaction."""
        if self._connection.dialect.name == "postgresql":
            # Two writers that read the same last hash would fork the chain.
            await self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        previous = await self._connection.scalar(
            sa.select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)
        )
        row = {
            "at": at,
            "actor": actor,
            "act": act,
            "object": subject,
            "detail": json.dumps(detail, ensure_ascii=False, sort_keys=True),
            "prev_hash": previous or FIRST_HASH,
        }
        await self._connection.execute(sa.insert(audit), row | {"hash": _seal(row)})

    async def first_broken(self) -> int | None:
        """The id of the first row that was changed or whose predecessor is gone, or None."""
        previous = FIRST_HASH
        rows = await self._connection.execute(sa.select(audit).order_by(audit.c.id))
        for row in rows.mappings():
            if row["prev_hash"] != previous or row["hash"] != _seal(dict(row)):
                return int(row["id"])
            previous = row["hash"]
        return None


def _seal(row: Mapping[str, object]) -> str:
    at = row["at"]
    assert isinstance(at, datetime)
    parts = [
        int(at.timestamp() * 1000),
        *(row[name] for name in ("actor", "act", "object", "detail", "prev_hash")),
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
