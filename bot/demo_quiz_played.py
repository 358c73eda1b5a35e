"""The demo's quiz that is over: invented attempts, ranked and drawn by the program's own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from domain.calendar import QuietHours, load_calendar
from domain.clock import Clock, beijing_date
from domain.quiz import Item
from domain.quiz_contests import (
    AskState,
    Contest,
    ContestQuestion,
    ContestState,
    fits,
    lasts,
)
from domain.quiz_play import (
    Attempt,
    AttemptKind,
    AttemptState,
    PoolItem,
    Slot,
    draw_items,
    shown_order,
)
from domain.quiz_play import slots_of as shuffled
from domain.quiz_prizes import PrizeState
from domain.quiz_rounds import Cell, Prize, Round, Sitting
from domain.staff import Actor, Grant, Role
from services.duties import DutyService
from services.quiz import PrizeDesk, QuizClock, RoundDesk, blank_plan
from storage.database import Database

_STAFF = "demo"
_PASS_MARK = 60
# Always the same demo.
_SEED = 20_261_123
_ANSWER_SECONDS = (4, 22)


@dataclass(slots=True)
class _Past:
    """A clock that stands where the story is."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class _Player:
    """Somebody invented: a person of the demo's roster, or an account of nobody. `ability` is
    how probably an answer of medium difficulty is right."""

    who: str
    person_id: str | None
    ability: float


async def settle(database: Database, clock: Clock, content: Mapping[str, Any]) -> None:
    """A round that was held some days ago, with everything that came of it."""
    now = clock.now()
    start = (now - timedelta(days=content["days_ago"])).replace(hour=0, minute=0, second=0)
    past = _Past(start.replace(microsecond=0))
    editor = Actor(_STAFF, _STAFF, (Grant(Role.EDITOR, "/"),))
    desk = RoundDesk(database, past, load_calendar())
    draft = await desk.create(editor, await _plan(database, content, past))
    one = await desk.publish(editor, draft.id)
    duties = DutyService(database, past, QuietHours())
    ticks = QuizClock(database, past, duties.run)
    dice = Random(_SEED)  # noqa: S311 - a story, not a secret
    players = await _players(database, dice, content["strangers"])
    pool, items = await _pool(database, past, one)
    for sitting in await desk.sittings(editor, one.id):
        past.at = sitting.opens_at
        await ticks.open_due()
        await _play(database, dice, one, sitting, players, pool, items)
        past.at = sitting.closes_at
        await ticks.close_due()
    await ticks.figure_due()
    past.at += timedelta(days=1)
    await ticks.draw_due()
    past.at += timedelta(minutes=11)
    await ticks.draw_due()
    await _hand_over(database, past, editor, one)
    await _live(database, past, content["contest"], one, list(items.values()))


async def _plan(database: Database, content: Mapping[str, Any], past: _Past) -> Round:
    async with database.open_read() as work:
        top = await work.units.find_top()
    blank = blank_plan(past.at, "/" if top is None else top.path)
    first = beijing_date(past.at)
    rule = replace(blank.timetable, first=first, last=first + timedelta(days=content["days"] - 1))
    return replace(
        blank,
        title=content["title"],
        intro=content["intro"],
        timetable=rule,
        blueprint=tuple(Cell(**cell) for cell in content["cells"]),
        attempts=content["attempts"],
        pass_mark=_PASS_MARK,
        # Nobody is to be invited to a day that is over.
        is_pushed=False,
        prize=Prize(**content["prize"]),
        is_demo=True,
    )


async def _players(database: Database, dice: Random, strangers: int) -> Sequence[_Player]:
    """The people of the demo's roster, and so many accounts of nobody."""
    async with database.open_read() as work:
        top = await work.units.find_top()
        ids = () if top is None else sorted(await work.people.list_roster_ids(top.path))
    known = [_Player(f"p:{one}", one, dice.uniform(0.55, 0.95)) for one in ids]
    others = [
        _Player(f"demo:{number}", None, dice.betavariate(2, 1.2)) for number in range(strangers)
    ]
    return [*known, *others]


async def _pool(
    database: Database, past: _Past, one: Round
) -> tuple[Sequence[PoolItem], Mapping[str, Item]]:
    async with database.open_read() as work:
        pool = await work.quiz_bank.pool(beijing_date(past.at), one.topics)
        found = await work.quiz_bank.asked([(item.id, item.version) for item in pool])
    return pool, {item_id: item for (item_id, _), item in found.items()}


