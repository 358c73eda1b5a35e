"""Rows for a member in every table that is registered, whatever the table is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.keeping import REGISTER
from storage.sealed import place_of
from storage.tables import Instant
from storage.vault import Vault
from storage.work import Work

SECRET = "只有本人知道的一句话"
# What is an enumeration and is read back as one.
_WORDS: dict[str, dict[str, str]] = {
    "state": {"": "confirmed", "outbox": "pending"},
    "occupation": {"": "rider"},
    "source": {"": "self"},
    "reach": {"": "reachable"},
    "purpose": {"": "service"},
    "answer": {"": "given"},
    "form": {"": "note"},
}


async def fill(database: Database, member_id: int) -> frozenset[str]:
    """Add a row to each registered table that has none of the member yet; the tables' names.

    Where it refers to another table, a row is made there first.
    """
    async with database.open_work() as work:
        for kept in REGISTER:
            assert kept.member is not None
            leads = kept.table.c[kept.member] == member_id
            found = await work._connection.execute(sa.select(kept.table).where(leads))
            if found.first() is None:
                await _insert(work, kept.table, {kept.member: member_id})
        await work.commit()
    return frozenset(kept.table.name for kept in REGISTER)


async def _insert(work: Work, table: sa.Table, values: dict[str, Any]) -> None:
    row: dict[str, Any] = {}
    for column in table.columns:
        keys = list(column.foreign_keys)
        if column.name in values:
            row[column.name] = values[column.name]
        elif keys and not column.nullable:
            other = keys[0].column
            await _insert(work, other.table, {})
            newest = sa.select(other).order_by(other.desc()).limit(1)
            row[column.name] = await work._connection.scalar(newest)
        elif (
            keys
            or (column.primary_key and column.autoincrement is True)
            or (column.primary_key and _counts(column))
        ):
            continue
        else:
            row[column.name] = _value(column)
    for column in table.columns:
        if column.name.startswith("sealed_"):
            key = [row[part.name] for part in table.primary_key.columns]
            row[column.name] = _sealed(work.vault, column, key)
    await work._connection.execute(sa.insert(table), row)


def _counts(column: sa.Column[Any]) -> bool:
    whole = isinstance(column.type, sa.Integer)
    return whole and column.autoincrement == "auto" and len(column.table.primary_key.columns) == 1


def _sealed(vault: Vault, column: sa.Column[Any], key: list[Any]) -> bytes:
    return vault.seal(place_of(column, key), SECRET)


def _value(column: sa.Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Instant):
        return datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    if isinstance(kind, sa.Date):
        return date(2026, 11, 25)
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer | sa.Float):
        return 1
    if isinstance(kind, sa.JSON):
        return {"text": SECRET}
    if isinstance(kind, sa.LargeBinary):
        return b""
    known = _WORDS.get(column.name, {})
    if known:
        return known.get(column.table.name, known[""])
    length = getattr(kind, "length", None)
    text = f"{column.table.name}-{column.name}"
    return text[:length] if length else SECRET
