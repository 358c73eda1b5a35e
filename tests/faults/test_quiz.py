"""R3 and R21: a quiz whose invitations are cut short by kills, and ten thousand who answer."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from domain.members import Member, Reach
from domain.outbox import Claim, State
from domain.quiz_play import AttemptState
from domain.quiz_rounds import Round, Sitting
from domain.refusal import Refusal
from handlers.letters import Letter
from services.outbox import OutboxService
from services.quiz import Question, Result
from storage.database import Database
from storage.tables import quiz_attempts
from tests.delivering import QUICK, FakeTelegram, fill, kill, make, pumping
from tests.faults.support import percentile, sized
from tests.services.quiz_kit import EDITOR, FIRST, Quiz, item
from tests.world import MovableClock

pytestmark = pytest.mark.faults

INVITED, KILLS = sized(1_000), sized(30)
ANSWERING, A_SECOND = sized(10_000), 167
QUESTIONS = 2


@dataclass
class Phones(FakeTelegram):
    """Members' phones: which buttons each copy of a message has."""

    def __post_init__(self) -> None:
        self.buttons: Counter[str] = Counter()

    async def send(self, claim: Claim, letter: Letter) -> int:
        if letter.buttons is not None:
            self.buttons[str(letter.buttons.inline_keyboard[0][0].callback_data)] += 1
        return await super().send(claim, letter)


@pytest.fixture
async def quiz(database: Database, clock: MovableClock) -> Quiz:
    made = Quiz(database, clock)
    await made.stock(map(item, range(1, 13)))
    return made


async def join(quiz: Quiz, count: int) -> None:
    now = quiz.clock.now()
    for first in range(0, count, 5_000):
        async with quiz.database.open_work() as work:
            await work.members.save_all(
                [
                    Member(FIRST + one, FIRST + one, "zh", Reach.REACHABLE, 1, now)
                    for one in range(first, min(first + 5_000, count))
                ]
            )
            await work.commit()


async def plays(quiz: Quiz, sitting: Sitting, number: int, right: int) -> None:
    """Press the button of a copy and answer what is asked."""
    try:
        view = await quiz.starts(sitting, number)
    except Refusal as refusal:
        if refusal.code != "quiz.no_attempts":
            raise
        return
    while isinstance(view, Question):
        place, attempt = view.slot.place, view.attempt
        await quiz.answers(view, "b" if place < right else "a")
        view = await quiz.play.go_on(attempt.id, FIRST + number)
    assert isinstance(view, Result)


async def scored(database: Database) -> Counter[int]:
    """Attempts that count, by member."""
    async with database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(quiz_attempts.c.member_id).where(
                quiz_attempts.c.state != AttemptState.RUNNING.value
            )
        )
        return Counter(rows.scalars())


async def invite(quiz: Quiz, phones: Phones, attempts: int) -> Sitting:
    """Send the invitations of a day while the pump is killed again and again."""
    await join(quiz, INVITED)
    _, sitting = await quiz.round(attempts=attempts)
    outbox, chance = OutboxService(quiz.database, quiz.clock), random.Random(5)
    await outbox.expand_due()
    policy = replace(QUICK, per_second=400)
    for _ in range(KILLS):
        pump = make(quiz.database, phones, policy, quiz.clock)
        await pump.reclaim(everything=True)
        pump.start()
        seen = len(phones.tries)
        async with asyncio.timeout(30):
            while len(phones.tries) < min(seen + chance.randint(5, 25), INVITED):
                await asyncio.sleep(0.001)
        kill(pump)
        await asyncio.sleep(0.01)
        # What is unclear waits a few seconds.
        quiz.clock.move(seconds=6)
    last = make(quiz.database, phones, policy, quiz.clock)
    await last.reclaim(everything=True)
    quiz.clock.move(seconds=6)
    async with pumping(last):
        async with asyncio.timeout(120):
            while await waiting(quiz.database):
                quiz.clock.move(seconds=1)
                await asyncio.sleep(0.1)
    return sitting


async def waiting(database: Database) -> int:
    """Invitations that are not over."""
    async with database.open_read() as work:
        found = await work.outbox.counts(1)
    return found.get(State.PENDING, 0) + found.get(State.SENDING, 0)


