"""Broadcasts in the console's house: made by the same verbs as in earnest, to people of a unit."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from domain.broadcasts import (
    ActKind,
    ActState,
    Audience,
    Broadcast,
    BroadcastAct,
    Content,
    Draft,
    EmergencyTemplate,
    Plan,
    SavedSegment,
    Segment,
    Topic,
)
from domain.members import Member, Reach
from domain.people import Occupation, Person
from domain.staff import Actor, Flag, Grant, Role, Staff
from domain.units import Unit
from services.broadcasts import (
    ApprovalDesk,
    BroadcastDesk,
    BroadcastPolicy,
    EmergencyDesk,
    SegmentDesk,
)
from storage.people import new_person_id
from storage.tables import audit
from tests.console.visiting import House

TEXT = "明天上午 <b>9 点</b>停水，请提前接水。"
CORRECTION = "更正：停水改到后天上午 9 点。"
# The smallest picture that there is.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
_numbers = itertools.count(5_600_000_001)
_APPROVER = frozenset({Flag.APPROVER})


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody of the staff with a phone of their own, and what the services see of them."""

    account: Staff
    actor: Actor


class Announcing:
    """All services of broadcasts in one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database, self.clock = house.world.parts.database, house.world.clock
        kit = (self.database, self.clock, BroadcastPolicy())
        self.desk, self.segments = BroadcastDesk(*kit), SegmentDesk(*kit)
        self.approvals, self.emergencies = ApprovalDesk(*kit), EmergencyDesk(*kit)

    async def author(self, unit: Unit, name: str = "", role: Role = Role.BROADCASTER) -> Author:
        """Staff whom the simulated Telegram knows, so that a test send arrives."""
        name = name or f"宣传{secrets.token_hex(2)}"
        now = self.clock.now()
        account = Staff(
            id=secrets.token_hex(8),
            name=name,
            telegram_id=self.house.world.simulator.add_user(name),
            employer_id=None,
            is_outside=False,
            created_at=now,
        )
        async with self.database.open_work() as work:
            await work.staff.add(account)
            await work.grants.add(self.house.granted(account, role, unit, _APPROVER))
            await work.commit()
        grant = Grant(role, unit.path, _APPROVER)
        session = secrets.token_hex(8)
        return Author(account, Actor(account.id, name, (grant,), session, mfa_at=now))

    async def members(self, unit: Unit, count: int) -> list[Person]:
        """People of a unit whose phones the simulated Telegram knows."""
        now, world = self.clock.now(), self.house.world
        found = []
        for at in range(count):
            name = f"会员{chr(0x4E00 + at)}"
            person = Person(
                new_person_id(),
                now,
                now,
                member_id=world.simulator.add_user(name),
                name=name,
                phone=f"137{next(_numbers) % 10**8:08}",
                unit_id=unit.id,
                occupation=Occupation.RIDER,
            )
            found.append(person)
        known = [
            Member(one.member_id, one.member_id, "zh", Reach.REACHABLE, 1, now)
            for one in found
            if one.member_id is not None
        ]
        async with self.database.open_work() as work:
            await work.members.save_all(known)
            await work.people.add_all(found)
            await work.commit()
        return found

    async def stranger(self, unit: Unit) -> Person:
        """Somebody whom a roster of the unit names and whose Telegram nobody knows."""
        now, number = self.clock.now(), next(_numbers)
        person = Person(
            new_person_id(),
            now,
            now,
            name="没绑定的人",
            phone=f"136{number % 10**8:08}",
            unit_id=unit.id,
        )
        async with self.database.open_work() as work:
            await work.people.add_all([person])
            await work.commit()
        return person

    def plan(self, unit: Unit, **fields: Any) -> Draft:
        """A short text to everybody of a unit."""
        content = fields.pop("content", None) or Content(TEXT, Topic.NEWS, correction=CORRECTION)
        return Draft(
            fields.pop("title", "停水通知"),
            unit.path,
            content,
            fields.pop("audience", None) or Audience((Segment((unit.path,)),)),
            fields.pop("plan", None) or Plan(),
        )

    async def draft(self, unit: Unit, by: Actor | None = None, **fields: Any) -> Broadcast:
        by = by or Actor("maker", "写推送的人", (Grant(Role.BROADCASTER, unit.path),))
        return await self.desk.create(by, self.plan(unit, **fields))

    async def file(self, unit: Unit) -> str:
        """The number of a small picture that somebody of the unit handed in."""
        by = Actor("maker", "写推送的人", (Grant(Role.BROADCASTER, unit.path),))
        return (await self.desk.keep_file(by, "poster.png", PICTURE)).id

    async def segment(self, unit: Unit, name: str = "全体骑手") -> SavedSegment:
        by = Actor("maker", "写推送的人", (Grant(Role.BROADCASTER, unit.path),))
        return await self.segments.save(by, name, Segment((unit.path,), (Occupation.RIDER,)))

    async def template(self, title: str = "暴雨红色预警") -> EmergencyTemplate:
        """Words for an emergency that nobody has agreed to yet."""
        by = Actor("maker", "管理员", (Grant(Role.ADMIN, "/"),))
        return await self.emergencies.propose(by, title, "请马上到高处躲避，不要外出。")

    async def waits_for(self, broadcast: Broadcast, by: str = "maker") -> BroadcastAct:
        """Somebody asked to recall it, and a second person is to agree."""
        act = BroadcastAct(
            secrets.token_urlsafe(9),
            broadcast.id,
            ActKind.RECALL,
            ActState.WAITING,
            60,
            by,
            "",
            self.clock.now(),
        )
        async with self.database.open_work() as work:
            await work.agreements.add_act(act)
            await work.commit()
        return act

    async def arrives(self, author: Author, broadcast: Broadcast) -> None:
        """The author's test arrives in their own chat."""
        await self.desk.send_test(author.actor, broadcast.id)
        await self.house.world.deliver()

    async def acts_of_audit(self) -> list[str]:
        """What the audit log has noted so far."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(sa.select(audit.c.act).order_by(audit.c.id))
            return [str(row[0]) for row in rows]

    def rests(self) -> None:
        """Some minutes pass."""
        self.clock.move(seconds=timedelta(minutes=2).total_seconds())
