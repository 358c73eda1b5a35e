"""Two admins who agree to something in the console, for tests of what needs a second person."""

from __future__ import annotations

from dataclasses import replace

from domain.clock import Clock, SystemClock
from domain.staff import Actor, Grant, Role, operator
from services.countersigns import CountersignService
from services.staff import StaffService
from storage.database import Database
from storage.vault import Vault

_NUMBERS = (8_001, 8_002)


async def admins(database: Database, clock: Clock) -> tuple[Actor, Actor]:
    """Two admins of the whole tree, there once; both have just shown their second factor."""
    async with database.open_read() as work:
        there = [one for one in await work.staff.list_all() if one.telegram_id in _NUMBERS]
    staff = StaffService(database, clock)
    for number in _NUMBERS[len(there) :]:
        name = f"双人管理员{number % 10}"
        there.append(await staff.add_admin(operator(), name, number, "测试区总工会"))
    async with database.open_read() as work:
        top = await work.units.find_top()
    assert top is not None
    grant = Grant(Role.ADMIN, top.path)
    first, second = (
        Actor(one.id, one.name, (grant,), session_id=f"s{one.id}"[:16], mfa_at=clock.now())
        for one in there[:2]
    )
    return first, second


async def on_keys(url: str, vault: Vault, clock: Clock | None = None) -> None:
    """What `keys rotate` needs: asked for by one, agreed to by another, just now."""
    clock = clock or SystemClock()
    database = Database(url, vault)
    try:
        first, second = await admins(database, clock)
        service = CountersignService(database, clock)
        asked = await service.ask_keys(first, "有人离开，换一次")
        await service.agree(replace(second, mfa_at=clock.now()), asked.id)
    finally:
        await database.close()


async def on_everything(database: Database, clock: Clock) -> int:
    """The second admin agrees to whatever waits for one; how much that was."""
    _, second = await admins(database, clock)
    service = CountersignService(database, clock)
    waiting = await service.waiting(replace(second, mfa_at=clock.now()))
    for one in waiting:
        await service.agree(replace(second, mfa_at=clock.now()), one.countersign.id)
    return len(waiting)
