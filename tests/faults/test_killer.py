"""R18, and kill -9: an update that kills the program is put aside; nobody else loses a word."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from simulator import Simulator
from simulator import running as simulating
from storage.tables import journal, questions
from tests.faults.processes import Program, free_port, supervised
from tests.faults.program import KILLS
from tests.faults.support import rows_at
from tests.world import TOKEN

_ANSWER = "拖欠工资怎么要"
pytestmark = pytest.mark.faults


async def test_an_update_that_kills_the_program_is_put_aside_after_three_restarts(
    tmp_path: Path,
) -> None:
    async with simulating(token=TOKEN, retry_scale=0.01) as telegram:
        simulator = telegram.simulator
        unlucky = simulator.add_user("赵强")
        simulator.say(unlucky, f"{KILLS}：工资")
        async with supervised(Program(tmp_path, telegram.url, ("kill",))) as program:
            assert await simulator.settle(60)
            assert program.exits == [1, 1, 1]
            assert _apologies(simulator, unlucky) == 1
            simulator.say(unlucky, "老板三个月没发工资了")
            assert await simulator.settle(20)
            assert _answers(simulator, unlucky) == 1
    fates = Counter(row["state"] for row in await rows_at(program.url, journal))
    assert fates == {"quarantined": 1, "done": 1}


async def test_those_who_wrote_in_the_same_moment_are_all_answered(tmp_path: Path) -> None:
    async with simulating(token=TOKEN, retry_scale=0.01) as telegram:
        simulator = telegram.simulator
        people = [simulator.add_user(f"职工{number}") for number in range(41)]
        unlucky = people[20]
        for person in people:
            simulator.say(person, KILLS if person == unlucky else "老板三个月没发工资了")
        async with supervised(Program(tmp_path, telegram.url, ("kill",))) as program:
            assert await simulator.settle(60)
    others = [person for person in people if person != unlucky]
    assert program.exits[:3] == [1, 1, 1]
    assert [_apologies(simulator, person) for person in others] == [0] * 40
    assert all(_answers(simulator, person) >= 1 for person in others)
    assert len(await rows_at(program.url, questions)) == 40


async def test_without_the_count_it_would_kill_the_program_for_ever(tmp_path: Path) -> None:
    async with simulating(token=TOKEN, retry_scale=0.01) as telegram:
        simulator = telegram.simulator
        simulator.say(simulator.add_user("赵强"), KILLS)
        async with supervised(Program(tmp_path, telegram.url, ("kill", "forget"))) as program:
            async with asyncio.timeout(60):
                while len(program.exits) < 5:
                    await asyncio.sleep(0.1)
            assert not simulator.idle()


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_kill_9_under_load_loses_no_question_and_keeps_each_once(
    tmp_path: Path, mode: str
) -> None:
    answered, kept, kills = await _killed_under_load(tmp_path, mode)
    assert kills >= 5
    assert min(answered.values()) >= 1, "somebody got no answer"
    assert answered.total() <= len(answered) + kills * 100
    assert kept == {f"老板三个月没发工资了 {number}": 1 for number in range(len(answered))}


async def test_if_updates_were_acknowledged_first_kill_9_would_lose_questions(
    tmp_path: Path,
) -> None:
    answered, _, _ = await _killed_under_load(tmp_path, "polling", "hasty")
    assert min(answered.values()) == 0


async def _killed_under_load(
    folder: Path, mode: str, *bugs: str
) -> tuple[Counter[int], Counter[str], int]:
    """Answers of each person, questions kept, and how often the program was killed."""
    chance, kills = random.Random(9), 0
    async with simulating(token=TOKEN, retry_scale=0.05) as telegram:
        simulator = telegram.simulator
        people = [simulator.add_user(f"职工{number}") for number in range(400)]
        program = Program(folder, telegram.url, bugs, port=free_port() if mode == "webhook" else 0)
        simulator.delivery.reach = program.reach
        async with supervised(program):
            for number, person in enumerate(people):
                simulator.say(person, f"老板三个月没发工资了 {number}")
            async with asyncio.timeout(200):
                while kills < 6 or not simulator.idle():
                    seen = simulator.calls.next
                    while simulator.calls.next < seen + 20 and not simulator.idle():
                        await asyncio.sleep(0.01)
                    if kills >= 6 or simulator.idle():
                        break
                    await asyncio.sleep(chance.uniform(0, 0.15))
                    assert program.process is not None
                    program.process.kill()
                    kills += 1
                assert await simulator.settle(120)
    answered = Counter({person: _answers(simulator, person) for person in people})
    kept = Counter(row["text"] for row in await rows_at(program.url, questions))
    return answered, kept, kills


def _answers(simulator: Simulator, person: int) -> int:
    return _seen(simulator, person, _ANSWER)


def _apologies(simulator: Simulator, person: int) -> int:
    return _seen(simulator, person, "没处理好")


def _seen(simulator: Simulator, person: int, words: str) -> int:
    return sum(words in message["text"] for message in simulator.screen(person)["messages"])
