"""Rows of cases for files: what is there for whoever leads, with the agreement that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.staff import Actor, Flag, Grant, Role
from domain.units import Level
from services.cases import CaseExports
from services.cases.exporting import Line
from services.cases.views import Wanted
from storage.database import Database
from tests.services.case_kit import OFFICE, Cases, day, make_cases
from tests.staffing import refused
from tests.world import MovableClock


@pytest.fixture
async def cases(database: Database, clock: MovableClock) -> Cases:
    return await make_cases(database, clock)


def exports(cases: Cases) -> CaseExports:
    return CaseExports(cases.database, cases.clock, OFFICE)


async def numbers(rows: AsyncIterator[Line]) -> list[str]:
    return [line.case.number async for line in rows]


async def test_a_row_tells_the_agreement_that_stands_and_no_words(cases: Cases) -> None:
    case = await cases.mediating()
    await cases.settled(case, 10_000, 20_000)
    service, today = exports(cases), day(cases)
    (line,) = [one async for one in service.stream_settled(cases.east, today, today)]
    assert (line.case.id, line.level, line.unit_name) == (
        case.id,
        Level.TOWN,
        cases.house.east.name,
    )
    assert line.agreement is not None and line.agreement.other == ""
    assert (line.agreement.settled, line.agreement.is_performed) == (3_000_000, False)
    before = today - timedelta(days=1)
    assert await numbers(service.stream_settled(cases.east, before, before)) == []
    with refused("cases.period_wrong"):
        await numbers(service.stream_settled(cases.east, today, before))


async def test_the_wall_and_the_reach_are_those_of_the_queue(cases: Cases) -> None:
    against = await cases.files(1, employer=cases.house.riders.name)
    other = await cases.files(2, employer=cases.house.funeral.name)
    service = exports(cases)
    assert set(await numbers(service.stream(cases.district, Wanted()))) == {
        against.number,
        other.number,
    }
    assert await numbers(service.stream(cases.west, Wanted())) == [other.number]
    walled = await cases.employed_by(cases.district, cases.house.riders)
    queue = await cases.desk.list_cases(walled, Wanted())
    assert await numbers(service.stream(walled, Wanted())) == [
        row.case.number for row in queue.rows
    ]
    assert await numbers(service.stream(walled, Wanted())) == [other.number]


async def test_who_does_not_lead_takes_nothing_and_who_leads_elsewhere_only_that(
    cases: Cases,
) -> None:
    case = await cases.assigned()
    service = exports(cases)
    with refused("staff.not_allowed"):
        await numbers(service.stream(cases.worker, Wanted()))
    lead = Grant(Role.CASEWORKER, cases.house.west.path, frozenset({Flag.LEAD}))
    both = replace(cases.worker, grants=(*cases.worker.grants, lead))
    listed = await cases.desk.list_cases(both, Wanted(queue="mine"))
    assert [row.case.id for row in listed.rows] == [case.id]
    assert await numbers(service.stream(both, Wanted(queue="mine"))) == []


async def test_a_list_of_two_units_concerns_the_one_above_both(cases: Cases) -> None:
    house, service = cases.house, exports(cases)

    def lead(*paths: str) -> Actor:
        flags = frozenset({Flag.LEAD})
        grants = tuple(Grant(Role.CASEWORKER, path, flags) for path in paths)
        return replace(cases.east, grants=grants)

    assert service.path(lead(house.east.path)) == house.east.path
    assert service.path(lead(house.east.path, house.west.path)) == house.top.path
    with refused("staff.not_allowed"):
        service.path(cases.worker)
