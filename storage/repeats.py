"""The table of forms that were sent from the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables.repeats import sent_forms
from storage.upsert import insert


@dataclass(frozen=True, slots=True)
class SentForm:
    """One form as it was sent; `location` is None while it is being handled."""

    staff_id: str
    key: str
    route: str
    digest: str
    location: str | None
    at: datetime


class SentForms:
    """Who sent which form, and where it led."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, form: SentForm) -> bool:
        """Note a form; False if one with this key is there already."""
        added = await self._connection.scalar(
            insert(self._connection, sent_forms)
            .values(
                staff_id=form.staff_id,
                key=form.key,
                route=form.route,
                digest=form.digest,
                location=form.location,
                at=form.at,
            )
            .on_conflict_do_nothing()
            .returning(sent_forms.c.key)
        )
        return added is not None

    async def find(self, staff_id: str, key: str) -> SentForm | None:
        return await self._one(sent_forms.c.staff_id == staff_id, sent_forms.c.key == key)

    async def find_newest(self, staff_id: str) -> SentForm | None:
        """What this person sent last."""
        return await self._one(sent_forms.c.staff_id == staff_id)

    async def lead(self, staff_id: str, key: str, location: str) -> None:
        """Note where a form led."""
        await self._connection.execute(
            sa.update(sent_forms)
            .where(sent_forms.c.staff_id == staff_id, sent_forms.c.key == key)
            .values(location=location)
        )

    async def remove(self, staff_id: str, key: str) -> None:
        await self._connection.execute(
            sa.delete(sent_forms).where(sent_forms.c.staff_id == staff_id, sent_forms.c.key == key)
        )

    async def purge_before(self, instant: datetime) -> int:
        result = await self._connection.execute(
            sa.delete(sent_forms).where(sent_forms.c.at < instant)
        )
        return result.rowcount

    async def _one(self, *conditions: sa.ColumnElement[bool]) -> SentForm | None:
        result = await self._connection.execute(
            sa.select(sent_forms).where(*conditions).order_by(sent_forms.c.at.desc()).limit(1)
        )
        row = result.mappings().first()
        return None if row is None else SentForm(**row)
