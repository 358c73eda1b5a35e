"""One seat a person: claims go along when two records turn out to be one person."""

from __future__ import annotations

import pytest

from domain.consents import Answer, Purpose
from domain.events import Event
from domain.seats import State
from services.people import ProfileService
from services.people.profile import Joined
from services.roster import RosterService
from storage.database import Database
from tests.services import offices
from tests.services.event_kit import FIRST, Events, refused
from tests.services.rosters import load
from tests.world import MovableClock

PHONE = "13812345678"


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


@pytest.fixture
def profiles(database: Database, clock: MovableClock) -> ProfileService:
    return ProfileService(database, clock)


async def tells(profiles: ProfileService, number: int) -> Joined:
    """The member says who they are; all of these are the same person."""
    await profiles.answer(FIRST + number, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_name(FIRST + number, "王芳")
    return await profiles.share_phone(FIRST + number, FIRST + number, "86" + PHONE)


async def persons(database: Database) -> set[str]:
    return {row["id"] for row in await offices.rows(database, "people")}


async def test_whoever_says_who_they_are_after_signing_up_still_has_one_seat(
    events: Events, profiles: ProfileService, database: Database
) -> None:
    curling = await events.event(capacity=5)
    await events.joins(curling, 0)
    assert (await events.seat(curling, 0)).person_id is None
    await tells(profiles, 0)
    assert {(await events.seat(curling, 0)).person_id} == await persons(database)
    # The same person with a second account.
    assert await tells(profiles, 1) is Joined.MOVED
    assert {(await events.seat(curling, 0)).person_id} == await persons(database)
    assert await refused(events.joins(curling, 1)) == "events.other_account"


async def test_a_seat_goes_along_to_the_record_of_the_roster(
    events: Events, profiles: ProfileService, database: Database, clock: MovableClock
) -> None:
    tree = await offices.plant(database, clock)
    rosters, boss = RosterService(database, clock), offices.admin(tree.district)
    await load(rosters, boss, tree.firm, [("0012", "王芳", PHONE)])
    known = await persons(database)
    curling = await events.event(capacity=5)
    await events.joins(curling, 0)
    assert await tells(profiles, 0) is Joined.ROSTER
    assert {(await events.seat(curling, 0)).person_id} == await persons(database) == known


async def test_a_seat_goes_along_when_a_roster_finds_the_members_own_record(
    events: Events, profiles: ProfileService, database: Database, clock: MovableClock
) -> None:
    tree = await offices.plant(database, clock)
    rosters, boss = RosterService(database, clock), offices.admin(tree.district)
    await load(rosters, boss, tree.firm, [("0012", "王芳", "")])
    known = await persons(database)
    await tells(profiles, 0)
    curling = await events.event(capacity=5)
    await events.joins(curling, 0)
    await load(rosters, boss, tree.firm, [("0012", "王芳", PHONE)])
    assert {(await events.seat(curling, 0)).person_id} == await persons(database) == known


@pytest.mark.parametrize("later", [0, 1])
async def test_of_two_seats_of_one_person_the_earlier_stays_and_the_line_moves(
    events: Events, profiles: ProfileService, database: Database, later: int
) -> None:
    """Whichever of the accounts says last who it is."""
    curling = await events.event(capacity=2)
    for number in range(3):
        await events.joins(curling, number)
    await tells(profiles, 1 - later)
    assert await tells(profiles, later) is Joined.MOVED
    kept, gone = await events.seat(curling, 0), await events.seat(curling, 1)
    assert (kept.state, gone.state) == (State.CONFIRMED, State.RELEASED)
    assert {kept.person_id} == await persons(database)
    assert gone.person_id is None
    assert await events.reasons(curling, 1) == ["signed_up", "same_person"]
    assert await events.told() == [("same_person", 1)]
    await events.ticks.fill_due()
    assert await events.told() == [("same_person", 1), ("offer", 2)]
    if later:
        assert await refused(events.joins(curling, 1)) == "events.other_account"


async def test_a_seat_is_kept_before_a_place_in_line(
    events: Events, profiles: ProfileService
) -> None:
    curling = await events.event(capacity=1)
    for number in range(3):
        await events.joins(curling, number)
    await events.leaves(curling, 0)
    # Offered to 1; 0 waits behind 2 now.
    await events.joins(curling, 0)
    assert await events.state(curling, 1) is State.OFFERED
    await tells(profiles, 1)
    await tells(profiles, 0)
    assert await states(events, curling) == [State.RELEASED, State.OFFERED, State.WAITING]


async def test_what_has_begun_is_not_rewritten(
    events: Events, profiles: ProfileService, clock: MovableClock, database: Database
) -> None:
    curling = await events.event(capacity=2)
    for number in range(2):
        await events.joins(curling, number)
    clock.move(days=10, minutes=1)
    for number in range(2):
        await tells(profiles, number)
    seats = [await events.seat(curling, number) for number in range(2)]
    assert [seat.state for seat in seats] == [State.CONFIRMED, State.CONFIRMED]
    assert {seats[0].person_id} == await persons(database)
    assert await events.told() == []


async def test_each_event_counts_for_itself(events: Events, profiles: ProfileService) -> None:
    curling, chess = await events.event(capacity=2), await events.event(capacity=2, title="象棋")
    await events.joins(curling, 0)
    await events.joins(chess, 1)
    for number in range(2):
        await tells(profiles, number)
    assert await events.state(curling, 0) is State.CONFIRMED
    assert await events.state(chess, 1) is State.CONFIRMED
    assert await refused(events.joins(curling, 1)) == "events.other_account"


async def states(events: Events, event: Event) -> list[State]:
    return [await events.state(event, number) for number in range(3)]