async def all_play(quiz: Quiz, sitting: Sitting, phones: Phones) -> None:
    """Everybody presses the button of every copy, of a second one when they are through."""
    copies = phones.copies()
    for nth in range(max(copies.values())):
        chats = [chat - FIRST for chat, count in copies.items() if count > nth]
        for at in range(0, len(chats), 200):
            some = chats[at : at + 200]
            await asyncio.gather(*(plays(quiz, sitting, one, one % 3) for one in some))


async def test_a_member_with_two_copies_is_scored_once_and_every_copy_can_be_answered(
    quiz: Quiz,
) -> None:
    phones = Phones(delay=0.005)
    sitting = await invite(quiz, phones, attempts=1)
    copies = phones.copies()
    assert len(copies) == INVITED, "somebody was not invited"
    assert copies.total() - INVITED <= KILLS * QUICK.in_flight
    # Every copy, recorded or not, names the day and nothing that only that copy knows.
    assert set(phones.buttons) == {f"quiz:start:{sitting.id}"}
    await all_play(quiz, sitting, phones)
    found = await scored(quiz.database)
    assert found == {FIRST + number: 1 for number in range(INVITED)}
    print(f"{KILLS} kills, {copies.total() - INVITED} copies too many")


async def test_with_an_attempt_for_each_copy_some_would_be_scored_twice(quiz: Quiz) -> None:
    phones = Phones(delay=0.005)
    sitting = await invite(quiz, phones, attempts=3)
    await all_play(quiz, sitting, phones)
    copies, found = phones.copies(), await scored(quiz.database)
    assert copies.total() > INVITED, "no kill fell between sending and writing down"
    assert max(found.values()) > 1


async def test_ten_thousand_answer_within_a_minute_while_a_push_runs(quiz: Quiz) -> None:
    await join(quiz, ANSWERING)
    one, sitting = await quiz.round(attempts=1)
    # Not the invitations: a push of something else, to others.
    await fill(quiz.database, range(1, 2_001), quiz.clock.now())
    started: list[Question] = []
    for at in range(0, ANSWERING, 500):
        some = range(at, min(at + 500, ANSWERING))
        views = await asyncio.gather(*(quiz.asked(sitting, number) for number in some))
        started += views
    telegram = FakeTelegram(delay=0.06)
    pump = make(quiz.database, telegram, replace(QUICK, per_second=25), quiz.clock)
    async with pumping(pump):
        waits = await rush(quiz, started)
    assert len(telegram.arrived) > 0
    print(f"{len(waits)} answers, p99 {percentile(waits, 0.99):.2f} s")
    assert percentile(waits, 0.99) <= 2.0
    assert await scored(quiz.database) == {FIRST + number: 1 for number in range(ANSWERING)}
    await ranking_is_right(quiz, one)


async def rush(quiz: Quiz, started: list[Question]) -> list[float]:
    """Everybody answers both questions, spread over the time but for a tenth all at once."""
    waits: list[float] = []

    async def answer(number: int, question: Question, at: float) -> None:
        await asyncio.sleep(at)
        right = number % 3
        begun = time.perf_counter()
        await quiz.answers(question, "b" if right > 0 else "a")
        waits.append(time.perf_counter() - begun)
        view = await quiz.play.go_on(question.attempt.id, FIRST + number)
        assert isinstance(view, Question)
        # The second one twice: a double tap counts once.
        chosen = "b" if right > 1 else "a"
        await asyncio.gather(quiz.answers(view, chosen), quiz.answers(view, chosen))

    chance, span = random.Random(2), ANSWERING / A_SECOND
    async with asyncio.TaskGroup() as group:
        for number, question in enumerate(started):
            at = span / 2 if number % 10 == 0 else chance.uniform(0, span)
            group.create_task(answer(number, question, at))
    return waits


async def ranking_is_right(quiz: Quiz, one: Round) -> None:
    await quiz.ends(one)
    lines, total = await quiz.reader.standings(EDITOR, one.id, offset=0, limit=ANSWERING)
    assert total == ANSWERING
    by_member = {line.standing.member_id: line.standing.right for line in lines}
    assert by_member == {FIRST + number: number % 3 for number in range(ANSWERING)}
    rights = [line.standing.right for line in lines]
    assert rights == sorted(rights, reverse=True)
