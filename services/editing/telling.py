"""Who hears of what was published: those who wished for an answer, those who watch the page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from domain.ask import Decision
from domain.clock import beijing_date
from domain.editing import Kind, Version
from domain.outbox import Notice
from domain.outcomes import Missed
from knowledge import Library
from knowledge.golden import pages_for
from storage.database import Database
from storage.work import Work

FOUND, CHANGED = "answer.found", "answer.changed"
# Later than that the news is none.
_NEWS = timedelta(days=14)


async def find_met(database: Database, library: Library, name: str, today: date) -> Sequence[str]:
    """The wishes that a page meets: their question leads to it, and the asker has not seen it."""
    async with database.open_read() as work:
        open_wishes = await work.wishes.list_open(today)
        asked = await work.questions.find_asked(question for _, _, question in open_wishes)
    by_wish = {wish: asked[question] for wish, _, question in open_wishes if question in asked}
    return await asyncio.to_thread(_met, library, by_wish, name)


async def tell(work: Work, met: Sequence[str], version: Version, now: datetime) -> int:
    """Put the news into the outbox, in the transaction that publishes; how many hear of it.

    The rows say nothing of question or page: the button opens them, for its owner only.
    """
    told, today = 0, beijing_date(now)
    open_wishes = await work.wishes.list_open(today) if met else []
    members = {wish: member for wish, member, _ in open_wishes}
    for wish in met:
        if wish in members and await work.wishes.meet(wish, version.name):
            await work.outbox.add(_notice(FOUND, members[wish], wish, 0, now))
            told += 1
    if version.is_material and version.kind is Kind.ENTRY:
        for watch, member in await work.watches.list_of(version.name, today):
            await work.outbox.add(_notice(CHANGED, member, watch, version.number, now))
            told += 1
    return told


def _notice(kind: str, member: int, token: str, number: int, now: datetime) -> Notice:
    return Notice(
        kind,
        member,
        f"{kind}:{token}:{number}",
        now,
        details={"token": token},
        expires_at=now + _NEWS,
    )


def _met(library: Library, asked: Mapping[str, Missed], name: str) -> Sequence[str]:
    found = []
    for wish, question in asked.items():
        decision, pages = pages_for(library, question.text)
        if decision is not Decision.NONE and name in pages and name not in question.shown:
            found.append(wish)
    return found
