"""R17: an update that a handler cannot digest is tried three times and put aside."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest
from telegram import Update

from bot import polling
from handlers import ask, talk
from handlers.context import Context
from storage.journal import MAX_ATTEMPTS, State
from storage.tables import journal, questions
from tests.faults.support import hasten, rows
from tests.world import STAFF_CHAT, World

MARK = "炸弹"
_ANSWER = "拖欠工资怎么要"


class Bomb:
    """A bug that a marked text runs into; counts how often."""

    def __init__(self) -> None:
        self.met = 0
        self.is_fixed = False
        self._answer = ask.answer_question

    async def answer(self, update: Update, context: Context, text: str) -> None:
        if MARK in text and not self.is_fixed:
            self.met += 1
            raise LookupError(f"cannot digest {text}")
        await self._answer(update, context, text)


@pytest.fixture
def bomb(monkeypatch: pytest.MonkeyPatch) -> Bomb:
    planted = Bomb()
    monkeypatch.setattr(talk, "answer_question", planted.answer)
    hasten(monkeypatch, polling)
    return planted


async def test_it_is_tried_thrice_then_put_aside_with_one_apology(
    world: World, bomb: Bomb
) -> None:
    person = await world.regular()
    world.simulator.say(person.id, f"{MARK}：老板三个月没发工资了")
    await world.settle()
    assert bomb.met == MAX_ATTEMPTS
    (row,) = await _in_quarantine(world)
    assert (row["attempts"], row["error"]) == (MAX_ATTEMPTS, "LookupError")
    assert "\\u70b8\\u5f39" in row["body"]
    texts = [message["text"] for message in person.bot_messages()]
    assert sum("没处理好" in text for text in texts) == 1


async def test_staff_learn_the_number_and_nothing_of_the_content(world: World, bomb: Bomb) -> None:
    person = await world.regular()
    said = world.simulator.say(person.id, f"{MARK}：我叫王芳，电话 13800138000")
    await world.settle()
    (alert,) = [call for call in world.calls("sendMessage") if call["chat_id"] == STAFF_CHAT]
    assert str(said["update_id"]) in alert["text"]
    for secret in (MARK, "王芳", "13800138000", str(person.id)):
        assert secret not in alert["text"]


async def test_the_same_person_is_answered_right_after(world: World, bomb: Bomb) -> None:
    person = await world.regular()
    world.simulator.say(person.id, MARK)
    world.simulator.say(person.id, "老板三个月没发工资了")
    await world.settle()
    assert any(_ANSWER in message["text"] for message in person.bot_messages())


async def test_a_hundred_others_do_not_notice(world: World, bomb: Bomb) -> None:
    people = [world.member(f"职工{number}") for number in range(100)]
    for person in people:
        world.simulator.start(person.id)
    await world.settle()
    unlucky = await world.regular("赵强")
    world.simulator.say(unlucky.id, MARK)
    for person in people:
        world.simulator.say(person.id, "老板三个月没发工资了")
    await world.settle()
    for person in people:
        assert _ANSWER in await person.reads()
    fates = Counter((row["state"], row["attempts"]) for row in await _journal(world))
    assert fates == {("done", 1): 201, ("quarantined", 3): 1}


async def test_replay_after_the_repair_answers_and_clears_the_body(
    world: World, bomb: Bomb
) -> None:
    person = await world.regular()
    text = f"老板三个月没发工资了{MARK}"
    number = world.simulator.say(person.id, text)["update_id"]
    await world.settle()
    await _ask_replay(world, number)
    await world.tick("journal.replay")
    (row,) = await _in_quarantine(world)
    assert row["update_id"] == number, "the bug is still there: back to quarantine"

    bomb.is_fixed = True
    await _ask_replay(world, number)
    await world.tick("journal.replay")
    assert await _in_quarantine(world) == []
    assert _ANSWER in await person.reads()
    (kept,) = [row for row in await _journal(world) if row["update_id"] == number]
    assert (kept["state"], kept["body"], kept["error"]) == ("done", None, None)
    assert len(await rows(world.parts.database, questions)) == 1
    # The tick comes every ten seconds: what is done is not done again.
    before = len(person.bot_messages())
    await world.tick("journal.replay")
    assert len(person.bot_messages()) == before


async def test_without_the_count_it_would_be_tried_for_ever(
    world: World, bomb: Bomb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.MAX_ATTEMPTS", 10**6)
    monkeypatch.setattr("bot.intake._RETRY_AFTER", defaultdict(lambda: 1.0))
    person = await world.regular()
    world.simulator.say(person.id, MARK)
    assert not await world.simulator.settle(0.8)
    assert bomb.met > MAX_ATTEMPTS
    assert await _in_quarantine(world) == []
    bomb.is_fixed = True


async def test_without_the_report_of_failures_it_would_be_lost(
    world: World, bomb: Bomb, monkeypatch: pytest.MonkeyPatch
) -> None:
    # python-telegram-bot swallows what handlers raise: this is how it would look to us.
    monkeypatch.setattr("handlers.errors.failed", lambda _error: None)
    person = await world.regular()
    world.simulator.say(person.id, MARK)
    await world.settle()
    assert bomb.met == 1
    assert {row["state"] for row in await _journal(world)} == {"done"}
    assert all("没处理好" not in message["text"] for message in person.bot_messages())


async def _ask_replay(world: World, number: int) -> None:
    async with world.parts.database.open_work() as work:
        assert await work.journal.ask_replay(number)
        await work.commit()


async def _journal(world: World) -> list[Any]:
    return await rows(world.parts.database, journal)


async def _in_quarantine(world: World) -> list[Any]:
    state = State.QUARANTINED.value
    return [row for row in await _journal(world) if row["state"] == state]
