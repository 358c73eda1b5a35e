"""Tables of units, staff and signing in: what the services rely on beneath their rules."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from domain.sign_in import SignIn, SignInState
from domain.staff import Role
from storage.database import Database
from storage.tables import factors
from storage.vault import VaultFault
from tests.staffing import House, make_house
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    return await make_house(database, clock)


async def test_moving_rewrites_each_path_below_once_and_no_lookalike(house: House) -> None:
    async with house.database.open_work() as work:
        before = {unit.id: unit.path for unit in await work.units.list_within(["/"])}
        await work.units.move(house.east, house.west)
        after = {unit.id: unit.path for unit in await work.units.list_within(["/"])}
        await work.commit()
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {house.east.id, house.riders.id}
    assert after[house.riders.id] == f"{house.west.path}{house.east.id}/{house.riders.id}/"


async def test_nothing_lies_within_no_path(house: House) -> None:
    async with house.database.open_read() as work:
        assert await work.units.list_within([]) == ()
        assert await work.units.search("速达", [], 5) == ()
        assert await work.grants.list_unconfirmed([]) == ()
        assert len(await work.units.list_within([house.east.path, house.west.path])) == 4


async def test_one_telegram_account_is_one_person(house: House) -> None:
    account = await house.account()
    async with house.database.open_work() as work:
        with pytest.raises(IntegrityError):
            await work._connection.exec_driver_sql(
                "INSERT INTO staff (id, name, telegram_id, is_outside, created_at)"
                f" VALUES ('x', 'y', {account.telegram_id}, false, 1)"
            )


async def test_a_sign_in_changes_its_state_once(house: House) -> None:
    now = house.clock.now()
    person = await house.person(Role.VIEWER, house.top)
    sign_in = SignIn(
        "s", SignInState.ASKED, 11, (11, 22, 33), None, "browser", "address", now, now
    )
    async with house.database.open_work() as work:
        await work.sign_ins.add(sign_in, "t" * 64, "c" * 64)
        assert await work.sign_ins.find("s") == sign_in
        assert await work.sign_ins.move(sign_in, SignInState.OPENED, person.staff_id)
        # Whoever read it before that is too late.
        assert not await work.sign_ins.move(sign_in, SignInState.VOID, person.staff_id)
        found = await work.sign_ins.find_by_code("c" * 64)
        assert found is not None and found.state is SignInState.OPENED


async def test_a_step_of_the_second_factor_counts_once_and_never_backwards(house: House) -> None:
    person = await house.person(Role.EDITOR, house.top)
    now = house.clock.now()
    async with house.database.open_work() as work:
        await work.factors.set_next_secret(person.staff_id, "FIRST")
        await work.factors.set_next_secret(person.staff_id, "SECOND")
        assert await work.factors.find_next_secret(person.staff_id) == "SECOND"
        assert not await work.factors.is_enrolled(person.staff_id)
        await work.factors.enrol(person.staff_id, "SECOND", 100, now)
        assert await work.factors.find_secret(person.staff_id) == "SECOND"
        assert await work.factors.find_next_secret(person.staff_id) is None
        taken = [
            await work.factors.take_step(person.staff_id, step) for step in (99, 100, 101, 101)
        ]
        assert taken == [False, False, True, False]


async def test_the_secret_of_one_person_does_not_open_for_another(house: House) -> None:
    one = await house.person(Role.EDITOR, house.top, 7001)
    other = await house.person(Role.EDITOR, house.top, 7002)
    async with house.database.open_work() as work:
        for person in (one, other):
            await work.factors.set_next_secret(person.staff_id, person.staff_id)
        sealed = await work._connection.scalar(
            sa.select(factors.c.sealed_next_secret).where(factors.c.staff_id == one.staff_id)
        )
        await work._connection.execute(
            sa.update(factors)
            .where(factors.c.staff_id == other.staff_id)
            .values(sealed_next_secret=sealed)
        )
        with pytest.raises(VaultFault):
            await work.factors.find_next_secret(other.staff_id)


async def test_with_a_factor_goes_its_secret_and_every_code(house: House) -> None:
    person = await house.person(Role.EDITOR, house.top)
    now = house.clock.now()
    async with house.database.open_work() as work:
        await work.factors.set_next_secret(person.staff_id, "SECRET")
        await work.factors.enrol(person.staff_id, "SECRET", 1, now)
        await work.factors.set_recovery_codes(person.staff_id, ["a" * 64, "b" * 64])
        assert await work.factors.take_recovery_code(person.staff_id, "a" * 64, now)
        assert not await work.factors.take_recovery_code(person.staff_id, "a" * 64, now)
        assert await work.factors.count_recovery_codes(person.staff_id) == 1
        assert await work.factors.list_enrolled() == {person.staff_id}
        await work.factors.remove(person.staff_id)
        assert await work.factors.list_enrolled() == frozenset()
        assert not await work.factors.take_recovery_code(person.staff_id, "b" * 64, now)
