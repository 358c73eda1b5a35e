"""Live contests: one question after the other, each once, each vote once, nobody shamed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from domain.outbox import Policy, State
from domain.quiz_contests import LATEST, AskState, ContestState, Ending
from domain.staff import Actor, Grant, Role
from services.people import OwnDataService
from services.quiz import contest_telling as telling
from storage.database import Database
from storage.tables import outbox, quiz_contest_votes
from tests.services.contest_kit import GROUP, PLAN, Contests
from tests.services.event_kit import refused
from tests.services.quiz_kit import EDITOR, ELSEWHERE, FIRST, multiple
from tests.world import MovableClock

HOUSE = Actor("editor-0", "总编辑", (Grant(Role.EDITOR, "/"),))
TOWN = Actor("editor-9", "街道编辑", (Grant(Role.EDITOR, "/1/7/"),))


@pytest.fixture
async def contests(database: Database, clock: MovableClock) -> Contests:
    made = Contests(database, clock)
    await made.ready()
    return made


async def test_questions_come_one_by_one_and_then_how_they_went(contests: Contests) -> None:
    one = await contests.starts_contest()
    (opening,) = await contests.sent(telling.OPENING)
    assert opening["chat_id"] == GROUP and opening["policy"] == Policy.HOLD.value
    began = contests.clock.now()
    starts = []
    for place in range(3):
        question = await contests.asks(one)
        assert question.place == place and question.state is AskState.SHOWN
        starts.append(contests.clock.now() - began)
        # Nothing comes while it is open, and time is left for reading why.
        await contests.contests.advance_due()
        contests.clock.move(seconds=20)
        await contests.contests.advance_due()
        assert len(await contests.sent(telling.POLL)) == place + 1
    assert starts[0] >= timedelta(seconds=15)
    assert all(b - a >= timedelta(seconds=26) for a, b in pairwise(starts))
    over = await contests.ends_contest(one)
    assert over.state is ContestState.FINISHED
    keys = [row["chain"] for row in await contests.sent(telling.POLL)]
    assert keys == [f"{telling.POLL}:{one.id}:{place}" for place in range(3)]
    assert len(await contests.sent(telling.RESULT)) == 1
    # Another look changes nothing.
    contests.clock.move(minutes=5)
    assert await contests.contests.advance_due() == 0
    assert len(await contests.sent(telling.RESULT)) == 1


async def test_a_vote_counts_once_and_strangers_leave_no_trace(
    contests: Contests, database: Database
) -> None:
    one = await contests.starts_contest()
    await contests.member(1)
    question = await contests.asks(one)
    await contests.votes(question, 1, right=True)
    await contests.votes(question, 1, right=False)
    # 50 has never written to the bot.
    await contests.votes(question, 50, right=False)
    await contests.votes(question, 50, right=True)
    (line, *_) = (await contests.desk.view(EDITOR, one.id)).lines
    assert line.count is not None
    assert (line.count.answered, line.count.right, line.count.members) == (2, 1, 1)
    async with database.open_read() as work:
        rows = (await work._connection.execute(sa.select(quiz_contest_votes))).mappings().all()
        everything = str([dict(row) for row in rows])
        # The next poll knows the same stranger under another mark.
        marks = {row["voter"] for row in rows}
        assert await work.members.find_all([FIRST + 50]) == {}
        assert await work.people.find_of_member(FIRST + 50) is None
    assert str(FIRST + 50) not in everything
    assert [row["member_id"] for row in rows if row["member_id"]] == [FIRST + 1]
    question = await contests.asks(one)
    await contests.votes(question, 50, right=True)
    async with database.open_read() as work:
        again = await work._connection.scalars(
            sa.select(quiz_contest_votes.c.voter).where(
                quiz_contest_votes.c.poll_id == question.poll_id
            )
        )
        assert not set(again) & marks


async def test_a_vote_that_comes_before_its_poll_is_written_down_counts(
    contests: Contests,
) -> None:
    one = await contests.starts_contest()
    question = await contests.asks(one)
    next_one = (await contests.questions(one))[1]
    early = f"poll-{one.id}-1"
    await contests.chat.vote(early, FIRST + 3, next_one.shown.split(",").index("b"))
    assert question.poll_id != early
    await contests.asks(one)
    counts = {line.question.place: line.count for line in (await _view(contests, one.id)).lines}
    assert counts[1] is not None and counts[1].right == 1


async def _view(contests: Contests, contest_id: str) -> Any:
    return await contests.desk.view(EDITOR, contest_id)


async def test_a_program_that_died_between_two_questions_goes_on_with_the_next(
    contests: Contests, database: Database, clock: MovableClock
) -> None:
    one = await contests.starts_contest()
    await contests.asks(one)
    # All that another process knows is in the tables.
    other = Contests(database, clock)
    question = await other.asks(one)
    assert question.place == 1
    assert len(await other.sent(telling.POLL)) == 2


async def test_two_processes_at_once_send_a_question_once(
    contests: Contests, database: Database, clock: MovableClock
) -> None:
    one = await contests.starts_contest()
    clock.move(seconds=16)
    other = Contests(database, clock)
    await contests.contests.advance_due()
    await other.contests.advance_due()
    assert len(await contests.sent(telling.POLL)) == 1
    assert (await contests.now(one)).asked == 1


async def test_a_question_of_which_nobody_knows_whether_it_arrived_is_not_sent_again(
    contests: Contests,
) -> None:
    """And if it did arrive, its own news tell which it is: the votes count."""
    one = await contests.starts_contest()
    contests.clock.move(seconds=16)
    await contests.contests.advance_due()
    (question, *_) = await contests.questions(one)
    await contests.fate(question, State.UNKNOWN, fail_class="ambiguous")
    contests.clock.move(seconds=2)
    await contests.contests.advance_due()
    (question, *_) = await contests.questions(one)
    assert question.state is AskState.UNCLEAR
    await contests.chat.vote("poll-lost", FIRST + 1, question.shown.split(",").index("b"))
    async with contests.database.open_read() as work:
        item = await telling.item_of(work, question)
    texts = telling.texts_of(question, item)
    # A control: other words are no news of it.
    await contests.chat.recognise("poll-lost", f"第 1/3 题：{item.question}", texts[::-1])
    assert (await contests.questions(one))[0].poll_id is None
    await contests.chat.recognise("poll-lost", f"第 1/3 题：{item.question}", texts)
    (question, *_) = await contests.questions(one)
    assert (question.poll_id, question.state) == ("poll-lost", AskState.SHOWN)
    second = await contests.asks(one)
    assert second.place == 1
    (line, *_) = (await _view(contests, one.id)).lines
    assert line.count is not None and (line.count.answered, line.count.right) == (1, 1)


async def test_a_group_that_is_gone_ends_the_contest(contests: Contests) -> None:
    one = await contests.starts_contest()
    await contests.asks(one)
    contests.clock.move(seconds=30)
    await contests.contests.advance_due()
    question = (await contests.questions(one))[1]
    await contests.fate(question, State.FAILED, fail_class="blocked")
    over = await contests.ends_contest(one)
    assert (over.state, over.ending) == (ContestState.FAILED, Ending.GONE)
    assert await contests.sent(telling.RESULT) == []


async def test_questions_that_do_not_arrive_end_it_and_one_alone_does_not(
    contests: Contests,
) -> None:
    one = await contests.starts_contest(questions=5)
    await contests.asks(one)
    for place in (1, 2):
        contests.clock.move(seconds=30)
        await contests.contests.advance_due()
        assert (await contests.now(one)).state is ContestState.RUNNING
        question = (await contests.questions(one))[place]
        assert question.state is AskState.ASKED
        await contests.fate(question, State.EXPIRED)
    over = await contests.ends_contest(one)
    assert (over.state, over.ending, over.asked) == (ContestState.FAILED, Ending.UNSENT, 3)
    assert len(await contests.sent(telling.RESULT)) == 1


async def test_after_a_long_gap_nobody_is_asked_and_what_was_is_told(contests: Contests) -> None:
    one = await contests.starts_contest()
    await contests.asks(one)
    contests.clock.move(seconds=LATEST.total_seconds() + 60)
    await contests.contests.advance_due()
    over = await contests.now(one)
    assert (over.state, over.ending, over.asked) == (ContestState.FAILED, Ending.LATE, 1)
    assert len(await contests.sent(telling.RESULT)) == 1
    # A control: a gap of a few minutes is gone over.
    other = await contests.starts_contest(title="再来")
    await contests.asks(other)
    contests.clock.move(seconds=LATEST.total_seconds() - 60)
    assert (await contests.asks(other)).place == 1


async def test_stopping_sends_no_more_closes_what_is_open_and_tells(contests: Contests) -> None:
    one = await contests.starts_contest()
    question = await contests.asks(one)
    await contests.desk.stop(EDITOR, one.id)
    (stop,) = await contests.sent(telling.STOP)
    assert stop["details"] == {"message_id": question.message_id}
    assert len(await contests.sent(telling.RESULT)) == 1
    contests.clock.move(minutes=2)
    await contests.contests.advance_due()
    assert len(await contests.sent(telling.POLL)) == 1
    assert await refused(contests.desk.stop(EDITOR, one.id)) == "contests.over"
    # One that is on its way is not shown any more.
    other = await contests.starts_contest(title="再来")
    contests.clock.move(seconds=16)
    await contests.contests.advance_due()
    await contests.desk.stop(EDITOR, other.id)
    (row,) = [row for row in await contests.sent(telling.POLL) if other.id in row["chain"]]
    assert row["state"] == State.CANCELLED.value
    async with contests.database.open_read() as work:
        assert await telling.fill_poll(work, row["details"]) is None


async def test_the_result_counts_and_names_only_who_chose_a_name(contests: Contests) -> None:
    one = await contests.starts_contest(questions=2)
    for number in (1, 2, 3):
        await contests.member(number)
    await contests.members.take_nickname(FIRST + 1, "胡同骑手")
    await contests.members.take_nickname(FIRST + 3, "夜班老李")
    for _ in range(2):
        question = await contests.asks(one)
        await contests.votes(question, 1, right=True)
        await contests.votes(question, 2, right=True)
        await contests.votes(question, 3, right=False)
    await contests.ends_contest(one)
    (row,) = await contests.sent(telling.RESULT)
    async with contests.database.open_read() as work:
        told = await telling.fill_result(work, row["details"])
    assert told is not None
    assert told["lines"] == [[1, 3, 2], [2, 3, 2]]
    assert told["best"] == [["胡同骑手", 2]]


async def test_who_may_begin_one_where(contests: Contests) -> None:
    assert await _start_as(contests, TOWN) == "contests.group"
    assert await _start_as(contests, ELSEWHERE) == "contests.group"
    assert (await contests.desk.choices(TOWN)).groups == []
    # A group that is nobody's yet is for staff of the whole house.
    await contests.chat.note_group(GROUP - 1, "别的群")
    assert await refused(contests.starts_contest(group_id=GROUP - 1)) == "contests.group"
    assert [one.id for one in (await contests.desk.choices(EDITOR)).groups] == [GROUP]
    assert len((await contests.desk.choices(HOUSE)).groups) == 2
    one = await contests.starts_contest()
    assert await refused(contests.starts_contest()) == "contests.busy"
    assert await refused(contests.desk.get(ELSEWHERE, one.id)) == "contests.not_found"
    assert await refused(contests.desk.stop(ELSEWHERE, one.id)) == "contests.not_found"
    busy = (await contests.desk.choices(EDITOR)).busy
    assert busy == {GROUP: one.id}
    await contests.chat.leave_group(GROUP, "班组群")
    assert await refused(contests.starts_contest()) == "contests.group"


async def _start_as(contests: Contests, actor: Actor) -> str:
    return await refused(contests.desk.start(actor, PLAN))


async def test_where_the_questions_may_come_from(contests: Contests) -> None:
    history = [multiple(1), multiple(2)]
    assert await refused(contests.starts_contest(topic="weather")) == "contests.source"
    assert await refused(contests.starts_contest(topic="party_history")) == "contests.two_people"
    assert await refused(contests.starts_contest(round_id="nothing")) == "quiz.not_found"
    draft = await contests.rounds.create(EDITOR, contests.plan())
    assert await refused(contests.starts_contest(round_id=draft.id)) == "contests.source"
    await contests.rounds.publish(EDITOR, draft.id)
    one = await contests.starts_contest(round_id=draft.id)
    assert (one.round_id, one.topic) == (draft.id, None)
    assert (await _view(contests, one.id)).source == draft.title
    await contests.desk.stop(EDITOR, one.id)
    # What a poll cannot hold is not counted: of what is left there is too little.
    await contests.stock(history)
    assert await refused(contests.starts_contest(questions=1)) == "contests.too_few"


async def test_not_at_night(contests: Contests) -> None:
    contests.clock.move(hours=8, minutes=30)
    assert await refused(contests.starts_contest()) == "contests.hours"


async def test_what_was_asked_in_a_group_does_not_come_again_until_all_was(
    contests: Contests,
) -> None:
    seen: set[str] = set()
    for number in range(4):
        one = await contests.starts_contest(title=f"第{number}场", questions=3)
        for _ in range(3):
            question = await contests.asks(one)
            assert question.item_id not in seen
            seen.add(question.item_id)
        await contests.ends_contest(one)
    assert len(seen) == 12


async def test_a_group_with_a_new_number_is_the_same_group(contests: Contests) -> None:
    one = await contests.starts_contest()
    await contests.chat.move_group(GROUP, GROUP - 5, "班组群")
    await contests.asks(one)
    rows = await contests.sent(telling.POLL)
    assert [row["chat_id"] for row in rows] == [GROUP - 5]
    assert (await contests.desk.choices(EDITOR)).busy == {GROUP - 5: one.id}


async def test_whose_votes_were_is_erased_and_forgotten_and_counts_stay(
    contests: Contests, database: Database
) -> None:
    one = await contests.starts_contest(questions=1)
    for number in (1, 2):
        await contests.member(number)
    question = await contests.asks(one)
    await contests.votes(question, 1, right=True)
    await contests.votes(question, 2, right=False)
    copy = await OwnDataService(database, contests.clock).copy(FIRST + 1)
    assert "quiz_contest_votes" in str(copy)
    await OwnDataService(database, contests.clock).erase(FIRST + 1)
    (line,) = (await _view(contests, one.id)).lines
    assert line.count is not None
    assert (line.count.answered, line.count.right, line.count.members) == (2, 1, 1)
    await contests.ends_contest(one)
    contests.clock.move(days=366)
    assert await contests.contests.purge() == 2
    (line,) = (await _view(contests, one.id)).lines
    assert line.count is not None and (line.count.answered, line.count.right) == (2, 1)
    async with database.open_read() as work:
        left = await work._connection.scalar(
            sa.select(sa.func.count()).select_from(quiz_contest_votes)
        )
    assert left == 0


async def test_votes_of_no_poll_of_ours_are_forgotten_after_a_week(contests: Contests) -> None:
    await contests.chat.vote("nobodys", FIRST + 1, 0)
    contests.clock.move(days=6)
    assert await contests.contests.purge() == 0
    contests.clock.move(days=2)
    assert await contests.contests.purge() == 1


async def test_without_its_key_in_the_outbox_a_question_would_be_sent_twice(
    contests: Contests, database: Database
) -> None:
    """The control: it is the key that keeps a second one out, not luck."""
    one = await contests.starts_contest()
    contests.clock.move(seconds=16)
    await contests.contests.advance_due()
    notice = telling.poll(one, 0, contests.clock.now())
    async with database.open_work() as work:
        await work.outbox.add(notice)
        await work.commit()
    assert len(await contests.sent(telling.POLL)) == 1
    async with database.open_work() as work:
        await work._connection.execute(
            sa.update(outbox).where(outbox.c.kind == telling.POLL).values(chain="another")
        )
        await work.outbox.add(notice)
        await work.commit()
    assert len(await contests.sent(telling.POLL)) == 2
