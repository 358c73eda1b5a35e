"""Staff accounts and their grants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.staff import Flag, Grant, Granted, Role, Staff
from storage.tables import grants, staff, units
from storage.units import within

_GRANTED = sa.select(grants, units.c.path, units.c.name.label("unit_name")).join(
    units, units.c.id == grants.c.unit_id
)


class StaffAccounts:
    """The table of accounts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, account: Staff) -> None:
        await self._connection.execute(
            sa.insert(staff),
            {
                "id": account.id,
                "name": account.name,
                "telegram_id": account.telegram_id,
                "employer_id": account.employer_id,
                "is_outside": account.is_outside,
                "created_at": account.created_at,
                "suspended_at": account.suspended_at,
            },
        )

    async def find(self, staff_id: str) -> Staff | None:
        return await self._find(staff.c.id == staff_id)

    async def lock(self, staff_id: str) -> None:
        """Wait for others who count the person's wrong tries, until this transaction ends."""
        await self._connection.execute(
            sa.select(staff.c.id).where(staff.c.id == staff_id).with_for_update()
        )

    async def find_by_telegram(self, telegram_id: int) -> Staff | None:
        return await self._find(staff.c.telegram_id == telegram_id)

    async def list_all(self) -> tuple[Staff, ...]:
        """Every account, suspended ones too, by name."""
        rows = await self._connection.execute(sa.select(staff).order_by(staff.c.name, staff.c.id))
        return tuple(_staff(row) for row in rows.mappings())

    async def names(self, staff_ids: Collection[str]) -> Mapping[str, str]:
        """The names of those who are known."""
        rows = await self._connection.execute(
            sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_(list(staff_ids)))
        )
        return {row.id: row.name for row in rows}

    async def set_suspended(self, staff_id: str, at: datetime | None) -> None:
        await self._connection.execute(
            sa.update(staff).where(staff.c.id == staff_id).values(suspended_at=at)
        )

    async def _find(self, condition: sa.ColumnElement[bool]) -> Staff | None:
        rows = await self._connection.execute(sa.select(staff).where(condition))
        row = rows.mappings().first()
        return None if row is None else _staff(row)


class Grants:
    """The table of grants. Nothing is removed: what was taken away stays, with who took it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, granted: Granted) -> None:
        await self._connection.execute(
            sa.insert(grants),
            {
                "id": granted.id,
                "staff_id": granted.staff_id,
                "role": granted.grant.role.value,
                "unit_id": granted.unit_id,
                "flags": ",".join(sorted(granted.grant.flags)),
                "ends_on": granted.ends_on,
                "given_by": granted.given_by,
                "given_at": granted.given_at,
                "confirmed_by": granted.confirmed_by,
                "confirmed_at": granted.confirmed_at,
                "starts_at": granted.starts_at,
            },
        )

    async def find(self, grant_id: str) -> Granted | None:
        rows = await self._connection.execute(_GRANTED.where(grants.c.id == grant_id))
        row = rows.mappings().first()
        return None if row is None else _granted(row)

    async def list_of(self, staff_id: str) -> tuple[Granted, ...]:
        """Every grant the person ever had, the newest first."""
        return await self._list(grants.c.staff_id == staff_id)

    async def list_untaken(self) -> tuple[Granted, ...]:
        """Every grant that nobody took away: in force, to come, lapsed or ended."""
        return await self._list(grants.c.taken_at.is_(None))

    async def list_unconfirmed(self, tops: Collection[str]) -> tuple[Granted, ...]:
        """Grants within the paths that no second admin has confirmed."""
        return await self._list(
            grants.c.taken_at.is_(None),
            grants.c.starts_at.is_(None),
            within(units.c.path, tops),
        )

    async def confirm(self, grant_id: str, by: str, at: datetime, starts_at: datetime) -> None:
        await self._connection.execute(
            sa.update(grants)
            .where(grants.c.id == grant_id)
            .values(confirmed_by=by, confirmed_at=at, starts_at=starts_at)
        )

    async def take(self, grant_id: str, by: str, at: datetime) -> None:
        await self._connection.execute(
            sa.update(grants).where(grants.c.id == grant_id).values(taken_by=by, taken_at=at)
        )

    async def _list(self, *conditions: sa.ColumnElement[bool]) -> tuple[Granted, ...]:
        rows = await self._connection.execute(
            _GRANTED.where(*conditions).order_by(grants.c.given_at.desc(), grants.c.id)
        )
        return tuple(_granted(row) for row in rows.mappings())


def _staff(row: Mapping[Any, Any]) -> Staff:
    return Staff(
        id=row["id"],
        name=row["name"],
        telegram_id=row["telegram_id"],
        employer_id=row["employer_id"],
        is_outside=row["is_outside"],
        created_at=row["created_at"],
        suspended_at=row["suspended_at"],
    )


def _granted(row: Mapping[Any, Any]) -> Granted:
    flags = frozenset(Flag(name) for name in row["flags"].split(",") if name)
    return Granted(
        id=row["id"],
        staff_id=row["staff_id"],
        grant=Grant(Role(row["role"]), row["path"], flags),
        unit_id=row["unit_id"],
        unit_name=row["unit_name"],
        ends_on=row["ends_on"],
        given_by=row["given_by"],
        given_at=row["given_at"],
        confirmed_by=row["confirmed_by"],
        confirmed_at=row["confirmed_at"],
        starts_at=row["starts_at"],
        taken_by=row["taken_by"],
        taken_at=row["taken_at"],
    )
