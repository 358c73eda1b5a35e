"""A round as staff read it: how it goes, who stands where, lists that add up to each other.

Only submitted attempts are counted, finished ones and those whose time ran out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from domain.clock import Clock
from domain.people import Person
from domain.quiz import Item
from domain.quiz_figures import Figures, figures_of
from domain.quiz_play import Attempt, Best, Standing, passes
from domain.quiz_rounds import Round, RoundState, Sitting
from domain.refusal import Refusal
from domain.staff import Actor
from services.quiz.common import Desk, entry_code, reached, standings_of
from storage.database import Database
from storage.quiz_results import ItemCount
from storage.work import Work

_PIECE = 1000
_HARDEST = 10
# Fewer answers make nothing hard.
_FEWEST = 5
_MOST_ANSWERS = 20_000


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a round with who took part in it."""

    sitting: Sitting
    people: int
    attempts: int
    passed: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """How a version of an item did in a round. What is void counts as right for everybody."""

    item: Item
    version: int
    asked: int
    answered: int
    right: int
    is_void: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class Overview:
    """How a round goes. `scores` counts people by the tens of percent of their best attempt."""

    round: Round
    days: Sequence[Day]
    scores: Mapping[int, int]
    hardest: Sequence[ItemLine]
    people: int
    attempts: int
    passed: int
    running: int
    invited: int
    on_board: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody's standing with who it is: whole, to be masked by the right of who reads it."""

    standing: Standing
    name: str
    phone: str
    number: str
    unit: str
    nickname: str


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """A submitted attempt. `code` is the line of its person in the standings."""

    attempt: Attempt
    day: int
    code: str
    name: str
    passed: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    """The members of a unit together; the empty name is for whose unit is not known."""

    unit: str
    people: int
    attempts: int
    passed_people: int
    right: int
    total: int


