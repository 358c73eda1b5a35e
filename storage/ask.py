"""Questions as they were asked, and notes left for staff; neither leads to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ask import Complaint, Decision, Question, Verdict
from domain.outcomes import Missed, Outcome
from storage.day_counts import DayCounts
from storage.tables import MISSED, notes, questions
from storage.upsert import insert, insert_for


@cache
def _keeping(dialect: str) -> Any:
    return insert_for(dialect, questions).on_conflict_do_nothing()


class Questions:
    """The table of questions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_all(self, batch: Sequence[Question]) -> None:
        """Keep questions; one that is already kept (a repeated update) stays as it is."""
        await self._connection.execute(
            _keeping(self._connection.dialect.name),
            [
                {
                    "id": question.id,
                    "asked_on": question.asked_on,
                    "text": question.text,
                    "decision": question.decision.value,
                    "entry_id": question.entry_id,
                    "score": question.score,
                    "in_group": question.in_group,
                    "for_staff": False,
                    "offered": " ".join(question.offered) or None,
                }
                for question in batch
            ],
        )

    async def record_choice(self, question_id: str, entry_id: str) -> None:
        await self._change(question_id, chosen=entry_id, rejected=False)

    async def record_rejection(self, question_id: str) -> None:
        await self._change(question_id, chosen=None, rejected=True)

    async def record_human(self, question_id: str) -> None:
        await self._change(question_id, asked_human=True)

    async def record_verdict(self, question_id: str, verdict: Verdict) -> None:
        await self._change(question_id, verdict=verdict.value)

    async def record_complaint(self, question_id: str, complaint: Complaint) -> None:
        await self._change(question_id, complaint=complaint.value)

    async def mark_for_staff(self, question_id: str) -> bool:
        """True if there is such a question."""
        return await self._change(question_id, for_staff=True)

    async def count_outcomes(self, days: Collection[date]) -> list[Outcome]:
        """How the questions asked on these days ended, equal endings counted together."""
        columns = questions.c
        ending = (
            columns.decision,
            columns.entry_id,
            columns.offered,
            columns.chosen,
            columns.rejected,
            columns.verdict,
            columns.complaint,
            columns.asked_human,
            columns.for_staff,
        )
        rows = await self._connection.execute(
            sa.select(*ending, sa.func.count().label("times"))
            .where(columns.asked_on.in_(list(days)))
            .group_by(*ending)
        )
        return [
            Outcome(
                decision=Decision(row.decision),
                entry_id=row.entry_id,
                offered=_ids(row.offered),
                chosen=row.chosen,
                rejected=row.rejected,
                verdict=Verdict(row.verdict) if row.verdict else None,
                complaint=Complaint(row.complaint) if row.complaint else None,
                asked_human=row.asked_human,
                for_staff=row.for_staff,
                count=row.times,
            )
            for row in rows
        ]

    async def list_missed(self, since: date, most: int) -> list[Missed]:
        """Questions asked on `since` and later that got no page, not the page that was meant, or
        were left for staff; equal ones counted together, the `most` frequent of them. Which of
        the equally frequent is left to chance, but the same at every look."""
        columns = questions.c
        same = (
            columns.text,
            columns.decision,
            columns.entry_id,
            columns.offered,
            columns.chosen,
        )
        rows = await self._connection.execute(
            sa.select(*same, sa.func.count().label("times"))
            .where(columns.asked_on >= since, sa.text(f"({MISSED})"))
            .group_by(*same)
            # Ids are random: by their texts, only what begins with early characters would be seen.
            .order_by(sa.text("times DESC"), sa.func.min(columns.id))
            .limit(most)
        )
        return [Missed(row.text, _shown(row), row.times) for row in rows]

    async def find_asked(self, ids: Iterable[str]) -> dict[str, Missed]:
        """What was asked under these ids, and which pages were seen; gone ones are absent."""
        wanted: list[str] = list(ids)
        found: dict[str, Missed] = {}
        # Databases limit how many values a statement may hold.
        for start in range(0, len(wanted), 500):
            rows = await self._connection.execute(
                sa.select(questions).where(questions.c.id.in_(wanted[start : start + 500]))
            )
            found |= {row.id: Missed(row.text, _shown(row), 1) for row in rows}
        return found

    async def purge_before(self, day: date) -> int:
        """Remove what was asked before `day`, and its counts; the number of questions."""
        await DayCounts(self._connection).purge_before(day)
        result = await self._connection.execute(
            sa.delete(questions).where(questions.c.asked_on < day)
        )
        return result.rowcount

    async def _change(self, question_id: str, **values: object) -> bool:
        await DayCounts(self._connection).forget_day_of(question_id)
        result = await self._connection.execute(
            sa.update(questions).where(questions.c.id == question_id).values(**values)
        )
        return result.rowcount > 0


class Notes:
    """The table of notes left for staff."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, note_id: str, left_on: date, text: str) -> None:
        """Keep a note; the same note again changes nothing."""
        await self._connection.execute(
            insert(self._connection, notes).on_conflict_do_nothing(),
            {"id": note_id, "left_on": left_on, "text": text},
        )

    async def purge_before(self, day: date) -> int:
        result = await self._connection.execute(sa.delete(notes).where(notes.c.left_on < day))
        return result.rowcount


def _shown(row: sa.Row[Any]) -> frozenset[str]:
    """The pages that the asker had before them."""
    shown = {*_ids(row.offered), row.chosen}
    if row.decision == Decision.ANSWER.value:
        shown.add(row.entry_id)
    return frozenset(shown - {None})


def _ids(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split(" ")) if joined else ()
