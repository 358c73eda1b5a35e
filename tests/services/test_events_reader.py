"""Events as staff read them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.events import AnswerKind, EventSieve, EventState, Question
from domain.seats import State
from domain.sign_ups import Source
from services.events import EventReader
from services.events.reader import ALL_STATES
from storage.database import Database
from tests.services.event_kit import ORGANISER, Events, plan
from tests.world import MovableClock

NAME = Question("who", AnswerKind.TEXT, "您的姓名？", profile="name")


@pytest.fixture
def events(database: Database, clock: MovableClock) -> Events:
    return Events(database, clock)


@pytest.fixture
def reader(database: Database, clock: MovableClock) -> EventReader:
    return EventReader(database, clock)


async def test_the_overview_counts_claims_seats_and_days(
    events: Events, reader: EventReader, clock: MovableClock
) -> None:
    curling = await events.event(capacity=3, companions=2)
    await events.joins(curling, 0, party=2)
    await events.joins(curling, 1)
    await events.seats.add_manually(
        ORGANISER, curling.id, {"name": "孙"}, source=Source.PHONE, beyond=True, note="x"
    )
    clock.move(days=2)
    await events.joins(curling, 2)
    found = await reader.overview(ORGANISER, curling.id)
    assert (found.claims(State.CONFIRMED), found.seats(State.CONFIRMED)) == (3, 4)
    assert (found.reachable(State.CONFIRMED), found.claims(State.WAITING)) == (2, 1)
    assert [count for _, count in found.signed_up] == [3, 1]
    first, last = (at for at, _ in found.signed_up)
    # Spans are Beijing's days.
    assert last - first == timedelta(days=2) and first.hour == 16
    assert found.came == []
    await events.door.check_in(ORGANISER, curling.id, (await events.seat(curling, 0)).id)
    found = await reader.overview(ORGANISER, curling.id)
    assert [count for _, count in found.came] == [1]


async def test_people_are_named_by_their_answer_or_else_their_profile(
    events: Events, reader: EventReader, database: Database
) -> None:
    curling = await events.event(capacity=9, questions=(NAME,))
    await events.joins(curling, 0, answers={"who": "王芳"})
    await events.person(1)
    async with database.open_work() as work:
        (person,) = (await work.people.find_all(["person-1"])).values()
        await work.people.save_all([replace(person, name="李强", phone="13800001111")])
        await work.commit()
    await events.joins(curling, 1)
    await events.seats.add_manually(ORGANISER, curling.id, {"name": "孙大爷"})
    found, total = await reader.list_guests(ORGANISER, curling.id, limit=10)
    assert [one.name for one in found] == ["王芳", "李强", "孙大爷"] and total == 3
    assert found[1].phone == "13800001111"
    for words, names in (
        ("李", ["李强"]),
        ("1111", ["李强"]),
        ("111", []),
        (found[2].seat.code, ["孙大爷"]),
        ("没有", []),
    ):
        hits, count = await reader.list_guests(ORGANISER, curling.id, words=words, limit=10)
        assert [one.name for one in hits] == names and count == len(names), words


async def test_a_long_list_is_read_whole_in_pieces_with_places(
    events: Events, reader: EventReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.events.reader._PIECE", 3)
    curling = await events.event(capacity=4)
    for number in range(12):
        await events.joins(curling, number)
    await events.leaves(curling, 11)
    guests = [one async for one in reader.stream(ORGANISER, curling.id, ALL_STATES)]
    assert [one.seat.state for one in guests] == (
        [State.CONFIRMED] * 4 + [State.WAITING] * 7 + [State.CANCELLED]
    )
    assert [one.place for one in guests] == [None] * 4 + [*range(1, 8)] + [None]
    page, total = await reader.list_guests(
        ORGANISER, curling.id, (State.WAITING,), offset=5, limit=5
    )
    assert ([one.place for one in page], total) == ([6, 7], 7)
    _, guest, history = await reader.find_guest(ORGANISER, curling.id, guests[9].seat.id)
    assert guest.place == 6 and [row.reason for row in history] == ["in_line"]


async def test_events_pass_a_sieve(
    events: Events, reader: EventReader, clock: MovableClock
) -> None:
    now = clock.now()
    await events.event(title="冰壶 100%")
    await events.desk.create(ORGANISER, plan(now, title="书法", unit_path="/1/7/"))

    async def titles(**sieve: object) -> list[str]:
        asked = EventSieve(**sieve)  # type: ignore[arg-type]
        found, total = await reader.list_events(ORGANISER, asked, offset=0, limit=10)
        assert total == len(found)
        return sorted(event.title for event, _ in found)

    assert await titles() == ["书法", "冰壶 100%"]
    assert await titles(words="0%") == ["冰壶 100%"]
    assert await titles(words="%") == ["冰壶 100%"]
    assert await titles(state=EventState.DRAFT) == ["书法"]
    assert await titles(path="/1/7/") == ["书法"]
    assert await titles(ends_before=now) == []
    assert await titles(starts_from=now + timedelta(days=11)) == []
    assert len(await titles(ends_after=now, starts_before=now + timedelta(days=11))) == 2


async def test_a_poster_keeps_its_link_until_the_event_moves_behind_its_end(
    events: Events, reader: EventReader
) -> None:
    curling = await events.event()
    assert (await reader.find_link(ORGANISER, curling.id))[1] is None
    first = await reader.make_link(ORGANISER, curling.id)
    assert await reader.make_link(ORGANISER, curling.id) == first
    later = timedelta(days=30)
    times = {
        name: getattr(curling, name) + later for name in ("closes_at", "starts_at", "ends_at")
    }
    await events.desk.change(ORGANISER, curling.id, **times)
    second = await reader.make_link(ORGANISER, curling.id)
    assert second.token != first.token and second.expires_at > curling.ends_at + later
