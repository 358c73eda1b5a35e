"""The presses of one transaction, taken one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.quiz import Item, Kind
from domain.quiz_play import (
    Attempt,
    AttemptState,
    Lesson,
    Slot,
    after_answer,
    ids_of,
    kept,
    option_at,
)
from domain.refusal import Refusal
from services.quiz.views import Feedback, Press, Question
from storage.work import Work


class Turn:
    """The presses of one transaction, one after the other; written down at the end."""

    def __init__(
        self,
        work: Work,
        attempts: dict[str, Attempt],
        slots: dict[tuple[str, int], Slot],
        items: Mapping[tuple[str, int], Item],
        titles: Mapping[str, str],
        now: datetime,
    ) -> None:
        self.work = work
        self.attempts = attempts
        self.now = now
        self._titles = titles
        self._changed: set[str] = set()
        self._slots = slots
        self._items = items
        self._answered: list[tuple[str, Slot]] = []

    def feedback(self, attempt: Attempt, place: int, *, is_now: bool) -> Feedback:
        slot = self._slots[(attempt.id, place)]
        item = self._items[(slot.item_id, slot.version)]
        return Feedback(attempt, self._title(attempt), slot, item, is_now)

    def take(self, attempt: Attempt, one: Press) -> Question | Feedback:
        slot = self._slots[(attempt.id, one.place)]
        item = self._items[(slot.item_id, slot.version)]
        is_multiple = item.kind is Kind.MULTIPLE
        picked = None if one.option is None else option_at(slot.order, one.option)
        if is_multiple is (picked is not None and one.is_on is None):
            # A button that this kind of question does not have.
            raise Refusal("common.button_gone")
        if picked is not None and one.is_on is not None:
            return self._tick(attempt, slot, item, picked, one.is_on)
        chosen = ids_of(attempt.ticked) if picked is None else frozenset({picked})
        if not chosen:
            raise Refusal("quiz.nothing_ticked")
        return self._answer(attempt, slot, item, chosen)

    def _tick(
        self, attempt: Attempt, slot: Slot, item: Item, picked: str, is_on: bool
    ) -> Question:
        ticked = ids_of(attempt.ticked) - {picked} | ({picked} if is_on else set())
        after = self._put(replace(attempt, ticked=kept(ticked)))
        return Question(after, self._title(after), slot, item, attempt.deadline)

    def _answer(
        self, attempt: Attempt, slot: Slot, item: Item, chosen: frozenset[str]
    ) -> Feedback:
        is_right = item.is_right(chosen)
        answered = replace(slot, chosen=kept(chosen), is_right=is_right, answered_at=self.now)
        self._slots[(attempt.id, slot.place)] = answered
        self._answered.append((attempt.id, answered))
        done = attempt.done + 1
        after = replace(
            attempt,
            done=done,
            right=attempt.right + (is_right and not slot.is_void),
            ticked="",
        )
        if done == attempt.total:
            after = replace(after, state=AttemptState.FINISHED, finished_at=self.now)
        self._put(after)
        return self.feedback(after, slot.place, is_now=True)

    def end(self, ended: Attempt) -> Attempt:
        """The time of an attempt is over."""
        return self._put(ended)

    def _title(self, attempt: Attempt) -> str:
        return self._titles[attempt.id]

    def _put(self, after: Attempt) -> Attempt:
        self.attempts[after.id] = after
        self._changed.add(after.id)
        return after

    async def flush(self) -> None:
        """Write everything down: answers, attempts, what the notebooks learn."""
        await self.work.quiz_attempts.answer_all(self._answered)
        await self.work.quiz_attempts.save_all(
            self.attempts[attempt_id] for attempt_id in sorted(self._changed)
        )
        await self._learn()

    async def _learn(self) -> None:
        owners = {
            (member, slot.item_id): slot
            for attempt_id, slot in self._answered
            if (member := self.attempts[attempt_id].member_id) is not None
        }
        if not owners:
            return
        known = await self.work.quiz_attempts.lessons(owners)
        changes: dict[tuple[int, str], Lesson | None] = {}
        for key, slot in owners.items():
            before = known.get(key)
            after = after_answer(before, slot.item_id, self.now, is_right=bool(slot.is_right))
            if after != before:
                changes[key] = after
        await self.work.quiz_attempts.put_lessons(changes)
