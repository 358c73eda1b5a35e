"""Rosters for tests, as the console hands them to the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.people import Occupation
from domain.roster import Cell, Field, Plan, RawRow, StoredPlan
from domain.staff import Actor
from domain.units import Unit
from services.roster import RosterService

WORDS: Mapping[str, Occupation] = {"骑手": Occupation.RIDER, "环卫": Occupation.SANITATION}


def row(line: int, **texts: str | Cell) -> RawRow:
    """A row by the names of its columns."""
    return RawRow(
        line,
        {
            Field(name): text if isinstance(text, Cell) else Cell(text)
            for name, text in texts.items()
        },
    )


def listed(people: Sequence[tuple[str, str, str]]) -> list[RawRow]:
    """Rows of number, name, phone, from line 2 on."""
    return [
        row(line, number=number, name=name, phone=phone)
        for line, (number, name, phone) in enumerate(people, 2)
    ]


async def plan(
    rosters: RosterService, who: Actor, unit: Unit, people: Sequence[tuple[str, str, str]]
) -> Plan:
    return await rosters.plan(who, unit.id, listed(people), WORDS)


async def load(
    rosters: RosterService, who: Actor, unit: Unit, people: Sequence[tuple[str, str, str]]
) -> StoredPlan:
    """Plan and confirm, whatever is missing."""
    planned = await plan(rosters, who, unit, people)
    assert planned.id is not None, planned.issues
    await rosters.confirm(who, planned.id, planned.missing)
    await rosters.resume()
    found = await rosters.find(who, planned.id)
    assert found is not None
    return found
