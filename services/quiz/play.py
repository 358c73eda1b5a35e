"""Playing: beginning, answering, going on. An answer counts once, and only in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.clock import Clock, beijing_date
from domain.quiz_play import (
    PRACTICE_QUESTIONS,
    REVIEW_QUESTIONS,
    Attempt,
    AttemptKind,
    AttemptState,
    PoolItem,
    draw_items,
    who_of,
)
from domain.quiz_rounds import Cell
from domain.refusal import Refusal
from services.quiz.common import new_id
from services.quiz.items import ItemShelf
from services.quiz.looking import Looking, is_late, timed_out, until
from services.quiz.starting import Start, Starting
from services.quiz.turn import Turn
from services.quiz.views import Press, Question, View
from storage.database import Database
from storage.group import Group
from storage.work import Work


@dataclass(frozen=True, slots=True)
class _Next:
    attempt_id: str
    member_id: int


class PlayService:
    """The members' side of the quiz. A rush of thousands shares transactions."""

    def __init__(self, database: Database, clock: Clock, items: ItemShelf) -> None:
        self._write = database.write
        self._clock = clock
        self._items = items
        self._looking = Looking(clock, items)
        self._begin = Starting(clock, items, self._looking)
        self._starting = Group[Start, View | Refusal](database.write, self._begin.start_all)
        self._going = Group[_Next, View | Refusal](database.write, self._go_on_all)
        self._pressing = Group[Press, View | Refusal](database.write, self._press_all)

    async def start(self, sitting_id: str, member_id: int) -> View:
        """Begin an attempt, or go on with the one that runs: same questions, same time left.

        Refuses with `quiz.not_open`, `quiz.is_held`, `quiz.not_yours` or `quiz.no_attempts`.
        """
        return _told(await self._starting.submit(Start(sitting_id, member_id)))

    async def press(self, one: Press) -> View:
        """Take an answer, or a tick. What comes after the time is not counted, and that is said.

        Refuses with `common.button_gone` what belongs to somebody else or to nobody, and with
        `quiz.nothing_ticked` to hand in nothing.
        """
        return _told(await self._pressing.submit(one))

    async def go_on(self, attempt_id: str, member_id: int) -> View:
        """The open question, or the result. Refuses with `common.button_gone`."""
        return _told(await self._going.submit(_Next(attempt_id, member_id)))

    async def practise(self, member_id: int, topic: str) -> View:
        """A few questions of a topic for oneself; nothing is scored. Refuses `quiz.too_few`."""
        now = self._clock.now()

        async def job(work: Work) -> View:
            pool = await work.quiz_bank.pool(beijing_date(now), [topic])
            if not pool:
                raise Refusal("quiz.too_few")
            cell = Cell(topic, min(PRACTICE_QUESTIONS, len(pool)))
            drawn = draw_items(new_id(), [cell], pool, {})
            return await self._begin_own(work, member_id, AttemptKind.PRACTICE, drawn)

        return await self._write(job)

    async def review(self, member_id: int) -> View:
        """What the notebook has due. Refuses with `quiz.nothing_due`."""
        now = self._clock.now()

        async def job(work: Work) -> View:
            lessons = await work.quiz_attempts.lessons_of(member_id)
            pool = {one.id: one for one in await work.quiz_bank.pool(beijing_date(now))}
            gone = {(member_id, one.item_id): None for one in lessons if one.item_id not in pool}
            await work.quiz_attempts.put_lessons(gone)
            due = [
                pool[one.item_id] for one in lessons if one.due_at <= now and one.item_id in pool
            ]
            if not due:
                raise Refusal("quiz.nothing_due")
            drawn = due[:REVIEW_QUESTIONS]
            return await self._begin_own(work, member_id, AttemptKind.REVIEW, drawn)

        return await self._write(job)

    async def _begin_own(
        self, work: Work, member_id: int, kind: AttemptKind, drawn: Sequence[PoolItem]
    ) -> View:
        await work.quiz_attempts.remove_practice(member_id)
        attempt_id = new_id()
        slots = await self._begin.slots(work, attempt_id, drawn)
        attempt = Attempt(
            attempt_id,
            kind,
            None,
            None,
            member_id,
            None,
            who_of(member_id, None),
            1,
            AttemptState.RUNNING,
            self._clock.now(),
            None,
            len(slots),
        )
        await work.quiz_attempts.add_all([(attempt, slots)])
        return (await self._looking.at(work, [attempt]))[attempt.id]

    async def _go_on_all(self, work: Work, batch: Sequence[_Next]) -> Sequence[View | Refusal]:
        attempts = await work.quiz_attempts.lock_all({one.attempt_id for one in batch})
        views = await self._looking.at(work, attempts.values())
        found: list[View | Refusal] = []
        for one in batch:
            attempt = attempts.get(one.attempt_id)
            is_theirs = attempt is not None and attempt.member_id == one.member_id
            found.append(views[one.attempt_id] if is_theirs else Refusal("common.button_gone"))
        return found

    async def _press_all(self, work: Work, batch: Sequence[Press]) -> Sequence[View | Refusal]:
        attempts = dict(await work.quiz_attempts.lock_all({one.attempt_id for one in batch}))
        wanted = {(one.attempt_id, one.place) for one in batch if one.attempt_id in attempts}
        slots = await work.quiz_attempts.slots_of(wanted)
        keys = {(slot.item_id, slot.version) for slot in slots.values()}
        items = await self._items.get(work, keys)
        titles = await self._looking.titles(work, attempts.values())
        turn = Turn(work, attempts, dict(slots), items, titles, self._clock.now())
        found: list[View | Refusal] = []
        for one in batch:
            try:
                found.append(await self._take(turn, one))
            except Refusal as refusal:
                found.append(refusal)
        await turn.flush()
        return found

    async def _take(self, turn: Turn, one: Press) -> View:
        attempt = turn.attempts.get(one.attempt_id)
        if attempt is None or attempt.member_id != one.member_id:
            raise Refusal("common.button_gone")
        if not 0 <= one.place < attempt.total:
            raise Refusal("common.button_gone")
        # Only when it seems too late is it worth asking whether we were there all the time.
        if attempt.is_running and attempt.is_late(turn.now):
            down = await self._looking.down(turn.work, [attempt])
            if is_late(attempt, turn.now, down):
                ended = turn.end(timed_out(attempt))
                result = await self._looking.results(turn.work, [ended])
                return replace(result[ended.id], is_late=True)
        if one.place < attempt.done:
            # The second tap, or the button of an old copy: what was recorded counts.
            return turn.feedback(attempt, one.place, is_now=False)
        if not attempt.is_running:
            return (await self._looking.results(turn.work, [attempt]))[attempt.id]
        if one.place > attempt.done:
            raise Refusal("common.button_gone")
        view = turn.take(attempt, one)
        if isinstance(view, Question):
            down = await self._looking.down(turn.work, [view.attempt])
            return replace(view, until=until(view.attempt, down))
        return view


def _told(outcome: View | Refusal) -> View:
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome
