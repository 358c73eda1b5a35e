"""Figures of cases against somebody who asks for two periods and takes one from the other."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from domain.cases import figures as rules
from domain.cases.case import Case, Facts, Identity, Wish
from domain.cases.figures import Settled, TierFigures, figures, shown
from domain.cases.kinds import Kind
from domain.cases.numbers import number_of
from domain.cases.risks import LEAST
from domain.cases.settlement import Agreement
from domain.cases.states import State
from domain.cases.wall import Sight
from domain.staff import Actor
from domain.units import Level, Unit
from services.cases.views import Wanted
from storage.database import Database
from tests.services.case_kit import FIRST, Cases, enterprise, make_cases
from tests.world import MovableClock

PAIRS = 10_000
TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
# In a half year that is over and in the one that runs.
BEGIN, SPAN = date(2026, 5, 1), 120
GRID = [BEGIN + timedelta(days=at) for at in range(SPAN)]
Period = tuple[date, date]
Answer = tuple[TierFigures | None, TierFigures | None]


def periods(some: random.Random, days: Sequence[date] = GRID) -> Iterator[tuple[Period, Period]]:
    """Pairs of any length; most are the same but for the last or first days, which is what an
    attack is made of."""
    for _ in range(PAIRS):
        first, last = sorted((some.randrange(len(days)), some.randrange(len(days))))
        other = sorted((some.randrange(len(days)), some.randrange(len(days))))
        near = {
            0: (first, min(len(days) - 1, last + 1)),
            1: (first, max(first, last - some.randint(1, 7))),
            2: (min(last, first + some.randint(1, 3)), last),
            3: (other[0], other[1]),
        }[some.randrange(4)]
        yield (days[first], days[last]), (days[near[0]], days[near[1]])


def population(some: random.Random, count: int = 150) -> list[Settled]:
    """Cases in both tiers. Each has an amount that no others add up to: whoever sees
    a sum knows, as an attacker with every other means would, which cases are in it."""
    rows = []
    for number in range(count):
        day = BEGIN + timedelta(days=some.randrange(SPAN))
        level = some.choice((Level.TOWN, Level.ENTERPRISE, Level.DISTRICT))
        made = Agreement(f"a{number}", day, level, None, 1 << number, "", (), "s")
        if some.random() < 0.1:
            made = replace(made, cancelled_at=NOW)
        rows.append(Settled(f"c{number}", some.randint(1, 4), made))
        if some.random() < 0.1:
            # Settled anew on another day, for the same amount as far as the attacker knows.
            later = replace(made, id=f"b{number}", agreed_on=day + timedelta(days=20))
            rows.append(Settled(f"c{number}", 1, later))
    return rows


def joined(rows: Sequence[Settled], some: random.Random) -> list[Settled]:
    """The same, a third of them linked: some to a case that stands for everybody, some not."""
    leads: dict[str, int] = {}
    members: dict[str, tuple[str | None, int]] = {}
    for case_id in dict.fromkeys(row.case_id for row in rows):
        if leads and some.random() < 0.34:
            members[case_id] = (some.choice(list(leads)), some.randint(1, 3))
        else:
            leads[case_id] = some.choice((1, 1, 40))
            members[case_id] = (None, leads[case_id])
    return [
        replace(row, lead_id=members[row.case_id][0], head_count=members[row.case_id][1])
        for row in rows
    ]


def inside(answer: TierFigures | None) -> int:
    """The cases that a shown sum is made of: each has a bit of its own."""
    return answer.settled if answer else 0


def derived(one: TierFigures | None, other: TierFigures | None) -> list[int]:
    """What comes out of two shown figures: each alone, what one has and the other has not, and
    what they have in common."""
    first, second = inside(one), inside(other)
    return [first, second, first & ~second, second & ~first, first & second]


def caught(answers: Iterable[tuple[Answer, Answer]]) -> int:
    """How many figures of fewer than the threshold, but not of none, can be derived."""
    return sum(
        0 < found.bit_count() < LEAST
        for one, other in answers
        for tier in (0, 1)
        for found in derived(one[tier], other[tier])
    )


def asked(rows: Sequence[Settled], some: random.Random) -> Iterator[tuple[Answer, Answer]]:
    known: dict[Period, Answer] = {}

    def ask(period: Period) -> Answer:
        if period not in known:
            known[period] = shown(rows, *period, TODAY)
        return known[period]

    for one, other in periods(some):
        yield ask(one), ask(other)


def once_a_half(rows: Sequence[Settled]) -> list[Settled]:
    """Without cases that have agreements in two half years: their sums would not be unique."""
    seen: dict[str, set[rules.Half]] = {}
    for row in rows:
        seen.setdefault(row.case_id, set()).add(rules.Half.of(row.agreement.agreed_on))
    return [row for row in rows if len(seen[row.case_id]) == 1]


@pytest.mark.parametrize("is_linked", [False, True])
def test_no_pair_of_periods_tells_of_fewer_cases_than_the_threshold(is_linked: bool) -> None:
    """Ten thousand pairs over 150 cases, of which each can be told from its amount."""
    some = random.Random(1)
    rows = once_a_half(population(some))
    if is_linked:
        rows = joined(rows, random.Random(2))
    answers = list(asked(rows, some))
    assert len(answers) == PAIRS
    assert caught(answers) == 0
    # Something is shown, and of many different groups, or this would be easy.
    sums = {one.settled for pair in answers for answer in pair for one in answer if one}
    assert len(sums) > 100


def test_with_exact_figures_single_cases_could_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the sums as they are, for the very periods that are asked for."""
    monkeypatch.setitem(
        globals(), "shown", lambda rows, first, last, _: figures(rows, first, last)
    )
    some = random.Random(1)
    rows = once_a_half(population(some))
    assert caught(asked(rows, some)) > 1000


