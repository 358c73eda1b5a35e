"""How each route of broadcasts is asked for: its maker, and whether it belongs to a unit."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping

from domain.units import Unit
from tests.console.broadcast_house import Announcing
from tests.console.visiting import House

Told = tuple[Mapping[str, str], Mapping[str, str]]
Make = Callable[[House, Unit], Awaitable[Told]]

FORM = {"title": "停水通知", "text": "明天停水。", "topic": "news", "lasts": "24"}
_numbers = itertools.count(1)


async def _nothing(house: House, unit: Unit) -> Told:
    return {}, {}


async def _new(house: House, unit: Unit) -> Told:
    return {}, {**FORM, "unit": unit.path, "paths": unit.path}


async def _broadcast(house: House, unit: Unit) -> Told:
    """A draft of somebody else, with an act that waits and somebody to call."""
    announcing = Announcing(house)
    broadcast = await announcing.draft(unit)
    act = await announcing.waits_for(broadcast)
    person = await announcing.stranger(unit)
    told = {
        **FORM,
        "unit": unit.path,
        "paths": unit.path,
        "confirm_name": broadcast.title,
        "count": "60",
        "reject_note": "改一下",
        "review_note": "看过了",
        "correction_text": "改到后天",
        "class": "ambiguous",
        "outcome": "reached",
        "format": "csv",
    }
    return {"id": broadcast.id, "act": act.id, "person": person.id}, told


async def _file(house: House, unit: Unit) -> Told:
    return {"file": await Announcing(house).file(unit)}, {}


async def _segment(house: House, unit: Unit) -> Told:
    segment = await Announcing(house).segment(unit)
    form = {"paths": unit.path, "segment_name": f"人群{next(_numbers)}"}
    return {"segment": segment.id}, form


async def _emergency(house: House, unit: Unit) -> Told:
    template = await Announcing(house).template()
    told = {"template_title": "停水", "words": "请马上撤离。", "confirm_name": template.title}
    return {"template": template.id}, {**told, "unit": unit.path}


_PAGES = ("", "/progress", "/edit", "/approve", "/ledger", "/reach", "/calls")
_ACTS = (
    "edit",
    "test",
    "hand-in",
    "take-back",
    "copy",
    "remove",
    "series",
    "approve",
    "reject",
    "acts/{act}/approve",
    "acts/{act}/reject",
    "acts/{act}/resume",
    "acts/{act}/cancel",
    "pause",
    "resume",
    "cancel",
    "correct",
    "correct-otherwise",
    "recall",
    "resend",
    "review",
    "ledger/export",
    "reach/export",
    "calls/export",
    "calls/assign",
    "calls/{person}/called",
    "calls/{person}/phone",
)
BROADCASTS: Mapping[str, tuple[Make, bool]] = {
    "GET /broadcasts": (_nothing, False),
    "GET /broadcasts/new": (_nothing, False),
    "POST /broadcasts/new": (_new, False),
    "POST /broadcasts/look": (_new, False),
    "GET /broadcasts/segments": (_nothing, False),
    "POST /broadcasts/segments": (_segment, True),
    "POST /broadcasts/segments/count": (_segment, False),
    "POST /broadcasts/segments/{segment}/remove": (_segment, True),
    "GET /broadcasts/emergency": (_nothing, False),
    "POST /broadcasts/emergency": (_emergency, False),
    "POST /broadcasts/emergency/{template}/agree": (_emergency, False),
    "POST /broadcasts/emergency/{template}/remove": (_emergency, False),
    "POST /broadcasts/emergency/{template}/send": (_emergency, True),
    "GET /broadcasts/waiting": (_nothing, False),
    "GET /broadcasts/files/{file}": (_file, False),
    **{f"GET /broadcasts/{{id}}{path}": (_broadcast, True) for path in _PAGES},
    **{f"POST /broadcasts/{{id}}/{path}": (_broadcast, True) for path in _ACTS},
}
