"""What tests of events share: an organiser, events that are held soon, members who sign up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.events import Event, EventState, Mode
from domain.outbox import Priority
from domain.refusal import Refusal
from domain.seats import State
from domain.sign_ups import Receipt, Seat, Wish
from domain.staff import Actor, Grant, Role
from services.events import (
    EventClock,
    EventDesk,
    EventDoor,
    EventReader,
    EventService,
    SeatDesk,
)
from storage.database import Database
from storage.tables import outbox, people, units
from tests.world import MovableClock

ORGANISER = Actor("organiser-1", "组织员", (Grant(Role.ORGANISER, "/1/"),))
ELSEWHERE = Actor("organiser-2", "别处的组织员", (Grant(Role.ORGANISER, "/2/"),))
FIRST = 5_300_000_000


def plan(now: datetime, **fields: Any) -> Event:
    """A draft: sign-up is open for nine days, it begins in ten and lasts two hours."""
    starts = now + timedelta(days=10)
    base = Event(
        id="",
        title="冰壶联赛",
        state=EventState.DRAFT,
        mode=Mode.FIRST_COME,
        unit_path="/1/",
        capacity=2,
        opens_at=now - timedelta(hours=1),
        closes_at=starts - timedelta(days=1),
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        created_at=now,
        created_by="",
    )
    return replace(base, **fields)


class Events:
    """All services of events on one database."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.clock = clock
        self.members = EventService(database, clock)
        self.desk = EventDesk(database, clock)
        self.seats = SeatDesk(database, clock)
        self.door = EventDoor(database, clock)
        self.reader = EventReader(database, clock)
        self.ticks = EventClock(database, clock)

    async def event(self, **fields: Any) -> Event:
        """A published event."""
        draft = await self.desk.create(ORGANISER, plan(self.clock.now(), **fields))
        return await self.desk.publish(ORGANISER, draft.id)

    async def joins(self, event: Event, number: int, **wish: Any) -> Receipt:
        return await self.members.sign_up(Wish(event.id, FIRST + number, **wish))

    async def leaves(self, event: Event, number: int) -> Receipt:
        return await self.members.cancel(event.id, FIRST + number)

    async def accepts(self, event: Event, number: int) -> Receipt:
        return await self.members.accept(event.id, FIRST + number)

    async def seat(self, event: Event, number: int) -> Seat:
        """The claim as it is kept."""
        async with self.database.open_read() as work:
            (found,) = await work.seats.of_members(event.id, [FIRST + number], [])
        return found

    async def state(self, event: Event, number: int) -> State:
        return (await self.seat(event, number)).state

    async def states(self, event: Event) -> Counter[State]:
        """How many seats there are in each state."""
        async with self.database.open_read() as work:
            return Counter(one.state for one in await work.seats.all_of(event.id))

    async def reasons(self, event: Event, number: int) -> list[str]:
        """Why the claim changed or did not, oldest first."""
        seat = await self.seat(event, number)
        async with self.database.open_read() as work:
            return [row.reason for row in await work.seats.history_of(event.id, seat.id)]

    async def told(self, kind: str = "") -> list[tuple[str, int]]:
        """Kind and member number of every notice so far, in order."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.select(outbox.c.kind, outbox.c.member_id).order_by(outbox.c.id)
            )
            found = [(str(name), int(member) - FIRST) for name, member in rows]
        return [
            (name.removeprefix("events.notice_"), member)
            for name, member in found
            if name.endswith(kind)
        ]

    async def urgent(self) -> list[tuple[str, int]]:
        """Kind and member number of every notice that may wake somebody, in order."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.select(outbox.c.kind, outbox.c.member_id)
                .where(outbox.c.priority == Priority.SECURITY.value)
                .order_by(outbox.c.id)
            )
            return [
                (str(row[0]).removeprefix("events.notice_"), int(row[1]) - FIRST) for row in rows
            ]

    async def all_of(self, event: Event) -> list[Seat]:
        """Every claim in the order of ranks."""
        async with self.database.open_read() as work:
            return list(await work.seats.all_of(event.id))

    async def moves(self, number: int, member_id: int) -> None:
        """The person of a member goes over to another account."""
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.update(people)
                .where(people.c.member_id == FIRST + number)
                .values(member_id=member_id)
            )
            await work.commit()

    async def unit(self, number: int, path: str, name: str) -> None:
        """A unit with its path as given."""
        async with self.database.open_work() as work:
            await work._connection.execute(sa.insert(units), _unit(number, path, name))
            await work.commit()

    async def person(self, number: int, **fields: Any) -> None:
        """What is known of a member."""
        now = self.clock.now()
        values = {
            "id": f"person-{number}",
            "member_id": FIRST + number,
            "phone_shared": False,
            "source": "self",
            "made_at": now,
            "changed_at": now,
            **fields,
        }
        async with self.database.open_work() as work:
            await work._connection.execute(sa.insert(people), values)
            await work.commit()


def _unit(number: int, path: str, name: str) -> dict[str, Any]:
    known = {"id": number, "path": path, "name": name, "level": "town", "parent_id": None}
    names = {column.name for column in units.columns}
    more = {"name_key": name, "is_open": True, "closed_at": None}
    return {key: value for key, value in {**known, **more}.items() if key in names}


async def full_event(events: Events, waiting: int = 2) -> Event:
    """A published event with one seat: member 0 has it, members 1, 2 ... wait in this order."""
    event = await events.event(capacity=1)
    for number in range(1 + waiting):
        await events.joins(event, number)
    return event


async def refused(act: Any) -> str:
    """The code of the refusal of an awaitable."""
    try:
        await act
    except Refusal as refusal:
        return refusal.code
    raise AssertionError("nothing was refused")
