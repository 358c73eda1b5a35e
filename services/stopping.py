"""A push that stops by itself, and telling who made it."""

from __future__ import annotations

from datetime import datetime

from domain.broadcasts import STOPPED
from domain.outbox import Notice, Push
from storage.work import Work


async def tell_stopped(work: Work, push: Push, now: datetime) -> None:
    """Tell who made it, in their own chat, if it was one of the staff."""
    author = await work.staff.find(push.created_by)
    if author is None or not author.is_active:
        return
    await work.outbox.add(
        Notice(
            STOPPED,
            None,
            f"{STOPPED}:{push.id}:{now.timestamp():.0f}",
            now,
            details={"title": push.title},
            chat_id=author.telegram_id,
        )
    )
