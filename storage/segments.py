"""What is kept ready for broadcasts: saved groups of members, words for an emergency."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import EmergencyTemplate, SavedSegment, segment_json, segment_of
from storage.tables import emergency_templates, segments
from storage.units import within


class Segments:
    """The table of saved segments."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: SavedSegment) -> None:
        await self._connection.execute(
            sa.insert(segments),
            {
                "id": one.id,
                "name": one.name,
                "unit_path": one.unit_path,
                "criteria": segment_json(one.segment),
                "made_by": one.made_by,
                "made_at": one.made_at,
            },
        )

    async def list_within(self, paths: Collection[str]) -> Sequence[SavedSegment]:
        rows = await self._connection.execute(
            sa.select(segments)
            .where(within(segments.c.unit_path, paths))
            .order_by(segments.c.name, segments.c.id)
        )
        return [
            SavedSegment(
                row["id"],
                row["name"],
                row["unit_path"],
                segment_of(row["criteria"]),
                row["made_by"],
                row["made_at"],
            )
            for row in rows.mappings()
        ]

    async def remove(self, segment_id: str, paths: Collection[str]) -> bool:
        result = await self._connection.execute(
            sa.delete(segments).where(
                segments.c.id == segment_id, within(segments.c.unit_path, paths)
            )
        )
        return result.rowcount > 0


class EmergencyTemplates:
    """The table of words for an emergency."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: EmergencyTemplate) -> None:
        await self._connection.execute(
            sa.insert(emergency_templates), {f.name: getattr(one, f.name) for f in fields(one)}
        )

    async def agree(self, template_id: str, by: str, at: datetime) -> None:
        await self._connection.execute(
            sa.update(emergency_templates)
            .where(emergency_templates.c.id == template_id)
            .values(agreed_by=by, agreed_at=at)
        )

    async def remove(self, template_id: str, at: datetime) -> None:
        await self._connection.execute(
            sa.update(emergency_templates)
            .where(emergency_templates.c.id == template_id)
            .values(removed_at=at)
        )

    async def list_all(self) -> Sequence[EmergencyTemplate]:
        rows = await self._connection.execute(
            sa.select(*(emergency_templates.c[f.name] for f in fields(EmergencyTemplate)))
            .where(emergency_templates.c.removed_at.is_(None))
            .order_by(emergency_templates.c.title, emergency_templates.c.id)
        )
        return [EmergencyTemplate(**dict(row)) for row in rows.mappings()]
