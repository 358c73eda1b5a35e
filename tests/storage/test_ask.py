"""Questions and notes as the tables keep them, on both databases."""

from __future__ import annotations

from datetime import date

from domain.ask import Complaint, Decision, Question, Verdict
from storage.database import Database

EVERYTHING = "国標 𠮷 👨‍👩‍👧 <b> ' \" \\ % \n\t"


def question(number: str, day: date = date(2026, 11, 25)) -> Question:
    return Question(number, day, EVERYTHING, Decision.CHOICES, "wage.arrears", 0.25)


async def test_a_question_is_kept_once_and_changed_by_its_id(database: Database) -> None:
    async with database.open_work() as work:
        await work.questions.add_all([question("a"), question("b"), question("a")])
        await work.questions.add_all([question("b")])
        await work.questions.record_choice("a", "wage.minimum")
        await work.questions.record_verdict("a", Verdict.HELPFUL)
        await work.questions.record_complaint("a", Complaint.UNCLEAR)
        assert await work.questions.mark_for_staff("a")
        assert not await work.questions.mark_for_staff("c")
        assert await work.questions.purge_before(date(2026, 11, 25)) == 0
        assert await work.questions.purge_before(date(2026, 11, 26)) == 2
        await work.commit()


async def test_a_note_is_kept_once(database: Database) -> None:
    async with database.open_work() as work:
        await work.notes.add("n", date(2026, 11, 25), EVERYTHING)
        await work.notes.add("n", date(2026, 11, 26), "别的")
        assert await work.notes.purge_before(date(2026, 11, 26)) == 1
        await work.commit()
