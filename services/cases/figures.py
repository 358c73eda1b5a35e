"""Figures of the half-year report."""

from __future__ import annotations

from datetime import date

from domain.cases.figures import TierFigures, figures
from domain.cases.wall import Sight
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.cases.common import CaseWork


class CaseFigures(CaseWork):
    """What was settled, for whoever leads case work."""

    async def settled(
        self, actor: Actor, first: date, last: date
    ) -> tuple[TierFigures, TierFigures]:
        """The grassroots unions and the district, for agreements from `first` to `last` inclusive.

        As far as the cases are there for whoever asks. Refuses with `cases.period_wrong`.
        """
        actor.must(Permission.CASES_ASSIGN)
        if last < first:
            raise Refusal("cases.period_wrong")
        async with self._open_read() as work:
            return figures(
                await work.case_asides.settled(Sight.of(actor), first, last), first, last
            )
