"""The demo's members: a small roster, and people whose unit is still to be found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.clock import Clock
from domain.people import Occupation, Person, Source
from storage.database import Database
from storage.people import new_person_id


async def settle(database: Database, clock: Clock, content: Mapping[str, Any]) -> None:
    """Keep the members of demo.toml, in the units that are there already."""
    now = clock.now()
    async with database.open_work() as work:
        units = {unit.name: unit.id for unit in await work.units.list_within(("/",))}
        await work.people.add_all(
            [
                Person(
                    new_person_id(),
                    now,
                    now,
                    name=one["name"],
                    number=one.get("number"),
                    unit_id=units[one["unit"]] if "unit" in one else None,
                    unit_text=one.get("unit_text"),
                    occupation=Occupation(one["occupation"]) if "occupation" in one else None,
                    source=Source.ROSTER if "unit" in one else Source.SELF,
                )
                for one in content["members"]
            ]
        )
        await work.commit()
