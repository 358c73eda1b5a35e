"""Whom a roster may take over: nobody from a unit of others, and nobody into a closed unit."""

from __future__ import annotations

from typing import Any

import pytest

from domain.consents import Answer, Purpose
from domain.refusal import Refusal
from domain.roster import Stage
from domain.staff import Actor
from domain.units import Unit
from services.people import PeopleOffice, ProfileService
from services.roster import RosterService, service
from services.units import UnitService
from storage.database import Database
from tests import agreeing
from tests.services import offices
from tests.services.offices import Tree
from tests.services.rosters import WORDS, load, plan, row
from tests.world import MovableClock

WANG = ("0012", "王芳", "13812345678")
MEMBER = 5_200_000_017


@pytest.fixture
def rosters(database: Database, clock: MovableClock) -> RosterService:
    return RosterService(database, clock)


@pytest.fixture
async def tree(database: Database, clock: MovableClock) -> Tree:
    return await offices.plant(database, clock)


async def self_told(database: Database, clock: MovableClock, unit: Unit | None) -> None:
    """A member who told name, phone and perhaps the unit."""
    profiles = ProfileService(database, clock)
    await profiles.answer(MEMBER, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_name(MEMBER, WANG[1])
    await profiles.share_phone(MEMBER, MEMBER, "86" + WANG[2])
    if unit is not None:
        await profiles.choose_unit(MEMBER, unit.id)


async def moved_meanwhile(
    database: Database, clock: MovableClock, boss: Actor, unit: Unit
) -> list[dict[str, Any]]:
    """The one person there goes to another unit by the hand of the district."""
    office = PeopleOffice(database, clock)
    (found,) = await office.search(boss, WANG[0])
    await office.correct_unit(boss, found.id, unit.id)
    return await offices.rows(database, "people")


@pytest.mark.parametrize(
    "listed",
    [
        ("0012", "李强", "13900000001"),
        ("0012", "王芳", ""),
        ("", "王芳", "13812345678"),
        WANG,
    ],
)
async def test_a_list_that_means_somebody_of_another_town_takes_nobody_over(
    rosters: RosterService, database: Database, tree: Tree, listed: tuple[str, str, str]
) -> None:
    await load(rosters, offices.admin(tree.district), tree.firm, [WANG])
    before = await offices.rows(database, "people")
    far = offices.admin(tree.other_town, "far")
    planned = await plan(rosters, far, tree.other_firm, [listed, ("0077", "赵一", "")])
    # The line, and not a word of who or where they are.
    assert [(one.line, one.code, dict(one.values)) for one in planned.issues] == [
        (2, "roster.elsewhere", {})
    ]
    assert (planned.id, planned.errors, planned.changed) == (None, 1, 0)
    assert await offices.rows(database, "people") == before


async def test_the_members_own_record_in_another_town_is_not_absorbed(
    rosters: RosterService, database: Database, clock: MovableClock, tree: Tree
) -> None:
    far = offices.admin(tree.other_town, "far")
    await load(rosters, far, tree.other_firm, [("0012", "王芳", "")])
    await self_told(database, clock, tree.firm)
    planned = await plan(rosters, far, tree.other_firm, [WANG])
    assert [(one.line, one.code) for one in planned.issues] == [(2, "roster.elsewhere")]
    assert len(await offices.rows(database, "people")) == 2


async def test_who_has_not_settled_on_a_unit_is_joined_by_name_and_phone(
    rosters: RosterService, database: Database, clock: MovableClock, tree: Tree
) -> None:
    await self_told(database, clock, None)
    await load(rosters, offices.admin(tree.town), tree.firm, [WANG])
    (person,) = await offices.rows(database, "people")
    assert (person["unit_id"], person["member_id"]) == (tree.firm.id, MEMBER)
    # The number alone does not do, once the unit is open again.
    await ProfileService(database, clock).tell_unit(MEMBER, "不在册的小厂")
    far = offices.admin(tree.other_town, "far")
    planned = await plan(rosters, far, tree.other_firm, [("0012", "李强", "13900000001")])
    assert [(one.line, one.code) for one in planned.issues] == [(2, "roster.elsewhere")]


async def test_the_district_moves_people_between_its_towns_by_a_list(
    rosters: RosterService, database: Database, clock: MovableClock, tree: Tree
) -> None:
    boss, _ = await agreeing.admins(database, clock)
    await load(rosters, boss, tree.firm, [WANG])
    done = await load(rosters, boss, tree.other_firm, [WANG])
    assert "skipped" not in done.counts
    (person,) = await offices.rows(database, "people")
    assert person["unit_id"] == tree.other_firm.id


async def test_who_went_elsewhere_before_the_list_was_confirmed_is_left_alone(
    rosters: RosterService, database: Database, clock: MovableClock, tree: Tree
) -> None:
    boss, near = offices.admin(tree.district), offices.admin(tree.town, "near")
    await load(rosters, boss, tree.firm, [WANG])
    planned = await plan(rosters, near, tree.firm, [("0012", "王芳芳", ""), ("0077", "赵一", "")])
    assert planned.id is not None
    before = await moved_meanwhile(database, clock, boss, tree.other_firm)
    done = await rosters.confirm(near, planned.id, planned.missing)
    assert (done.stage, done.counts["skipped"]) == (Stage.DONE, 1)
    after = await offices.rows(database, "people")
    assert [one for one in after if one["id"] == before[0]["id"]] == before
    assert len(after) == 2


async def test_whoever_lost_the_right_moves_nobody_by_a_list_of_before(
    rosters: RosterService, database: Database, tree: Tree
) -> None:
    # No account stands behind this one any more when the list is taken over.
    boss = offices.admin(tree.district)
    await load(rosters, boss, tree.firm, [WANG])
    done = await load(rosters, boss, tree.other_firm, [WANG])
    assert done.counts["skipped"] == 1
    (person,) = await offices.rows(database, "people")
    assert person["unit_id"] == tree.firm.id


@pytest.mark.parametrize("named", ["", "速达配送（测试）"])
async def test_a_unit_closed_after_the_dry_run_receives_nobody(
    rosters: RosterService, database: Database, clock: MovableClock, tree: Tree, named: str
) -> None:
    boss, _ = await agreeing.admins(database, clock)
    top = tree.town if named else tree.firm
    raw = [row(2, number="0012", name="王芳", unit=named), row(3, number="0013", name="李强")]
    planned = await rosters.plan(boss, top.id, raw, WORDS)
    assert planned.id is not None
    await UnitService(database, clock).close(boss, tree.firm.id)
    with pytest.raises(Refusal) as refusal:
        await rosters.confirm(boss, planned.id)
    assert (refusal.value.code, refusal.value.values) == (
        "roster.unit_closed",
        {"unit": tree.firm.name},
    )
    assert await offices.rows(database, "people") == []
    # Nor is one planned for it.
    with pytest.raises(Refusal, match=r"roster\.unit_closed"):
        await rosters.plan(boss, tree.firm.id, raw, WORDS)


async def test_a_unit_closed_while_a_long_list_is_taken_over_receives_nobody(
    rosters: RosterService,
    database: Database,
    clock: MovableClock,
    tree: Tree,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boss, _ = await agreeing.admins(database, clock)
    monkeypatch.setattr(service, "_AT_ONCE", 0)
    raw = [
        row(2, number="0012", name="王芳", unit=tree.firm.name),
        row(3, number="0013", name="李强"),
    ]
    planned = await rosters.plan(boss, tree.town.id, raw, WORDS)
    assert planned.id is not None
    assert (await rosters.confirm(boss, planned.id)).stage is Stage.RUNNING
    await UnitService(database, clock).close(boss, tree.firm.id)
    await rosters.resume()
    found = await rosters.find(boss, planned.id)
    assert found is not None
    assert (found.stage, found.counts["skipped"]) == (Stage.DONE, 1)
    (person,) = await offices.rows(database, "people")
    assert person["unit_id"] == tree.town.id
