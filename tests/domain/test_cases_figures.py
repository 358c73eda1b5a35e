"""Figures of the half-year report, exact to the yuan."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from domain.calendar import Interval, OfficeHours, load_calendar
from domain.cases.figures import Settled, Tier, figures
from domain.cases.settlement import Agreement, Instalment, Paid
from domain.reading.words import Words
from domain.units import Level
from locales import load_words

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
OFFICE = OfficeHours(load_calendar(), (Interval.of("09:00-11:30"), Interval.of("13:30-17:30")))
WORDS = Words.of(load_words())


# The report of 2021: 31 cases, 892,200 yuan at the grassroots; 46 and 2,479,300 in the district.

FIRST, LAST = date(2021, 1, 1), date(2021, 6, 30)


def made(case: str, level: Level, yuan_: int, day: date, **more: object) -> Settled:
    key = f"{case}-{day}-{yuan_}"
    agreement = Agreement(key, day, level, None, yuan_ * 100, "", (), "s")
    return Settled(case, 1, replace(agreement, **more))  # type: ignore[arg-type]


def spread(total: int, count: int, prefix: str, level: Level) -> list[Settled]:
    """So many cases of different sizes that add up."""
    days = (LAST - FIRST).days
    parts = [total // count + number - count // 2 for number in range(count)]
    parts[-1] += total - sum(parts)
    return [
        made(f"{prefix}{number}", level, part, FIRST + timedelta(days=number * days // count))
        for number, part in enumerate(parts)
    ]


def half_year() -> list[Settled]:
    towns = spread(800_000, 27, "t", Level.TOWN)
    firms = spread(92_200, 4, "e", Level.ENTERPRISE)
    district = spread(2_479_300, 46, "d", Level.DISTRICT)
    traps = [
        # Out of the period by a day, on both sides.
        made("x1", Level.TOWN, 50_000, date(2020, 12, 31)),
        made("x2", Level.DISTRICT, 70_000, date(2021, 7, 1)),
        # Cancelled, as it was made by mistake.
        made("x3", Level.TOWN, 60_000, date(2021, 3, 1), cancelled_at=NOW),
        # The same case settled before, and settled anew: only the later one counts.
        made("t0", Level.TOWN, 99_999, date(2020, 11, 1)),
        made("d3", Level.DISTRICT, 12_345, FIRST),
        made("d5", Level.DISTRICT, 1, FIRST),
        # Kept twice, word for word.
        district[7],
        towns[9],
    ]
    rows = towns + firms + district + traps
    random.Random(7).shuffle(rows)
    return rows


def test_the_figures_of_the_half_year_are_exact_to_the_yuan() -> None:
    grassroots, district = figures(half_year(), FIRST, LAST)
    assert (grassroots.tier, district.tier) == (Tier.GRASSROOTS, Tier.DISTRICT)
    assert (grassroots.cases, grassroots.settled) == (31, 89_220_000)
    assert (district.cases, district.settled) == (46, 247_930_000)
    assert grassroots.cases + district.cases == 77
    assert grassroots.settled + district.settled == 337_150_000


def test_a_plain_sum_over_the_same_rows_would_be_wrong() -> None:
    """Control: the traps are real."""
    rows = half_year()
    assert len(rows) != 77
    assert sum(row.agreement.settled for row in rows) != 337_150_000


def test_an_agreement_counts_as_performed_when_all_of_it_came() -> None:
    part = Instalment("i", 1, 100, FIRST, Paid.YES, 100)
    open_ = replace(part, id="j", number=2, paid=Paid.PART, received=40)
    rows = [
        made("a", Level.TOWN, 1, FIRST, instalments=(part,)),
        made("b", Level.TOWN, 2, FIRST, instalments=(part, open_)),
    ]
    found, _ = figures(rows, FIRST, LAST)
    assert (found.performed, found.received) == (1, 240)
