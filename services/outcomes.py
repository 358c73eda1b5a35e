"""What became of questions, for those who look after the pages: counts, and what was missed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar, cast

from domain.ask import Decision
from domain.clock import Clock, beijing_date
from domain.outcomes import DayCounts, MissReport, OutcomeReport, Rise, rises, tally
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from knowledge import Knowledge
from knowledge.misses import find_misses
from storage.database import Database

# Whoever comes a moment later sees the same.
FRESH = timedelta(seconds=60)
# Gathering what is missed among a million questions takes many seconds. What took so long is
# counted anew less often, behind the back of who looks; after LATEST they wait for it.
SLOW_SECONDS = 1.0
SELDOM, LATEST = timedelta(minutes=10), timedelta(hours=1)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found, and whether that took long."""

    at: datetime
    value: object
    is_slow: bool

    def is_fresh(self, now: datetime) -> bool:
        return now - self.at < (SELDOM if self.is_slow else FRESH)

    def may_serve(self, now: datetime) -> bool:
        return now - self.at < (LATEST if self.is_slow else FRESH)


class OutcomeService:
    """Looks back at questions. No answer leads to a person, and no text to a lone question:
    fewer than `cluster_size` that are alike are counted, not shown.

    An answer may be a minute old, one that is slow to find an hour, but not older than the pages
    that are in force, and never of another day.
    """

    def __init__(
        self, database: Database, knowledge: Knowledge, clock: Clock, cluster_size: int
    ) -> None:
        self._open_read = database.open_read
        self._knowledge = knowledge
        self._clock = clock
        self._cluster_size = cluster_size
        self._turns: defaultdict[object, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._kept: dict[object, _Kept] = {}
        self._renewing: dict[object, asyncio.Task[_Kept]] = {}

    async def count(self, actor: Actor, days: int) -> OutcomeReport:
        """How the questions of the last `days` days ended, today included."""
        _must(actor)

        async def look() -> OutcomeReport:
            async with self._open_read() as work:
                return tally(await work.questions.count_outcomes(self._since(days)))

        return await self._fresh(("count", days), look)

    async def by_day(self, actor: Actor, days: int) -> tuple[DayCounts, ...]:
        """The questions of each of the last `days` days, also of days without any."""
        _must(actor)

        async def look() -> tuple[DayCounts, ...]:
            since = self._since(days)
            async with self._open_read() as work:
                rows = await work.questions.count_days(since)
            found = {(day, decision): count for day, decision, count in rows}
            return tuple(_day(found, since + timedelta(days=past)) for past in range(days))

        return await self._fresh(("days", days), look)

    async def rising(self, actor: Actor, days: int) -> tuple[Rise, ...]:
        """The topics that are read much more than in the `days` days before."""
        _must(actor)

        async def look() -> tuple[Rise, ...]:
            since = self._since(days)
            async with self._open_read() as work:
                now = tally(await work.questions.count_outcomes(since))
                start = since - timedelta(days=days)
                before = tally(await work.questions.count_outcomes(start, since))
            return rises(now, before)

        return await self._fresh(("rising", days), look)

    async def find_misses(
        self, actor: Actor, days: int, at_least: int | None = None
    ) -> MissReport:
        """What was asked in vain in the last `days` days, gathered by likeness.

        `at_least` may ask for larger clusters than the setting, never for smaller ones. Refuses
        with `ask.no_knowledge` while there is no good knowledge base.
        """
        _must(actor)
        library = self._knowledge.current
        if library is None:
            raise Refusal("ask.no_knowledge")
        size = max(self._cluster_size, at_least or 0)

        async def look() -> MissReport:
            async with self._open_read() as work:
                missed = await work.questions.list_missed(self._since(days))
            # Seconds of work for thousands of questions: members must not wait for it.
            return await asyncio.to_thread(find_misses, library, missed, size)

        return await self._fresh(("misses", days, size), look)

    async def _fresh(self, what: object, look: Callable[[], Awaitable[Result]]) -> Result:
        library, now = self._knowledge.current, self._clock.now()
        key = (what, library.digest if library else "", beijing_date(now))
        kept = self._kept.get(key)
        if kept is None or not kept.may_serve(now):
            kept = await self._look(key, look)
        elif not kept.is_fresh(now) and key not in self._renewing:
            task = asyncio.create_task(self._look(key, look))
            self._renewing[key] = task
            # Should it fail, the loop's own log says so, and the next look tries again.
            task.add_done_callback(lambda _: self._renewing.pop(key))
        return cast("Result", kept.value)

    async def _look(self, key: tuple[object, ...], look: Callable[[], Awaitable[Result]]) -> _Kept:
        # One at a time: ten who open the page at once must not count ten times.
        async with self._turns[key[0]]:
            now = self._clock.now()
            kept = self._kept.get(key)
            if kept is None or not kept.is_fresh(now):
                begun = time.perf_counter()
                value = await look()
                kept = _Kept(now, value, time.perf_counter() - begun >= SLOW_SECONDS)
                self._kept = {
                    name: held for name, held in self._kept.items() if now - held.at < LATEST
                }
                self._kept[key] = kept
            return kept

    def _since(self, days: int) -> date:
        return beijing_date(self._clock.now()) - timedelta(days=days - 1)


def _must(actor: Actor) -> None:
    actor.must(Permission.QUESTIONS_READ)


def _day(found: dict[tuple[date, Decision], int], day: date) -> DayCounts:
    answered, choices, none = (
        found.get((day, decision), 0)
        for decision in (Decision.ANSWER, Decision.CHOICES, Decision.NONE)
    )
    return DayCounts(day, answered + choices + none, answered, choices, none)
