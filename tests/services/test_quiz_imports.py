"""Lists of questions: a dry run writes nothing into the bank, taking over happens once."""

from __future__ import annotations

import pytest

from domain.quiz import Kind
from domain.quiz_bank import ItemState, Origin
from domain.quiz_import import Field, RawRow, Rules
from domain.roster import Cell
from services.quiz import QuizImports
from storage.database import Database
from tests.services.quiz_kit import EDITOR, SECOND, Quiz, item
from tests.staffing import refused
from tests.world import MovableClock

RULES = Rules(
    kinds={},
    difficulties={},
    topics={},
    true=("对",),
    false=("错",),
    referring=(),
    topic="waste",
    difficulty=3,
)


def row(line: int, question: str, answer: str, *options: str) -> RawRow:
    cells = {
        Field.QUESTION: Cell(question),
        Field.ANSWER: Cell(answer),
        Field.VALID_FROM: Cell("2026-01-02"),
    }
    return RawRow(line, cells, tuple(map(Cell, options)))


LIST = (
    row(2, "哪些是可回收物？", "AC", "报纸", "剩饭", "易拉罐"),
    row(3, "剩饭是厨余垃圾。", "对"),
    row(4, "", "A", "甲", "乙"),
)


@pytest.fixture
async def quiz(database: Database, clock: MovableClock) -> Quiz:
    made = Quiz(database, clock)
    await made.stock([item(1)])
    return made


async def test_what_was_sound_comes_into_the_bank_as_drafts_once(
    quiz: Quiz, database: Database, clock: MovableClock
) -> None:
    imports = QuizImports(database, clock)
    plan = await imports.plan(EDITOR, LIST, RULES)
    assert [one.line for one in plan.reading.issues] == [4]
    assert len(await quiz.known()) == 1
    assert plan.id is not None
    # Only whoever looked at the dry run can take it over.
    with refused("quiz_import.plan_gone"):
        await imports.confirm(SECOND, plan.id)
    assert await imports.confirm(EDITOR, plan.id) == 2
    with refused("quiz_import.plan_gone"):
        await imports.confirm(EDITOR, plan.id)
    file = await quiz.bank.get(EDITOR, "own.1")
    assert (file.item.state, file.item.origin) == (ItemState.DRAFT, Origin.OWN)
    kept = file.item.item
    assert (kept.kind, kept.difficulty) == (Kind.MULTIPLE, 3)
    assert kept.answer == {"a", "c"}
    assert kept.valid_from and kept.valid_from.isoformat() == "2026-01-02"
    # Now they are known: the same list holds nothing new.
    again = await imports.plan(EDITOR, LIST, RULES)
    assert (again.id, again.reading.repeats, again.reading.faulty) == (None, 2, 1)


async def test_a_dry_run_is_forgotten_after_a_day(
    quiz: Quiz, database: Database, clock: MovableClock
) -> None:
    imports = QuizImports(database, clock)
    early = await imports.plan(EDITOR, LIST, RULES)
    clock.move(hours=23)
    late = await imports.plan(EDITOR, LIST, RULES)
    clock.move(hours=2)
    assert early.id and late.id
    with refused("quiz_import.plan_gone"):
        await imports.confirm(EDITOR, early.id)
    assert await imports.confirm(EDITOR, late.id) == 2


async def test_a_list_without_a_row_is_refused(database: Database, clock: MovableClock) -> None:
    with refused("quiz_import.empty"):
        await QuizImports(database, clock).plan(EDITOR, (), RULES)
