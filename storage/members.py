"""Members as the chat knows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.members import Member, Reach
from storage.batches import AMONG, among
from storage.tables import members
from storage.upsert import insert


@cache
def _known(dialect: str) -> sa.Select[Any]:
    return sa.select(members).where(among(dialect, members.c.id))


class Members:
    """The table of members."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_all(self, member_ids: Collection[int]) -> Mapping[int, Member]:
        """Those of the members who are known."""
        result = await self._connection.execute(
            _known(self._connection.dialect.name), {AMONG: list(member_ids)}
        )
        return {
            row["id"]: Member(
                id=row["id"],
                chat_id=row["chat_id"],
                language=row["language"],
                reach=Reach(row["reach"]),
                notice_version=row["notice_version"],
                met_at=row["met_at"],
            )
            for row in result.mappings()
        }

    async def save_all(self, batch: Sequence[Member]) -> None:
        """Add the members, or bring chat, language, reach and notice up to date."""
        statement = insert(self._connection, members)
        changing = ("chat_id", "language", "reach", "notice_version")
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={name: statement.excluded[name] for name in changing},
            ),
            [
                {
                    "id": member.id,
                    "chat_id": member.chat_id,
                    "language": member.language,
                    "reach": member.reach.value,
                    "notice_version": member.notice_version,
                    "met_at": member.met_at,
                }
                for member in batch
            ],
        )

    async def set_reach(self, member_id: int, reach: Reach) -> bool:
        """True if the member is known."""
        result = await self._connection.execute(
            sa.update(members).where(members.c.id == member_id).values(reach=reach.value)
        )
        return result.rowcount > 0
