"""Figures of the half-year report: what was settled, by the level that settled it.

Whoever may look at figures may not thereby read a case that they have not opened. So what is shown
for a period is made of groups of at least `LEAST` cases, which are the same for every period that
anybody asks for: whatever is added to or taken from each other, groups come out, never a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from domain.cases.risks import LEAST
from domain.cases.settlement import Agreement
from domain.units import Level

_JULY = 7


class Tier(StrEnum):
    """The two rows of the report: the grassroots unions, and the district's own centre."""

    GRASSROOTS = "grassroots"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class TierFigures:
    """What one tier settled in a period. Money in fen."""

    tier: Tier
    cases: int = 0
    people: int = 0
    claimed: int = 0
    settled: int = 0
    performed: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """An agreement with the case that it belongs to."""

    case_id: str
    head_count: int
    agreement: Agreement


@dataclass(frozen=True, slots=True, order=True)
class Half:
    """A half year of the calendar: what reports are made of."""

    first: date
    last: date

    @classmethod
    def of(cls, day: date) -> Half:
        if day.month < _JULY:
            return cls(date(day.year, 1, 1), date(day.year, _JULY - 1, 30))
        return cls(date(day.year, _JULY, 1), date(day.year, 12, 31))


def tier_of(level: Level) -> Tier:
    return Tier.DISTRICT if level is Level.DISTRICT else Tier.GRASSROOTS


def figures(rows: Iterable[Settled], first: date, last: date) -> tuple[TierFigures, TierFigures]:
    """Both tiers, for agreements made from `first` to `last` inclusive, exact to the fen.

    A cancelled agreement counts nowhere; a case with several counts once, with the latest in the
    period: an agreement that was made anew replaces the one before.
    """
    latest = _latest(rows, first, last)
    return _sum(Tier.GRASSROOTS, latest), _sum(Tier.DISTRICT, latest)


def shown(
    rows: Iterable[Settled], first: date, last: date, today: date
) -> tuple[TierFigures | None, TierFigures | None]:
    """The same as far as it may be shown: for each tier the groups that lie in the period.

    None if there is no group in it, whether there are no cases or too few. A half year that is
    over is shown whole and exact, unless it has fewer than `LEAST` cases; in the one that runs the
    last cases wait until they are a group. `rows` are those of all half years that the period
    touches (`whole_halves`).
    """
    known = list(rows)
    return (
        _shown(Tier.GRASSROOTS, known, first, last, today),
        _shown(Tier.DISTRICT, known, first, last, today),
    )


def whole_halves(first: date, last: date) -> tuple[date, date]:
    """The first and the last day of the half years that a period touches."""
    return Half.of(first).first, Half.of(last).last


def _shown(
    tier: Tier, rows: Sequence[Settled], first: date, last: date, today: date
) -> TierFigures | None:
    by_half: dict[Half, list[Settled]] = {}
    for row in rows:
        if _is_of(tier, row):
            by_half.setdefault(Half.of(row.agreement.agreed_on), []).append(row)
    inside = [
        row
        for half, mine in by_half.items()
        for group in _groups(mine, half, today)
        if first <= group[0].agreement.agreed_on and group[-1].agreement.agreed_on <= last
        for row in group
    ]
    return _sum(tier, inside) if inside else None


def _groups(rows: Iterable[Settled], half: Half, today: date) -> list[list[Settled]]:
    """The cases of a half year by day, cut wherever `LEAST` are together.

    Days are never divided, or a period that ends within a group would show a part of it.
    """
    done: list[list[Settled]] = []
    open_: list[Settled] = []
    mine = sorted(_latest(rows, half.first, half.last), key=_order)
    for _, day in groupby(mine, key=lambda row: row.agreement.agreed_on):
        open_ += day
        if len(open_) >= LEAST:
            done.append(open_)
            open_ = []
    if done and half.last < today:
        done[-1] += open_
    return done


def _latest(rows: Iterable[Settled], first: date, last: date) -> list[Settled]:
    """Each case once, with the latest agreement of the period."""
    latest: dict[str, Settled] = {}
    for row in rows:
        made = row.agreement
        if made.cancelled_at is not None or not first <= made.agreed_on <= last:
            continue
        before = latest.get(row.case_id)
        if before is None or _order(before) < _order(row):
            latest[row.case_id] = row
    return list(latest.values())


def _is_of(tier: Tier, row: Settled) -> bool:
    return tier_of(row.agreement.level) is tier


def _order(row: Settled) -> tuple[date, str]:
    return row.agreement.agreed_on, row.agreement.id


def _sum(tier: Tier, rows: Iterable[Settled]) -> TierFigures:
    mine = [row for row in rows if _is_of(tier, row)]
    return TierFigures(
        tier=tier,
        cases=len(mine),
        people=sum(row.head_count for row in mine),
        claimed=sum(row.agreement.claimed or 0 for row in mine),
        settled=sum(row.agreement.settled for row in mine),
        performed=sum(row.agreement.is_performed for row in mine),
        received=sum(row.agreement.received for row in mine),
    )
