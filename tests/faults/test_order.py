"""R10: whatever order Telegram's queues arrive in, a person ends in the same state.

Telegram keeps the order of a chat's messages and of a person's presses, and none between the
two. A press can only follow the message that carries its button, and a note its prompt.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.members import NOTICE_VERSION
from services.members import MemberService
from storage.tables import drafts, members, notes, questions
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.faults.support import FIRST_UPDATE, JSON, membership, message, press, rows
from tests.world import MovableClock, World, start_world

Build = Callable[["Story", int], JSON]


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a person: its queue, and the acts whose result the person saw before."""

    name: str
    queue: str
    build: Build
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One person's numbers: who it is, and which update each act is."""

    person: int
    first: int
    names: tuple[str, ...]
    question_id: Callable[[int], str]

    def number(self, name: str) -> int:
        return self.first + self.names.index(name)

    def question(self, name: str) -> str:
        return self.question_id(self.number(name))


def _says(text: str) -> Build:
    return lambda story, number: message(number, story.person, text)


def _presses(data: str, about: str = "") -> Build:
    def build(story: Story, number: int) -> JSON:
        question = story.question(about) if about else ""
        return press(number, story.person, data.format(question))

    return build


def _is(status: str) -> Build:
    return lambda story, number: membership(number, story.person, status)


_ASKING = (
    Step("start", "chat", _says("/start")),
    Step("wages", "chat", _says("老板三个月没发工资了")),
    Step("injury", "chat", _says("工伤")),
    Step("weather", "chat", _says("量子力学是什么")),
    Step("good", "user", _presses("ask:good:{}", "wages"), ("wages",)),
    Step("choose", "user", _presses("ask:choose:{}:injury.apply", "injury"), ("injury",)),
    Step("bad", "user", _presses("ask:bad:{}", "wages"), ("wages",)),
    Step("why", "user", _presses("ask:why:{}:unclear", "wages")),
    Step("old", "user", _presses("quiz:answer:7")),
    Step("leave", "user", _presses("ask:leave:{}", "weather"), ("weather",)),
)
# Somebody who leaves a note, goes and comes back.
_RETURNING = (
    *_ASKING,
    Step("note", "user", _presses("human:note"), ("weather",)),
    Step("text", "chat", _says("食堂的饭凉了 {person}"), ("note",)),
    Step("block", "chat", _is("kicked")),
    Step("unblock", "chat", _is("member")),
    Step("again", "chat", _says("工资")),
)
# Somebody who goes for good while presses are still under way.
_LEAVING = (*_ASKING, Step("block", "chat", _is("kicked")))


@pytest.fixture
async def world(blank: Path, tmp_path: Path, clock: MovableClock) -> Any:
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=KNOWLEDGE) as started:
            yield started


@pytest.mark.parametrize("script", [_RETURNING, _LEAVING], ids=["returning", "leaving"])
async def test_every_order_of_the_queues_ends_the_same(
    world: World, script: tuple[Step, ...]
) -> None:
    ends = await _play(world, script, orders=100, seed=10)
    assert len(ends) == 1, ends
    assert ends.total() == 100


@pytest.mark.faults
@pytest.mark.parametrize("script", [_RETURNING, _LEAVING], ids=["returning", "leaving"])
async def test_a_thousand_orders_of_the_queues_end_the_same(
    world: World, script: tuple[Step, ...]
) -> None:
    ends = await _play(world, script, orders=1000, seed=11)
    assert len(ends) == 1, ends


async def test_the_end_is_the_one_that_the_person_wanted(world: World) -> None:
    (end,) = await _play(world, _RETURNING, orders=3, seed=12)
    assert end == (
        ("member", "reachable", NOTICE_VERSION),
        ("drafts", 0),
        ("notes", 1),
        ("wages", "answer", None, "unhelpful", "unclear", False),
        ("injury", "choices", "injury.apply", None, None, False),
        ("weather", "none", None, None, None, True),
    )
    (end,) = await _play(world, _LEAVING, orders=3, seed=13, first=FIRST_UPDATE + 1_000)
    assert end[0] == ("member", "blocked", NOTICE_VERSION)


async def test_if_a_late_press_undid_a_block_the_order_would_matter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = MemberService.meet

    async def believes_a_press(
        self: MemberService, member_id: int, chat_id: int, language: str, **_named: Any
    ) -> Any:
        return await meet(self, member_id, chat_id, language)

    monkeypatch.setattr(MemberService, "meet", believes_a_press)
    ends = await _play(world, _LEAVING, orders=30, seed=14)
    assert {end[0] for end in ends} == {
        ("member", "blocked", NOTICE_VERSION),
        ("member", "reachable", NOTICE_VERSION),
    }


async def test_a_stale_button_says_so_and_shows_where_to_go_on(world: World) -> None:
    person = await world.regular()
    await person.says("老板三个月没发工资了")
    shown = person.bot_messages()[-1]["id"]
    for data in ("quiz:answer:7", "ask:good", "ask:good:a:b:c", "nothing", "ask:why:x:y"):
        world.simulator.press_data(person.id, shown, data)
        await world.settle()
        assert "已失效" in (person.toast() or ""), data
    assert "您想了解哪方面" in person.bot_messages()[-1]["text"]


async def _play(
    world: World, script: Sequence[Step], *, orders: int, seed: int, first: int = FIRST_UPDATE
) -> Counter[tuple[Any, ...]]:
    """Let a new person live through each order; how each of them ended, counted."""
    chance = random.Random(seed)
    names = tuple(step.name for step in script)
    stories = [
        Story(
            world.member(f"职工{number}").id,
            first + number * len(script),
            names,
            world.parts.desk.ask._question_id,
        )
        for number in range(orders)
    ]
    together = asyncio.Semaphore(20)

    async def live(story: Story, order: list[Step]) -> None:
        async with together:
            for step in order:
                update = step.build(story, story.number(step.name))
                if "message" in update:
                    told = update["message"]["text"]
                    update["message"]["text"] = told.replace("{person}", str(story.person))
                await world.parts.intake.accept_data(update)

    await asyncio.gather(*(live(story, _order(script, chance)) for story in stories))
    return await _ends(world, stories)


def _order(script: Sequence[Step], chance: random.Random) -> list[Step]:
    """A random order that keeps each queue's own and shows people what they answer to."""
    queues = {name: [s for s in script if s.queue == name] for name in ("chat", "user")}
    done: list[Step] = []
    while any(queues.values()):
        names = {step.name for step in done}
        open_ = [q for q in queues.values() if q and set(q[0].after) <= names]
        done.append(chance.choice(open_).pop(0))
    return done


async def _ends(world: World, stories: Sequence[Story]) -> Counter[tuple[Any, ...]]:
    database = world.parts.database
    met = {row["id"]: row for row in await rows(database, members)}
    open_ = Counter(row["member_id"] for row in await rows(database, drafts))
    left = Counter(int(row["text"].split()[-1]) for row in await rows(database, notes))
    asked = {row["id"]: row for row in await rows(database, questions)}
    ends: Counter[tuple[Any, ...]] = Counter()
    for story in stories:
        member = met[story.person]
        kept = [
            (name, q["decision"], q["chosen"], q["verdict"], q["complaint"], q["for_staff"])
            for name in ("wages", "injury", "weather")
            if (q := asked.get(story.question(name)))
        ]
        state = ("member", member["reach"], member["notice_version"])
        ends[(state, ("drafts", open_[story.person]), ("notes", left[story.person]), *kept)] += 1
    return ends
