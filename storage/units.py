"""The tree of units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.units import Level, Unit, name_key
from storage.tables import units
from storage.unit_paths import carry

# Any number that no other use of advisory locks in this database has.
_LOCK = 7_305_003


class Units:
    """The table of units."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Wait for others who change units or grants, until this transaction ends.

        On SQLite there is one writer anyway. Rules on the tree and on who remains admin look at
        many rows: without it two changes that are each allowed could together break them.
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    async def hold(self) -> None:
        """Nothing moves in the tree until this transaction ends; others may hold it too.

        For a row that keeps a path as a wall: it must not be written with one that is just gone.
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK)))

    async def add(self, name: str, level: Level, parent: Unit | None) -> Unit:
        parent_id = parent.id if parent else None
        unit_id = await self._connection.scalar(
            sa.insert(units)
            .values(
                name=name,
                name_key=name_key(name),
                level=level.value,
                parent_id=parent_id,
                path="",
                is_open=True,
            )
            .returning(units.c.id)
        )
        assert unit_id is not None
        path = f"{parent.path if parent else '/'}{unit_id}/"
        await self._connection.execute(
            sa.update(units).where(units.c.id == unit_id).values(path=path)
        )
        return Unit(int(unit_id), name, level, parent_id, path, is_open=True)

    async def find(self, unit_id: int) -> Unit | None:
        rows = await self._connection.execute(sa.select(units).where(units.c.id == unit_id))
        return _first(rows)

    async def find_top(self) -> Unit | None:
        """The unit that everything else is below."""
        rows = await self._connection.execute(sa.select(units).where(units.c.parent_id.is_(None)))
        return _first(rows)

    async def find_named(self, parent_id: int | None, name: str) -> Unit | None:
        """The unit of that name directly below the parent, open or closed."""
        rows = await self._connection.execute(
            sa.select(units).where(
                units.c.parent_id.is_(None)
                if parent_id is None
                else units.c.parent_id == parent_id,
                units.c.name_key == name_key(name),
            )
        )
        return _first(rows)

    async def list_within(self, tops: Collection[str]) -> tuple[Unit, ...]:
        """All units within the paths, each after its parent, then by name."""
        if not tops:
            return ()
        rows = await self._connection.execute(sa.select(units).where(within(units.c.path, tops)))
        found = {row["id"]: _unit(row) for row in rows.mappings()}
        return tuple(sorted(found.values(), key=lambda unit: _names_down(unit, found)))

    async def search(self, text: str, tops: Collection[str], limit: int) -> tuple[Unit, ...]:
        """Open units within the paths whose name contains the text, the shortest first."""
        wanted = name_key(text)
        if not wanted or not tops:
            return ()
        rows = await self._connection.execute(
            sa.select(units)
            .where(
                units.c.name_key.contains(wanted, autoescape=True),
                units.c.is_open,
                within(units.c.path, tops),
            )
            .order_by(sa.func.length(units.c.name_key), units.c.name_key, units.c.id)
            .limit(limit)
        )
        return tuple(_unit(row) for row in rows.mappings())

    async def rename(self, unit_id: int, name: str) -> None:
        await self._connection.execute(
            sa.update(units)
            .where(units.c.id == unit_id)
            .values(name=name, name_key=name_key(name))
        )

    async def set_open(self, unit_id: int, *, is_open: bool) -> None:
        await self._connection.execute(
            sa.update(units).where(units.c.id == unit_id).values(is_open=is_open)
        )

    async def move(self, unit: Unit, parent: Unit) -> None:
        """Hang the unit under another, with all below it and all that is theirs."""
        await self._connection.execute(
            sa.update(units).where(units.c.id == unit.id).values(parent_id=parent.id)
        )
        await carry(self._connection, unit.path, f"{parent.path}{unit.id}/")

    async def has_open_below(self, unit: Unit) -> bool:
        found = await self._connection.scalar(
            sa.select(units.c.id).where(units.c.parent_id == unit.id, units.c.is_open).limit(1)
        )
        return found is not None


def within(path: sa.ColumnElement[str], tops: Collection[str]) -> sa.ColumnElement[bool]:
    """A condition: the path lies within one of those. Nothing lies within none."""
    return sa.or_(sa.false(), *(path.startswith(top, autoescape=True) for top in tops))


def _first(rows: sa.CursorResult[Any]) -> Unit | None:
    row = rows.mappings().first()
    return None if row is None else _unit(row)


def _unit(row: Mapping[Any, Any]) -> Unit:
    return Unit(
        id=row["id"],
        name=row["name"],
        level=Level(row["level"]),
        parent_id=row["parent_id"],
        path=row["path"],
        is_open=row["is_open"],
    )


def _names_down(unit: Unit, found: Mapping[int, Unit]) -> tuple[str, ...]:
    """The names from the top of what was found to the unit: sorted by it, a tree reads well."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    return tuple(found[number].name for number in ids if number in found)