class RoundReader(Desk):
    """Lists and figures of rounds within reach."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._open_snapshot = database.open_snapshot

    async def exported(self, actor: Actor, round_id: str) -> Round:
        """The round, if a list of it may be made. Refuses with `quiz.not_found`."""
        async with self._open_read() as work:
            return reached(actor, await work.quiz_rounds.find(round_id))

    async def overview(self, actor: Actor, round_id: str) -> Overview:
        """How the round goes."""
        async with self._open_snapshot() as work:
            one = reached(actor, await work.quiz_rounds.find(round_id))
            sittings = await work.quiz_rounds.sittings_of([round_id])
            counts = await work.quiz_results.days(round_id)
            bests = await work.quiz_results.bests(round_id)
            standings = await _standings(work, one)
            nicknames = await work.quiz_attempts.nicknames()
            invited = [push for one in sittings if (push := one.push_id) is not None]
            return Overview(
                one,
                _days(one, sittings, counts, bests),
                Counter(_tens(best) for best in _best_of_each(bests)),
                await _hardest(work, one),
                len(standings),
                sum(attempts for _, attempts in counts.values()),
                sum(line.passed_days > 0 for line in standings),
                await work.quiz_results.running(round_id),
                await work.quiz_rounds.count_invited(invited),
                sum(line.member_id in nicknames for line in standings),
            )

    async def standings(
        self, actor: Actor, round_id: str, *, offset: int, limit: int
    ) -> tuple[Sequence[PersonLine], int]:
        """A page of who stands where, and how many there are."""
        async with self._open_snapshot() as work:
            one = reached(actor, await work.quiz_rounds.find(round_id))
            standings = await _standings(work, one)
            some = standings[offset : offset + limit]
            return await _people(work, some), len(standings)

    async def stream_people(self, actor: Actor, round_id: str) -> AsyncIterator[PersonLine]:
        """Everybody who took part, in the order of the standings."""
        async with self._open_snapshot() as work:
            one = reached(actor, await work.quiz_rounds.find(round_id))
            standings = await _standings(work, one)
            for at in range(0, len(standings), _PIECE):
                for line in await _people(work, standings[at : at + _PIECE]):
                    yield line

    async def stream_attempts(self, actor: Actor, round_id: str) -> AsyncIterator[AttemptLine]:
        """Every submitted attempt."""
        async with self._open_snapshot() as work:
            one = reached(actor, await work.quiz_rounds.find(round_id))
            after = ""
            while found := await work.quiz_results.submitted(round_id, after, _PIECE):
                after = found[-1].attempt.id
                known = await work.people.find_all(
                    row.person_id for row in found if row.person_id is not None
                )
                for row in found:
                    attempt, person = row.attempt, known.get(row.person_id or "")
                    yield AttemptLine(
                        attempt,
                        row.sitting_number,
                        entry_code(one, row.who),
                        (person.name or "") if person else "",
                        passes(attempt.right, attempt.total, one.pass_mark),
                    )

    async def stream_items(self, actor: Actor, round_id: str) -> AsyncIterator[ItemLine]:
        """Every version of an item that was asked."""
        async with self._open_snapshot() as work:
            reached(actor, await work.quiz_rounds.find(round_id))
            for count in await work.quiz_results.item_counts(round_id):
                yield await _item_line(work, round_id, count)

    async def stream_units(self, actor: Actor, round_id: str) -> AsyncIterator[UnitLine]:
        """Units beside each other. Refuses with `quiz.unit_table_off` as long as nobody wrote
        down why they are compared."""
        async with self._open_snapshot() as work:
            one = reached(actor, await work.quiz_rounds.find(round_id))
            if not one.unit_table_reason:
                raise Refusal("quiz.unit_table_off")
            people = await _people(work, await _standings(work, one))
            right, total = Counter[str](), Counter[str]()
            units = {line.standing.who: line.unit for line in people}
            after = ""
            while found := await work.quiz_results.submitted(round_id, after, _PIECE):
                after = found[-1].attempt.id
                for row in found:
                    unit = units.get(row.who, "")
                    right[unit] += row.attempt.right
                    total[unit] += row.attempt.total
        for unit in sorted({line.unit for line in people} | total.keys()):
            some = [line.standing for line in people if line.unit == unit]
            yield UnitLine(
                unit,
                len(some),
                sum(line.attempts for line in some),
                sum(line.passed_days > 0 for line in some),
                right[unit],
                total[unit],
            )


async def _standings(work: Work, one: Round) -> Sequence[Standing]:
    if one.state is RoundState.CLOSED:
        return await work.quiz_standings.standings(one.id)
    return await standings_of(work, one)


async def _people(work: Work, standings: Sequence[Standing]) -> Sequence[PersonLine]:
    ids = [line.person_id for line in standings if line.person_id is not None]
    people = await work.people.find_all(ids)
    units = {unit.id: unit.name for unit in await work.units.list_within(["/"])}
    nicknames = await work.quiz_attempts.nicknames()
    return [
        _person_line(line, people.get(line.person_id or ""), units, nicknames)
        for line in standings
    ]


def _person_line(
    line: Standing,
    person: Person | None,
    units: Mapping[int, str],
    nicknames: Mapping[int, str],
) -> PersonLine:
    nickname = nicknames.get(line.member_id, "") if line.member_id is not None else ""
    if person is None:
        return PersonLine(line, "", "", "", "", nickname)
    unit = units.get(person.unit_id, "") if person.unit_id is not None else ""
    return PersonLine(
        line, person.name or "", person.phone or "", person.number or "", unit, nickname
    )


def _days(
    one: Round,
    sittings: Sequence[Sitting],
    counts: Mapping[str, tuple[int, int]],
    bests: Sequence[Best],
) -> Sequence[Day]:
    passed = Counter(
        best.sitting_id for best in bests if passes(best.right, best.total, one.pass_mark)
    )
    return [
        Day(sitting, *counts.get(sitting.id, (0, 0)), passed[sitting.id]) for sitting in sittings
    ]


def _best_of_each(bests: Sequence[Best]) -> Sequence[Best]:
    found: dict[str, Best] = {}
    for best in sorted(bests, key=attrgetter("right")):
        found[best.who] = best
    return list(found.values())


def _tens(best: Best) -> int:
    return best.right * 10 // best.total * 10 if best.total else 0


async def _hardest(work: Work, one: Round) -> Sequence[ItemLine]:
    counts = [
        count
        for count in await work.quiz_results.item_counts(one.id)
        if count.answered >= _FEWEST and not count.is_void
    ]
    counts.sort(key=lambda count: (count.right / count.answered, count.item_id))
    return [await _item_line(work, one.id, count) for count in counts[:_HARDEST]]


async def _item_line(work: Work, round_id: str, count: ItemCount) -> ItemLine:
    key = (count.item_id, count.version)
    item = (await work.quiz_bank.asked([key]))[key]
    told = await work.quiz_results.responses(*key, _MOST_ANSWERS, round_id)
    return ItemLine(
        item,
        count.version,
        count.asked,
        count.answered,
        count.right,
        count.is_void,
        figures_of(told, item.answer),
    )
