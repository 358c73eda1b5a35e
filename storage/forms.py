"""Forms in progress."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.forms import Draft, Form
from storage.batches import AMONG, among
from storage.tables import drafts
from storage.upsert import insert


@cache
def _open(dialect: str) -> sa.Select[Any]:
    return sa.select(drafts).where(
        among(dialect, drafts.c.member_id), drafts.c.expires_at > sa.bindparam("now")
    )


class Drafts:
    """The table of drafts: at most one open form for each member."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_all(self, member_ids: Collection[int], now: datetime) -> Mapping[int, Draft]:
        """The members' open forms, without those that have lapsed by `now`."""
        result = await self._connection.execute(
            _open(self._connection.dialect.name), {AMONG: list(member_ids), "now": now}
        )
        return {
            row["member_id"]: Draft(
                member_id=row["member_id"],
                form=Form(row["form"]),
                step=row["step"],
                answers=row["answers"],
                expires_at=row["expires_at"],
            )
            for row in result.mappings()
        }

    async def save(self, draft: Draft) -> None:
        """Keep the draft in place of whatever form was open before."""
        values = {
            "form": draft.form.value,
            "step": draft.step,
            "answers": dict(draft.answers),
            "expires_at": draft.expires_at,
        }
        statement = insert(self._connection, drafts).values(member_id=draft.member_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["member_id"], set_=values)
        )

    async def remove(self, member_id: int) -> bool:
        """True if a form was open."""
        result = await self._connection.execute(
            sa.delete(drafts).where(drafts.c.member_id == member_id)
        )
        return result.rowcount > 0

    async def purge(self, now: datetime) -> int:
        """Remove what has lapsed; the number of rows."""
        result = await self._connection.execute(
            sa.delete(drafts).where(drafts.c.expires_at <= now)
        )
        return result.rowcount
