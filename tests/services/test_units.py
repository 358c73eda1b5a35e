"""The tree of units: what may hang where, names, moving, closing, and who may do it."""

from __future__ import annotations

import asyncio

import pytest

from domain.audit import AuditFilter
from domain.refusal import Refusal
from domain.staff import Role, operator
from domain.units import Level
from storage.database import Database
from tests.staffing import House, make_house, refused
from tests.world import MovableClock


@pytest.fixture
async def house(database: Database, clock: MovableClock) -> House:
    return await make_house(database, clock)


async def test_the_tree_is_listed_each_unit_after_the_one_above(house: House) -> None:
    tree = await house.units.list_tree(house.admin)
    assert [(unit.depth, unit.name) for unit in tree] == [
        (0, "某区总工会"),
        (1, "东街道"),
        (2, "速达配送"),
        (1, "西镇"),
        (2, "安宁殡仪"),
    ]
    assert all(unit.path.endswith(f"/{unit.id}/") for unit in tree)


async def test_there_is_one_top_and_only_an_operator_makes_it(house: House) -> None:
    with refused("units.one_top"):
        await house.units.create_top(operator(), "另一个区")
    with refused("staff.not_allowed"):
        await house.units.create_top(house.admin, "另一个区")


@pytest.mark.parametrize("level", [Level.DISTRICT, Level.TOWN])
async def test_a_level_that_does_not_fit_is_refused(house: House, level: Level) -> None:
    with refused("units.misplaced"):
        await house.units.create(house.admin, "某单位", level, house.east.id)


async def test_names_are_unique_below_one_unit_whatever_their_width(house: House) -> None:
    create, level = house.units.create, Level.ENTERPRISE
    await create(house.admin, "某公司（A区）", level, house.east.id)
    with refused("units.name_taken"):
        await create(house.admin, "某公司 (ａ区)", level, house.east.id)
    same = await create(house.admin, "某公司（A区）", level, house.west.id)
    with refused("units.name_taken"):
        await house.units.move(house.admin, same.id, house.east.id)
    other = await create(house.admin, "另一家", level, house.east.id)
    with refused("units.name_taken"):
        await house.units.rename(house.admin, other.id, "某公司（A区）")
    await house.units.rename(house.admin, other.id, "另 一家")


async def test_one_of_two_who_use_a_name_at_the_same_moment_is_told(house: House) -> None:
    outcomes = await asyncio.gather(
        *(
            house.units.create(house.admin, "同名单位", Level.ENTERPRISE, house.east.id)
            for _ in range(2)
        ),
        return_exceptions=True,
    )
    assert [one.code for one in outcomes if isinstance(one, Refusal)] == ["units.name_taken"]


async def test_moving_takes_along_everything_below(house: House) -> None:
    south = await house.units.create(house.admin, "南街道", Level.TOWN, house.top.id)
    person = await house.person(Role.VIEWER, house.riders)
    await house.units.move(house.admin, house.riders.id, south.id)
    moved = await house.units.get(house.admin, house.riders.id)
    assert moved.path == f"{south.path}{moved.id}/"
    record = await house.staff.get_record(house.admin, person.staff_id)
    assert record.granted[0].grant.path == moved.path


async def test_moves_that_cannot_be(house: House) -> None:
    move = house.units.move
    with refused("units.top_stays"):
        await move(house.admin, house.top.id, house.east.id)
    with refused("units.into_itself"):
        await move(house.admin, house.east.id, house.riders.id)
    with refused("units.into_itself"):
        await move(house.admin, house.east.id, house.east.id)
    with refused("units.misplaced"):
        await move(house.admin, house.east.id, house.west.id)
    with refused("units.misplaced"):
        await move(house.admin, house.riders.id, house.funeral.id)
    before = await house.acts()
    await move(house.admin, house.riders.id, house.east.id)
    assert await house.acts() == before


async def test_a_move_that_makes_somebody_judge_in_their_own_matter_is_refused(
    house: House,
) -> None:
    person = await house.person(Role.CASEWORKER, house.east)
    given = await house.staff.give(house.admin, person.staff_id, Role.ADMIN, house.west.id)
    await house.staff.confirm(house.fresh(house.second), given.id)
    # No verb of ours moves a town below a town: the rule is asked where the tree allows it.
    async with house.database.open_work() as work:
        await work.units.move(house.east, house.west)
        with refused("units.move_conflict"):
            await house.units._check_conflicts(work)
    # Enterprises carry no such role, so moving them stays free.
    await house.units.move(house.admin, house.riders.id, house.west.id)


async def test_a_closed_unit_keeps_its_history_and_can_be_opened_again(house: House) -> None:
    with refused("units.open_below"):
        await house.units.close(house.admin, house.east.id)
    with refused("units.top_stays"):
        await house.units.close(house.admin, house.top.id)
    await house.units.close(house.admin, house.riders.id)
    await house.units.close(house.admin, house.east.id)
    assert not (await house.units.get(house.admin, house.riders.id)).is_open
    with refused("units.closed"):
        await house.units.create(house.admin, "新公司", Level.ENTERPRISE, house.east.id)
    with refused("units.closed"):
        await house.units.reopen(house.admin, house.riders.id)
    await house.units.reopen(house.admin, house.east.id)
    await house.units.reopen(house.admin, house.riders.id)
    assert (await house.units.get(house.admin, house.riders.id)).is_open


