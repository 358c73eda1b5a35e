"""Figures of the half-year report: what was settled, by the level that settled it.

Whoever may look at figures may not thereby read a case that they have not opened. So what is shown
for a period is made of groups of at least `LEAST` cases, which are the same for every period that
anybody asks for: whatever is added to or taken from each other, groups come out, never a case.

Cases that are linked to one that leads are one dispute: they are told as cases and as
disputes, and their people and money once. A leading case with more people than all that follow it
stands for the whole dispute: its people and its agreement are those of everybody, and those of the
followers are among them. Otherwise each stands for itself, and they add up. A group has at least
`LEAST` disputes, as five cases of one dispute may be one agreement. What follows from links is
decided for each half year of the calendar, as reports are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    disputes: int = 0
    people: int = 0
    claimed: int = 0
    settled: int = 0
    performed: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """An agreement with the case that it belongs to, and the case that leads this one."""

    case_id: str
    head_count: int
    agreement: Agreement
    lead_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """What a settled case adds to the figures. In each dispute one case `stands` for it; people
    and money of those that are not `full` are among those of the one that leads."""

    row: Settled
    stands: bool
    full: bool


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
    counted = _counted(_latest(rows, first, last))
    return _sum(Tier.GRASSROOTS, counted), _sum(Tier.DISTRICT, counted)


def shown(
    rows: Iterable[Settled], first: date, last: date, today: date
) -> tuple[TierFigures | None, TierFigures | None]:
    """The same as far as it may be shown: for each tier the groups that lie in the period.

    None if there is no group in it, whether there are no cases or too few. A half year that is
    over is shown whole and exact, unless it has fewer than `LEAST` disputes; in the one that runs
    the last cases wait until they are a group. `rows` are those of all half years that the period
    touches (`whole_halves`).
    """
    halves: dict[Half, list[Settled]] = {}
    for row in rows:
        halves.setdefault(Half.of(row.agreement.agreed_on), []).append(row)
    counted = {
        half: _counted(_latest(mine, half.first, half.last)) for half, mine in halves.items()
    }
    return (
        _shown(Tier.GRASSROOTS, counted, first, last, today),
        _shown(Tier.DISTRICT, counted, first, last, today),
    )


def whole_halves(first: date, last: date) -> tuple[date, date]:
    """The first and the last day of the half years that a period touches."""
    return Half.of(first).first, Half.of(last).last


def _shown(
    tier: Tier, counted: Mapping[Half, Iterable[_Counted]], first: date, last: date, today: date
) -> TierFigures | None:
    inside = [
        one
        for half, mine in counted.items()
        for group in _groups([one for one in mine if _is_of(tier, one)], half, today)
        if first <= _day(group[0]) and _day(group[-1]) <= last
        for one in group
    ]
    return _sum(tier, inside) if inside else None


def _groups(rows: Iterable[_Counted], half: Half, today: date) -> list[list[_Counted]]:
    """The cases of a half year by day, cut wherever `LEAST` disputes are together.

    Days are never divided, or a period that ends within a group would show a part of it.
    """
    done: list[list[_Counted]] = []
    open_: list[_Counted] = []
    for _, day in groupby(sorted(rows, key=lambda one: _order(one.row)), key=_day):
        open_ += day
        if sum(one.stands for one in open_) >= LEAST:
            done.append(open_)
            open_ = []
    if done and half.last < today:
        done[-1] += open_
    return done


def _counted(rows: Iterable[Settled]) -> list[_Counted]:
    """What each case adds. The one that leads stands for a dispute, or if it is not settled the
    one that was settled first."""
    disputes: dict[str, list[Settled]] = {}
    for row in sorted(rows, key=_order):
        disputes.setdefault(row.lead_id or row.case_id, []).append(row)
    counted = []
    for lead_id, mine in disputes.items():
        lead = next((row for row in mine if row.case_id == lead_id), None)
        followers = sum(row.head_count for row in mine if row is not lead)
        is_whole = lead is not None and lead.head_count > followers
        counted += [
            _Counted(row, row is (lead or mine[0]), row is lead or not is_whole) for row in mine
        ]
    return counted


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


def _is_of(tier: Tier, one: _Counted) -> bool:
    return tier_of(one.row.agreement.level) is tier


def _day(one: _Counted) -> date:
    return one.row.agreement.agreed_on


def _order(row: Settled) -> tuple[date, str]:
    return row.agreement.agreed_on, row.agreement.id


def _sum(tier: Tier, counted: Iterable[_Counted]) -> TierFigures:
    mine = [one for one in counted if _is_of(tier, one)]
    full = [one.row for one in mine if one.full]
    return TierFigures(
        tier=tier,
        cases=len(mine),
        disputes=sum(one.stands for one in mine),
        people=sum(row.head_count for row in full),
        claimed=sum(row.agreement.claimed or 0 for row in full),
        settled=sum(row.agreement.settled for row in full),
        performed=sum(one.row.agreement.is_performed for one in mine),
        received=sum(row.agreement.received for row in full),
    )