async def _play(
    database: Database,
    dice: Random,
    one: Round,
    sitting: Sitting,
    players: Sequence[_Player],
    pool: Sequence[PoolItem],
    items: Mapping[str, Item],
) -> None:
    """Who took part on a day, with how many attempts, and what each answered."""
    made = []
    hours = (sitting.closes_at - sitting.opens_at) / timedelta(minutes=1) - 30
    for at, player in enumerate(players):
        if dice.random() > 0.8:
            continue
        for number in range(1, dice.randint(1, one.attempts) + 1):
            key = f"d{sitting.number}{at:03d}{number}{one.id[:6]}"
            drawn = draw_items(key, one.blueprint, pool, {})
            slots = shuffled(key, [(items[item.id], item.version) for item in drawn])
            began = sitting.opens_at + timedelta(minutes=dice.uniform(0, hours))
            made.append(_attempt(dice, one, sitting, player, number, key, slots, items, began))
    async with database.open_work() as work:
        await work.quiz_attempts.add_all(made)
        await work.commit()


def _attempt(
    dice: Random,
    one: Round,
    sitting: Sitting,
    player: _Player,
    number: int,
    key: str,
    slots: Sequence[Slot],
    items: Mapping[str, Item],
    began: datetime,
) -> tuple[Attempt, Sequence[Slot]]:
    answered, now = [], began
    for slot in slots:
        now += timedelta(seconds=dice.randint(*_ANSWER_SECONDS))
        item = items[slot.item_id]
        # Some questions are harder than others, for everybody in the same way.
        hard = Random(item.id).uniform(-0.25, 0.2)  # noqa: S311 - a story, not a secret
        is_right = dice.random() < min(max(player.ability + hard, 0.05), 0.98)
        wrong = dice.choice(item.wrong).id
        chosen = ",".join(sorted(item.answer)) if is_right else wrong
        answered.append(replace(slot, chosen=chosen, is_right=is_right, answered_at=now))
    attempt = Attempt(
        key,
        AttemptKind.ROUND,
        one.id,
        sitting.id,
        None,
        player.person_id,
        player.who,
        number,
        AttemptState.FINISHED,
        began,
        began + timedelta(minutes=one.minutes),
        len(slots),
        len(slots),
        sum(bool(slot.is_right) for slot in answered),
        finished_at=now,
    )
    return attempt, answered


async def _live(
    database: Database, past: _Past, content: Mapping[str, Any], one: Round, items: Sequence[Item]
) -> None:
    """A contest that a group of colleagues had; nobody of them is anybody."""
    dice = Random(_SEED)  # noqa: S311 - a story, not a secret
    began = past.at
    some = [item for item in items if fits(item)][: content["questions"]]
    contest = Contest(
        "demo-contest",
        content["title"],
        one.unit_path,
        # No group has this number: what is over sends nothing.
        -1,
        content["group"],
        ContestState.FINISHED,
        len(some),
        content["seconds"],
        _STAFF,
        began,
        topic=some[0].topic,
        asked=len(some),
        ended_at=began + lasts(len(some), content["seconds"]),
    )
    questions = [
        ContestQuestion(
            contest.id,
            place,
            item.id,
            1,
            shown_order(contest.id, item),
            AskState.SHOWN,
            f"demo-{place}",
            place + 1,
            began + lasts(place, content["seconds"]),
            began + lasts(place, content["seconds"]),
        )
        for place, item in enumerate(some)
    ]
    async with database.open_work() as work:
        await work.quiz_contests.add(contest, questions)
        for question, item in zip(questions, some, strict=True):
            options = question.shown.split(",")
            right = options.index(next(iter(item.answer)))
            for number in range(dice.randint(*content["people"])):
                choice = right if dice.random() < 0.7 else dice.randrange(len(options))
                await work.quiz_contests.add_vote(
                    question.poll_id or "", f"demo-{number}", None, choice, began
                )
        await work.commit()


async def _hand_over(database: Database, past: _Past, editor: Actor, one: Round) -> None:
    """Some have fetched their prize, most have not said a word yet."""
    prizes = PrizeDesk(database, past)
    past.at += timedelta(hours=20)
    for line in (await prizes.winners(editor, one.id))[:3]:
        if line.winner.state is PrizeState.WON:
            await prizes.hand_over(editor, line.winner.id, line.winner.code, "")
