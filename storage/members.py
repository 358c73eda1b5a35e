"""Members as the chat knows them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.members import Member, Reach
from storage.tables import members
from storage.upsert import insert


class Members:
    """The table of members."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, member_id: int) -> Member | None:
        result = await self._connection.execute(
            sa.select(members).where(members.c.id == member_id)
        )
        row = result.mappings().first()
        if row is None:
            return None
        return Member(
            id=row["id"],
            chat_id=row["chat_id"],
            language=row["language"],
            reach=Reach(row["reach"]),
            notice_version=row["notice_version"],
            met_at=row["met_at"],
        )

    async def save(self, member: Member) -> None:
        """Add the member, or bring chat, language, reach and notice up to date."""
        values = {
            "chat_id": member.chat_id,
            "language": member.language,
            "reach": member.reach.value,
            "notice_version": member.notice_version,
        }
        statement = insert(self._connection, members).values(
            id=member.id, met_at=member.met_at, **values
        )
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=values)
        )

    async def set_reach(self, member_id: int, reach: Reach) -> bool:
        """True if the member is known."""
        result = await self._connection.execute(
            sa.update(members).where(members.c.id == member_id).values(reach=reach.value)
        )
        return result.rowcount > 0
