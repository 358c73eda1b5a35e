"""What a row of a roster, or the whole of it, may do as things stand now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from domain.people import folded
from domain.refusal import Refusal
from domain.roster import Issue, Match, RosterRow, StoredPlan, misses_many
from domain.staff import Actor, Permission
from domain.units import Unit
from storage.people import is_top
from storage.work import Work

IMPORT = Permission.ROSTER_IMPORT


async def unit_within_reach(work: Work, actor: Actor, unit_id: int) -> Unit:
    unit = await work.units.find(unit_id)
    if unit is None or not actor.may(IMPORT, unit.path):
        raise Refusal("units.not_found")
    return unit


async def erased_lines(work: Work, rows: Sequence[RosterRow]) -> Collection[int]:
    """Lines of people who asked to be erased: no roster brings them back."""
    numbers = await work.erasures.among("number", [row.number for row in rows if row.number])
    phones = await work.erasures.among("phone", [row.phone for row in rows if row.phone])
    return {row.line for row in rows if row.number in numbers or row.phone in phones}


def check_open(unit: Unit | None, *, is_moved: bool = False) -> None:
    """Nobody is put into a unit that is closed, or (`is_moved`) that now belongs to others."""
    if unit is None or is_moved or not unit.is_open:
        raise Refusal("roster.unit_closed", unit=unit.name if unit else "")


async def open_ids(work: Work, unit: Unit) -> frozenset[int]:
    return frozenset(one.id for one in await work.units.list_within((unit.path,)) if one.is_open)


async def lines_out_of_reach(
    work: Work, rows: Sequence[RosterRow], matches: Sequence[Match], tops: Collection[str]
) -> Collection[int]:
    """Lines that mean somebody who is registered outside of the paths: a list takes nobody over
    from a unit of others."""
    pairs = [
        (row, person)
        for row, one in zip(rows, matches, strict=True)
        for person in (one.before, one.absorbed)
        if person is not None
    ]
    outside = await work.people.list_outside([person.id for _, person in pairs], tops)
    sees_all = any(map(is_top, tops))
    return {
        row.line
        for row, person in pairs
        if person.id in outside
        # Whose unit is not settled yet is taken over by whoever knows the name too.
        or (
            person.unit_id is None
            and not sees_all
            and folded(person.name or "") != folded(row.name)
        )
    }


def errors_first(issue: Issue) -> tuple[bool, int]:
    return not issue.is_error, issue.line


def check_missing(plan: StoredPlan, missing: int | None) -> None:
    expected, present = plan.counts["missing"], plan.counts["present"]
    if misses_many(expected, present) and missing != expected:
        raise Refusal("roster.many_missing", missing=expected, present=present)
