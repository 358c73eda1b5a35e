"""What tests of live contests share: a group, members, a contest taken through its questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from domain.calendar import QuietHours
from domain.outbox import State
from domain.quiz_contests import Contest, ContestQuestion
from services.quiz import ContestClock, ContestDesk, ContestPlan, ContestService
from services.quiz import contest_telling as telling
from storage.database import Database
from storage.tables import outbox
from tests.services.quiz_kit import EDITOR, FIRST, Quiz, item
from tests.world import MovableClock

GROUP = -4_100_000_001
PLAN = ContestPlan("班前五分钟", GROUP, 3, 20, topic="waste")


class Contests(Quiz):
    """The services of contests beside those of the quiz; nothing reaches Telegram."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.desk = ContestDesk(database, clock, QuietHours())
        self.contests = ContestClock(database, clock)
        self.chat = ContestService(database, clock, b"k" * 32)

    async def ready(self) -> None:
        """Questions, and a group of the editor's unit."""
        await self.stock(map(item, range(1, 13)))
        await self.chat.note_group(GROUP, "班组群")
        await self.gives(GROUP)

    async def gives(self, group: int, path: str = "/1/") -> None:
        """The group is that unit's."""
        async with self.database.open_work() as work:
            await work.quiz_contests.set_unit(group, path)
            await work.commit()

    async def starts_contest(self, **fields: Any) -> Contest:
        return await self.desk.start(EDITOR, replace(PLAN, **fields))

    async def questions(self, one: Contest) -> Sequence[ContestQuestion]:
        async with self.database.open_read() as work:
            return await work.quiz_contests.questions(one.id)

    async def now(self, one: Contest) -> Contest:
        return await self.desk.get(EDITOR, one.id)

    async def asks(self, one: Contest) -> ContestQuestion:
        """Let the clock bring the next question, and Telegram show it."""
        before = (await self.now(one)).asked
        for _ in range(200):
            await self.contests.advance_due()
            after = await self.now(one)
            if after.asked > before:
                question = (await self.questions(one))[after.asked - 1]
                return await self.arrives(question)
            self.clock.move(seconds=1)
        raise AssertionError("no further question came")

    async def arrives(self, question: ContestQuestion) -> ContestQuestion:
        """The question is shown as a poll of its own."""
        details = {"contest": question.contest_id, "place": question.place}
        number = 100 + question.place
        await self.fate(question, State.SENT, message_id=number)
        await self.contests.shown(details, f"poll-{question.contest_id}-{question.place}", number)
        async with self.database.open_read() as work:
            found = await work.quiz_contests.question(question.contest_id, question.place)
        assert found is not None
        return found

    async def fate(self, question: ContestQuestion, state: State, **fields: Any) -> None:
        """What became of the question's message."""
        key = telling.poll_key(question.contest_id, question.place)
        values = {"state": state.value, "sent_at": self.clock.now(), **fields}
        async with self.database.open_work() as work:
            await work._connection.execute(
                sa.update(outbox).where(outbox.c.chain == key).values(**values)
            )
            await work.commit()

    async def votes(self, question: ContestQuestion, number: int, *, right: bool) -> None:
        """An answer of account `number`; b is right in the kit's questions."""
        options = question.shown.split(",")
        wanted = "b" if right else "a"
        assert question.poll_id is not None
        await self.chat.vote(question.poll_id, FIRST + number, options.index(wanted))

    async def ends_contest(self, one: Contest) -> Contest:
        """Let the clock run until it is over."""
        for _ in range(400):
            await self.contests.advance_due()
            after = await self.now(one)
            if after.next_at is None:
                return after
            self.clock.move(seconds=1)
        raise AssertionError("it never ended")

    async def sent(self, kind: str) -> list[dict[str, Any]]:
        """The notices of a kind, in order."""
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.select(outbox).where(outbox.c.kind == kind).order_by(outbox.c.id)
            )
            return [dict(row) for row in rows.mappings()]
