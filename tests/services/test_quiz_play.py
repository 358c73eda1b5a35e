"""What players can rely on, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.quiz_play import AttemptState
from domain.quiz_rounds import Cell
from services.quiz import Feedback, Press, Question, Result
from storage.database import Database
from storage.workers import Worker
from tests.services.event_kit import refused
from tests.services.quiz_kit import (
    EDITOR,
    FIRST,
    Quiz,
    item,
    multiple,
    statement,
)
from tests.world import MovableClock


@pytest.fixture
async def quiz(database: Database, clock: MovableClock) -> Quiz:
    made = Quiz(database, clock)
    await made.stock(map(item, range(1, 13)))
    return made


async def test_an_answer_is_told_right_or_wrong_at_once_and_the_score_adds_up(quiz: Quiz) -> None:
    _, sitting = await quiz.round()
    first = await quiz.asked(sitting, 1)
    right = await quiz.answers(first, "b")
    assert isinstance(right, Feedback)
    assert (right.slot.is_right, right.item.explanation) == (True, first.item.explanation)
    second = await quiz.play.go_on(first.attempt.id, FIRST + 1)
    assert isinstance(second, Question)
    assert second.slot.item_id != first.slot.item_id
    wrong = await quiz.answers(second, "d")
    assert isinstance(wrong, Feedback)
    assert wrong.slot.is_right is False
    result = await quiz.play.go_on(first.attempt.id, FIRST + 1)
    assert isinstance(result, Result)
    assert (result.attempt.right, result.attempt.total, result.left) == (1, 2, 1)
    assert result.attempt.state is AttemptState.FINISHED


async def test_two_taps_count_once_and_the_first_one_counts(quiz: Quiz) -> None:
    _, sitting = await quiz.round()
    question = await quiz.asked(sitting, 1)
    order = question.slot.order.split(",")
    attempt = question.attempt.id
    taps = [Press(attempt, FIRST + 1, 0, order.index(option)) for option in ("b", "b", "a")]
    views = await asyncio.gather(*(quiz.play.press(tap) for tap in taps))
    assert [isinstance(view, Feedback) and view.is_now for view in views] == [True, False, False]
    assert {view.slot.chosen for view in views if isinstance(view, Feedback)} == {"b"}
    kept = await quiz.attempt(attempt)
    assert (kept.done, kept.right) == (1, 1)


async def test_after_a_restart_the_same_questions_go_on_with_the_time_that_is_left(
    quiz: Quiz, clock: MovableClock
) -> None:
    _, sitting = await quiz.round()
    first = await quiz.asked(sitting, 1)
    await quiz.answers(first, "b")
    before = await quiz.play.go_on(first.attempt.id, FIRST + 1)
    clock.move(minutes=3)
    quiz.restart()
    again = await quiz.asked(sitting, 1)
    assert isinstance(before, Question)
    assert again.attempt.id == first.attempt.id
    assert again.slot == before.slot
    assert again.until == first.until == first.attempt.started_at + timedelta(minutes=10)


async def test_an_answer_after_the_time_is_not_counted_and_that_is_said(
    quiz: Quiz, clock: MovableClock
) -> None:
    _, sitting = await quiz.round()
    first = await quiz.asked(sitting, 1)
    await quiz.answers(first, "b")
    second = await quiz.play.go_on(first.attempt.id, FIRST + 1)
    assert isinstance(second, Question)
    clock.move(minutes=10)
    late = await quiz.answers(second, "b")
    assert isinstance(late, Result)
    assert late.is_late
    assert (late.attempt.state, late.attempt.right, late.attempt.done) == (
        AttemptState.TIMED_OUT,
        1,
        1,
    )


async def test_time_in_which_we_were_not_there_is_given_back(
    quiz: Quiz, clock: MovableClock
) -> None:
    _, sitting = await quiz.round()
    first = await quiz.asked(sitting, 1)
    worker = Worker("w", "host", 1, clock.now(), clock.now())
    await _beat(quiz, worker)
    clock.move(minutes=8)
    # Eight minutes without a sign of life; a minute later ten have not passed for the player.
    await _beat(quiz, Worker("w", "host", 1, worker.started_at, clock.now()))
    clock.move(minutes=3)
    view = await quiz.answers(first, "b")
    assert isinstance(view, Feedback)
    assert view.is_now
    await quiz.ticks.close_due()
    assert (await quiz.attempt(first.attempt.id)).is_running
    assert await quiz.invited("quiz.notice_extended") == [[1]]
    clock.move(minutes=8)
    await quiz.ticks.close_due()
    assert (await quiz.attempt(first.attempt.id)).state is AttemptState.TIMED_OUT


async def test_without_an_outage_the_same_answer_is_late(quiz: Quiz, clock: MovableClock) -> None:
    _, sitting = await quiz.round()
    first = await quiz.asked(sitting, 1)
    clock.move(minutes=11)
    view = await quiz.answers(first, "b")
    assert isinstance(view, Result)
    assert view.is_late


async def test_what_belongs_to_somebody_else_or_to_nobody_is_refused(quiz: Quiz) -> None:
    _, sitting = await quiz.round()
    question = await quiz.asked(sitting, 1)
    attempt = question.attempt.id
    forged = [
        Press(attempt, FIRST + 2, 0, 0),
        Press("nobody-knows", FIRST + 1, 0, 0),
        Press(attempt, FIRST + 1, 0, 9),
        Press(attempt, FIRST + 1, 1, 0),
        Press(attempt, FIRST + 1, 99, 0),
        Press(attempt, FIRST + 1, -1, 0),
        Press(attempt, FIRST + 1, 0, None),
        Press(attempt, FIRST + 1, 0, 0, True),
    ]
    codes = [await refused(quiz.play.press(one)) for one in forged]
    assert codes == ["common.button_gone"] * len(forged)
    assert (await quiz.attempt(attempt)).done == 0
    assert await refused(quiz.play.go_on(attempt, FIRST + 2)) == "common.button_gone"
    assert await refused(quiz.play.start("no-such-day", FIRST + 1)) == "common.button_gone"


async def test_several_right_options_are_ticked_and_then_handed_in(quiz: Quiz) -> None:
    await quiz.stock([multiple(number) for number in range(1, 4)])
    _, sitting = await quiz.round()
    question = await quiz.asked(sitting, 1)
    attempt, order = question.attempt.id, question.slot.order.split(",")

    async def tick(option: str, *, is_on: bool) -> str:
        press = Press(attempt, FIRST + 1, 0, order.index(option), is_on)
        view = await quiz.play.press(press)
        assert isinstance(view, Question)
        return view.attempt.ticked

    hand_in = Press(attempt, FIRST + 1, 0, None)
    assert await refused(quiz.play.press(hand_in)) == "quiz.nothing_ticked"
    # Twice on is on: a double tap must not undo itself.
    assert [await tick("a", is_on=True), await tick("a", is_on=True)] == ["a", "a"]
    assert await tick("d", is_on=True) == "a,d"
    assert await tick("d", is_on=False) == "a"
    assert await tick("c", is_on=True) == "a,c"
    # Picking is for questions with one answer.
    pick = Press(attempt, FIRST + 1, 0, 0)
    assert await refused(quiz.play.press(pick)) == "common.button_gone"
    view = await quiz.play.press(hand_in)
    assert isinstance(view, Feedback)
    assert (view.slot.chosen, view.slot.is_right) == ("a,c", True)
    assert view.attempt.ticked == ""


async def test_a_statement_is_true_or_false_in_this_order(quiz: Quiz) -> None:
    await quiz.stock([statement(number) for number in range(1, 4)])
    _, sitting = await quiz.round()
    question = await quiz.asked(sitting, 1)
    assert question.slot.order == "true,false"
    view = await quiz.answers(question, "true")
    assert isinstance(view, Feedback)
    assert view.slot.is_right


async def test_attempts_of_a_day_are_counted_and_the_best_one_stands(quiz: Quiz) -> None:
    one, sitting = await quiz.round()
    assert (await quiz.plays(sitting, 1, right=2)).attempt.right == 2
    second = await quiz.plays(sitting, 1, right=1)
    assert second.best is not None
    assert (second.attempt.right, second.best.right, second.left) == (1, 2, 0)
    assert await refused(quiz.starts(sitting, 1)) == "quiz.no_attempts"
    lines, total = await quiz.reader.standings(EDITOR, one.id, offset=0, limit=9)
    assert total == 1
    assert (lines[0].standing.right, lines[0].standing.attempts) == (2, 2)


async def test_starting_twice_in_one_moment_begins_one_attempt(quiz: Quiz) -> None:
    _, sitting = await quiz.round()
    views = await asyncio.gather(*(quiz.starts(sitting, 1) for _ in range(5)))
    assert len({view.attempt.id for view in views}) == 1


async def test_of_two_processes_the_faster_one_begins_the_attempt(quiz: Quiz) -> None:
    _, sitting = await quiz.round()
    question = await quiz.asked(sitting, 1)
    late = replace(question.attempt, id="late")
    async with quiz.database.open_work() as work:
        assert await work.quiz_attempts.add_all([(late, (question.slot,))]) == {
            "late": question.attempt
        }
        await work.commit()
    async with quiz.database.open_read() as work:
        assert await work.quiz_attempts.slots_of([("late", question.slot.place)]) == {}
    assert (await quiz.asked(sitting, 1)).attempt.id == question.attempt.id


async def test_nothing_repeats_until_everything_was_seen(quiz: Quiz) -> None:
    _, sitting = await quiz.round(blueprint=(Cell("waste", 4),), attempts=4)
    seen: list[str] = []
    for attempt in range(3):
        result = await quiz.plays(sitting, 1, right=4)
        async with quiz.database.open_read() as work:
            places = [(result.attempt.id, place) for place in range(4)]
            slots = await work.quiz_attempts.slots_of(places)
        seen += [slot.item_id for slot in slots.values()]
        assert len(set(seen)) == 4 * (attempt + 1)
    # All twelve were seen: now there is no other way.
    await quiz.plays(sitting, 1, right=4)


async def test_several_accounts_of_one_person_count_as_one(quiz: Quiz) -> None:
    one, sitting = await quiz.round()
    await quiz.person(1)
    await quiz.plays(sitting, 1, right=1)
    await quiz.moves(1, to=2)
    await quiz.plays(sitting, 2, right=2)
    assert await refused(quiz.starts(sitting, 2)) == "quiz.no_attempts"
    # An account whose person was found only afterwards counts for the person as well.
    await quiz.plays(sitting, 3, right=2)
    await quiz.moves(2, to=3)
    lines, total = await quiz.reader.standings(EDITOR, one.id, offset=0, limit=9)
    assert total == 1
    assert (lines[0].standing.right, lines[0].standing.attempts) == (2, 3)


async def test_wrong_answers_come_back_after_1_3_7_and_21_days(
    quiz: Quiz, clock: MovableClock
) -> None:
    _, sitting = await quiz.round()
    await quiz.plays(sitting, 1, right=1)
    member = FIRST + 1
    assert await refused(quiz.play.review(member)) == "quiz.nothing_due"
    for days in (1, 3, 7, 21):
        clock.move(days=days)
        assert (await quiz.members.home(member)).due == 1
        question = await quiz.play.review(member)
        assert isinstance(question, Question)
        assert question.attempt.total == 1
        await quiz.answers(question, "b")
        assert (await quiz.members.home(member)).due == 0
    # After the last time it is known.
    assert (await quiz.members.home(member)).noted == 0


async def test_a_wrong_answer_begins_the_reviews_anew(quiz: Quiz, clock: MovableClock) -> None:
    _, sitting = await quiz.round()
    await quiz.plays(sitting, 1, right=1)
    for chosen in ("b", "a"):
        clock.move(days=3)
        question = await quiz.play.review(FIRST + 1)
        assert isinstance(question, Question)
        await quiz.answers(question, chosen)
    clock.move(days=1)
    assert (await quiz.members.home(FIRST + 1)).due == 1


async def test_practice_is_never_scored(quiz: Quiz) -> None:
    one, _ = await quiz.round()
    question = await quiz.play.practise(FIRST + 1, "waste")
    assert isinstance(question, Question)
    assert (question.until, question.attempt.total) == (None, 5)
    await quiz.answers(question, "b")
    assert (await quiz.reader.overview(EDITOR, one.id)).attempts == 0
    assert await refused(quiz.play.practise(FIRST + 1, "civility")) == "quiz.too_few"


async def test_a_thousand_answers_at_once_are_each_counted_once(quiz: Quiz) -> None:
    one, sitting = await quiz.round(blueprint=(Cell("waste", 1),))
    asked = await asyncio.gather(*(quiz.asked(sitting, number) for number in range(200)))
    presses = [quiz.answers(question, "b") for question in asked for _ in range(5)]
    views = await asyncio.gather(*presses)
    assert sum(isinstance(view, Feedback) and view.is_now for view in views) == 200
    overview = await quiz.reader.overview(EDITOR, one.id)
    assert (overview.people, overview.attempts, overview.running) == (200, 200, 0)


async def _beat(quiz: Quiz, worker: Worker) -> None:
    async with quiz.database.open_work() as work:
        await work.workers.beat(worker, timedelta(seconds=60))
        await work.commit()
