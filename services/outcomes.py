"""What became of questions, for those who look after the pages: counts, and what was missed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar, cast

from domain.clock import Clock, beijing_date
from domain.outcomes import (
    DayCounts,
    Mark,
    MissReport,
    OutcomeReport,
    Rise,
    rises,
    tally,
    together,
)
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from knowledge import Knowledge
from knowledge.misses import find_misses
from storage.database import Database
from storage.work import Work

# Whoever comes a moment later sees the same.
FRESH = timedelta(seconds=60)
# Gathering what is missed among a million questions takes seconds, in which all else is slow.
# What takes longer than a page may is counted anew less often, behind the back of who looks;
# after LATEST they wait for it.
SLOW_SECONDS = 0.5
SELDOM, LATEST = timedelta(minutes=10), timedelta(hours=1)
# Of what was asked in vain so many different questions are gathered, the most frequent and a
# mixed lot of the others: the time grows with the square, and the largest heaps stay the same.
MOST_MISSED = 3_000
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
        self._awaited: set[asyncio.Task[MissReport]] = set()

    async def count(self, actor: Actor, days: int) -> OutcomeReport:
        """How the questions of the last `days` days ended, today included."""
        _must(actor)

        async def look() -> OutcomeReport:
            async with self._open_read() as work:
                return await _report(work, self._last(days))

        return await self._fresh(("count", days), look)

    async def by_day(self, actor: Actor, days: int) -> tuple[DayCounts, ...]:
        """The questions of each of the last `days` days, also of days without any."""
        _must(actor)

        async def look() -> tuple[DayCounts, ...]:
            asked = self._last(days)
            async with self._open_read() as work:
                counted = await _counted(work, asked)
                found = dict(await work.day_counts.totals(counted))
                for day in asked:
                    if day not in counted:
                        found[day] = tally(await work.questions.count_outcomes([day])).totals
            return tuple(_day(day, found.get(day, {})) for day in asked)

        return await self._fresh(("days", days), look)

    async def rising(self, actor: Actor, days: int) -> tuple[Rise, ...]:
        """The topics that are read much more than in the `days` days before."""
        _must(actor)

        async def look() -> tuple[Rise, ...]:
            both = self._last(2 * days)
            async with self._open_read() as work:
                now = await _report(work, both[days:])
                before = await _report(work, both[:days])
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
                missed = await work.questions.list_missed(self._last(days)[0], MOST_MISSED)
            # Seconds of work for thousands of questions: members must not wait for it.
            return await asyncio.to_thread(find_misses, library, missed, size)

        return await self._fresh(("misses", days, size), look)

    async def peek_misses(self, actor: Actor, days: int, patience: timedelta) -> MissReport | None:
        """As `find_misses`, but None if that takes longer than `patience`: then it is on its way,
        and a later look has it."""
        task = asyncio.ensure_future(self.find_misses(actor, days))
        self._awaited.add(task)
        task.add_done_callback(self._awaited.discard)
        done, _ = await asyncio.wait({task}, timeout=patience.total_seconds())
        return task.result() if done else None

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

    def _last(self, days: int) -> list[date]:
        """The last days, today included, oldest first."""
        today = beijing_date(self._clock.now())
        return [today - timedelta(days=past) for past in range(days - 1, -1, -1)]


class DayCounter:
    """Counts the questions of days that are over, each day once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._open_read = database.open_read
        self._open_work = database.open_work
        self._clock = clock

    async def count_due(self) -> int:
        """Count the days that are over and not counted yet; how many.

        A day is counted anew when somebody judges one of its answers later.
        """
        today = beijing_date(self._clock.now())
        async with self._open_read() as work:
            first = await work.day_counts.find_first_asked()
            if first is None:
                return 0
            counted = await work.day_counts.list_counted(first, today)
        past = (first + timedelta(days=days) for days in range((today - first).days))
        due = [day for day in past if day not in counted]
        for day in due:
            async with self._open_work() as work:
                await work.day_counts.save(day, tally(await work.questions.count_outcomes([day])))
                await work.commit()
        return len(due)


async def _counted(work: Work, days: Sequence[date]) -> set[date]:
    return await work.day_counts.list_counted(days[0], days[-1] + timedelta(days=1))


async def _report(work: Work, days: Sequence[date]) -> OutcomeReport:
    """The report on these days, which stand in a row: what is counted, and the rest as it is."""
    counted = await _counted(work, days)
    live = await work.questions.count_outcomes([day for day in days if day not in counted])
    return together(await work.day_counts.sum_up(counted), tally(live))


def _must(actor: Actor) -> None:
    actor.must(Permission.QUESTIONS_READ)


def _day(day: date, counts: Mapping[Mark, int]) -> DayCounts:
    found = [counts.get(mark, 0) for mark in (Mark.ANSWERED, Mark.CHOICES, Mark.NONE)]
    return DayCounts(day, sum(found), *found)
