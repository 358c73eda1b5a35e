"""Whatever admins do, nobody comes to hold conflicting grants, and an admin always remains."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.refusal import Refusal
from domain.staff import GrantState, Role, conflict_of, operator
from domain.units import Unit
from storage.database import Database
from tests import databases
from tests.staffing import House, make_house
from tests.world import MovableClock

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["give", "confirm", "take", "suspend", "reactivate", "move", "wait"]),
        st.integers(0, 3),
        st.sampled_from(list(Role)),
        st.integers(0, 4),
    ),
    min_size=4,
    max_size=25,
)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_no_sequence_of_acts_leads_to_a_conflict_or_to_no_admin(
    blank: Path,
    tmp_path_factory: pytest.TempPathFactory,
    clock: MovableClock,
    acts: list[tuple[str, int, Role, int]],
) -> None:
    asyncio.run(_play(blank, tmp_path_factory, MovableClock(clock.now()), acts))


async def _play(
    blank: Path,
    folders: pytest.TempPathFactory,
    clock: MovableClock,
    acts: Sequence[tuple[str, int, Role, int]],
) -> None:
    with databases.sqlite(blank, folders.mktemp("play")) as url:
        database = Database(url, databases.vault())
        try:
            house = await make_house(database, clock)
            people = [house.admin.staff_id, house.second.staff_id]
            people += [(await house.account("人", 7000 + number)).id for number in range(2)]
            for act, who, role, where in acts:
                await _act(house, act, people[who], role, where)
                await _check(house, people)
        finally:
            await database.close()


async def _act(house: House, act: str, who: str, role: Role, where: int) -> None:
    units: list[Unit] = [house.top, house.east, house.west, house.riders, house.funeral]
    unit = units[where]
    # Everything is tried with every right: only the rules themselves stand in the way.
    by = house.fresh(house.admin if who != house.admin.staff_id else house.second)
    record = await house.staff.get_record(operator(), who)
    grant = record.granted[where % len(record.granted)] if record.granted else None
    try:
        match act:
            case "give":
                end = date(2026, 11, 30) if where == 4 else None
                await house.staff.give(by, who, role, unit.id, end)
            case "confirm" if grant:
                other = house.second if by.staff_id == house.admin.staff_id else house.admin
                await house.staff.confirm(house.fresh(other), grant.id)
            case "take" if grant:
                await house.staff.take(by, grant.id)
            case "suspend":
                await house.staff.suspend(by, who)
            case "reactivate":
                await house.staff.reactivate(by, who)
            case "move":
                await house.units.move(by, house.riders.id, unit.id)
            case "wait":
                house.clock.move(hours=13 * (where + 1))
    except Refusal:
        pass


async def _check(house: House, people: Sequence[str]) -> None:
    now, lasting = house.clock.now(), 0
    for who in people:
        record = await house.staff.get_record(operator(), who)
        live = [one for one in record.granted if one.is_live(now)]
        assert conflict_of([one.grant for one in live]) is None
        lasting += record.account.is_active and any(
            one.state(now) is GrantState.IN_FORCE
            and one.grant.role is Role.ADMIN
            and one.unit_id == house.top.id
            and one.ends_on is None
            for one in live
        )
    assert lasting >= 1
