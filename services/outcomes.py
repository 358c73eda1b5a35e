"""What became of questions, for those who look after the pages: counts, and what was missed."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

from domain.clock import Clock, beijing_date
from domain.outcomes import MissReport, OutcomeReport, tally
from domain.refusal import Refusal
from knowledge import Knowledge
from knowledge.misses import find_misses
from storage.database import Database


class OutcomeService:
    """Looks back at questions. No answer leads to a person, and no text to a lone question:
    fewer than `cluster_size` that are alike are counted, not shown."""

    def __init__(
        self, database: Database, knowledge: Knowledge, clock: Clock, cluster_size: int
    ) -> None:
        self._open_read = database.open_read
        self._knowledge = knowledge
        self._clock = clock
        self._cluster_size = cluster_size

    async def count(self, days: int) -> OutcomeReport:
        """How the questions of the last `days` days ended, today included."""
        async with self._open_read() as work:
            return tally(await work.questions.count_outcomes(self._since(days)))

    async def find_misses(self, days: int, at_least: int | None = None) -> MissReport:
        """What was asked in vain in the last `days` days, gathered by likeness.

        `at_least` may ask for larger clusters than the setting, never for smaller ones. Refuses
        with `ask.no_knowledge` while there is no good knowledge base.
        """
        library = self._knowledge.current
        if library is None:
            raise Refusal("ask.no_knowledge")
        async with self._open_read() as work:
            missed = await work.questions.list_missed(self._since(days))
        size = max(self._cluster_size, at_least or 0)
        # Seconds of work for thousands of questions: members must not wait for it.
        return await asyncio.to_thread(find_misses, library, missed, size)

    def _since(self, days: int) -> date:
        return beijing_date(self._clock.now()) - timedelta(days=days - 1)
