"""Events in the console's house: made by the same verbs as in earnest, with people who sign up."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.events import AnswerKind, Event, EventState, Mode, Question
from domain.sign_ups import Receipt, Wish
from domain.staff import Actor, Grant, Role
from domain.units import Unit
from services.events import (
    EventClock,
    EventDesk,
    EventDoor,
    EventReader,
    EventService,
    SeatDesk,
)
from storage.tables import outbox
from tests.console.visiting import House

FIRST = 5_400_000_000
_members = itertools.count(FIRST)
BY = Actor("maker", "办活动的人", (Grant(Role.ORGANISER, "/"),))
NAME = Question("name", AnswerKind.TEXT, "您的姓名？", profile="name")
PHONE = Question("phone", AnswerKind.PHONE, "您的手机号？", profile="phone")
SIZE = Question("size", AnswerKind.CHOICE, "T恤尺码？", ("小", "中", "大"), is_required=False)
WISH = Question("wish", AnswerKind.TEXT, "有什么要求？", is_required=False)


def plan(now: datetime, unit: Unit, **fields: Any) -> Event:
    """A draft: sign-up is open for nine days, it begins in ten and lasts two hours."""
    starts = now + timedelta(days=10)
    base = Event(
        id="",
        title="冰壶联赛",
        state=EventState.DRAFT,
        mode=Mode.FIRST_COME,
        unit_path=unit.path,
        capacity=2,
        opens_at=now - timedelta(hours=1),
        closes_at=starts - timedelta(days=1),
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        created_at=now,
        created_by="",
        questions=(NAME, PHONE, SIZE, WISH),
    )
    return replace(base, **fields)


class Organising:
    """All services of events in one house."""

    def __init__(self, house: House) -> None:
        database, clock = house.world.parts.database, house.world.clock
        self.house = house
        self.database = database
        self.members = EventService(database, clock)
        self.desk = EventDesk(database, clock)
        self.seats = SeatDesk(database, clock)
        self.door = EventDoor(database, clock)
        self.reader = EventReader(database, clock)
        self.ticks = EventClock(database, clock)

    async def draft(self, unit: Unit, **fields: Any) -> Event:
        return await self.desk.create(BY, plan(self.house.world.clock.now(), unit, **fields))

    async def event(self, unit: Unit, **fields: Any) -> Event:
        """A published event."""
        draft = await self.draft(unit, **fields)
        return await self.desk.publish(BY, draft.id)

    async def joins(self, event: Event, name: str = "张三丰", **answers: str) -> Receipt:
        """Somebody new signs up."""
        number = next(_members)
        given = {"name": name, "phone": f"138{number % 10**8:08}", **answers}
        return await self.members.sign_up(Wish(event.id, number, answers=given))

    async def told(self) -> list[str]:
        """The kinds of all notices so far."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(sa.select(outbox.c.kind).order_by(outbox.c.id))
            return [str(row[0]) for row in rows]
