"""What tests of broadcasts share: a house with members, its writers and approvers, and the pump's
part played by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from domain.broadcasts import (
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
from domain.members import Member, Reach
from domain.outbox import PushState
from domain.people import Occupation, Person
from domain.staff import Actor, Flag, Role
from domain.units import Unit
from services.broadcasts import (
    ApprovalDesk,
    BroadcastClock,
    BroadcastDesk,
    BroadcastMembers,
    BroadcastPolicy,
    CallDesk,
    EmergencyDesk,
    RunDesk,
    SegmentDesk,
)
from services.outbox import OutboxService
from storage.database import Database
from storage.tables import outbox, push
from tests.staffing import House
from tests.world import MovableClock

FIRST = 5_400_000_000
POLICY = BroadcastPolicy()


@dataclass
class Casting:
    """All services of broadcasts in one house. `br` writes, `ok` is another who may approve."""

    house: House
    br: Actor
    ok: Actor

    def __post_init__(self) -> None:
        database, clock = self.database, self.clock
        self.segments = SegmentDesk(database, clock, POLICY)
        self.desk = BroadcastDesk(database, clock, POLICY)
        self.approvals = ApprovalDesk(database, clock, POLICY)
        self.runs = RunDesk(database, clock, POLICY)
        self.calls = CallDesk(database, clock, POLICY)
        self.emergencies = EmergencyDesk(database, clock, POLICY)
        self.ticks = BroadcastClock(database, clock, POLICY)
        self.members = BroadcastMembers(database, clock)
        self.outbox = OutboxService(database, clock)

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def clock(self) -> MovableClock:
        return self.house.clock

    async def people(
        self, unit: Unit, count: int, start: int = 0, *, reach: Reach = Reach.REACHABLE
    ) -> None:
        """Members of a unit with names, phones and an occupation by turns."""
        now = self.clock.now()
        numbers = range(FIRST + start, FIRST + start + count)
        jobs = (Occupation.RIDER, Occupation.FACTORY)
        async with self.database.open_work() as work:
            await work.members.save_all(
                [
                    Member(one, one, "zh-hans" if one % 10 else "en", reach, 2, now)
                    for one in numbers
                ]
            )
            await work.people.add_all(
                [
                    Person(
                        f"p{one}",
                        now,
                        now,
                        member_id=one,
                        name="张小明",
                        phone=f"138{one % 100_000_000:08d}",
                        unit_id=unit.id,
                        occupation=jobs[one % 2],
                    )
                    for one in numbers
                ]
            )
            await work.commit()

    def draft(self, unit: Unit | None = None, **content: Any) -> Draft:
        """A text with a receipt, to everybody in the unit, as soon as it may."""
        plan = content.pop("plan", Plan())
        audience = content.pop("audience", None)
        unit = unit or self.house.east
        said = {
            "text": "<b>通知</b>：周六上午发放慰问品。",
            "topic": Topic.NEWS,
            "buttons": (Button(ButtonKind.READ, "已读"),),
            **content,
        }
        return Draft(
            "慰问品",
            unit.path,
            Content(**said),
            audience or Audience((Segment((unit.path,)),)),
            plan,
        )

    async def tried(self, unit: Unit | None = None, **content: Any) -> Broadcast:
        """A draft whose test has arrived at its author."""
        one = await self.desk.create(self.br, self.draft(unit, **content))
        await self.desk.send_test(self.br, one.id)
        await self.ended("sent", kind="broadcast.test")
        return one

    async def handed(self, unit: Unit | None = None, **content: Any) -> Broadcast:
        one = await self.tried(unit, **content)
        return await self.desk.hand_in(self.br, one.id)

    async def approved(self, unit: Unit | None = None, **content: Any) -> Broadcast:
        one = await self.handed(unit, **content)
        assert one.push is not None
        typed = str(one.push.audience_count)
        return await self.approvals.approve(self.house.fresh(self.ok), one.id, typed)

    async def started(self, unit: Unit | None = None, **content: Any) -> Broadcast:
        """One that has begun; its first rows are written."""
        one = await self.approved(unit, **content)
        self.clock.move(seconds=61)
        assert await self.ticks.start_due() == 1
        await self.outbox.expand_due()
        return await self.desk.get(self.br, one.id)

    async def sent(self, unit: Unit | None = None, **content: Any) -> Broadcast:
        """One that everybody got."""
        one = await self.started(unit, **content)
        for _ in range(4):
            await self.ended("sent")
            await self.outbox.expand_due()
        found = await self.desk.get(self.br, one.id)
        assert found.state is PushState.FINISHED
        return found

    async def ended(
        self,
        state: str,
        fail_class: str | None = None,
        *,
        kind: str = "broadcast.message",
        most: int = 10_000,
        where: Callable[[], sa.ColumnElement[bool]] | None = None,
    ) -> int:
        """Do what the pump does: waiting rows of the kind come to this end. How many."""
        values: dict[str, Any] = {"state": state, "fail_class": fail_class}
        if state == "sent":
            values |= {"sent_at": self.clock.now(), "message_id": outbox.c.id + 1000}
        waiting = sa.select(outbox.c.id).where(
            outbox.c.kind == kind, outbox.c.state == "pending", *([where()] if where else [])
        )
        async with self.database.open_work() as work:
            result = await work._connection.execute(
                sa.update(outbox)
                .where(outbox.c.id.in_(waiting.order_by(outbox.c.id).limit(most)))
                .values(values)
            )
            await work.commit()
        return result.rowcount

    async def states(self, push_id: int) -> dict[str, int]:
        async with self.database.open_read() as work:
            return {str(k): v for k, v in (await work.outbox.counts(push_id)).items()}

    async def set_push(self, push_id: int, **values: Any) -> None:
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.update(push).where(push.c.id == push_id).values(values)
            )
            await work.commit()

    async def kinds(self) -> list[str]:
        """The kinds of single messages that wait or were sent."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.select(outbox.c.kind).where(outbox.c.push_id.is_(None)).order_by(outbox.c.id)
            )
            return [str(row[0]) for row in rows]


async def make_casting(house: House) -> Casting:
    """A house with one who writes and one who approves, in the whole district."""
    br = await house.person(Role.BROADCASTER, house.top, 7001, name="写稿人")
    ok = await house.person(Role.BROADCASTER, house.top, 7002, Flag.APPROVER, name="审批人")
    return Casting(house, replace(br, session_id="s-br"), replace(ok, session_id="s-ok"))