def test_hiding_small_figures_alone_would_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what is below the threshold is left out, and the difference tells it."""

    def hidden(rows: Sequence[Settled], first: date, last: date, _: date) -> Answer:
        one, other = figures(rows, first, last)
        return (one if one.cases >= LEAST else None, other if other.cases >= LEAST else None)

    monkeypatch.setitem(globals(), "shown", hidden)
    some = random.Random(1)
    rows = once_a_half(population(some))
    assert caught(asked(rows, some)) > 1000


def test_a_half_year_that_is_over_is_exact_and_one_with_few_cases_is_not_shown() -> None:
    rows = population(random.Random(3))
    half = rules.Half.of(BEGIN)
    assert shown(rows, half.first, half.last, TODAY) == figures(rows, half.first, half.last)
    days = [half.first + timedelta(days=20 * at) for at in range(LEAST)]
    few = [
        Settled(f"c{at}", 1, Agreement(f"a{at}", day, Level.TOWN, None, 100, "", (), "s"))
        for at, day in enumerate(days)
    ]
    assert shown(few, half.first, half.last, TODAY)[0] is not None
    assert shown(few[1:], half.first, half.last, TODAY) == (None, None)
    # As long as it runs, the last ones wait for others.
    more = [*few, replace(few[0], case_id="later")]
    at_end = shown([*few, _moved(more[-1], days[-1])], half.first, half.last, days[-1])
    assert at_end[0] is not None and at_end[0].cases == LEAST + 1
    late = [*few, _moved(more[-1], days[-1] + timedelta(days=1))]
    running = shown(late, half.first, half.last, days[-1])
    over = shown(late, half.first, half.last, TODAY)
    assert running[0] is not None and running[0].cases == LEAST
    assert over[0] is not None and over[0].cases == LEAST + 1


def _moved(row: Settled, day: date) -> Settled:
    return replace(row, agreement=replace(row.agreement, agreed_on=day))


# The same through the services, for people on both sides of the wall.


@dataclass
class Town:
    """A database full of settled cases, and who looks at it."""

    cases: Cases
    kept: list[tuple[Case, Settled]]
    days: list[date]

    def oracle(self, actor: Actor, first: date, last: date) -> Answer:
        """What would be shown if the cases that are not for them had never been."""
        sight = Sight.of(actor)
        there = {case.id for case, _ in self.kept if sight.sees(case)}
        rows = [
            row if row.lead_id in there else replace(row, lead_id=None)
            for case, row in self.kept
            if case.id in there
        ]
        return shown(rows, first, last, TODAY)


async def stocked(cases: Cases, some: random.Random, count: int = 60) -> Town:
    """Cases against two firms, a town and an unknown employer, all settled, some of them linked to
    another, whoever that one is against."""
    house = cases.house
    days = [date(2026, 1, 5) + timedelta(days=13 * at) for at in range(24)]
    kept: list[tuple[Case, Settled]] = []
    leads: list[Case] = []
    async with cases.database.open_work() as work:
        for number in range(count):
            lead = some.choice(leads[:3]) if leads and some.random() < 0.3 else None
            unit: Unit = some.choice((house.top, house.east, house.west))
            against: Unit | None = some.choice((house.riders, house.funeral, house.east, None))
            case = Case(
                id=f"{number:016x}",
                number=number_of([secrets.randbelow(31) for _ in range(7)]),
                state=some.choice((State.FOLLOWING, State.ARCHIVED, State.MEDIATING)),
                wish=Wish.MEDIATE,
                kind=some.choice((Kind.WAGES, Kind.INJURY)),
                level=unit.level,
                unit_id=unit.id,
                unit_path=unit.path,
                opened_at=cases.clock.now(),
                changed_at=cases.clock.now(),
                is_anonymous=False,
                respondent_id=against.id if against else None,
                respondent_path=against.path if against else None,
                lead_id=lead.id if lead else None,
                head_count=some.choice((1, 20)) if lead is None else 1,
            )
            leads += [case] if lead is None else []
            made = Agreement(
                f"{number:016x}", some.choice(days), unit.level, None, 1 << number, "", (), "s"
            )
            await work.cases.add(case, FIRST + number, Identity(), Facts("x", "y"))
            await work.case_asides.save_agreement(case.id, made)
            kept.append((case, Settled(case.id, case.head_count, made, case.lead_id)))
        await work.commit()
    return Town(cases, kept, days)


def viewers(cases: Cases) -> dict[str, Actor]:
    """Outside of the wall, behind it in one way and another, and with a smaller reach."""
    house = cases.house
    granted = (*cases.district.grants, enterprise(house.riders))
    return {
        "outside": cases.district,
        "employed": replace(cases.district, employer_path=house.riders.path),
        "granted": replace(cases.district, grants=granted),
        "town": cases.east,
        "town, employed": replace(cases.east, employer_path=house.funeral.path),
    }


@pytest.fixture
async def town(database: Database, clock: MovableClock) -> Town:
    clock.move(days=-5)
    return await stocked(await make_cases(database, clock), random.Random(4))


async def told(town: Town, actor: Actor) -> dict[Period, Answer]:
    """Every answer that any of the ten thousand pairs can ask for."""
    wanted = {one for pair in periods(random.Random(5), town.days) for one in pair}
    return {one: await town.cases.figures.settled(actor, *one) for one in sorted(wanted)}


async def test_no_pair_of_periods_tells_of_a_case_that_the_wall_hides(town: Town) -> None:
    assert town.cases.clock.now().date() == TODAY
    differ = 0
    everything = await told(town, viewers(town.cases)["outside"])
    for name, actor in viewers(town.cases).items():
        answers = everything if name == "outside" else await told(town, actor)
        for period, answer in answers.items():
            # As if what is hidden had never been: so no arithmetic can bring it out.
            assert answer == town.oracle(actor, *period), (name, period)
        differ += answers != everything
        pairs = periods(random.Random(5), town.days)
        assert caught((answers[one], answers[other]) for one, other in pairs) == 0, name
    # The wall does take something away from each of the others.
    assert differ == len(viewers(town.cases)) - 1
    # Disputes are told as such, or the links would not matter here.
    assert any(one.disputes < one.cases for answer in everything.values() for one in answer if one)


async def test_that_a_case_follows_a_hidden_one_is_not_told(
    database: Database, clock: MovableClock
) -> None:
    """Or two cases of the town would be one dispute: somebody in the district leads it."""
    cases = await make_cases(database, clock)
    lead = await cases.files(1, level="district")
    follower = await cases.mediating(2)
    await cases.desk.link(cases.district, follower.id, lead.number, 1)
    await cases.settled(follower, 10_000)
    found = []
    async with database.open_read() as work:
        for actor in (cases.east, cases.district):
            (row,) = await work.case_asides.settled(Sight.of(actor), TODAY, date(2027, 1, 1))
            found.append(row.lead_id)
    assert found == [None, lead.id]


async def test_without_the_wall_the_hidden_cases_would_be_in_the_sums(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the condition is left out of the query, and the comparison sees it."""
    monkeypatch.setattr("storage.cases.asides.seen", lambda _: sa.true())
    actor = viewers(town.cases)["employed"]
    answers = await told(town, actor)
    assert any(answer != town.oracle(actor, *period) for period, answer in answers.items())


async def test_every_count_of_a_list_is_that_of_a_house_without_the_hidden_cases(
    town: Town,
) -> None:
    """The counts above the queues and below the lists, for every filter that there is."""
    cases, hidden = town.cases, 0
    for name, actor in viewers(town.cases).items():
        sight = Sight.of(actor)
        there = [case for case, _ in town.kept if sight.sees(case)]
        hidden += len(town.kept) - len(there)
        for kind, state in product((None, *Kind), (None, *State)):
            listing = await cases.desk.list_cases(actor, Wanted(kind=kind, state=state))
            wanted = [
                case
                for case in there
                if kind in (None, case.kind) and (case.state is state if state else case.is_open)
            ]
            assert listing.total == len(wanted), (name, kind, state)
        counts = await cases.desk.counts(actor)
        assert (counts.mine, counts.overdue, counts.offered) == (0, 0, 0)
    assert hidden > len(town.kept)
