"""Deep links from posters."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.links import Link, Target
from storage.tables import links


class Links:
    """The table of deep links."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, link: Link) -> None:
        await self._connection.execute(
            sa.insert(links),
            {
                "token": link.token,
                "target": link.target.value,
                "target_id": link.target_id,
                "expires_at": link.expires_at,
            },
        )

    async def find(self, token: str, now: datetime) -> Link | None:
        """The link, unless it is unknown or has expired by `now`."""
        result = await self._connection.execute(
            sa.select(links).where(links.c.token == token, links.c.expires_at > now)
        )
        row = result.mappings().first()
        if row is None:
            return None
        return Link(row["token"], Target(row["target"]), row["target_id"], row["expires_at"])

    async def find_to(self, target: Target, target_id: str, until: datetime) -> Link | None:
        """A link that leads there and holds at least until then."""
        result = await self._connection.execute(
            sa.select(links)
            .where(
                links.c.target == target.value,
                links.c.target_id == target_id,
                links.c.expires_at >= until,
            )
            .order_by(links.c.expires_at.desc(), links.c.token)
            .limit(1)
        )
        row = result.mappings().first()
        if row is None:
            return None
        return Link(row["token"], Target(row["target"]), row["target_id"], row["expires_at"])

    async def purge(self, now: datetime) -> int:
        result = await self._connection.execute(sa.delete(links).where(links.c.expires_at <= now))
        return result.rowcount
