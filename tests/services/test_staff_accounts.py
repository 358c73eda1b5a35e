"""Accounts and grants: every rule of who may be given what, by whom, and until when."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from domain.refusal import Refusal
from domain.staff import (
    Actor,
    Granted,
    GrantState,
    Role,
    operator,
)
from storage.database import Database
from tests.staffing import House, make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    return await make_house(database, clock)


async def state_of(house: House, granted: Granted) -> GrantState:
    async with house.database.open_read() as work:
        found = await work.grants.find(granted.id)
    assert found is not None
    return found.state(house.clock.now())


async def test_a_grant_of_a_harmless_role_is_in_force_at_once(house: House) -> None:
    account = await house.account()
    given = await house.staff.give(house.admin, account.id, Role.EDITOR, house.top.id)
    assert await state_of(house, given) is GrantState.IN_FORCE
    record = await house.staff.get_record(house.admin, account.id)
    assert [one.grant.role for one in record.granted] == [Role.EDITOR]
    assert (await house.acts())[-2:] == ["account.added", "grant.given"]


@pytest.mark.parametrize(
    ("role", "wait"),
    [
        (Role.CASEWORKER, timedelta(hours=24)),
        (Role.AID_OFFICER, timedelta(hours=24)),
        (Role.ADMIN, timedelta()),
    ],
)
async def test_a_role_near_to_confidences_waits_for_a_second_admin(
    house: House, role: Role, wait: timedelta
) -> None:
    account = await house.account()
    given = await house.staff.give(house.admin, account.id, role, house.east.id)
    assert await state_of(house, given) is GrantState.PENDING
    assert await house.staff.list_unconfirmed(house.admin) == (given,)
    starts_at = await house.staff.confirm(house.second, given.id)
    assert starts_at - house.clock.now() == wait
    house.clock.move(seconds=max(0.0, wait.total_seconds() - 1))
    expected = GrantState.WAITING if wait else GrantState.IN_FORCE
    assert await state_of(house, given) is expected
    house.clock.move(seconds=1)
    assert await state_of(house, given) is GrantState.IN_FORCE


async def test_auditors_are_shown_what_waits(house: House) -> None:
    auditor = await house.person(Role.AUDITOR, house.top, 7100)
    account = await house.account()
    given = await house.staff.give(house.admin, account.id, Role.CASEWORKER, house.east.id)
    assert await house.staff.list_unconfirmed(auditor) == (given,)
    await house.staff.confirm(house.second, given.id)
    (waiting,) = await house.staff.list_unconfirmed(auditor)
    assert waiting.state(house.clock.now()) is GrantState.WAITING
    with refused("staff.grant_not_found"):
        await house.staff.take(auditor, given.id)


async def test_neither_the_giver_nor_the_receiver_nor_an_operator_confirms(house: House) -> None:
    other = await house.account("李强", 7002)
    given = await house.staff.give(house.admin, other.id, Role.ADMIN, house.top.id)
    with refused("staff.not_own_grant"):
        await house.staff.confirm(house.admin, given.id)
    with refused("staff.not_own_grant"):
        await house.staff.confirm(operator(), given.id)
    await house.staff.confirm(house.second, given.id)
    # By now an admin, they are given another role, and may not confirm it themselves.
    third = Actor(other.id, "李强", (given.grant,), mfa_at=house.clock.now())
    again = await house.staff.give(house.admin, other.id, Role.ADMIN, house.east.id)
    with refused("staff.not_own_grant"):
        await house.staff.confirm(third, again.id)


async def test_confirming_asks_for_a_fresh_second_factor(house: House) -> None:
    account = await house.account()
    given = await house.staff.give(house.admin, account.id, Role.ADMIN, house.top.id)
    house.clock.move(minutes=16)
    with refused("staff.factor_old"):
        await house.staff.confirm(house.second, given.id)
    await house.staff.confirm(house.fresh(house.second), given.id)
    with refused("staff.grant_settled"):
        await house.staff.confirm(house.fresh(house.second), given.id)


async def test_what_nobody_confirms_within_a_day_lapses(house: House) -> None:
    account = await house.account()
    given = await house.staff.give(house.admin, account.id, Role.CASEWORKER, house.east.id)
    house.clock.move(hours=24)
    with refused("staff.grant_settled"):
        await house.staff.confirm(house.fresh(house.second), given.id)
    # It may be given anew: what lapsed does not stand in the way.
    await house.staff.give(house.admin, account.id, Role.CASEWORKER, house.east.id)


async def test_a_giver_who_is_no_admin_any_more_gives_nothing(house: House) -> None:
    third = await house.person(Role.ADMIN, house.top, 7100, name="李强")
    account = await house.account()
    given = await house.staff.give(third, account.id, Role.CASEWORKER, house.east.id)
    await house.staff.suspend(house.admin, third.staff_id)
    with refused("staff.giver_gone"):
        await house.staff.confirm(house.second, given.id)


async def test_nobody_grants_to_themselves_or_repairs_themselves(house: House) -> None:
    own = house.admin.staff_id
    with refused("staff.not_yourself"):
        await house.staff.give(house.admin, own, Role.EDITOR, house.top.id)
    with refused("staff.not_yourself"):
        await house.staff.suspend(house.admin, own)
    with refused("staff.not_yourself"):
        await house.staff.reset_factor(house.admin, own)


@pytest.mark.parametrize("first", [Role.AUDITOR, Role.VIEWER])
async def test_an_auditor_is_given_nothing_else(house: House, first: Role) -> None:
    account = await house.account()
    second = Role.VIEWER if first is Role.AUDITOR else Role.AUDITOR
    await house.staff.give(house.admin, account.id, first, house.east.id)
    with refused("staff.auditor_alone"):
        await house.staff.give(house.admin, account.id, second, house.west.id)


async def test_a_grant_that_only_waits_counts_for_conflicts(house: House) -> None:
    account = await house.account()
    await house.staff.give(house.admin, account.id, Role.CASEWORKER, house.east.id)
    with refused("staff.admin_with_cases"):
        await house.staff.give(house.admin, account.id, Role.ADMIN, house.top.id)
    await house.staff.give(house.admin, account.id, Role.ADMIN, house.west.id)


async def test_a_grant_taken_away_or_ended_does_not_stand_in_the_way(house: House) -> None:
    account = await house.account()
    day = date(2026, 11, 25)
    await house.staff.give(house.admin, account.id, Role.AUDITOR, house.top.id, day)
    house.clock.move(days=1)
    given = await house.staff.give(house.admin, account.id, Role.EDITOR, house.top.id)
    await house.staff.take(house.admin, given.id)
    await house.staff.give(house.admin, account.id, Role.AUDITOR, house.top.id)


async def test_the_same_grant_is_not_given_twice(house: House) -> None:
    account = await house.account()
    await house.staff.give(house.admin, account.id, Role.EDITOR, house.top.id)
    with refused("staff.already_granted"):
        await house.staff.give(house.admin, account.id, Role.EDITOR, house.top.id)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AID_OFFICER, Role.ADMIN, Role.EDITOR])
async def test_an_enterprise_gets_no_such_role(house: House, role: Role) -> None:
    account = await house.account()
    with refused("staff.role_not_there"):
        await house.staff.give(house.admin, account.id, role, house.riders.id)


async def test_people_of_other_firms_have_an_end(house: House) -> None:
    lawyer = await house.account("律师", 7003, is_outside=True)
    give = house.staff.give
    with refused("staff.end_needed"):
        await give(house.admin, lawyer.id, Role.CASEWORKER, house.east.id)
    with refused("staff.end_late"):
        await give(house.admin, lawyer.id, Role.CASEWORKER, house.east.id, date(2027, 11, 26))
    end = date(2027, 11, 25)
    given = await give(house.admin, lawyer.id, Role.CASEWORKER, house.east.id, end)
    await house.staff.confirm(house.second, given.id)
    house.clock.move(days=365)
    assert await state_of(house, given) is GrantState.IN_FORCE
    house.clock.move(days=1)
    assert await state_of(house, given) is GrantState.ENDED


async def test_the_last_admin_cannot_be_removed(house: House) -> None:
    (grant,) = (await house.staff.get_record(house.admin, house.second.staff_id)).granted
    await house.staff.take(house.admin, grant.id)
    (last,) = (await house.staff.get_record(house.admin, house.admin.staff_id)).granted
    with refused("staff.last_admin"):
        await house.staff.take(house.admin, last.id)
    with refused("staff.last_admin"):
        await house.staff.suspend(operator(), house.admin.staff_id)


async def test_an_admin_with_an_end_or_below_the_top_is_no_lasting_one(house: House) -> None:
    (grant,) = (await house.staff.get_record(house.admin, house.second.staff_id)).granted
    one, other = await house.account("甲", 7005), await house.account("乙", 7006)
    day = date(2027, 1, 1)
    for account, unit, end in ((one, house.top, day), (other, house.east, None)):
        given = await house.staff.give(house.admin, account.id, Role.ADMIN, unit.id, end)
        await house.staff.confirm(house.second, given.id)
    await house.staff.take(house.admin, grant.id)
    (last,) = (await house.staff.get_record(house.admin, house.admin.staff_id)).granted
    with refused("staff.last_admin"):
        await house.staff.take(house.admin, last.id)


async def test_two_admins_cannot_remove_each_other_at_the_same_moment(house: House) -> None:
    outcomes = await asyncio.gather(
        house.staff.suspend(house.admin, house.second.staff_id),
        house.staff.suspend(house.second, house.admin.staff_id),
        return_exceptions=True,
    )
    refusals = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert refusals == ["staff.last_admin"]


async def test_without_the_lock_both_could_go(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    if house.database.is_sqlite:
        pytest.skip("SQLite has one writer")

    async def no_lock(_: object) -> None:
        return None

    met = asyncio.Barrier(2)
    keep = type(house.staff)._keep_an_admin

    async def slow(*arguments: object) -> None:
        await keep(*arguments)  # type: ignore[arg-type]
        await met.wait()

    monkeypatch.setattr("storage.units.Units.lock", no_lock)
    monkeypatch.setattr("services.staff.accounts.StaffService._keep_an_admin", slow)
    await asyncio.gather(
        house.staff.suspend(house.admin, house.second.staff_id),
        house.staff.suspend(house.second, house.admin.staff_id),
    )
    records = await house.staff.list_records(operator())
    assert not any(record.account.is_active for record in records)


async def test_an_admin_of_a_town_rules_that_town_only(house: House) -> None:
    town = await house.person(Role.ADMIN, house.east, 7100, name="镇管理")
    inside = await house.person(Role.VIEWER, house.riders, 7101)
    outside = await house.person(Role.VIEWER, house.funeral, 7102)
    new = await house.account("新人", 7103)
    seen = {record.account.id for record in await house.staff.list_records(town)}
    assert seen == {town.staff_id, inside.staff_id, new.id}
    with refused("staff.not_found"):
        await house.staff.get_record(town, outside.staff_id)
    with refused("staff.not_found"):
        await house.staff.get_record(town, "nobody")
    with refused("staff.not_found"):
        await house.staff.suspend(town, house.second.staff_id)
    with refused("units.not_found"):
        await house.staff.give(town, new.id, Role.VIEWER, house.funeral.id)
    await house.staff.give(town, new.id, Role.VIEWER, house.riders.id)


async def test_who_has_rights_elsewhere_too_is_suspended_from_above(house: House) -> None:
    town = await house.person(Role.ADMIN, house.east, 7100, name="镇管理")
    both = await house.person(Role.VIEWER, house.riders, 7101)
    await house.staff.give(house.admin, both.staff_id, Role.EDITOR, house.top.id)
    record = await house.staff.get_record(town, both.staff_id)
    # What is granted elsewhere is not shown.
    assert [one.grant.role for one in record.granted] == [Role.VIEWER]
    for verb in (house.staff.suspend, house.staff.reset_factor):
        with refused("staff.not_allowed"):
            await verb(town, both.staff_id)
    await house.staff.suspend(house.admin, both.staff_id)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_admins_change_accounts(house: House, role: Role) -> None:
    actor = await house.person(role, house.east if role is not Role.VIEWER else house.top, 7100)
    account = await house.account("李强", 7002)
    (grant,) = (await house.staff.get_record(house.admin, actor.staff_id)).granted
    for act in (
        lambda: house.staff.add(actor, "某人", 7900),
        lambda: house.staff.suspend(actor, account.id),
        lambda: house.staff.reactivate(actor, account.id),
        lambda: house.staff.reset_factor(actor, account.id),
        lambda: house.staff.give(actor, account.id, Role.VIEWER, house.east.id),
        lambda: house.staff.add_admin(actor, "某人", 7900, "区"),
    ):
        with refused("staff.not_allowed"):
            await act()
    with refused("staff.grant_not_found"):
        await house.staff.take(actor, grant.id)
    with refused("staff.grant_not_found"):
        await house.staff.confirm(actor, grant.id)


@pytest.mark.parametrize(
    ("name", "number", "code"),
    [
        (" \u200b", 7002, "staff.name_empty"),
        ("名" * 41, 7002, "staff.name_long"),
        ("李强", 0, "staff.telegram_unfit"),
        ("李强", -100123, "staff.telegram_unfit"),
        ("李强", 2**60, "staff.telegram_unfit"),
        ("李强", 6001, "staff.telegram_taken"),
    ],
)
async def test_an_account_that_cannot_be(house: House, name: str, number: int, code: str) -> None:
    with refused(code):
        await house.staff.add(house.admin, name, number)


async def test_a_name_cannot_turn_the_text_around_it(house: House) -> None:
    account = await house.staff.add(house.admin, " 王\u202e芳 \u200b ", 7002)
    assert account.name == "王芳"


async def test_an_employer_must_be_a_unit(house: House) -> None:
    with refused("units.not_found"):
        await house.staff.add(house.admin, "李强", 7002, 99_999)
    employed = await house.staff.add(house.admin, "李强", 7002, house.riders.id)
    assert employed.employer_id == house.riders.id


async def test_a_suspended_account_gets_nothing_and_comes_back_with_what_it_had(
    house: House,
) -> None:
    person = await house.person(Role.EDITOR, house.top)
    await house.staff.suspend(house.admin, person.staff_id)
    with refused("staff.suspended"):
        await house.staff.give(house.admin, person.staff_id, Role.VIEWER, house.east.id)
    await house.staff.reactivate(house.admin, person.staff_id)
    record = await house.staff.get_record(house.admin, person.staff_id)
    assert record.account.is_active and len(record.granted) == 1
    acts = await house.acts()
    # Doing it again is no act.
    await house.staff.reactivate(house.admin, person.staff_id)
    assert await house.acts() == acts


async def test_a_closed_unit_gets_no_new_grants(house: House) -> None:
    account = await house.account()
    await house.units.close(house.admin, house.riders.id)
    with refused("units.closed"):
        await house.staff.give(house.admin, account.id, Role.VIEWER, house.riders.id)


async def test_each_change_writes_one_row_and_a_refusal_none(house: House) -> None:
    before = len(await house.acts())
    account = await house.account()
    given = await house.staff.give(house.admin, account.id, Role.ADMIN, house.east.id)
    await house.staff.confirm(house.second, given.id)
    await house.staff.take(house.admin, given.id)
    await house.staff.take(house.admin, given.id)
    await house.staff.suspend(house.admin, account.id)
    await house.staff.reset_factor(house.admin, account.id)
    with refused("staff.telegram_taken"):
        await house.account()
    assert (await house.acts())[before:] == [
        "account.added",
        "grant.given",
        "grant.confirmed",
        "grant.taken",
        "account.suspended",
        "factor.reset",
    ]
    assert await house.audit.verify(operator()) is None


async def test_the_audit_log_holds_no_name_and_no_number_of_a_person(house: House) -> None:
    await house.person(Role.ADMIN, house.east, 7123456, name="欧阳测试")
    async with house.database.open_read() as work:
        rows = await work._connection.exec_driver_sql("SELECT detail, object, actor FROM audit")
        told = str(rows.all())
    assert "欧阳测试" not in told
    assert "7123456" not in told
