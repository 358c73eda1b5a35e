"""The demo's units and staff: given by the same verbs and rules as in earnest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.clock import Clock
from domain.staff import CONFIRMED_ROLES, Actor, Flag, Grant, Role, Staff, operator
from domain.units import Level, Unit
from services.staff import StaffService
from services.units import UnitService
from storage.database import Database

# Rights near to people's secrets take effect a day after they were confirmed; and the demo's cases
# were begun weeks ago.
_AGO = timedelta(days=60)
# Nobody's ids at Telegram: for staff of the demo who have no phone.
_FIRST_ID = 8_900_000_001

Phone = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Past:
    """A clock that stands still, some days ago."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


async def settle(
    database: Database, clock: Clock, content: Mapping[str, Any], phone: Phone
) -> None:
    """Make the units and people of demo.toml. `phone` gives somebody a phone and tells its id."""
    past = _Past(clock.now() - _AGO)
    units = await _units(UnitService(database, past), content["units"])
    service = StaffService(database, past)
    admins: list[Actor] = []
    top = next(unit for unit in units.values() if unit.parent_id is None)
    for number, person in enumerate(content["staff"]):
        telegram_id = phone(person["name"]) if "has_phone" in person else _FIRST_ID + number
        if Role(person["role"]) is Role.ADMIN:
            account = await service.add_admin(operator(), person["name"], telegram_id, top.name)
            grant = Grant(Role.ADMIN, top.path)
            admins.append(Actor(account.id, account.name, (grant,), mfa_at=past.now()))
        else:
            account = await service.add(operator(), person["name"], telegram_id)
            unit = units.get(person.get("unit", ""), top)
            await _give(service, admins, account, unit, person)


async def _units(service: UnitService, wanted: Sequence[Mapping[str, str]]) -> dict[str, Unit]:
    made: dict[str, Unit] = {}
    for one in wanted:
        if "under" in one:
            parent = made[one["under"]]
            unit = await service.create(operator(), one["name"], Level(one["level"]), parent.id)
        else:
            unit = await service.create_top(operator(), one["name"])
        made[unit.name] = unit
    return made


async def _give(
    service: StaffService,
    admins: Sequence[Actor],
    account: Staff,
    unit: Unit,
    person: Mapping[str, Any],
) -> None:
    """One admin gives, and where two are needed the other confirms."""
    first, second = admins
    role = Role(person["role"])
    flags = frozenset(map(Flag, person.get("flags", ())))
    granted = await service.give(first, account.id, role, unit.id, flags=flags)
    if role in CONFIRMED_ROLES:
        await service.confirm(second, granted.id)
