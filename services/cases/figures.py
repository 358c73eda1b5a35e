"""Figures of the half-year report."""

from __future__ import annotations

from datetime import date

from domain.cases.figures import TierFigures, shown, whole_halves
from domain.cases.wall import Sight
from domain.clock import beijing_date
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.cases.common import CaseWork


class CaseFigures(CaseWork):
    """What was settled, for whoever leads case work."""

    async def settled(
        self, actor: Actor, first: date, last: date
    ) -> tuple[TierFigures | None, TierFigures | None]:
        """The grassroots unions and the district, for agreements from `first` to `last` inclusive.

        As far as the cases are there for whoever asks, in groups that are too large to tell of a
        single one (`domain.cases.figures.shown`). Refuses with `cases.period_wrong`.
        """
        actor.must(Permission.CASES_ASSIGN)
        if last < first:
            raise Refusal("cases.period_wrong")
        begin, end = whole_halves(first, last)
        async with self._open_read() as work:
            rows = await work.case_asides.settled(Sight.of(actor), begin, end)
        return shown(rows, first, last, beijing_date(self._clock.now()))