async def test_members_find_open_units_by_a_part_of_the_name(house: House) -> None:
    assert [unit.name for unit in await house.units.search(" 速 达")] == ["速达配送"]
    assert await house.units.search("%") == ()
    assert await house.units.search("_") == ()
    assert await house.units.search(" ") == ()
    await house.units.close(house.admin, house.riders.id)
    assert await house.units.search("速达") == ()


async def test_an_admin_of_a_town_sees_and_changes_that_town_only(house: House) -> None:
    town = await house.person(Role.ADMIN, house.east, name="镇管理")
    assert {unit.id for unit in await house.units.list_tree(town)} == {
        house.east.id,
        house.riders.id,
    }
    own = await house.units.create(town, "小餐馆", Level.ENTERPRISE, house.east.id)
    for absent in (house.west.id, house.funeral.id, house.top.id, 99_999):
        with refused("units.not_found"):
            await house.units.get(town, absent)
        with refused("units.not_found"):
            await house.units.rename(town, absent, "改名")
        with refused("units.not_found"):
            await house.units.close(town, absent)
        with refused("units.not_found"):
            await house.units.move(town, own.id, absent)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_admins_change_the_tree(house: House, role: Role) -> None:
    level = house.riders if role is Role.VIEWER else house.east
    actor = await house.person(role, level)
    with refused("units.not_found"):
        await house.units.rename(actor, level.id, "改名")
    with refused("units.not_found"):
        await house.units.create(actor, "新单位", Level.ENTERPRISE, level.id)
    assert (await house.units.get(actor, level.id)).name == level.name


async def test_each_change_is_one_act(house: House) -> None:
    before = len(await house.acts())
    made = await house.units.create(house.admin, "新公司", Level.ENTERPRISE, house.east.id)
    await house.units.rename(house.admin, made.id, "老公司")
    await house.units.move(house.admin, made.id, house.west.id)
    for _ in range(2):
        await house.units.close(house.admin, made.id)
    for _ in range(2):
        await house.units.reopen(house.admin, made.id)
    assert (await house.acts())[before:] == [
        "unit.created",
        "unit.renamed",
        "unit.moved",
        "unit.closed",
        "unit.reopened",
    ]


# Reading the audit log


async def test_everybody_sees_their_own_acts_and_nobody_elses(house: House) -> None:
    viewer = await house.person(Role.VIEWER, house.riders, 7100)
    rows, total = await house.audit.list_rows(viewer, AuditFilter())
    assert (rows, total) == ((), 0)
    await house.sign_in.sign_out_everywhere(viewer)
    rows, total = await house.audit.list_rows(viewer, AuditFilter())
    assert [(row.actor, row.act) for row in rows] == [(viewer.staff_id, "session.all_ended")]
    assert total == 1


async def test_admins_see_security_acts_and_auditors_everything(house: House) -> None:
    auditor = await house.person(Role.AUDITOR, house.top, 7100)
    await house.units.rename(operator(), house.riders.id, "新名")
    seen, _ = await house.audit.list_rows(house.admin, AuditFilter(), limit=100)
    acts = {row.act for row in seen}
    assert "grant.given" in acts and "account.added" in acts
    assert not any(act.startswith("unit.") for act in acts)
    everything, total = await house.audit.list_rows(auditor, AuditFilter(), limit=100)
    assert "unit.renamed" in {row.act for row in everything}
    assert total == len(everything) == len(await house.acts())


async def test_an_admin_of_a_town_sees_the_acts_of_that_town_only(house: House) -> None:
    town = await house.person(Role.ADMIN, house.east, 7100, name="镇管理")
    inside = await house.person(Role.VIEWER, house.riders, 7101)
    outside = await house.person(Role.VIEWER, house.funeral, 7102)
    rows, _ = await house.audit.list_rows(town, AuditFilter(), limit=100)
    concerned = {row.subject for row in rows} | {row.actor for row in rows}
    assert inside.staff_id in concerned
    assert outside.staff_id not in concerned


async def test_rows_are_filtered_and_paged_newest_first(house: House) -> None:
    auditor = await house.person(Role.AUDITOR, house.top, 7100)
    everything, total = await house.audit.list_rows(auditor, AuditFilter(), limit=1000)
    ids = [row.id for row in everything]
    assert ids == sorted(ids, reverse=True)
    second, again = await house.audit.list_rows(auditor, AuditFilter(), offset=2, limit=2)
    assert ([row.id for row in second], again) == (ids[2:4], total)
    created, _ = await house.audit.list_rows(auditor, AuditFilter(act="unit."))
    assert {row.act for row in created} == {"unit.created"}
    mine, _ = await house.audit.list_rows(auditor, AuditFilter(actor=house.admin.staff_id))
    assert {row.actor for row in mine} == {house.admin.staff_id}
    one, _ = await house.audit.list_rows(auditor, AuditFilter(subject=str(house.east.id)))
    assert [row.subject for row in one] == [str(house.east.id)]
    now = house.clock.now()
    assert await house.audit.list_rows(auditor, AuditFilter(until=now)) == ((), 0)
    _, since = await house.audit.list_rows(auditor, AuditFilter(since=now))
    assert since == total


async def test_auditors_have_the_chain_checked_and_others_do_not(house: House) -> None:
    auditor = await house.person(Role.AUDITOR, house.top, 7100)
    assert await house.audit.verify(auditor) is None
    assert (await house.acts())[-1] == "audit.verified"
    with refused("staff.not_allowed"):
        await house.audit.verify(house.admin)
