"""Quizzes in the console's house: made by the same verbs as in earnest, with people who play."""

from __future__ import annotations

import itertools
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.people import Person, Source
from domain.quiz_prizes import PrizeState, Winner
from domain.quiz_rounds import Cell, Round
from domain.staff import Role
from domain.units import Unit
from services.quiz import ContestPlan
from tests.console.broadcast_examples import Told
from tests.console.visiting import Browser, House
from tests.services.contest_kit import Contests
from tests.services.quiz_kit import EDITOR, FIRST, PRIZE, Quiz, item

TOPIC = "sorting"
_places = itertools.count(1)


def quiz_of(house: House) -> Quiz:
    """All services of the quiz on the house's database."""
    return Quiz(house.world.parts.database, house.world.clock)


async def stocked(house: House) -> Quiz:
    """A bank with six confirmed questions on a topic of its own, besides the shipped ones."""
    quiz = quiz_of(house)
    if TOPIC not in {topic.key for topic in await quiz.bank.topics(EDITOR)}:
        await stock(quiz, TOPIC, 6)
    return quiz


async def stock(quiz: Quiz, topic: str, count: int, *, is_political: bool = False) -> None:
    """A new topic with so many confirmed questions; b is right in each."""
    await quiz.bank.add_topic(EDITOR, topic, f"主题{topic}"[:20], is_political=is_political)
    items = [item(number, topic=topic) for number in range(1, count + 1)]
    made = await quiz.bank.add_many(EDITOR, items)
    assert await quiz.bank.confirm_many(EDITOR, dict.fromkeys(made, 1)) == count


def own_plan(quiz: Quiz, **fields: Any) -> Round:
    """A round on the topic of our own."""
    return quiz.plan(**{"blueprint": (Cell(TOPIC, 2),), **fields})


PLAN = {
    "title": "垃圾分类答题周",
    "intro": "两分钟，答对有收获。",
    "first": "2026-11-30",
    "last": "2026-12-04",
    "opens": "08:00",
    "closes": "21:00",
    "weekdays": "0",
    "days": "any",
    "every_weeks": "1",
    "month_days": "",
    "cell_rows": "2",
    "cell0_topic": TOPIC,
    "cell0_difficulty": "",
    "cell0_count": "2",
    "attempts": "3",
    "minutes": "10",
    "pass_mark": "60",
    "is_pushed": "yes",
    "reminds": "yes",
    "has_board": "yes",
    "prize_winners": "10",
    "prize_passed_days": "1",
    "prize_claim_days": "14",
}


async def editor(house: House, name: str = "编辑小刘") -> Browser:
    return await house.someone((Role.EDITOR, house.district), name=name)


def tiles(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="tile[^"]*"><b>(\d+)</b>', text)]


async def some_item(house: House, unit: Unit) -> Told:
    """A draft of a question, which is the whole house's."""
    quiz = await stocked(house)
    (made,) = await quiz.bank.add_many(EDITOR, [item(secrets.randbelow(10**6), topic=TOPIC)])
    form = {
        "seen": "1",
        "void_reason": "答案写错了",
        "confirm_name": made,
        "item": f"{made}:1",
        "topic": TOPIC,
        "kind": "true_false",
        "difficulty": "1",
        "question": "剩饭是厨余垃圾。",
        "truth": "true",
        "key": f"own_{secrets.randbelow(10**6)}",
        "topic_title": "安全",
    }
    return {"id": made}, form


async def some_plan(house: House, unit: Unit) -> Told:
    """A round that is not published yet, and a form for it."""
    quiz = await stocked(house)
    one = await quiz.rounds.create(EDITOR, own_plan(quiz, unit_path=unit.path))
    return {"id": one.id}, {**PLAN, "unit": unit.path, "confirm_name": one.title, "note": "x"}


async def some_contest(house: House, unit: Unit) -> Told:
    """A contest that is on in a group of the unit, and a form for another."""
    await stocked(house)
    contests = Contests(house.world.parts.database, house.world.clock)
    group = -secrets.randbelow(10**9) - 1
    await contests.chat.note_group(group, "班组群")
    await contests.desk.set_unit(EDITOR, group, unit.path)
    plan = ContestPlan("班前五分钟", group, 2, 20, topic=TOPIC)
    one = await contests.desk.start(EDITOR, plan)
    return {"id": one.id}, {"what": "questions", "format": "csv"}


async def some_group(house: House, unit: Unit) -> Told:
    """A group of the unit, for whoever decides whose it is."""
    contests = Contests(house.world.parts.database, house.world.clock)
    group = -secrets.randbelow(10**9) - 1
    await contests.chat.note_group(group, "班组群")
    await contests.desk.set_unit(EDITOR, group, unit.path)
    return {"id": str(group)}, {"unit": unit.path}


async def some_round(house: House, unit: Unit) -> Told:
    """A round that was held, with a winner, and a form that fits most acts on it."""
    quiz = await stocked(house)
    one, sitting = await quiz.round(unit_path=unit.path, prize=PRIZE, blueprint=(Cell(TOPIC, 2),))
    await play_alone(quiz, one, sitting.id)
    winner = await won(quiz, one)
    told = {
        "confirm_name": one.title,
        "send_back_note": "改一下",
        "hold_note": "停电",
        "cancel_note": "停电",
        "first": "2026-12-07",
        "unit_reason": "街道要看参加情况",
        "plan_hash": "",
        "what": "people",
        "format": "csv",
        "code": winner.code,
        "undo_note": "标错了",
    }
    return {"id": one.id, "prize": winner.id}, told


async def play_alone(quiz: Quiz, one: Round, sitting_id: str) -> None:
    """Somebody of the round's unit answers everything right."""
    number = 100_000 + next(_places)
    async with quiz.database.open_read() as work:
        units = await work.units.list_within((one.unit_path,))
    unit = next(unit for unit in units if unit.path == one.unit_path)
    await quiz.person(number, unit_id=unit.id)
    sitting = await quiz.sitting(one)
    assert sitting.id == sitting_id
    await quiz.plays(sitting, number, one.questions)


async def known(quiz: Quiz, number: int, unit: Unit, name: str) -> None:
    """A member of the unit whose name, phone and number the union knows."""
    now = quiz.clock.now()
    person = Person(
        f"person-{number}",
        now,
        now,
        member_id=FIRST + number,
        name=name,
        phone=f"1380000000{number}",
        number=f"00{number}",
        unit_id=unit.id,
        source=Source.ROSTER,
    )
    async with quiz.database.open_work() as work:
        await work.people.add_all([person])
        await work.commit()


async def won(quiz: Quiz, one: Round, **fields: Any) -> Winner:
    """A prize of the round, as the draw would leave it."""
    place = next(_places)
    base = Winner(
        id=secrets.token_urlsafe(9),
        round_id=one.id,
        entry=f"{place:012x}",
        code=f"{place:06}",
        member_id=FIRST + 1,
        person_id=None,
        state=PrizeState.WON,
        place=place,
        claim_until=quiz.clock.now() + timedelta(days=7),
    )
    winner = replace(base, **fields)
    async with quiz.database.open_work() as work:
        await work.quiz_standings.add_winners([winner])
        await work.commit()
    return winner
