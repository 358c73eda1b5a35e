"""Lists of questions from staff: a dry run that writes nothing, and taking the sound ones over."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from domain.quiz_bank import ItemState
from domain.quiz_import import MOST_ROWS, PLAN_LIVES, RawRow, Reading, Rules, read_list
from domain.quiz_repeats import Known, known_of, question_key
from domain.refusal import Refusal
from domain.staff import Actor
from services.quiz.bank import add_drafts
from services.quiz.common import WRITE, Desk


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a list holds. `id` takes the sound questions over; None if there are none."""

    id: str | None
    reading: Reading


class QuizImports(Desk):
    """Uploads of questions. What was read is kept for a day, for the second click."""

    async def plan(self, actor: Actor, raw: Sequence[RawRow], rules: Rules) -> ImportPlan:
        """The dry run: every fault of every row, and what could be taken over.

        Refuses with `quiz_import.empty`, `quiz_import.too_many`.
        """
        actor.must(WRITE)
        if not raw:
            raise Refusal("quiz_import.empty")
        if len(raw) > MOST_ROWS:
            raise Refusal("quiz_import.too_many", limit=MOST_ROWS)
        async with self._open_read() as work:
            there = await work.quiz_bank.all(*(set(ItemState) - {ItemState.RETIRED}))
        bank: dict[str, Known] = {}
        for one in there:
            bank.setdefault(question_key(one.item.question), known_of(one.item, one.item.id))
        # Thousands of rows take a second: in a thread, members are answered meanwhile.
        reading = await asyncio.to_thread(read_list, raw, rules, bank)
        if not reading.items:
            return ImportPlan(None, reading)
        now = self._clock.now()
        import_id = secrets.token_urlsafe(16)
        async with self._open_work() as work:
            await work.quiz_imports.purge(now)
            items = [item for _, item in reading.items]
            await work.quiz_imports.add(import_id, actor.staff_id, items, now + PLAN_LIVES)
            await work.commit()
        return ImportPlan(import_id, reading)

    async def confirm(self, actor: Actor, import_id: str) -> int:
        """Put the questions of a dry run into the bank, as drafts; how many.

        Refuses with `quiz_import.plan_gone`, also a second time.
        """
        actor.must(WRITE)
        now = self._clock.now()
        async with self._open_work() as work:
            items = await work.quiz_imports.take(import_id, actor.staff_id, now)
            if items is None:
                raise Refusal("quiz_import.plan_gone")
            made = await add_drafts(work, items, actor.staff_id, now)
            await self._audit(work, actor, "quiz_item.import", "bank", count=len(made))
            await work.commit()
        return len(made)
