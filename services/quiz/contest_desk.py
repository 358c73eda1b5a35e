"""What staff do with live contests: whose a group is, beginning, watching, stopping, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domain.calendar import QuietHours
from domain.clock import Clock, beijing_date
from domain.quiz import Item
from domain.quiz_bank import Topic
from domain.quiz_contests import (
    LEAD,
    USABLE,
    AskState,
    BoardLine,
    Contest,
    ContestQuestion,
    ContestState,
    GroupChat,
    QuestionCount,
    board,
    check_hours,
    check_plan,
    fits,
    must_move_contest,
    pick,
)
from domain.quiz_play import PoolItem, shown_order
from domain.quiz_rounds import Cell, Round, RoundState
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.quiz import contest_telling as telling
from services.quiz.common import RESULTS, WRITE, Desk, new_id, reached
from storage.database import Database
from storage.work import Work

_EVERYWHERE = "/"


@dataclass(frozen=True, slots=True)
class ContestPlan:
    """What staff decide: a round whose questions are used, or a topic."""

    title: str
    group_id: int
    questions: int
    seconds: int
    round_id: str = ""
    topic: str = ""
    difficulty: int | None = None


@dataclass(frozen=True, slots=True)
class ContestLine:
    """A question with its counts; none before it was handed out."""

    question: ContestQuestion
    item: Item
    count: QuestionCount | None


@dataclass(frozen=True, slots=True)
class ContestView:
    """A contest as staff see it. Of members only those are named who chose a name."""

    contest: Contest
    lines: Sequence[ContestLine]
    board: Sequence[BoardLine]
    members: int
    votes: int
    # Of the round or the topic that the questions came from.
    source: str


@dataclass(frozen=True, slots=True)
class ContestChoices:
    """What a contest can be made of, for one of the staff. `busy` names the contest that is on in
    a group; `open_rounds` are still on: their questions would be made public."""

    groups: Sequence[GroupChat]
    rounds: Sequence[Round]
    topics: Sequence[Topic]
    busy: Mapping[int, str]

    @property
    def open_rounds(self) -> Sequence[Round]:
        return [one for one in self.rounds if one.state is not RoundState.CLOSED]


class ContestDesk(Desk):
    """Contests within reach. Each act is written to the audit."""

    def __init__(self, database: Database, clock: Clock, quiet: QuietHours) -> None:
        super().__init__(database, clock)
        self._quiet = quiet

    async def choices(self, actor: Actor) -> ContestChoices:
        """The groups, rounds and topics that somebody may use."""
        actor.must(WRITE)
        async with self._open_read() as work:
            top = await _top(work)
            groups = [
                one
                for one in await work.quiz_contests.groups()
                if actor.may(WRITE, one.unit_path or top)
            ]
            rounds = [
                one
                for one in await work.quiz_rounds.list_in(*sorted(USABLE))
                if actor.may(WRITE, one.unit_path)
            ]
            topics = [one for one in await work.quiz_bank.topics() if not one.is_political]
            busy = await work.quiz_contests.running_in([one.id for one in groups])
        return ContestChoices(groups, rounds[::-1], topics, busy)

    async def set_unit(self, actor: Actor, group_id: int, path: str) -> None:
        """Whose group it is: staff of that unit, and of those above, may use it."""
        async with self._open_work() as work:
            group = await self._group(work, actor, group_id, "contests.not_found")
            actor.must(WRITE, path)
            if all(unit.path != path for unit in await work.units.list_within((path,))):
                raise Refusal("contests.unit")
            await work.quiz_contests.set_unit(group.id, path)
            await self._audit(work, actor, "quiz_contest.group", str(group.id), unit=path)
            await work.commit()

    async def start(self, actor: Actor, plan: ContestPlan) -> Contest:
        """Draw the questions and begin at once.

        Refuses with `contests.title`, `contests.count`, `contests.seconds`, `contests.hours`,
        `contests.group`, `contests.busy`, `contests.source`, `contests.two_people` or
        `contests.too_few`.
        """
        check_plan(plan.title, plan.questions, plan.seconds)
        now = self._clock.now()
        check_hours(plan.questions, plan.seconds, now, self._quiet)
        async with self._open_work() as work:
            group = await self._group(work, actor, plan.group_id, "contests.group")
            path = group.unit_path or await _top(work)
            cells = await _cells(work, actor, plan)
            contest_id = new_id()
            seen = await work.quiz_contests.seen_in(group.id)
            pool = await work.quiz_bank.pool(beijing_date(now), {cell.topic for cell in cells})
            known = await _fitting(work, pool)
            sound = [one for one in pool if one.id in known]
            drawn = pick(contest_id, cells, sound, seen, plan.questions)
            one = Contest(
                contest_id,
                plan.title.strip(),
                path,
                group.id,
                group.title,
                ContestState.RUNNING,
                len(drawn),
                plan.seconds,
                actor.staff_id,
                now,
                round_id=plan.round_id or None,
                topic=None if plan.round_id else plan.topic,
                difficulty=None if plan.round_id else plan.difficulty,
                next_at=now + LEAD,
            )
            asked = [
                ContestQuestion(
                    one.id, place, item.id, item.version, shown_order(one.id, known[item.id])
                )
                for place, item in enumerate(drawn)
            ]
            if not await work.quiz_contests.add(one, asked):
                raise Refusal("contests.busy")
            await work.outbox.add(telling.opening(one, now))
            await self._audit(
                work, actor, "quiz_contest.start", one.id, group=group.id, questions=len(drawn)
            )
            await work.commit()
        return one

    async def stop(self, actor: Actor, contest_id: str) -> Contest:
        """Send no further question, close the one that is open, and tell how it went so far."""
        now = self._clock.now()
        async with self._open_work() as work:
            one = _reached(
                actor, await work.quiz_contests.find(contest_id, for_update=True), WRITE
            )
            must_move_contest(one.state, ContestState.STOPPED)
            stopped = replace(one, state=ContestState.STOPPED, next_at=None, ended_at=now)
            await work.quiz_contests.save(stopped)
            questions = await work.quiz_contests.questions(one.id)
            if one.asked:
                current = questions[one.asked - 1]
                await work.outbox.cancel_chain(telling.poll_key(one.id, current.place))
                begun = current.shown_at
                is_open = begun is not None and now < begun + timedelta(seconds=one.seconds)
                if is_open and current.message_id is not None:
                    await work.outbox.add(telling.stop(stopped, current, now))
            if any(question.state is AskState.SHOWN for question in questions):
                await work.outbox.add(telling.result(stopped, now + timedelta(seconds=3)))
            await self._audit(work, actor, "quiz_contest.stop", one.id, asked=one.asked)
            await work.commit()
        return stopped

    async def get(self, actor: Actor, contest_id: str) -> Contest:
        """One contest. Refuses with `contests.not_found`."""
        async with self._open_read() as work:
            return _reached(actor, await work.quiz_contests.find(contest_id))

    async def page(
        self, actor: Actor, *, offset: int, limit: int
    ) -> tuple[Sequence[Contest], int]:
        """Some of the contests within reach, the latest first, and how many in all."""
        async with self._open_read() as work:
            return await work.quiz_contests.page_within(
                actor.reach(RESULTS), offset=offset, limit=limit
            )

    async def view(self, actor: Actor, contest_id: str) -> ContestView:
        """How a contest goes, or went."""
        async with self._open_read() as work:
            one = _reached(actor, await work.quiz_contests.find(contest_id))
            questions = list(await work.quiz_contests.questions(one.id))
            items = await telling.items_of(work, questions)
            item_of = {q.place: items[q.item_id, q.version] for q in questions}
            keys = {place: next(iter(item.answer)) for place, item in item_of.items()}
            places = {q.place: telling.place_of_right(q, item_of[q.place]) for q in questions}
            counts = {c.place: c for c in await work.quiz_contests.counts(one.id, keys)}
            members = await work.quiz_contests.rights(one.id, places)
            lines = board(members, await work.quiz_attempts.nicknames())
            origin = await work.quiz_rounds.find(one.round_id or "")
            titles = {topic.key: topic.title for topic in await work.quiz_bank.topics()}
        told = [ContestLine(q, item_of[q.place], counts.get(q.place)) for q in questions]
        votes = sum(count.answered for count in counts.values())
        source = titles.get(one.topic or "", "") if origin is None else origin.title
        return ContestView(one, told, lines, len(members), votes, source)

    async def _group(self, work: Work, actor: Actor, group_id: int, code: str) -> GroupChat:
        group = await work.quiz_contests.group(group_id)
        if group is None or not group.is_in:
            raise Refusal(code)
        if not actor.may(WRITE, group.unit_path or await _top(work)):
            raise Refusal(code)
        return group


def _reached(actor: Actor, one: Contest | None, needed: Permission = RESULTS) -> Contest:
    if one is None or not actor.may(needed, one.unit_path):
        raise Refusal("contests.not_found")
    return one


async def _top(work: Work) -> str:
    top = await work.units.find_top()
    return _EVERYWHERE if top is None else top.path


async def _cells(work: Work, actor: Actor, plan: ContestPlan) -> Sequence[Cell]:
    """Where the questions come from. A political theme needs the two people of its round."""
    if plan.round_id:
        one = reached(actor, await work.quiz_rounds.find(plan.round_id), WRITE)
        if one.state not in USABLE:
            raise Refusal("contests.source")
        return one.blueprint
    topics: dict[str, Any] = {topic.key: topic for topic in await work.quiz_bank.topics()}
    topic = topics.get(plan.topic)
    if topic is None:
        raise Refusal("contests.source")
    if topic.is_political:
        raise Refusal("contests.two_people")
    return (Cell(topic.key, plan.questions, plan.difficulty),)


async def _fitting(work: Work, pool: Sequence[PoolItem]) -> Mapping[str, Item]:
    """The items of the pool that a poll can hold, by id."""
    items = await work.quiz_bank.asked([(one.id, one.version) for one in pool])
    return {item_id: item for (item_id, _), item in items.items() if fits(item)}
