"""Starting twice and stopping: a second process says why not, SIGTERM loses nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from simulator import Simulator
from simulator import running as simulating
from storage import migrate
from storage.tables import journal, questions
from tests.faults.processes import Program, free_port
from tests.faults.support import rows_at
from tests.world import TOKEN

_ANSWER = "拖欠工资怎么要"
pytestmark = pytest.mark.faults


async def test_a_second_process_on_the_same_data_leaves_with_3_and_says_why(
    tmp_path: Path,
) -> None:
    async with (
        simulating(token=TOKEN) as telegram,
        Program(tmp_path, telegram.url) as first,
        Program(tmp_path, telegram.url) as second,
    ):
        await first.start()
        await _is_up(telegram.simulator)
        print(f"the second process ended after {await _refused_after(second):.2f} s")
        assert f"the data is in use: process {_pid(first)} uses" in second.errors[0]
        person = telegram.simulator.add_user("王芳")
        telegram.simulator.say(person, "老板三个月没发工资了")
        assert await telegram.simulator.settle(10)
        assert _answers(telegram.simulator, person) == 1, "the first must not notice"
        assert await first.stop() == 0
        # The lock goes with the process: the second may start now.
        telegram.simulator.say(person, "老板三个月没发工资了")
        await second.start()
        assert await telegram.simulator.settle(20)
        assert _answers(telegram.simulator, person) == 2
        assert await second.stop() == 0


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_sigterm_under_load_confirms_what_was_done_and_loses_nothing(
    tmp_path: Path, mode: str
) -> None:
    port = free_port() if mode == "webhook" else 0
    async with (
        simulating(token=TOKEN, retry_scale=0.05) as telegram,
        Program(tmp_path, telegram.url, port=port) as program,
    ):
        simulator = telegram.simulator
        simulator.delivery.reach = program.reach
        people = [simulator.add_user(f"职工{number}") for number in range(300)]
        await program.start()
        await _is_up(simulator)
        # Answers take a while, so that many are under way when the signal comes.
        simulator.fault("sendMessage", "slow", times=-1, seconds=0.4)
        for person in people:
            simulator.say(person, "老板三个月没发工资了")
        seen = simulator.calls.next
        while simulator.calls.next < seen + 40:
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        assert await program.stop() == 0
        print(f"{mode}: ended {time.monotonic() - begun:.1f} s after SIGTERM")
        assert time.monotonic() - begun < 30

        states = Counter(row["state"] for row in await rows_at(program.url, journal))
        assert states["working"] == 0, "nothing is left half-way"
        waiting = len(simulator.delivery.pending)
        assert 0 < states["done"] == len(people) - waiting, "all that was done is confirmed"

        simulator.faults.clear()
        await program.start()
        assert await simulator.settle(60)
        assert await program.stop() == 0
        assert [_answers(simulator, person) for person in people] == [1] * len(people)
        assert len(await rows_at(program.url, questions)) == len(people)


async def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with simulating(token=TOKEN) as telegram:
        nowhere = f"postgresql://postgres@127.0.0.1:{free_port()}/none"
        program = Program(tmp_path, telegram.url, database_url=nowhere)
        await program.start()
        assert await program.ended() == 4
    assert program.errors[0].startswith("the database cannot be used")
    assert "Traceback" not in program.errors[0]


async def test_a_database_of_a_newer_program_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with simulating(token=TOKEN) as telegram:
        program = Program(tmp_path, telegram.url)
        migrate.migrate(program.url)
        with migrate._connection(sa.engine.make_url(program.url)) as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
            connection.commit()
        await program.start()
        assert await program.ended() == 2
    assert "schema 9999, newer than this program" in program.errors[0]


async def test_a_refused_token_and_a_silent_telegram_are_told_in_a_sentence(
    tmp_path: Path,
) -> None:
    async with simulating(token=TOKEN) as telegram:
        telegram.simulator.fault("*", "401", times=-1)
        program = Program(tmp_path, telegram.url)
        await program.start()
        assert await program.ended() == 4
        assert "Telegram refuses the token" in program.errors[0]
    silent = Program(tmp_path, f"http://127.0.0.1:{free_port()}")
    await silent.start()
    assert await silent.ended() == 4
    assert "Telegram cannot be reached" in silent.errors[0]
    for said in (program.errors[0], silent.errors[0]):
        assert len(said.splitlines()) == 1
        assert TOKEN not in said


async def _refused_after(program: Program) -> float:
    begun = time.monotonic()
    await program.start()
    assert await program.ended() == 3
    return time.monotonic() - begun


async def _is_up(simulator: Simulator) -> None:
    """Wait until the program has set its menu button, the last thing before it takes updates."""
    seen = simulator.calls.next
    async with asyncio.timeout(20):
        while not any(
            call["method"] in ("deleteWebhook", "setWebhook")
            for call in simulator.calls.since(seen)
        ):
            await asyncio.sleep(0.02)


def _pid(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


def _answers(simulator: Simulator, person: int) -> int:
    return sum(_ANSWER in message["text"] for message in simulator.screen(person)["messages"])
