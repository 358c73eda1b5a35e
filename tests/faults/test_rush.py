"""R21: thousands answer a quiz within a minute, through the webhook, while a broadcast is on.

The real program as a process; Telegram, and everybody's phones, in the test.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import time as clock_time
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain import quiz_timetable
from domain.calendar import QuietHours
from domain.clock import SystemClock, beijing_date
from domain.outbox import Notice
from domain.quiz_rounds import Cell, Round, Sitting
from domain.quiz_timetable import Timetable
from services.duties import DutyService
from services.quiz import QuizClock
from simulator import Simulator
from simulator import running as simulating
from storage.database import Database
from storage.tables import quiz_answers, quiz_attempts
from tests import databases
from tests.faults.conftest import Fresh
from tests.faults.processes import Program, free_port
from tests.faults.support import RealClock, percentile, rows, sized
from tests.services.quiz_kit import EDITOR, Quiz, item
from tests.world import TOKEN, MovableClock

pytestmark = pytest.mark.faults

# As RELIABILITY's R21 has it: so many a second, and a tenth of all within one of them.
FULL, A_SECOND, BURST = 10_000, 167, 10
ANSWERING = sized(FULL)
PUSHED = sized(2_000)


@dataclass
class Rush:
    """Members with a phone each, and how long every press waited for its toast."""

    simulator: Simulator
    program: Program
    quiz: Quiz
    round: Round
    sitting: Sitting
    people: list[int]
    pressed: dict[str, tuple[str, float]] = field(default_factory=dict)

    def press(self, person: int, what: str, data: str) -> str:
        """Press a button of the newest message; the id by which the press is answered."""
        message = max(self.simulator.chats[person].messages)
        self.simulator.press_data(person, message, data)
        number = next(reversed(self.simulator.presses))
        self.pressed[number] = (what, time.time())
        return number

    def waits(self) -> Mapping[str, list[float]]:
        """Seconds until the toast, by what was pressed."""
        found: dict[str, list[float]] = {what: [] for what, _ in self.pressed.values()}
        for call in self.simulator.calls.since(0):
            if call["method"] == "answerCallbackQuery" and call["ok"]:
                what, at = self.pressed[str(call["payload"]["callback_query_id"])]
                found[what].append(call["time"] - at)
        return found


@pytest.fixture(autouse=True)
def at_any_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day may last from midnight to midnight, so that the test runs whenever it is run."""
    monkeypatch.setattr(quiz_timetable, "EARLIEST", clock_time())
    monkeypatch.setattr(quiz_timetable, "LATEST", clock_time(23, 59))


@asynccontextmanager
async def rushing(folder: Path, url: str, *bugs: str) -> AsyncIterator[Rush]:
    """A round that is on, everybody greeted, a broadcast of something else under way."""
    database = Database(url, databases.vault())
    clock = RealClock()
    quiz = Quiz(database, clock)
    # At night too.
    awake = DutyService(database, clock, QuietHours(clock_time(), clock_time()))
    quiz.ticks = QuizClock(database, clock, awake.run)
    await quiz.stock(map(item, range(1, 121)))
    today = beijing_date(SystemClock().now())
    all_day = Timetable(today, today, clock_time(0), clock_time(23, 59))
    one, sitting = await quiz.round(attempts=1, timetable=all_day, blueprint=(Cell("waste", 1),))
    try:
        async with (
            simulating(token=TOKEN, retry_scale=0.05) as telegram,
            Program(
                folder, telegram.url, ("awake", *bugs), port=free_port(), database_url=url
            ) as program,
        ):
            simulator = telegram.simulator
            simulator.delivery.reach = program.reach
            people = [simulator.add_user(f"职工{number}") for number in range(ANSWERING)]
            others = [simulator.add_user(f"别人{number}") for number in range(PUSHED)]
            await program.start()
            for first in range(0, ANSWERING, 200):
                for person in people[first : first + 200]:
                    simulator.start(person)
                assert await simulator.settle(60)
            await push(database, others)
            yield Rush(simulator, program, quiz, one, sitting, people)
            await program.stop()
    finally:
        await database.close()


async def push(database: Database, people: list[int]) -> None:
    now = SystemClock().now()
    async with database.open_work() as work:
        await work.outbox.add(
            *(Notice("message", one, f"t:{one}", now, {"text": "x"}) for one in people)
        )
        await work.commit()


async def start_all(rush: Rush) -> None:
    """Everybody begins."""
    async for _, person in in_turn(rush.people):
        rush.press(person, "start", f"quiz:start:{rush.sitting.id}")
    assert await rush.simulator.settle(120)


async def questions(rush: Rush) -> Mapping[int, tuple[str, str]]:
    """The attempt of each person, and the order of the options of its question."""
    kept = rush.quiz.database
    attempts = {row["id"]: row["member_id"] for row in await rows(kept, quiz_attempts)}
    return {
        attempts[row["attempt_id"]]: (row["attempt_id"], row["shown"])
        for row in await rows(kept, quiz_answers)
    }


