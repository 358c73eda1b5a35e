"""Questions as they were asked, and notes left for staff; neither leads to a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ask import Complaint, Question, Verdict
from storage.tables import notes, questions
from storage.upsert import insert


class Questions:
    """The table of questions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_all(self, batch: Sequence[Question]) -> None:
        """Keep questions; one that is already kept (a repeated update) stays as it is."""
        statement = insert(self._connection, questions).on_conflict_do_nothing()
        await self._connection.execute(
            statement,
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
                }
                for question in batch
            ],
        )

    async def record_choice(self, question_id: str, entry_id: str) -> None:
        await self._change(question_id, chosen=entry_id)

    async def record_verdict(self, question_id: str, verdict: Verdict) -> None:
        await self._change(question_id, verdict=verdict.value)

    async def record_complaint(self, question_id: str, complaint: Complaint) -> None:
        await self._change(question_id, complaint=complaint.value)

    async def mark_for_staff(self, question_id: str) -> bool:
        """True if there is such a question."""
        return await self._change(question_id, for_staff=True)

    async def purge_before(self, day: date) -> int:
        """Remove what was asked before `day`; the number of rows."""
        result = await self._connection.execute(
            sa.delete(questions).where(questions.c.asked_on < day)
        )
        return result.rowcount

    async def _change(self, question_id: str, **values: object) -> bool:
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
