"""Figures of the half-year report, exact to the yuan."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from domain.calendar import Interval, OfficeHours, load_calendar
from domain.cases.figures import Settled, Tier, figures, shown
from domain.cases.risks import LEAST
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
    # Nothing is linked: each is a dispute of its own.
    assert (grassroots.disputes, district.disputes) == (31, 46)


def linked(row: Settled, lead: str, heads: int = 1) -> Settled:
    return replace(row, lead_id=lead, head_count=heads)


def test_links_change_neither_cases_nor_yuan_where_each_stands_for_itself() -> None:
    followers = {"t5": "t1", "t6": "t1", "e2": "t1", "d8": "d2"}
    rows = [
        linked(row, followers[row.case_id]) if row.case_id in followers else row
        for row in half_year()
    ]
    grassroots, district = figures(rows, FIRST, LAST)
    assert (grassroots.cases, grassroots.disputes, grassroots.settled) == (31, 28, 89_220_000)
    assert (district.cases, district.disputes, district.settled) == (46, 45, 247_930_000)
    assert (grassroots.people, district.people) == (31, 46)


def test_a_case_that_leads_stands_for_everybody_once() -> None:
    """Twelve people, of whom three handed in: one dispute, twelve heads, one sum."""
    part = Instalment("i", 1, 12_000_000, FIRST, Paid.YES, 12_000_000)
    share = Instalment("j", 1, 1_000_000, FIRST, Paid.YES, 1_000_000)
    lead = replace(
        made("lead", Level.TOWN, 120_000, FIRST, claimed=15_000_000, instalments=(part,)),
        head_count=12,
    )
    rows = [lead] + [
        linked(made(name, Level.TOWN, 10_000, LAST, claimed=2, instalments=(share,)), "lead")
        for name in ("a", "b")
    ]
    (found, _) = figures(rows, FIRST, LAST)
    assert (found.cases, found.disputes, found.people) == (3, 1, 12)
    assert (found.claimed, found.settled, found.received) == (15_000_000, 12_000_000, 12_000_000)
    assert found.performed == 3
    # The control: as they stand the rows add up to more.
    assert sum(row.agreement.settled for row in rows) == 14_000_000
    assert sum(row.head_count for row in rows) == 14


def test_with_fewer_people_than_follow_it_a_case_that_leads_stands_for_itself() -> None:
    for heads, people, settled in ((1, 3, 30_000), (2, 4, 30_000), (3, 3, 10_000)):
        lead = replace(made("lead", Level.TOWN, 10_000, FIRST), head_count=heads)
        rows = [lead] + [
            linked(made(name, Level.TOWN, 10_000, FIRST), "lead") for name in ("a", "b")
        ]
        (found, _) = figures(rows, FIRST, LAST)
        assert (found.cases, found.disputes) == (3, 1)
        assert (found.people, found.settled) == (people, settled * 100), heads


def test_without_the_case_that_leads_what_follows_is_one_dispute() -> None:
    """It is not settled yet, or was settled in another half year: reports are made one by one."""
    rows = [linked(made(name, Level.TOWN, 10_000, FIRST), "lead", 2) for name in ("a", "b")]
    later = replace(made("lead", Level.TOWN, 90_000, LAST + timedelta(days=1)), head_count=12)
    for known in (rows, [*rows, later]):
        (found, _) = figures(known, FIRST, LAST)
        assert (found.cases, found.disputes, found.people) == (2, 1, 4)
        assert found.settled == 2_000_000


def test_over_both_tiers_a_dispute_counts_where_it_is_led() -> None:
    lead = replace(made("lead", Level.DISTRICT, 120_000, LAST), head_count=12)
    follower = linked(made("a", Level.TOWN, 10_000, FIRST), "lead")
    grassroots, district = figures([lead, follower], FIRST, LAST)
    assert (grassroots.cases, grassroots.disputes, grassroots.people) == (1, 0, 0)
    assert grassroots.settled == 0
    assert (district.cases, district.disputes, district.people) == (1, 1, 12)
    assert district.settled == 12_000_000


def test_five_cases_of_one_dispute_are_no_group() -> None:
    """Their sum may be one agreement: it is not shown before five disputes are together."""
    lead = replace(made("lead", Level.TOWN, 120_000, FIRST), head_count=12)
    rows = [lead, *(linked(made(f"a{at}", Level.TOWN, 1, FIRST), "lead") for at in range(9))]
    after = LAST + timedelta(days=1)
    assert shown(rows, FIRST, LAST, after) == (None, None)
    rows += [made(f"b{at}", Level.TOWN, 1_000, LAST) for at in range(LEAST - 2)]
    assert shown(rows, FIRST, LAST, after) == (None, None)
    rows.append(made("c", Level.TOWN, 1_000, LAST))
    (found, _) = shown(rows, FIRST, LAST, after)
    assert found is not None
    assert (found.cases, found.disputes, found.settled) == (14, LEAST, 12_400_000)


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
