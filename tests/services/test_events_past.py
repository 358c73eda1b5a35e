"""What is left of an event after a year, and what is kept until then, on both databases."""

from __future__ import annotations

import pytest

from domain.events import Event
from domain.seats import State
from domain.sign_ups import CheckIn
from services.people import OwnDataService
from storage.database import Database
from tests.services import offices
from tests.services.event_kit import FIRST, ORGANISER, Events
from tests.world import MovableClock

# All that hangs on an event and names or describes somebody.
TABLES = ("seat_log", "check_ins", "teams")
TYPED = ("飞石队", "带孩子的那位", "王芳", "很热闹")


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


async def held(events: Events, clock: MovableClock) -> Event:
    """An event that is over: one came, one was taken off the list, with words of both sides."""
    league = await events.event(capacity=3, team_size=4)
    came = await events.joins(league, 0, team="飞石队", answers={"name": "王芳"})
    taken = await events.joins(league, 1, team="飞石队")
    await events.seats.release(ORGANISER, taken.seat_id, "带孩子的那位")
    clock.move(days=10)
    key = f"phone-{league.id}"
    tick = CheckIn(key, came.seat_id, True, clock.now())
    assert await events.door.sync(ORGANISER, league.id, [tick]) == {key: "kept"}
    await events.members.rate(league.id, FIRST, 3)
    await events.members.comment(league.id, FIRST, "很热闹")
    await events.desk.finish(ORGANISER, league.id)
    return league


async def rows(database: Database) -> dict[str, int]:
    return {table: len(await offices.rows(database, table)) for table in TABLES}


async def test_a_year_after_the_event_nobody_knows_who_was_there(
    events: Events, clock: MovableClock, database: Database
) -> None:
    league = await held(events, clock)
    before = await rows(database)
    assert all(before.values())
    clock.move(days=365)
    # Two hours long, it is not over for a year yet.
    assert await events.ticks.purge() == 0
    assert await rows(database) == before
    clock.move(hours=2)
    assert await events.ticks.purge() == 2 + sum(before.values())
    assert await events.ticks.purge() == 0
    assert await rows(database) == dict.fromkeys(TABLES, 0)
    # How many came and how they liked it still counts; whoever it was is gone.
    kept = await events.all_of(league)
    assert {(one.member_id, one.person_id, one.team_id) for one in kept} == {(None, None, None)}
    assert await events.states(league) == {State.ATTENDED: 1, State.RELEASED: 1}
    async with database.open_read() as work:
        assert await work.seat_figures.stars(league.id) == {3: 1}
    everything = str([await offices.rows(database, name) for name in (*TABLES, "seats", "events")])
    assert not any(words in everything for words in TYPED)
    guests, count = await events.reader.list_guests(ORGANISER, league.id, limit=9)
    assert count == 2 and all(one.answers == {} for one in guests)


async def test_what_is_not_a_year_ago_is_kept_beside_it(
    events: Events, clock: MovableClock, database: Database
) -> None:
    await held(events, clock)
    clock.move(days=200)
    newer = await held(events, clock)
    clock.move(days=165, hours=2)
    assert await events.ticks.purge() > 0
    (team,) = await offices.rows(database, "teams")
    assert (team["event_id"], team["name"]) == (newer.id, "飞石队")
    for table in ("seat_log", "check_ins"):
        assert {row["event_id"] for row in await offices.rows(database, table)} == {newer.id}
    assert len(await events.members.history(FIRST)) == 1


async def test_an_erased_member_takes_along_what_staff_wrote_about_them(
    events: Events, clock: MovableClock, database: Database
) -> None:
    league = await held(events, clock)
    own_data = OwnDataService(database, clock)
    copy = await own_data.copy(FIRST + 1)
    assert "带孩子的那位" in str(copy.tables["seat_log"])
    assert await own_data.erase(FIRST + 1)
    assert "带孩子的那位" not in str(await offices.rows(database, "seat_log"))
    # The way of everybody else's seat is as it was.
    assert await events.reasons(league, 0) == ["signed_up", "checked_in"]
