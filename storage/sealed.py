"""Sealed columns: which there are, under which keys their values lie, and sealing them anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import metadata
from storage.vault import (
    ID_FROM,
    ID_LENGTH,
    VERSION_FROM,
    VERSION_LENGTH,
    Place,
    Vault,
    VaultFault,
)

PREFIX = "sealed_"
CHUNK = 500

Column = sa.Column[Any]
RowKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some values of one column, sealed anew; `last` is where to go on, None at the end."""

    moved: int
    faulty: int
    last: RowKey | None


def sealed_columns(tables: sa.MetaData = metadata) -> tuple[Column, ...]:
    """Every column whose name begins with `sealed_`: naming it so is all that a table must do."""
    return tuple(
        column
        for table in tables.sorted_tables
        for column in table.columns
        if column.name.startswith(PREFIX)
    )


def place_of(column: Column, key: Sequence[object]) -> Place:
    """The place of a row's value, by the values of its primary key."""
    return Place(column.table.name, column.name, "/".join(str(part) for part in key))


class Sealed:
    """Every sealed column of the database, whatever its noun."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count_by_key(self) -> Counter[str]:
        """How many values lie under each key. Needs no vault."""
        counts: Counter[str] = Counter()
        for found in (await self.count()).values():
            counts.update(found)
        return counts

    async def count(self) -> Mapping[Column, Mapping[str, int]]:
        """How many values of each column lie under each key; empty columns are left out."""
        columns, counts = sealed_columns(), defaultdict[Column, dict[str, int]](dict)
        rows = await self._connection.execute(sa.text(_counting()))
        for number, key, count in rows:
            counts[columns[number]][bytes(key).hex()] = count
        return counts

    async def count_earlier(self, vault: Vault) -> int:
        """How many values are not sealed as the vault seals now: another key, or an older form."""
        total = 0
        for column in sealed_columns():
            total += int(
                await self._connection.scalar(
                    sa.select(sa.func.count()).where(
                        column.is_not(None), _head_of(column) != vault.head
                    )
                )
                or 0
            )
        return total

    async def is_there(self) -> bool:
        """Whether anything is sealed, in a database of whatever schema."""
        for column in sealed_columns():
            there = await self._connection.run_sync(_has, column)
            if there and await self._connection.scalar(
                sa.select(sa.literal(1)).where(column.is_not(None)).limit(1)
            ):
                return True
        return False

    async def find_faulty(
        self, vault: Vault, columns: Iterable[Column] | None = None, *, each: int | None = None
    ) -> Place | None:
        """The first value of these columns, or of all, that the vault cannot open; `each` is how
        many of a column to try."""
        for column in sealed_columns() if columns is None else columns:
            keys = _keys(column)
            rows = await self._connection.execute(
                sa.select(column, *keys).where(column.is_not(None)).order_by(*keys).limit(each)
            )
            for sealed, *key in rows:
                try:
                    vault.open(place_of(column, key), sealed)
                except VaultFault:
                    return place_of(column, key)
        return None

    async def reseal_some(self, vault: Vault, column: Column, after: RowKey | None) -> Chunk:
        """Seal the next values of other keys, or of an older form, as it is done now.

        Values that cannot be opened stay as they are and are counted.
        """
        keys = _keys(column)
        wanted = sa.select(column, *keys).where(
            column.is_not(None), _head_of(column) != vault.head
        )
        if after is not None:
            wanted = wanted.where(sa.tuple_(*keys) > sa.tuple_(*after))
        rows = (await self._connection.execute(wanted.order_by(*keys).limit(CHUNK))).all()
        moved = faulty = 0
        for sealed, *key in rows:
            place = place_of(column, key)
            try:
                anew = vault.seal(place, vault.open(place, sealed))
            except VaultFault:
                faulty += 1
                continue
            # On PostgreSQL somebody may change the row between our reading and our writing: then
            # it is theirs, and the next round looks at it again.
            same = (part == value for part, value in zip(keys, key, strict=True))
            done = await self._connection.execute(
                sa.update(column.table).where(column == sealed, *same).values({column.name: anew})
            )
            moved += done.rowcount
        return Chunk(moved, faulty, tuple(rows[-1][1:]) if len(rows) == CHUNK else None)


@cache
def _counting() -> str:
    """All columns in one statement: there are dozens, and this is asked at every start."""
    # Only names of our own tables go into it.
    return " UNION ALL ".join(
        f"SELECT {number}, substr({column.name}, {ID_FROM}, {ID_LENGTH}), count(*)"  # noqa: S608
        f" FROM {column.table.name} WHERE {column.name} IS NOT NULL GROUP BY 2"
        for number, column in enumerate(sealed_columns())
    )


def _has(connection: sa.Connection, column: Column) -> bool:
    inspector = sa.inspect(connection)
    name = column.table.name
    return inspector.has_table(name) and any(
        found["name"] == column.name for found in inspector.get_columns(name)
    )


def _keys(column: Column) -> list[Column]:
    assert isinstance(column.table, sa.Table)
    return list(column.table.primary_key.columns)


def _head_of(column: Column) -> sa.ColumnElement[bytes]:
    length = VERSION_LENGTH + ID_LENGTH
    return sa.func.substr(column, VERSION_FROM, length, type_=sa.LargeBinary)
