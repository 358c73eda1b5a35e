"""What members agreed to, and the hours in which they want to hear from us."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.consents import Answer, Consent, Consents, Purpose
from domain.pushes import PushWindow
from storage.tables import consents, push_windows


class ConsentRows:
    """The table of consents: answers are added, never changed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, member_id: int, consent: Consent) -> None:
        await self._connection.execute(
            sa.insert(consents),
            {
                "member_id": member_id,
                "purpose": consent.purpose.value,
                "version": consent.version,
                "answer": consent.answer.value,
                "at": consent.at,
            },
        )

    async def of(self, member_id: int) -> Consents:
        """All answers of a member."""
        return (await self.of_all([member_id])).get(member_id, Consents())

    async def of_all(self, member_ids: Collection[int]) -> Mapping[int, Consents]:
        """All answers of the members, for those who gave any."""
        rows = await self._connection.execute(
            sa.select(consents)
            .where(consents.c.member_id.in_(list(member_ids)))
            .order_by(consents.c.id)
        )
        found: dict[int, tuple[Consent, ...]] = {}
        for row in rows.mappings():
            answer = Consent(
                Purpose(row["purpose"]), row["version"], Answer(row["answer"]), row["at"]
            )
            found[row["member_id"]] = (*found.get(row["member_id"], ()), answer)
        return {member_id: Consents(history) for member_id, history in found.items()}


class PushWindowRows:
    """The table of push windows."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, member_id: int) -> tuple[PushWindow, ...]:
        return (await self.of_all([member_id])).get(member_id, ())

    async def of_all(self, member_ids: Collection[int]) -> Mapping[int, tuple[PushWindow, ...]]:
        """The windows of those members who chose any, in the order of the day."""
        rows = await self._connection.execute(
            sa.select(push_windows)
            .where(push_windows.c.member_id.in_(list(member_ids)))
            .order_by(push_windows.c.member_id, push_windows.c.starts)
        )
        found: dict[int, tuple[PushWindow, ...]] = {}
        for row in rows.mappings():
            window = PushWindow(row["starts"], row["ends"])
            found[row["member_id"]] = (*found.get(row["member_id"], ()), window)
        return found

    async def add(self, member_id: int, window: PushWindow) -> None:
        await self._connection.execute(
            sa.insert(push_windows),
            {"member_id": member_id, "starts": window.starts, "ends": window.ends},
        )

    async def remove(self, member_id: int, window: PushWindow) -> None:
        await self._connection.execute(
            sa.delete(push_windows).where(
                push_windows.c.member_id == member_id, push_windows.c.starts == window.starts
            )
        )

    async def clear(self, member_id: int) -> None:
        await self._connection.execute(
            sa.delete(push_windows).where(push_windows.c.member_id == member_id)
        )
