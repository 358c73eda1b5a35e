"""What became of the questions of a day, counted once: a million questions cannot be counted
anew whenever somebody looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.outcomes import Mark, OutcomeReport, report_of
from storage.tables import counted_days, day_counts, questions

# The page under which all questions of a day are counted, whatever they found.
_ALL = ""


class DayCounts:
    """The tables of counted days."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def list_counted(self, since: date, before: date) -> set[date]:
        """The counted days from `since` on, without `before`."""
        day = counted_days.c.asked_on
        rows = await self._connection.execute(sa.select(day).where(day >= since, day < before))
        return set(rows.scalars())

    async def find_first_asked(self) -> date | None:
        """The first day with a question."""
        first: date | None = await self._connection.scalar(
            sa.select(sa.func.min(questions.c.asked_on))
        )
        return first

    async def save(self, day: date, report: OutcomeReport) -> None:
        """Keep the counts of a day in place of what was kept."""
        await self._connection.execute(sa.delete(day_counts).where(day_counts.c.asked_on == day))
        found = {_ALL: report.totals, **report.pages}
        rows = [
            {"asked_on": day, "page": page, "mark": mark.value, "count": count}
            for page, counts in found.items()
            for mark, count in counts.items()
        ]
        if rows:
            await self._connection.execute(sa.insert(day_counts), rows)
        await self._connection.execute(
            sa.delete(counted_days).where(counted_days.c.asked_on == day)
        )
        await self._connection.execute(sa.insert(counted_days), {"asked_on": day})

    async def sum_up(self, days: Collection[date]) -> OutcomeReport:
        """The counts of these days together."""
        columns = day_counts.c
        rows = await self._connection.execute(
            sa.select(columns.page, columns.mark, sa.func.sum(columns.count))
            .where(columns.asked_on.in_(list(days)))
            .group_by(columns.page, columns.mark)
        )
        pages: dict[str, Counter[Mark]] = {}
        for page, mark, count in rows:
            pages.setdefault(page, Counter())[Mark(mark)] = int(count)
        return report_of(pages.pop(_ALL, Counter()), pages)

    async def totals(self, days: Collection[date]) -> Mapping[date, Mapping[Mark, int]]:
        """Of each of these days, how all its questions ended; a day without any is absent."""
        columns = day_counts.c
        rows = await self._connection.execute(
            sa.select(columns.asked_on, columns.mark, columns.count).where(
                columns.asked_on.in_(list(days)), columns.page == _ALL
            )
        )
        found: dict[date, dict[Mark, int]] = {}
        for day, mark, count in rows:
            found.setdefault(day, {})[Mark(mark)] = count
        return found

    async def forget_day_of(self, question_id: str) -> None:
        """A question of a counted day has changed: the day is counted again."""
        day = sa.select(questions.c.asked_on).where(questions.c.id == question_id)
        await self._connection.execute(
            sa.delete(counted_days).where(counted_days.c.asked_on == day.scalar_subquery())
        )

    async def purge_before(self, day: date) -> None:
        """Forget the counts of days before `day`."""
        for table in (counted_days, day_counts):
            await self._connection.execute(sa.delete(table).where(table.c.asked_on < day))
