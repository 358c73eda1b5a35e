"""Questions and notes as the tables keep them, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from domain.ask import Complaint, Decision, Question, Verdict
from storage.database import Database
from storage.tables import MISSED

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


async def test_equal_endings_are_counted_together_from_the_day_on(database: Database) -> None:
    offered = ("wage.arrears", "wage.final")
    day = date(2026, 11, 25)
    async with database.open_work() as work:
        asked = [replace(question(name), offered=offered) for name in ("a", "b", "c")]
        await work.questions.add_all([*asked, question("old", date(2026, 11, 24))])
        await work.questions.record_rejection("a")
        await work.questions.record_choice("a", "wage.final")
        await work.questions.record_choice("b", "wage.final")
        await work.questions.record_choice("c", "wage.final")
        await work.questions.record_rejection("c")
        await work.questions.record_human("c")
        found = await work.questions.count_outcomes([day])
        await work.commit()
    assert sorted((o.chosen, o.rejected, o.asked_human, o.count) for o in found if o.chosen) == [
        ("wage.final", False, False, 2)
    ]
    (rejected,) = [o for o in found if o.chosen is None]
    assert (rejected.rejected, rejected.asked_human, rejected.offered) == (True, True, offered)


async def test_what_begins_with_an_early_character_is_not_seen_first(database: Database) -> None:
    rows = [
        Question(name, date(2026, 11, 25), text, Decision.NONE, None, 0.0)
        for name, text in (("3", "a"), ("1", "c"), ("2", "b"), ("4", "twice"), ("5", "twice"))
    ]
    async with database.open_work() as work:
        await work.questions.add_all(rows)
        await work.commit()
    async with database.open_read() as work:
        found = await work.questions.list_missed(date(2026, 11, 25), 3)
    assert [(missed.text, missed.count) for missed in found] == [("twice", 2), ("c", 1), ("b", 1)]


async def test_missed_are_those_without_the_page_that_was_meant(database: Database) -> None:
    rows = [
        Question(name, date(2026, 11, 25), name, decision, "wage.arrears", 0.5)
        for name, decision in (
            ("answered", Decision.ANSWER),
            ("unclear", Decision.ANSWER),
            ("astray", Decision.ANSWER),
            ("left", Decision.ANSWER),
            ("nothing", Decision.NONE),
            ("rejected", Decision.CHOICES),
            ("open", Decision.CHOICES),
        )
    ]
    async with database.open_work() as work:
        await work.questions.add_all(rows)
        for name, complaint in (("unclear", "unclear"), ("astray", "off_topic")):
            await work.questions.record_verdict(name, Verdict.UNHELPFUL)
            await work.questions.record_complaint(name, Complaint(complaint))
        await work.questions.record_rejection("rejected")
        await work.questions.mark_for_staff("left")
        await work.commit()
    async with database.open_read() as work:
        (first, *_) = await work.questions.list_missed(date(2026, 11, 25), 1)
        assert first.text == "astray"
        found = await work.questions.list_missed(date(2026, 11, 25), 100)
        assert await work.questions.list_missed(date(2026, 11, 26), 100) == []
        # The index of the migration is used only if the words of both are the same.
        if database.is_sqlite:
            plan = await work._connection.execute(
                sa.text(f"EXPLAIN QUERY PLAN SELECT 1 FROM questions WHERE {MISSED}")
            )
            assert "ix_questions_missed" in str(plan.all())
    assert {missed.text: missed.shown for missed in found} == {
        "astray": {"wage.arrears"},
        "left": {"wage.arrears"},
        "nothing": frozenset(),
        "rejected": frozenset(),
    }
