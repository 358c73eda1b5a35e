"""Facts about this installation that must survive a restart."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import instance
from storage.upsert import insert


class Instance:
    """The table of keys and values."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def touch(self, now: datetime) -> None:
        """Write a little, to see that writing works."""
        values = {"value": now.isoformat()}
        statement = insert(self._connection, instance).values(key="probe", **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def settle(self, name: str, value: str) -> str:
        """Keep the value under a name that has none yet; what is kept there."""
        await self._connection.execute(
            insert(self._connection, instance).on_conflict_do_nothing(),
            {"key": name, "value": value},
        )
        kept = await self._connection.scalar(
            sa.select(instance.c.value).where(instance.c.key == name)
        )
        assert kept is not None
        return str(kept)

    async def key(self, name: str) -> bytes:
        """A random 32-byte key of this installation, made at the first call."""
        return bytes.fromhex(await self.settle(name, secrets.token_hex(32)))
