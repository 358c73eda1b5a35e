"""A small tree of units and people of the staff, for tests of what staff do with members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.staff import Actor, Grant, Role, operator
from domain.units import Level, Unit
from services.units import UnitService
from storage.database import Database
from storage.tables import metadata
from tests.world import MovableClock


@dataclass(frozen=True, slots=True)
class Tree:
    """A district with two towns; each town has an enterprise."""

    district: Unit
    town: Unit
    other_town: Unit
    firm: Unit
    other_firm: Unit


async def plant(database: Database, clock: MovableClock) -> Tree:
    units, boss = UnitService(database, clock), operator()
    district = await units.create_top(boss, "测试区总工会")
    town = await units.create(boss, "东镇", Level.TOWN, district.id)
    other_town = await units.create(boss, "西镇", Level.TOWN, district.id)
    firm = await units.create(boss, "速达配送（测试）", Level.ENTERPRISE, town.id)
    other_firm = await units.create(boss, "安宁殡仪（测试）", Level.ENTERPRISE, other_town.id)
    return Tree(district, town, other_town, firm, other_firm)


def admin(unit: Unit, name: str = "adm") -> Actor:
    return Actor(name, "管理员", (Grant(Role.ADMIN, unit.path),))


def viewer(unit: Unit) -> Actor:
    return Actor("view", "看看", (Grant(Role.VIEWER, unit.path),))


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """Every column of every row: what a thief of the database would see."""
    async with database.open_read() as work:
        found = await work._connection.execute(sa.select(metadata.tables[table]))
        return [dict(row) for row in found.mappings()]


async def everything(database: Database) -> str:
    """All rows of all tables as one text."""
    return "\n".join([str(await rows(database, table)) for table in metadata.tables])
