"""The photos and documents of broadcasts, and what members turned off."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.broadcasts import BroadcastFile, Topic
from domain.outbox import MediaKind
from storage.tables import broadcast_files, topic_mutes
from storage.upsert import insert

_FILE = ("id", "kind", "name", "content_type", "size", "digest", "telegram_id")


class BroadcastFiles:
    """The table of files."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, one: BroadcastFile, content: bytes, by: str, at: datetime) -> None:
        row = {name: getattr(one, name) for name in _FILE}
        await self._connection.execute(
            sa.insert(broadcast_files),
            {**row, "kind": one.kind.value, "content": content, "made_by": by, "made_at": at},
        )

    async def find(self, file_id: str) -> BroadcastFile | None:
        """What is known of a file, without its bytes."""
        rows = await self._connection.execute(
            sa.select(*(broadcast_files.c[name] for name in _FILE)).where(
                broadcast_files.c.id == file_id
            )
        )
        row = rows.mappings().first()
        return None if row is None else BroadcastFile(**{**row, "kind": MediaKind(row["kind"])})

    async def read(self, file_id: str) -> bytes | None:
        found = await self._connection.scalar(
            sa.select(broadcast_files.c.content).where(broadcast_files.c.id == file_id)
        )
        return None if found is None else bytes(found)

    async def keep_telegram_id(self, file_id: str, telegram_id: str | None) -> None:
        """Note Telegram's own number of the file, by which it need not be sent again."""
        await self._connection.execute(
            sa.update(broadcast_files)
            .where(broadcast_files.c.id == file_id)
            .values(telegram_id=telegram_id)
        )


class TopicMutes:
    """The table of topics that members do not want to hear of."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, member_id: int) -> frozenset[Topic]:
        rows = await self._connection.execute(
            sa.select(topic_mutes.c.topic).where(topic_mutes.c.member_id == member_id)
        )
        return frozenset(Topic(topic) for topic in rows.scalars())

    async def is_muted(self, member_id: int, topic: str | None) -> bool:
        """Whether the member does not want to hear of the topic. Nobody can turn off danger."""
        if topic is None or topic == Topic.SAFETY.value:
            return False
        return topic in await self.of(member_id)

    async def add(self, member_id: int, topic: Topic, at: datetime) -> None:
        await self._connection.execute(
            insert(self._connection, topic_mutes).on_conflict_do_nothing(),
            {"member_id": member_id, "topic": topic.value, "at": at},
        )

    async def remove(self, member_id: int, topic: Topic) -> None:
        await self._connection.execute(
            sa.delete(topic_mutes).where(
                topic_mutes.c.member_id == member_id, topic_mutes.c.topic == topic.value
            )
        )
