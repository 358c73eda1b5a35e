"""What tests of the quiz share: a bank, rounds that are on, members who play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa

from domain.calendar import Calendar, QuietHours
from domain.clock import beijing_date
from domain.members import Reach
from domain.quiz import FALSE, TRUE, Item, Kind, Option
from domain.quiz_bank import ItemState
from domain.quiz_play import Attempt
from domain.quiz_rounds import Cell, Prize, Round, Sitting, SittingState
from domain.quiz_timetable import Timetable
from domain.staff import Actor, Grant, Role
from services.duties import DutyService
from services.quiz import (
    BankDesk,
    Feedback,
    ItemShelf,
    PlayService,
    Press,
    PrizeDesk,
    Question,
    QuizClock,
    QuizService,
    Result,
    RoundDesk,
    RoundReader,
    View,
    blank_plan,
)
from storage.database import Database
from storage.tables import members, people
from tests.world import MovableClock

EDITOR = Actor("editor-1", "赵编辑", (Grant(Role.EDITOR, "/1/"),))
SECOND = Actor("editor-2", "钱编辑", (Grant(Role.EDITOR, "/1/"),))
ELSEWHERE = Actor("editor-3", "别处的编辑", (Grant(Role.EDITOR, "/2/"),))
TITLES = {"waste": "垃圾分类", "civility": "文明行为", "party_history": "党史"}
RESERVED = ("工会", "管理员")
FIRST = 5_400_000_000


def item(number: int, **fields: Any) -> Item:
    """A sound item with four options, of which b is right."""
    base = Item(
        id=f"waste.{number:03d}",
        topic="waste",
        difficulty=number % 3 + 1,
        kind=Kind.SINGLE,
        question=f"第 {number} 样东西属于哪一类？",
        options=tuple(Option(key, f"{key}{number} 类") for key in "abcd"),
        answer=frozenset("b"),
        explanation=f"第 {number} 样东西属于 b 类。",
        source="《北京市生活垃圾管理条例》",
        reviewed_on=date(2026, 11, 1),
    )
    return replace(base, **fields)


def multiple(number: int, **fields: Any) -> Item:
    """An item of which a and c are right."""
    return item(number, kind=Kind.MULTIPLE, answer=frozenset("ac"), **fields)


def statement(number: int, **fields: Any) -> Item:
    """A statement that is true."""
    options = (Option(TRUE, "对"), Option(FALSE, "错"))
    return item(number, kind=Kind.TRUE_FALSE, options=options, answer=frozenset({TRUE}), **fields)


PRIZE = Prize("帆布袋一个", 1, 1, 7, "工会服务大厅，工作日 9:00—17:00", roster_only=False)


class Quiz:
    """All services of the quiz on one database."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.clock = clock
        self.bank = BankDesk(database, clock)
        self.rounds = RoundDesk(database, clock, Calendar())
        self.reader = RoundReader(database, clock)
        self.prizes = PrizeDesk(database, clock)
        self.members = QuizService(database, clock, RESERVED)
        self.restart()
        duties = DutyService(database, clock, QuietHours())
        self.ticks = QuizClock(database, clock, duties.run)

    def restart(self) -> None:
        """Another process takes over: nothing is in memory."""
        self.play = PlayService(self.database, self.clock, ItemShelf())

    async def stock(self, items: Iterable[Item]) -> None:
        """Items of the files."""
        await self.bank.sync(list(items), TITLES)

    async def known(self) -> Sequence[Item]:
        """Every item of the bank that is not retired."""
        async with self.database.open_read() as work:
            found = await work.quiz_bank.all(*(set(ItemState) - {ItemState.RETIRED}))
        return [one.item for one in found]

    def plan(self, **fields: Any) -> Round:
        """A day that is on now: two questions, ten minutes, two attempts."""
        today = beijing_date(self.clock.now())
        base = replace(
            blank_plan(self.clock.now(), "/1/"),
            title="垃圾分类答题周",
            timetable=Timetable(today, today, time(8), time(21)),
            blueprint=(Cell("waste", 2),),
            attempts=2,
        )
        return replace(base, **fields)

    async def round(self, **fields: Any) -> tuple[Round, Sitting]:
        """A published round whose first day is open."""
        draft = await self.rounds.create(EDITOR, self.plan(**fields))
        one = await self.rounds.publish(EDITOR, draft.id)
        await self.ticks.open_due()
        return one, await self.sitting(one)

    async def sitting(self, one: Round, number: int = 1) -> Sitting:
        return (await self.rounds.sittings(EDITOR, one.id))[number - 1]

    async def starts(self, sitting: Sitting, number: int) -> View:
        return await self.play.start(sitting.id, FIRST + number)

    async def asked(self, sitting: Sitting, number: int) -> Question:
        """The question that is open after starting or going on."""
        view = await self.starts(sitting, number)
        assert isinstance(view, Question)
        return view

    async def answers(self, question: Question, chosen: str) -> View:
        """Pick the option of this id."""
        place = question.slot.order.split(",").index(chosen)
        attempt = question.attempt
        assert attempt.member_id is not None
        return await self.play.press(
            Press(attempt.id, attempt.member_id, question.slot.place, place)
        )

    async def plays(self, sitting: Sitting, number: int, right: int, seconds: float = 0) -> Result:
        """Answer everything: so many right ones first, then wrong ones."""
        question = await self.asked(sitting, number)
        for place in range(question.attempt.total):
            self.clock.move(seconds=seconds)
            view = await self.answers(question, "b" if place < right else "a")
            assert isinstance(view, Feedback)
            view = await self.play.go_on(question.attempt.id, FIRST + number)
            if isinstance(view, Question):
                question = view
        assert isinstance(view, Result)
        return view

    async def attempt(self, attempt_id: str) -> Attempt:
        async with self.database.open_work() as work:
            return (await work.quiz_attempts.lock_all([attempt_id]))[attempt_id]

    async def member(self, number: int) -> int:
        """Somebody who has written to the bot and can be reached."""
        member_id = FIRST + number
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.insert(members),
                {
                    "id": member_id,
                    "chat_id": member_id,
                    "language": "zh",
                    "reach": Reach.REACHABLE.value,
                    "notice_version": 1,
                    "met_at": self.clock.now(),
                },
            )
            await work.commit()
        return member_id

    async def person(self, number: int, **fields: Any) -> None:
        """What is known of a member."""
        now = self.clock.now()
        values: Mapping[str, Any] = {
            "id": f"person-{number}",
            "member_id": FIRST + number,
            "phone_shared": False,
            "source": "roster",
            "made_at": now,
            "changed_at": now,
            **fields,
        }
        async with self.database.open_work() as work:
            await work._connection.execute(sa.insert(people), values)
            await work.commit()

    async def moves(self, number: int, to: int) -> None:
        """The person of a member goes over to another account."""
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.update(people)
                .where(people.c.member_id == FIRST + number)
                .values(member_id=FIRST + to)
            )
            await work.commit()

    async def invited(self, kind: str) -> list[list[int]]:
        """For each push of this kind, the members whom it goes to."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.text("SELECT id FROM push WHERE kind = :kind ORDER BY id"), {"kind": kind}
            )
            ids = list(rows.scalars())
            return [
                [member - FIRST for member in await work.pushes.audience_after(push, None)]
                for push in ids
            ]

    async def ends(self, one: Round) -> Round:
        """Let the days of a round pass until it is ranked."""
        for sitting in await self.rounds.sittings(EDITOR, one.id):
            if sitting.state in {SittingState.PLANNED, SittingState.OPEN}:
                ahead = sitting.closes_at - self.clock.now()
                self.clock.move(seconds=max(ahead, timedelta()).total_seconds() + 1)
                await self.ticks.open_due()
                await self.ticks.close_due()
        return await self.rounds.get(EDITOR, one.id)
