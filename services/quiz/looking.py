"""What players see next: the open question, or the result; for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.clock import Clock
from domain.quiz_play import Attempt, AttemptState
from domain.quiz_rounds import SittingState, extended
from services.quiz.items import ItemShelf
from services.quiz.views import Question, Result, View
from storage.work import Work

Spans = Sequence[tuple[datetime, datetime]]


class Looking:
    """Makes views of attempts: a few statements for however many."""

    def __init__(self, clock: Clock, items: ItemShelf) -> None:
        self._clock = clock
        self._items = items
        # A round that is published keeps its title.
        self._titles: dict[str, str] = {}

    async def at(self, work: Work, attempts: Iterable[Attempt]) -> Mapping[str, View]:
        """What each attempt has next, by its id. Those whose time is over end here."""
        some = list(attempts)
        now = self._clock.now()
        down = await self.down(work, some)
        ended = [timed_out(one) for one in some if one.is_running and is_late(one, now, down)]
        await work.quiz_attempts.save_all(ended)
        current = {**{one.id: one for one in some}, **{one.id: one for one in ended}}
        running = [one for one in current.values() if one.is_running]
        over = [one for one in current.values() if not one.is_running]
        return {
            **await self.questions(work, running, down),
            **await self.results(work, over),
        }

    async def down(self, work: Work, attempts: Collection[Attempt]) -> Spans:
        """When we were not there since the first of them began, if any has a deadline."""
        since = [one.started_at for one in attempts if one.is_running and one.deadline]
        if not since:
            return ()
        spans = await work.workers.list_down(min(since), self._clock.now())
        return [(span.began_at, span.ended_at) for span in spans]

    async def questions(
        self, work: Work, attempts: Sequence[Attempt], down: Spans
    ) -> Mapping[str, Question]:
        """The open question of each of these running attempts."""
        if not attempts:
            return {}
        slots = await work.quiz_attempts.slots_of([(one.id, one.done) for one in attempts])
        keys = {(slot.item_id, slot.version) for slot in slots.values()}
        items = await self._items.get(work, keys)
        titles = await self.titles(work, attempts)
        found = {}
        for one in attempts:
            slot = slots[(one.id, one.done)]
            item = items[(slot.item_id, slot.version)]
            found[one.id] = Question(one, titles[one.id], slot, item, until(one, down))
        return found

    async def results(self, work: Work, attempts: Sequence[Attempt]) -> Mapping[str, Result]:
        """The result of each of these attempts that are over."""
        scored = [one for one in attempts if one.sitting_id is not None]
        sitting_ids = {one.sitting_id for one in scored if one.sitting_id is not None}
        round_ids = {one.round_id for one in scored if one.round_id is not None}
        if not scored:
            return {one.id: Result(one, "", None, None, 0) for one in attempts}
        rounds = await work.quiz_rounds.find_all(round_ids)
        sittings = await work.quiz_rounds.sittings_of(round_ids)
        is_on = {
            one.id: one.state is SittingState.OPEN and self._clock.now() < one.closes_at
            for one in sittings
        }
        days = await work.quiz_attempts.of_days(sitting_ids, {one.who for one in scored})
        found: dict[str, Result] = {}
        for one in attempts:
            if one.sitting_id is None or one.round_id is None:
                found[one.id] = Result(one, "", None, None, 0)
                continue
            round_ = rounds[one.round_id]
            mine = [
                one if other.id == one.id else other
                for other in days
                if (other.sitting_id, other.who) == (one.sitting_id, one.who)
            ]
            over = [other for other in mine if not other.is_running]
            best = max(over, key=lambda other: (other.right, -other.took))
            left = round_.attempts - len(mine) if is_on[one.sitting_id] else 0
            found[one.id] = Result(one, round_.title, round_, best, max(left, 0))
        return found

    async def titles(self, work: Work, attempts: Iterable[Attempt]) -> Mapping[str, str]:
        """The title of each attempt's round, by the attempt's id; empty for practice."""
        some = list(attempts)
        wanted = {one.round_id for one in some if one.round_id is not None}
        missing = wanted - self._titles.keys()
        if missing:
            found = await work.quiz_rounds.find_all(missing)
            self._titles.update({one.id: one.title for one in found.values()})
        return {one.id: self._titles.get(one.round_id or "", "") for one in some}


def until(attempt: Attempt, down: Spans) -> datetime | None:
    """The deadline, moved on by the time in which we were not there (RELIABILITY R16)."""
    if attempt.deadline is None:
        return None
    return extended(attempt.deadline, attempt.started_at, down)


def is_late(attempt: Attempt, now: datetime, down: Spans) -> bool:
    """Whether the time of a running attempt is over."""
    ends = until(attempt, down)
    return ends is not None and now >= ends


def timed_out(attempt: Attempt) -> Attempt:
    """The attempt as it is when its time is over."""
    assert attempt.deadline is not None
    ended = max(attempt.deadline, attempt.started_at)
    return replace(attempt, state=AttemptState.TIMED_OUT, finished_at=ended)
