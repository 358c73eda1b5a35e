"""A house with units and staff, for tests of whatever staff do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from domain.audit import AuditFilter, AuditScope
from domain.refusal import Refusal
from domain.sign_in import SignInPolicy
from domain.staff import CONFIRMED_ROLES, Actor, Flag, Grant, Role, Staff, operator
from domain.units import Level, Unit
from services.staff import (
    AuditService,
    FactorService,
    PhoneService,
    SignInService,
    StaffService,
)
from services.units import UnitService
from storage.database import Database
from tests.world import MovableClock

KEY = b"k" * 32
BROWSER, ADDRESS = "Chrome · Windows", "198.51.100.7"


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What is done inside must be refused with exactly this code."""
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


@dataclass(frozen=True, slots=True)
class House:
    """Two admins of everything, a district with two towns, an enterprise in each."""

    database: Database
    clock: MovableClock
    staff: StaffService
    units: UnitService
    sign_in: SignInService
    phone: PhoneService
    factors: FactorService
    audit: AuditService
    top: Unit
    east: Unit
    west: Unit
    riders: Unit
    funeral: Unit
    admin: Actor
    second: Actor

    async def account(self, name: str = "王芳", number: int = 7001, **more: bool) -> Staff:
        return await self.staff.add(operator(), name, number, **more)

    async def person(
        self, role: Role, unit: Unit, number: int = 7001, *flags: Flag, name: str = "王芳"
    ) -> Actor:
        """Somebody new with a grant in force; the clock moves on by a day if it takes one."""
        account = await self.account(name, number)
        given = await self.staff.give(
            self.admin, account.id, role, unit.id, flags=frozenset(flags)
        )
        if role in CONFIRMED_ROLES:
            starts_at = await self.staff.confirm(self.fresh(self.second), given.id)
            self.clock.move(seconds=(starts_at - self.clock.now()).total_seconds())
        return self.fresh(Actor(account.id, name, (given.grant,)))

    def fresh(self, actor: Actor) -> Actor:
        """The same, with a second factor shown just now."""
        return replace(actor, mfa_at=self.clock.now())

    async def acts(self) -> list[str]:
        """What the audit log tells, the oldest first."""
        async with self.database.open_read() as work:
            rows = await work.audit_reading.list_rows(
                AuditScope("", all=("/",)), AuditFilter(), limit=1000
            )
        return [row.act for row in reversed(rows)]


async def make_house(
    database: Database, clock: MovableClock, *, demo: bool = False, **policy: int
) -> House:
    """The house in a fresh database. `policy` sets limits of SignInPolicy."""
    limits = SignInPolicy(**policy)  # type: ignore[arg-type]
    staff, units = StaffService(database, clock), UnitService(database, clock)
    top = await units.create_top(operator(), "某区总工会")
    east = await units.create(operator(), "东街道", Level.TOWN, top.id)
    west = await units.create(operator(), "西镇", Level.TOWN, top.id)
    admins = []
    for number, name in enumerate(("周管理", "吴管理")):
        account = await staff.add_admin(operator(), name, 6001 + number, "不用")
        grant = Grant(Role.ADMIN, top.path)
        admins.append(Actor(account.id, name, (grant,), mfa_at=clock.now()))
    return House(
        database,
        clock,
        staff,
        units,
        SignInService(database, clock, KEY, limits, demo=demo),
        PhoneService(database, clock, KEY, limits),
        FactorService(database, clock, "某区总工会", limits),
        AuditService(database, clock),
        top,
        east,
        west,
        await units.create(operator(), "速达配送", Level.ENTERPRISE, east.id),
        await units.create(operator(), "安宁殡仪", Level.ENTERPRISE, west.id),
        *admins,
    )
