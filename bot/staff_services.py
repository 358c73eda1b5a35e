"""The services of staff, built once for both faces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.settings import ConsoleSettings, Settings
from domain.clock import Clock
from domain.sign_in import SignInPolicy
from services.staff import (
    AuditService,
    FactorService,
    PhoneService,
    SignInService,
    StaffService,
)
from services.units import UnitService
from storage.database import Database


@dataclass(frozen=True, slots=True)
class StaffServices:
    """Accounts, units, signing in by browser and by phone, the second factor, the audit log."""

    staff: StaffService
    units: UnitService
    sign_in: SignInService
    phone: PhoneService
    factors: FactorService
    audit: AuditService


async def build(
    settings: Settings, clock: Clock, database: Database, *, demo: bool = False
) -> StaffServices:
    """`demo` opens a door without any lock: only bot/demo.py and tests ask for it."""
    async with database.open_work() as work:
        key = await work.instance.key("sign_in")
        await work.commit()
    policy = _policy(settings.console)
    return StaffServices(
        staff=StaffService(database, clock),
        units=UnitService(database, clock),
        sign_in=SignInService(database, clock, key, policy, demo=demo),
        phone=PhoneService(database, clock, key, policy),
        factors=FactorService(database, clock, settings.union.name or "Nuanxin", policy),
        audit=AuditService(database, clock),
    )


def _policy(console: ConsoleSettings) -> SignInPolicy:
    return SignInPolicy(
        idle=timedelta(minutes=console.idle_minutes),
        absolute=timedelta(hours=console.session_hours),
    )
