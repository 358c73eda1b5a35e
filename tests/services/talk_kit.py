"""What tests of talks share: two towns with staff in force, members with units, all services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from domain.calendar import Interval, OfficeHours, load_calendar
from domain.people import Person
from domain.staff import Actor, Flag, Grant, Granted, Role, Staff
from domain.talks import Context, TalkPolicy
from domain.units import Unit
from services.talks import TalkClock, TalkDesk, TalkReader, TalkService
from storage.database import Database
from storage.people import new_person_id
from storage.tables import outbox
from tests.services.offices import Tree, plant
from tests.world import MovableClock

HOURS = OfficeHours(load_calendar(), (Interval.of("09:00-11:30"), Interval.of("13:30-17:30")))
POLICY = TalkPolicy()
FIRST = 5_600_000_000


@dataclass
class Talks:
    """All services of talks on one database."""

    database: Database
    clock: MovableClock
    tree: Tree
    members: TalkService
    desk: TalkDesk
    reader: TalkReader
    ticks: TalkClock
    updates: int = 1000

    async def staff(
        self,
        name: str,
        role: Role,
        unit: Unit,
        *flags: Flag,
        employer: Unit | None = None,
        number: int = 0,
    ) -> Actor:
        """Somebody with a grant in force."""
        now = self.clock.now()
        account = Staff(
            f"s-{name}"[:16],
            name,
            9_100_000_000 + (number or sum(map(ord, name))),
            employer.id if employer else None,
            False,
            now,
        )
        grant = Grant(role, unit.path, frozenset(flags))
        async with self.database.open_work() as work:
            await work.staff.add(account)
            await work.grants.add(
                Granted(
                    f"g-{account.id}"[:16],
                    account.id,
                    grant,
                    unit.id,
                    unit.name,
                    None,
                    "operator",
                    now,
                    starts_at=now - timedelta(days=2),
                )
            )
            await work.commit()
        return Actor(account.id, name, (grant,), employer_path=employer.path if employer else None)

    async def registers(self, member: int, unit: Unit, phone: str = "13812345678") -> None:
        now = self.clock.now()
        person = Person(new_person_id(), now, now, name="张三", phone=phone)
        person = Person(
            **{
                **{name: getattr(person, name) for name in person.__slots__},
                "unit_id": unit.id,
                "member_id": member,
            }
        )
        async with self.database.open_work() as work:
            await work.people.add_all([person])
            await work.commit()

    async def opens(self, member: int = FIRST, **context: Any) -> str:
        """The id of the member's talk."""
        standing = await self.members.open(member, Context(**context))
        assert standing is not None
        return standing.talk.id

    async def says(self, text: str, member: int = FIRST, **more: Any) -> Any:
        self.updates += 1
        return await self.members.say(member, text, self.updates, **more)

    async def told(self, kind: str | None = None) -> Sequence[dict[str, Any]]:
        """What stands in the outbox, in order."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(sa.select(outbox).order_by(outbox.c.id))
            found = [dict(row) for row in rows.mappings()]
        return [row for row in found if kind is None or row["kind"] == kind]

    async def fails(self, message_id: str, why: str = "blocked") -> None:
        """The reply does not arrive."""
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.update(outbox)
                .where(outbox.c.chain == f"talks.reply:{message_id}")
                .values(state="failed", fail_class=why)
            )
            await work.commit()


async def settle(database: Database, clock: MovableClock) -> Talks:
    tree = await plant(database, clock)
    parts = (database, clock, HOURS, POLICY)
    return Talks(
        database,
        clock,
        tree,
        TalkService(*parts),
        TalkDesk(*parts),
        TalkReader(*parts),
        TalkClock(*parts),
    )
