"""How each route of the second person is asked for: about a list that somebody else wants."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from domain.staff import Actor, Grant, Role
from domain.units import Unit
from services.countersigns import CountersignService
from tests.console.broadcast_examples import Make, Told
from tests.console.visiting import House

DETAIL = {
    "title": "冰壶联赛：报名",
    "reason": "给体育馆核对入场",
    "rows": 12,
    "columns": ["姓名", "手机"],
    "filters": [["活动", "冰壶联赛"], ["姓名", "***"]],
    "where": "/events/1/export",
    "form": {"what": "people", "full": "yes", "reason": "给体育馆核对入场"},
}


async def asked(house: House, unit: Unit, name: str = "") -> str:
    """What somebody of the unit asks a second person; its id."""
    account = await house.person((Role.ORGANISER, unit), name=name)
    actor = Actor(account.id, account.name, (Grant(Role.ORGANISER, unit.path),))
    service = CountersignService(house.world.parts.database, house.world.clock)
    return (await service.ask_export(actor, secrets.token_hex(32), unit.path, DETAIL)).id


async def _one(house: House, unit: Unit) -> Told:
    return {"id": await asked(house, unit)}, {}


async def _list(house: House, unit: Unit) -> Told:
    await asked(house, unit)
    return {}, {"reason": "有人离开，换一次"}


COUNTERSIGNS: Mapping[str, tuple[Make, bool]] = {
    "GET /countersigns": (_list, False),
    "POST /countersigns/keys": (_list, False),
    "GET /countersigns/{id}": (_one, True),
    "POST /countersigns/{id}/agree": (_one, True),
    "POST /countersigns/{id}/refuse": (_one, True),
}
