"""How each route of talks is asked for: its maker, and whether it belongs to a unit."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from domain.units import Unit
from tests.console.broadcast_examples import Make, Told
from tests.console.talk_house import a_phrase, a_talk
from tests.console.visiting import House

_numbers = itertools.count(1)


async def _nothing(house: House, unit: Unit) -> Told:
    return {}, {}


async def _talk(house: House, unit: Unit) -> Told:
    """A talk that nobody has taken, with a file in it."""
    talk, file = await a_talk(house, unit)
    told = {
        "reply": "您好",
        "note": "记一笔",
        "colleague": "nobody",
        "hours": "1",
        "topic": "wage",
        "priority": "2",
        "entry": "wage.arrears",
        "phrasing": f"会话里没听过的说法{next(_numbers)}号",
    }
    return {"id": talk, "file": file, "phrase": await a_phrase(house, unit)}, told


async def _phrase(house: House, unit: Unit) -> Told:
    told = {"title": "问好", "text": "您好", "unit": unit.path}
    return {"phrase": await a_phrase(house, unit)}, told


TALKS: Mapping[str, tuple[Make, bool]] = {
    **{f"GET /talks{path}": (_nothing, False) for path in ("", "/rows", "/figures", "/phrases")},
    "POST /talks/phrases": (_phrase, True),
    "GET /talks/phrases/{phrase}": (_phrase, True),
    "POST /talks/phrases/{phrase}": (_phrase, True),
    "POST /talks/phrases/{phrase}/remove": (_phrase, True),
    **{
        f"{way}": (_talk, True)
        for way in (
            "GET /talks/{id}",
            "GET /talks/{id}/said",
            "GET /talks/{id}/phrases/{phrase}",
            "GET /talks/{id}/files/{file}",
            "POST /talks/{id}/reply",
            "POST /talks/{id}/note",
            "POST /talks/{id}/claim",
            "POST /talks/{id}/back",
            "POST /talks/{id}/hand-over",
            "POST /talks/{id}/snooze",
            "POST /talks/{id}/sort",
            "POST /talks/{id}/close",
            "POST /talks/{id}/called",
            "POST /talks/{id}/phone",
            "POST /talks/{id}/phrasing",
        )
    },
}