async def answer_all(rush: Rush) -> None:
    """Everybody answers; some tap twice."""
    asked = await questions(rush)
    async for number, person in in_turn(rush.people):
        attempt, order = asked[person]
        for _ in range(2 if number % BURST == 5 else 1):
            rush.press(person, "answer", picked(attempt, order, number % 2 == 1))
    assert await rush.simulator.settle(120)


async def in_turn(people: Sequence[int]) -> AsyncIterator[tuple[int, int]]:
    """Each when it is their moment: over a minute, and a tenth of all in one second of it."""
    chance, span = random.Random(2), len(people) / A_SECOND
    due = []
    for number, person in enumerate(people):
        is_crowd = number % BURST == 0
        at = span / 2 + chance.random() if is_crowd else chance.uniform(0, span)
        due.append((at, number, person))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for at, number, person in sorted(due):
        await asyncio.sleep(max(0.0, begun + at - loop.time()))
        yield number, person


def picked(attempt: str, order: str, is_right: bool) -> str:
    """What the button of the right option says, or of a wrong one."""
    return f"quiz:pick:{attempt}:0:{order.split(',').index('b' if is_right else 'a')}"


async def asks(rush: Rush, until: asyncio.Event) -> list[float]:
    """Somebody asks a question again and again; how long each answer took."""
    waits, person = [], rush.simulator.add_user("提问的人")
    rush.simulator.start(person)
    await asyncio.sleep(1)
    while not until.is_set():
        said, seen = time.time(), rush.simulator.calls.next
        rush.simulator.say(person, "老板三个月没发工资了")
        async with asyncio.timeout(60):
            while not (told := answered(rush, person, seen)):
                await asyncio.sleep(0.05)
        waits.append(told[0] - said)
        await asyncio.sleep(0.5)
    return waits


def answered(rush: Rush, person: int, seen: int) -> list[float]:
    """When the person was told something since that call."""
    return [
        call["time"]
        for call in rush.simulator.calls.since(seen)
        if call["method"] == "sendMessage" and call["payload"]["chat_id"] == person
    ]


async def scored(rush: Rush) -> Counter[tuple[int, int, int]]:
    """How many have so many done, right, and attempts."""
    async with rush.quiz.database.open_read() as work:
        found = await work._connection.execute(
            sa.select(
                quiz_attempts.c.member_id,
                quiz_attempts.c.done,
                quiz_attempts.c.right,
                sa.func.count().over(partition_by=quiz_attempts.c.member_id),
            )
        )
        return Counter((done, right, attempts) for _, done, right, attempts in found)


def expected() -> Counter[tuple[int, int, int]]:
    return Counter((1, number % 2, 1) for number in range(ANSWERING))


async def test_ten_thousand_answer_within_a_minute_through_the_webhook(
    tmp_path: Path, fresh: Fresh
) -> None:
    async with rushing(tmp_path, fresh()) as rush:
        await start_all(rush)
        over = asyncio.Event()
        asking = asyncio.create_task(asks(rush, over))
        await answer_all(rush)
        over.set()
        asked, waits = await asking, rush.waits()
        for what, found in sorted(waits.items()):
            print(
                f"{what}: {len(found)}, p50 {percentile(found, 0.5):.2f} s, "
                f"p99 {percentile(found, 0.99):.2f} s"
            )
        print(f"questions meanwhile: p95 {percentile(asked, 0.95):.2f} s")
        assert {what: len(found) for what, found in waits.items()} == {
            "start": ANSWERING,
            "answer": ANSWERING + sum(n % BURST == 5 for n in range(ANSWERING)),
        }, "somebody pressed and heard nothing"
        assert await scored(rush) == expected()
        await ranking_is_right(rush)
        if ANSWERING >= FULL:
            # With fewer it is a quick look on a machine that has other work, and no measurement.
            assert percentile(waits["answer"], 0.99) <= 2.0
            assert percentile(waits["start"], 0.99) <= 2.0


async def ranking_is_right(rush: Rush) -> None:
    # The day is over: the clock of the house stands still, so another one is moved.
    later = Quiz(rush.quiz.database, MovableClock(SystemClock().now()))
    await later.ends(rush.round)
    lines, total = await rush.quiz.reader.standings(
        EDITOR, rush.round.id, offset=0, limit=ANSWERING
    )
    assert total == ANSWERING
    by_member = {line.standing.member_id: line.standing.right for line in lines}
    assert by_member == {person: number % 2 for number, person in enumerate(rush.people)}
    rights = [line.standing.right for line in lines]
    assert rights == sorted(rights, reverse=True)


async def test_without_the_check_of_the_place_a_double_tap_would_count_twice(
    tmp_path: Path, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.faults.test_rush.ANSWERING", 30)
    async with rushing(tmp_path, fresh(), "greedy") as rush:
        await start_all(rush)
        asked = await questions(rush)
        for number, person in enumerate(rush.people):
            attempt, order = asked[person]
            for _ in range(2):
                rush.press(person, "answer", picked(attempt, order, number % 2 == 1))
        assert await rush.simulator.settle(60)
        assert (2, 2, 1) in await scored(rush)
