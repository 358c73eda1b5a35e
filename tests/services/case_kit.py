"""What tests of cases share: a house with people of the staff, members who ask for help."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from domain.calendar import Interval, OfficeHours, load_calendar
from domain.cases.case import Case
from domain.cases.intake import Ask, Asked
from domain.cases.risks import WarningPolicy
from domain.cases.settlement import Agreement, Plan
from domain.cases.states import State
from domain.clock import beijing_date
from domain.consents import Answer, Purpose
from domain.reading.words import Words
from domain.staff import Actor, Flag, Grant, Role
from domain.units import Unit
from locales import load_words
from services.cases import (
    CaseClock,
    CaseDesk,
    CaseFigures,
    CaseIntake,
    CaseService,
    DisclosureDesk,
    FirmDesk,
    MeetingDesk,
    RiskDesk,
    SettlementDesk,
)
from services.people import ProfileService
from storage.database import Database
from storage.tables import metadata, outbox, staff
from tests.staffing import House, make_house
from tests.world import MovableClock

FIRST = 5_400_000_000
# Where the lead of the eastern town is reached.
EAST_CHAT = 7101
OFFICE = OfficeHours(load_calendar(), (Interval.of("09:00-11:30"), Interval.of("13:30-17:30")))
STORY = "送外卖三个月没有结工钱，站长一直说下周"


@dataclass
class Cases:
    """All services of cases on one database, with a lead in the district and in both towns."""

    database: Database
    clock: MovableClock
    house: House
    district: Actor
    east: Actor
    west: Actor
    worker: Actor
    intake: CaseIntake = field(init=False)
    members: CaseService = field(init=False)
    desk: CaseDesk = field(init=False)
    meetings: MeetingDesk = field(init=False)
    settlements: SettlementDesk = field(init=False)
    disclosures: DisclosureDesk = field(init=False)
    firms: FirmDesk = field(init=False)
    risks: RiskDesk = field(init=False)
    figures: CaseFigures = field(init=False)
    ticks: CaseClock = field(init=False)

    def __post_init__(self) -> None:
        parts = (self.database, self.clock, OFFICE)
        self.intake = CaseIntake(*parts, Words.of(load_words()))
        self.members = CaseService(*parts)
        self.desk = CaseDesk(*parts)
        self.meetings = MeetingDesk(*parts)
        self.settlements = SettlementDesk(*parts)
        self.disclosures = DisclosureDesk(*parts)
        self.firms = FirmDesk(*parts)
        self.risks = RiskDesk(*parts, WarningPolicy())
        self.figures = CaseFigures(*parts)
        self.ticks = CaseClock(*parts, WarningPolicy())

    async def consents(self, number: int) -> int:
        """A member who agreed to case work; their id."""
        member = FIRST + number
        await ProfileService(self.database, self.clock).answer(member, Purpose.CASE, Answer.GIVEN)
        return member

    async def answers(self, member: int, now: Asked, **given: str) -> Asked:
        """Fill the form to its end: typed or picked as the step wants, "-" skips."""
        usual: dict[str, str] = {
            Ask.KIND: "wages",
            Ask.STORY: STORY,
            Ask.EMPLOYER: "速达配送",
            Ask.AMOUNT: "13500",
            Ask.EVIDENCE: "-",
            Ask.LEVEL: "town",
            Ask.WHO: "named",
            Ask.NAME: "王芳",
            Ask.PHONE: "13812345678",
            Ask.REACH: "-",
            Ask.WHICH: "-",
            Ask.TOWN: "-",
        }
        wanted = {**usual, **given}
        while now.step is not Ask.CHECK:
            value = wanted[now.step]
            if now.step is Ask.WHICH:
                now = await self.intake.pick(member, now.step, value)
            elif value == "-":
                now = await self.intake.skip(member, now.step)
            elif now.step in (Ask.KIND, Ask.LEVEL, Ask.WHO, Ask.TOWN):
                now = await self.intake.pick(member, now.step, value)
            else:
                now = await self.intake.tell(member, value)
        return now

    async def files(self, number: int = 1, **given: str) -> Case:
        """A member hands in a case; usually wages against the riders' firm, to the town."""
        member = await self.consents(number)
        await self.answers(member, await self.intake.begin(member), **given)
        case = await self.intake.submit(member)
        await self.intake.close(member)
        return case

    async def assigned(self, number: int = 1, **given: str) -> Case:
        """The same, assigned to the worker of the eastern town."""
        case = await self.files(number, **given)
        return await self.desk.assign(self.east, case.id, self.worker.staff_id)

    async def mediating(self, number: int = 1, **given: str) -> Case:
        case = await self.assigned(number, **given)
        await self.desk.move(self.worker, case.id, State.CONTACTING)
        return await self.desk.move(self.worker, case.id, State.MEDIATING)

    async def settled(self, case: Case, *parts: int) -> Agreement:
        """An agreement over these instalments in yuan, due in 10, 40, 70 ... days."""
        today = beijing_date(self.clock.now())
        days = [today + timedelta(days=10 + 30 * place) for place in range(len(parts))]
        amounts = [part * 100 for part in parts]
        plan = Plan(today, None, sum(amounts), tuple(zip(amounts, days, strict=True)))
        return await self.settlements.agree(self.worker, case.id, plan)

    async def case(self, case: Case) -> Case:
        """The case as it is kept now."""
        async with self.database.open_read() as work:
            found = await work.cases.find(case.id)
        assert found is not None
        return found

    async def told(self, kind: str = "") -> list[tuple[str, int]]:
        """Kind and chat of every notice so far, in order."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.select(outbox.c.kind, outbox.c.chat_id).order_by(outbox.c.id)
            )
            found = [(str(name), int(chat)) for name, chat in rows]
        return [
            (name.removeprefix("cases.notice_"), chat)
            for name, chat in found
            if name.endswith(kind)
        ]

    async def employed_by(self, actor: Actor, unit: Unit) -> Actor:
        """The same person, employed by that unit."""
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.update(staff).where(staff.c.id == actor.staff_id).values(employer_id=unit.id)
            )
            await work.commit()
        return replace(actor, employer_path=unit.path)


async def make_cases(database: Database, clock: MovableClock) -> Cases:
    """A district with two towns and a firm in each, and four people who do case work."""
    house = await make_house(database, clock)
    people: list[Actor] = []
    for number, (name, unit, flags) in enumerate(
        (
            ("区主任", house.top, (Flag.LEAD,)),
            ("东主任", house.east, (Flag.LEAD,)),
            ("西主任", house.west, (Flag.LEAD,)),
            ("东调解", house.east, ()),
        )
    ):
        people.append(await house.person(Role.CASEWORKER, unit, 7100 + number, *flags, name=name))
    made = Cases(database, clock, house, *people)
    # Whoever came first waited for the others: a grant takes a day. Back to a Wednesday afternoon.
    while made.clock.now().astimezone().weekday() != 2:
        made.clock.move(days=1)
    return made


def fresh(cases: Cases, actor: Actor) -> Actor:
    return replace(actor, mfa_at=cases.clock.now())


def enterprise(unit: Unit, role: Role = Role.ORGANISER) -> Grant:
    return Grant(role, unit.path)


def day(cases: Cases, ahead: int = 0) -> date:
    return beijing_date(cases.clock.now()) + timedelta(days=ahead)


async def dumped(cases: Cases, *tables: str) -> str:
    """Everything that these tables hold, as text."""
    found: list[Any] = []
    async with cases.database.open_read() as work:
        for name in tables:
            rows = await work._connection.execute(sa.select(metadata.tables[name]))
            found += [dict(row) for row in rows.mappings()]
    return str(found)
