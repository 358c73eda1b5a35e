"""The bank, on both databases: following files, vouching, changing, voiding."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.clock import beijing_date
from domain.quiz import Option
from domain.quiz_bank import BankSieve, ItemState, Origin, VoidEffect
from domain.quiz_figures import Flag
from domain.quiz_rounds import Cell
from domain.staff import Actor, Grant, Role
from services.quiz import Question
from storage.database import Database
from tests.services.event_kit import refused
from tests.services.quiz_kit import EDITOR, FIRST, PRIZE, SECOND, Quiz, item
from tests.world import MovableClock

VIEWER = Actor("viewer", "看客", (Grant(Role.VIEWER, "/1/"),))


@pytest.fixture
def quiz(database: Database, clock: MovableClock) -> Quiz:
    return Quiz(database, clock)


async def test_an_item_that_nobody_held_against_its_source_is_not_drawn(quiz: Quiz) -> None:
    history = item(1, topic="party_history", reviewed_on=None)
    await quiz.stock([history, item(2)])
    today = beijing_date(quiz.clock.now())
    assert (await quiz.bank.shelf(EDITOR, today)).counts == {("waste", 3): 1}
    confirmed = await quiz.bank.confirm(EDITOR, history.id, seen=1)
    assert (confirmed.item.reviewed_by, confirmed.item.reviewed_on) == ("赵编辑", today)
    assert (await quiz.bank.shelf(EDITOR, today)).count("party_history", None) == 1
    # The files know nothing of the confirmation, and do not take it away.
    await quiz.stock([history, item(2)])
    assert (await quiz.bank.get(EDITOR, history.id)).item.state is ItemState.READY
    # A new text is another matter.
    await quiz.stock([replace(history, question="换了一个问法？"), item(2)])
    changed = (await quiz.bank.get(EDITOR, history.id)).item
    assert (changed.state, changed.version, changed.item.reviewed_by) == (ItemState.DRAFT, 2, "")


async def test_the_bank_follows_its_files_and_nothing_is_written_twice(quiz: Quiz) -> None:
    items = [item(number) for number in range(1, 4)]
    first = await quiz.bank.sync(items, {"waste": "垃圾分类"})
    again = await quiz.bank.sync(items, {"waste": "垃圾分类"})
    assert (first.added, again.added, again.changed) == (3, 0, 0)
    changed = replace(items[0], explanation="换了解释。")
    gone = await quiz.bank.sync([changed, items[1]], {"waste": "垃圾分类"})
    assert (gone.added, gone.changed, gone.withdrawn) == (0, 1, 1)
    assert (await quiz.bank.get(EDITOR, items[2].id)).item.state is ItemState.RETIRED
    assert [one.number for one in (await quiz.bank.get(EDITOR, items[0].id)).versions] == [2, 1]


async def test_what_staff_changed_does_not_follow_the_files_any_more(quiz: Quiz) -> None:
    await quiz.stock([item(1)])
    better = replace(item(1), question="更好的问法？")
    after = await quiz.bank.change(EDITOR, "waste.001", better, seen=1)
    assert (after.state, after.origin, after.version) == (ItemState.DRAFT, Origin.ADOPTED, 2)
    await quiz.stock([replace(item(1), question="文件里的新问法？")])
    kept = (await quiz.bank.get(EDITOR, "waste.001")).item
    assert kept.item.question == "更好的问法？"
    assert await refused(quiz.bank.confirm(EDITOR, "waste.001", seen=1)) == "quiz.outdated"


async def test_own_items_begin_as_drafts_and_only_sound_ones_are_confirmed(quiz: Quiz) -> None:
    await quiz.stock([item(1)])
    unsound = item(9, source="", answer=frozenset("z"))
    ids = await quiz.bank.add_many(EDITOR, [item(8, reviewed_on=date(2026, 1, 1)), unsound])
    assert list(ids) == ["own.1", "own.2"]
    first, second = [(await quiz.bank.get(EDITOR, one)) for one in ids]
    assert (first.item.state, first.item.item.reviewed_on) == (ItemState.DRAFT, None)
    assert {flaw.part for flaw in second.flaws} == {"source", "answer"}
    assert await refused(quiz.bank.confirm(EDITOR, "own.2", seen=1)) == "quiz.item_unfit"
    assert await quiz.bank.confirm_many(EDITOR, {"own.1": 1, "own.2": 1}) == 1
    assert list(await quiz.bank.add_many(EDITOR, [item(7)])) == ["own.3"]
    code = await refused(quiz.bank.add_many(EDITOR, [item(6, topic="space")]))
    assert code == "quiz.topic_unknown"


async def test_items_are_found_by_words_topic_state_and_figures(quiz: Quiz) -> None:
    await quiz.stock([item(n) for n in range(1, 5)] + [item(5, topic="civility", difficulty=1)])

    async def found(**sieve: object) -> list[str]:
        page = await quiz.bank.page(EDITOR, BankSieve(**sieve), offset=0, limit=9)  # type: ignore[arg-type]
        assert page[1] == len(page[0])
        return [one.item.id for one in page[0]]

    assert await found(words="第 3 样") == ["waste.003"]
    assert await found(words="waste.004") == ["waste.004"]
    assert await found(topic="civility") == ["waste.005"]
    assert await found(difficulty=2) == ["waste.001", "waste.004"]
    assert await found(is_flagged=True) == []
    assert (await found(is_down=True))[0] == "waste.005"
    page = await quiz.bank.page(EDITOR, BankSieve(), offset=3, limit=1)
    assert ([one.item.id for one in page[0]], page[1]) == (["waste.004"], 5)


async def test_only_editors_see_the_bank(quiz: Quiz) -> None:
    await quiz.stock([item(1)])
    assert await refused(quiz.bank.get(VIEWER, "waste.001")) == "staff.not_allowed"
    code = await refused(quiz.bank.page(VIEWER, BankSieve(), offset=0, limit=9))
    assert code == "staff.not_allowed"


async def test_a_retired_item_comes_back_as_a_draft(quiz: Quiz) -> None:
    await quiz.stock([item(1)])
    await quiz.bank.retire(EDITOR, "waste.001", seen=1)
    assert await refused(quiz.bank.retire(EDITOR, "waste.001", seen=1)) == "quiz.not_now"
    assert (await quiz.bank.restore(SECOND, "waste.001", seen=1)).state is ItemState.DRAFT


async def test_a_wrong_key_is_flagged_voided_and_everybody_is_scored_anew(quiz: Quiz) -> None:
    """The item says b; all who know the rest choose c."""
    await quiz.stock([item(n) for n in range(1, 4)])
    for number in range(40):
        await quiz.member(number)
    one, sitting = await quiz.round(blueprint=(Cell("waste", 3),), attempts=1, pass_mark=100)
    for number in range(40):
        question = await quiz.asked(sitting, number)
        for _ in range(3):
            is_wrong_key = question.slot.item_id == "waste.001"
            able = number < 20
            chosen = "c" if is_wrong_key and able else "b" if able or is_wrong_key else "a"
            await quiz.answers(question, chosen)
            view = await quiz.play.go_on(question.attempt.id, FIRST + number)
            question = view if isinstance(view, Question) else question
    await quiz.ticks.figure_due()
    flagged, _ = await quiz.bank.page(EDITOR, BankSieve(is_flagged=True), offset=0, limit=9)
    assert [found.item.id for found in flagged] == ["waste.001"]
    figures = flagged[0].figures
    assert figures is not None
    assert Flag.NEGATIVE in figures.flags
    assert (await quiz.reader.overview(EDITOR, one.id)).passed == 0

    expected = VoidEffect(attempts=40, people=40, newly_passed=20)
    assert await quiz.bank.preview_void(EDITOR, "waste.001") == expected
    assert await quiz.bank.void(EDITOR, "waste.001", "标准答案应为 c", seen=1) == expected
    overview = await quiz.reader.overview(EDITOR, one.id)
    assert overview.passed == 20
    assert overview.scores == {100: 20, 30: 20}
    assert await quiz.invited("quiz.notice_void") == [list(range(40))]
    assert (await quiz.bank.get(EDITOR, "waste.001")).item.state is ItemState.VOID
    code = await refused(quiz.bank.void(EDITOR, "waste.001", "再来一次", seen=1))
    assert code == "quiz.not_now"


async def test_a_void_item_counts_once_for_whoever_is_just_being_asked_it(quiz: Quiz) -> None:
    await quiz.stock([item(1), item(2)])
    _, sitting = await quiz.round()
    question = await quiz.asked(sitting, 1)
    await quiz.bank.void(EDITOR, question.slot.item_id, "答案不对", seen=1)
    view = await quiz.answers(question, "b")
    assert view.attempt.right == 1
    view = await quiz.play.go_on(question.attempt.id, FIRST + 1)
    assert isinstance(view, Question)
    await quiz.answers(view, "a")
    assert (await quiz.attempt(question.attempt.id)).right == 1


async def test_nothing_is_voided_between_the_list_and_the_draw(
    quiz: Quiz, clock: MovableClock
) -> None:
    await quiz.stock([item(1), item(2)])
    one, sitting = await quiz.round(prize=PRIZE)
    await quiz.plays(sitting, 1, right=2)
    await quiz.ends(one)
    clock.move(days=1)
    await quiz.ticks.draw_due()
    assert await refused(quiz.bank.void(EDITOR, "waste.001", "错", seen=1)) == "quiz.draw_running"
    clock.move(minutes=10)
    assert await quiz.ticks.draw_due() == 1
    await quiz.bank.void(EDITOR, "waste.001", "错", seen=1)


async def test_a_topic_of_the_staff_may_need_two_people_too(quiz: Quiz) -> None:
    await quiz.bank.add_topic(EDITOR, "theory", " 理论  学习 ", is_political=True)
    (topic,) = await quiz.bank.topics(EDITOR)
    assert (topic.key, topic.title, topic.is_political) == ("theory", "理论 学习", True)
    code = await refused(quiz.bank.add_topic(EDITOR, "theory", "又一个", is_political=False))
    assert code == "quiz.topic_known"
    assert await refused(quiz.bank.add_topic(EDITOR, "A", "x", is_political=False)) == (
        "quiz.topic_key"
    )


async def test_options_keep_their_ids_when_a_file_is_read_again(quiz: Quiz) -> None:
    one = item(1, options=(Option("a", "甲"), Option("b", "乙")), answer=frozenset("b"))
    await quiz.stock([one])
    assert (await quiz.bank.get(EDITOR, one.id)).item.item == one
