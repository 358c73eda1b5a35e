"""Deep links: making them for posters, and opening what they point to."""

from __future__ import annotations

import secrets
from datetime import timedelta

from domain.clock import Clock
from domain.links import Link, Target, is_payload
from storage.database import OpenWork


class LinkService:
    """Short opaque tokens that are resolved here, so that a poster can expire."""

    def __init__(self, open_work: OpenWork, open_read: OpenWork, clock: Clock) -> None:
        self._open_work = open_work
        self._open_read = open_read
        self._clock = clock

    async def create(self, target: Target, target_id: str, lifetime: timedelta) -> Link:
        """A new link; its token holds 96 random bits."""
        link = Link(
            token=secrets.token_urlsafe(12),
            target=target,
            target_id=target_id,
            expires_at=self._clock.now() + lifetime,
        )
        async with self._open_work() as work:
            await work.links.add(link)
            await work.commit()
        return link

    async def find(self, payload: str) -> Link | None:
        """What a payload points to; None for a bad, unknown or expired one alike."""
        if not is_payload(payload):
            return None
        async with self._open_read() as work:
            return await work.links.find(payload, self._clock.now())

    async def purge(self) -> int:
        """Remove expired links; the number of rows."""
        async with self._open_work() as work:
            count = await work.links.purge(self._clock.now())
            await work.commit()
        return count
