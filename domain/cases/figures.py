"""Figures of the half-year report: what was settled, by the level that settled it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.cases.settlement import Agreement
from domain.units import Level


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


def tier_of(level: Level) -> Tier:
    return Tier.DISTRICT if level is Level.DISTRICT else Tier.GRASSROOTS


def figures(rows: Iterable[Settled], first: date, last: date) -> tuple[TierFigures, TierFigures]:
    """Both tiers, for agreements made from `first` to `last` inclusive.

    A cancelled agreement counts nowhere; a case with several counts once, with the latest in the
    period: an agreement that was made anew replaces the one before.
    """
    latest: dict[str, Settled] = {}
    for row in rows:
        made = row.agreement
        if made.cancelled_at is not None or not first <= made.agreed_on <= last:
            continue
        before = latest.get(row.case_id)
        if before is None or _order(before) < _order(row):
            latest[row.case_id] = row
    return _sum(Tier.GRASSROOTS, latest.values()), _sum(Tier.DISTRICT, latest.values())


def _order(row: Settled) -> tuple[date, str]:
    return row.agreement.agreed_on, row.agreement.id


def _sum(tier: Tier, rows: Iterable[Settled]) -> TierFigures:
    mine = [row for row in rows if tier_of(row.agreement.level) is tier]
    return TierFigures(
        tier=tier,
        cases=len(mine),
        people=sum(row.head_count for row in mine),
        claimed=sum(row.agreement.claimed or 0 for row in mine),
        settled=sum(row.agreement.settled for row in mine),
        performed=sum(row.agreement.is_performed for row in mine),
        received=sum(row.agreement.received for row in mine),
    )
