"""R1, R2, R5: kill -9, SIGTERM and lost replies in the middle of a broadcast."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.clock import SystemClock
from domain.outbox import Notice, Policy, State
from simulator import Simulator
from simulator import running as simulating
from storage.database import Database
from tests import databases
from tests.faults.processes import Program, free_port
from tests.faults.support import sized
from tests.world import TOKEN

pytestmark = pytest.mark.faults

PEOPLE, KILLS, STOPS, IN_FLIGHT = sized(5_000), sized(50), sized(20), 4


@dataclass(frozen=True)
class Outcome:
    """Copies of each person, how often a program was killed, and what the tables say."""

    copies: Counter[int]
    killed: int
    states: dict[State, int]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, blank: Path, postgres_template: str | None
) -> Iterator[tuple[str, int]]:
    """A database, and how many processes send from it."""
    if request.param == "sqlite":
        with databases.sqlite(blank, tmp_path) as url:
            yield url, 1
        return
    if postgres_template is None:
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    with databases.postgres(postgres_template) as url:
        yield url, 2


async def fill(url: str, people: list[int], policy: Policy = Policy.RESEND) -> None:
    database, now = Database(url), SystemClock().now()
    try:
        for start in range(0, len(people), 500):
            async with database.open_work() as work:
                await work.outbox.add(
                    *(
                        Notice("message", person, f"t:{person}", now, {"text": "x"}, policy=policy)
                        for person in people[start : start + 500]
                    )
                )
                await work.commit()
    finally:
        await database.close()


async def states(url: str) -> dict[State, int]:
    database = Database(url)
    try:
        async with database.open_read() as work:
            return dict(await work.outbox.counts(None))
    finally:
        await database.close()


def copies(simulator: Simulator) -> Counter[int]:
    """What arrived at Telegram, whether or not we heard of it."""
    return Counter(
        call["payload"]["chat_id"]
        for call in simulator.calls.since(0)
        if call["method"] == "sendMessage" and call["ok"]
    )


async def sent(simulator: Simulator, count: int, seconds: float = 60) -> None:
    """Return when `count` calls more have come."""
    async with asyncio.timeout(seconds):
        seen = simulator.calls.next
        while simulator.calls.next < seen + count:
            await asyncio.sleep(0.005)


async def over(url: str, seconds: float = 300) -> dict[State, int]:
    """The states when nothing waits or is on its way any more."""
    async with asyncio.timeout(seconds):
        while True:
            found = await states(url)
            if not found.get(State.PENDING) and not found.get(State.SENDING):
                return found
            await asyncio.sleep(0.5)


async def killed_often(
    folder: Path, place: tuple[str, int], people: int, kills: int, *bugs: str
) -> Outcome:
    url, processes = place
    chance = random.Random(11)
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(simulating(token=TOKEN, retry_scale=0.05))
        simulator = telegram.simulator
        ids = [simulator.add_user(f"职工{number}") for number in range(people)]
        await fill(url, ids)
        programs = [
            await stack.enter_async_context(
                Program(
                    _folder(folder, number),
                    telegram.url,
                    ("quick", *bugs),
                    port=free_port() if processes > 1 else 0,
                    database_url=url,
                )
            )
            for number in range(processes)
        ]
        for program in programs:
            await program.start()
        killed = 0
        while killed < kills:
            await sent(simulator, chance.randint(5, max(6, people // kills)), 120)
            if simulator.calls.next > people * 2:
                break
            victim = programs[killed % processes]
            assert victim.process is not None
            victim.process.kill()
            await victim.ended()
            killed += 1
            await victim.start()
        found = await over(url)
        for program in programs:
            await program.stop()
        return Outcome(copies(simulator), killed, found)


async def test_kill_9_loses_nobody_and_copies_at_most_what_was_in_flight(
    tmp_path: Path, place: tuple[str, int]
) -> None:
    outcome = await killed_often(tmp_path, place, PEOPLE, KILLS)
    extra = outcome.copies.total() - len(outcome.copies)
    print(f"{outcome.killed} kills, {extra} copies too many, {outcome.states}")
    assert outcome.killed == KILLS
    assert len(outcome.copies) == PEOPLE, "somebody was lost"
    assert extra <= KILLS * IN_FLIGHT
    assert max(outcome.copies.values()) <= 3
    assert sum(outcome.states.values()) == PEOPLE
    assert set(outcome.states) <= {State.SENT, State.UNKNOWN}


async def test_ticked_off_when_fetched_kill_9_would_lose_people(
    tmp_path: Path, place: tuple[str, int]
) -> None:
    outcome = await killed_often(tmp_path, place, 400, 8, "ticked")
    assert len(outcome.copies) < 400


async def stopped_often(
    folder: Path, place: tuple[str, int], people: int, stops: int, *bugs: str
) -> Counter[int]:
    url, _ = place
    async with (
        simulating(token=TOKEN, retry_scale=0.05) as telegram,
        Program(folder, telegram.url, ("quick", *bugs), database_url=url) as program,
    ):
        simulator = telegram.simulator
        ids = [simulator.add_user(f"职工{number}") for number in range(people)]
        await fill(url, ids)
        # Answers take a moment, so that some are always on their way.
        simulator.fault("sendMessage", "slow", times=-1, seconds=0.02)
        for _ in range(stops):
            await program.start()
            await sent(simulator, min(150, people // (stops + 1)))
            assert await program.stop(30) == 0
        await program.start()
        await over(url)
        await program.stop()
        return copies(simulator)


async def test_sigterm_loses_and_doubles_nothing(tmp_path: Path, place: tuple[str, int]) -> None:
    arrived = await stopped_often(tmp_path, place, PEOPLE, STOPS)
    assert len(arrived) == PEOPLE
    assert set(arrived.values()) == {1}


async def test_if_it_just_left_on_sigterm_some_would_get_two(
    tmp_path: Path, place: tuple[str, int]
) -> None:
    arrived = await stopped_often(tmp_path, place, 600, 5, "rude")
    assert max(arrived.values()) > 1


@pytest.mark.parametrize("policy", list(Policy))
async def test_three_in_a_hundred_lost_replies(
    tmp_path: Path, place: tuple[str, int], policy: Policy
) -> None:
    url, _ = place
    async with (
        simulating(token=TOKEN, retry_scale=0.05) as telegram,
        Program(tmp_path, telegram.url, ("quick", "soon"), database_url=url) as program,
    ):
        simulator = telegram.simulator
        ids = [simulator.add_user(f"职工{number}") for number in range(PEOPLE)]
        await fill(url, ids, policy)
        simulator.fault("sendMessage", "drop_after", times=-1, share=0.03)
        await program.start()
        found = await over(url)
        await program.stop()
        drops = sum(call.get("fault") == "drop_after" for call in simulator.calls.since(0))
        arrived = copies(simulator)
    print(f"{policy}: {drops} replies lost, {arrived.total()} copies, {found}")
    assert len(arrived) == PEOPLE
    assert drops > PEOPLE // 100
    if policy is Policy.HOLD:
        assert arrived.total() == PEOPLE
        assert found[State.UNKNOWN] == drops
    else:
        assert max(arrived.values()) <= 3
        assert arrived.total() - PEOPLE <= drops


def _folder(parent: Path, number: int) -> Path:
    folder = parent / f"program{number}"
    folder.mkdir()
    return folder
