"""Erasing somebody at the counter: two people, exactly this person, within a day."""

from __future__ import annotations

import pytest

from services.people import PeopleOffice
from services.roster import RosterService
from storage.database import Database
from tests import agreeing
from tests.services import offices
from tests.services.offices import Tree
from tests.services.rosters import load
from tests.services.test_people import refused
from tests.world import MovableClock

PHONE = "13812345678"


@pytest.fixture
async def tree(database: Database, clock: MovableClock) -> Tree:
    return await offices.plant(database, clock)


@pytest.fixture
def office(database: Database, clock: MovableClock) -> PeopleOffice:
    return PeopleOffice(database, clock)


@pytest.fixture
def rosters(database: Database, clock: MovableClock) -> RosterService:
    return RosterService(database, clock)


async def test_nobody_erases_a_person_alone(
    office: PeopleOffice,
    rosters: RosterService,
    database: Database,
    clock: MovableClock,
    tree: Tree,
) -> None:
    boss, second = await agreeing.admins(database, clock)
    people = [("0012", "王芳", PHONE), ("0013", "李强", "13900000001")]
    await load(rosters, boss, tree.firm, people)
    (found,), (other,) = [await office.search(boss, name) for _, name, _ in people]
    assert await refused(lambda: office.erase(boss, found.id, "王芳")) == (
        "countersigns.reason_missing"
    )
    assert not await office.erase(boss, found.id, "王芳", "本人到窗口要求")
    # Asking twice is no agreement, and nobody else's agreement is one.
    assert not await office.erase(boss, found.id, "王芳", "本人到窗口要求")
    assert len(await offices.rows(database, "people")) == 2
    assert (await office.open(second, found.id)).erasure is not None
    assert await agreeing.on_everything(database, clock) == 1
    # To this person, by who asked, within a day.
    assert not await office.erase(boss, other.id, "李强", "本人到窗口要求")
    assert not await office.erase(second, found.id, "王芳", "本人到窗口要求")
    clock.move(hours=25)
    assert not await office.erase(boss, found.id, "王芳", "本人到窗口要求")
    assert await agreeing.on_everything(database, clock) >= 1
    assert await office.erase(boss, found.id, "王芳")
    assert [row["id"] for row in await offices.rows(database, "people")] == [other.id]
    # Nothing about the asking says who it was.
    assert "王芳" not in await offices.everything(database)
