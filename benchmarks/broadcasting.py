"""A broadcast as staff make it, through the services: two people, a test, a list, a yes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from benchmarks import filling
from domain.broadcasts import (
    TEST,
    UNDO,
    Audience,
    Broadcast,
    Button,
    ButtonKind,
    Content,
    Draft,
    Plan,
    Segment,
    Topic,
)
from domain.calendar import QuietHours
from domain.clock import SystemClock
from domain.members import Reach
from domain.people import Source
from domain.staff import Actor, Flag, Grant, Role, Staff
from domain.units import Unit
from services.broadcasts import (
    ApprovalDesk,
    BroadcastClock,
    BroadcastDesk,
    BroadcastPolicy,
    RunDesk,
)
from storage.database import Database
from storage.migrate import migrate
from storage.tables import members, outbox, people

FIRST = 5_400_000_000
# Benchmarks are run at night too.
_AWAKE = BroadcastPolicy(quiet=QuietHours(time(), time()))


class StaffClock:
    """The machine's time less what a broadcast waits after it was agreed to: nobody waits here."""

    def __init__(self) -> None:
        self._system = SystemClock()

    def now(self) -> datetime:
        return self._system.now() - UNDO - timedelta(seconds=1)


class Writers:
    """Who writes a broadcast to everybody and who agrees to it, and the services they use."""

    def __init__(self, database: Database, author: Actor, second: Actor) -> None:
        self._clock, self.author = StaffClock(), author
        self._database, self._second = database, second
        kit = (database, self._clock, _AWAKE)
        self.desk, self.runs, self._approvals = (
            BroadcastDesk(*kit),
            RunDesk(*kit),
            ApprovalDesk(*kit),
        )
        self.ticks = BroadcastClock(database, SystemClock(), _AWAKE)

    async def tried(self, unit: Unit) -> Broadcast:
        """A draft to everybody in the unit, whose test has arrived at its author."""
        draft = Draft(
            "Water",
            unit.path,
            Content(
                "No water on Saturday.",
                Topic.NEWS,
                buttons=(Button(ButtonKind.READ, "Read"),),
            ),
            Audience((Segment((unit.path,)),)),
            Plan(),
        )
        one = await self.desk.create(self.author, draft)
        await self.desk.send_test(self.author, one.id)
        async with self._database.open_work() as work:
            await work._connection.execute(
                sa.update(outbox).where(outbox.c.kind == TEST).values(state="sent")
            )
            await work.commit()
        return one

    async def agree(self, one: Broadcast) -> None:
        """The second person's yes."""
        whole = await self.desk.get(self.author, one.id)
        assert whole.push is not None
        second = replace(self._second, mfa_at=self._clock.now())
        await self._approvals.approve(second, one.id, str(whole.push.audience_count))


async def settle(database: Database, place: str, count: int) -> tuple[Writers, Unit]:
    """Make the tables, units, staff and so many members; one in twenty is in no unit yet."""
    migrate(place)
    _, units = await filling.plant(database)
    async with database.open_work() as work:
        top = await work.units.find_top()
        assert top is not None
        now, both = SystemClock().now(), []
        for number, name in enumerate(("author", "second")):
            account = Staff(secrets.token_hex(8), name, 100 + number, None, False, now)
            await work.staff.add(account)
            for role in (Role.BROADCASTER, Role.ADMIN):
                flags = frozenset({Flag.APPROVER} if role is Role.BROADCASTER else ())
                given = filling.granted(account, role, top, now)
                await work.grants.add(replace(given, grant=Grant(role, top.path, flags)))
            grants = (Grant(Role.BROADCASTER, top.path, frozenset({Flag.APPROVER})),)
            both.append(Actor(account.id, name, grants, session_id=name))
        await work.commit()
    met = int(now.timestamp() * 1000)
    filling.write_rows(place, members, _members(count, met))
    filling.write_rows(place, people, _people(count, [unit.id for unit in units], met))
    filling.analyse(place)
    return Writers(database, *both), top


def _members(count: int, met: int) -> Iterator[tuple[object, ...]]:
    """In the order of the table's columns."""
    for at in range(FIRST, FIRST + count):
        yield (at, at, "zh", Reach.REACHABLE.value, 1, met)


def _people(count: int, units: list[int], met: int) -> Iterator[tuple[object, ...]]:
    """In the order of the table's columns; nothing sealed, which a broadcast does not read."""
    for at in range(count):
        unit = units[at % len(units)] if at % 20 else None
        yield (
            *(f"{at:024x}", FIRST + at, None, None, None, None, None, False, None, None, unit),
            *(None, None, None, Source.SELF.value, None, met, met),
        )
