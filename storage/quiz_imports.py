"""Lists of questions that staff uploaded and have not taken over yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.quiz import Item, Kind
from domain.quiz_bank import content_of, fields_of
from storage.tables import quiz_imports


class QuizImports:
    """The table of imports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, import_id: str, staff_id: str, items: Sequence[Item], expires_at: datetime
    ) -> None:
        await self._connection.execute(
            sa.insert(quiz_imports),
            {
                "id": import_id,
                "staff_id": staff_id,
                "items": [_row(item) for item in items],
                "expires_at": expires_at,
            },
        )

    async def take(self, import_id: str, staff_id: str, now: datetime) -> Sequence[Item] | None:
        """The items of somebody's own list, which is forgotten with this; None if it is gone."""
        c = quiz_imports.c
        rows = await self._connection.scalars(
            sa.delete(quiz_imports)
            .where(c.id == import_id, c.staff_id == staff_id, c.expires_at > now)
            .returning(c["items"])
        )
        found = rows.first()
        return None if found is None else [_item(row) for row in found]

    async def purge(self, now: datetime) -> int:
        """Forget lists whose time is over; how many."""
        result = await self._connection.execute(
            sa.delete(quiz_imports).where(quiz_imports.c.expires_at <= now)
        )
        return result.rowcount


def _row(item: Item) -> dict[str, Any]:
    return {
        "topic": item.topic,
        "difficulty": item.difficulty,
        "kind": item.kind.value,
        "content": content_of(item),
        "valid_from": item.valid_from.isoformat() if item.valid_from else None,
        "valid_to": item.valid_to.isoformat() if item.valid_to else None,
    }


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        id="",
        topic=row["topic"],
        difficulty=row["difficulty"],
        kind=Kind(row["kind"]),
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        **fields_of(row["content"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
