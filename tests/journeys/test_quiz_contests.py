"""A live contest as its group sees it: polls of Telegram's own, answered, told, stopped."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from domain.quiz_contests import ContestState
from services.quiz import ContestDesk, ContestPlan
from storage.tables import journal, people, quiz_contest_votes
from tests.journeys import checks
from tests.services.quiz_kit import EDITOR, Quiz, item
from tests.world import MovableClock, Person, World


class Contest:
    """A contest in a group of the simulated Telegram, taken along by the program's own ticks."""

    def __init__(self, world: World, clock: MovableClock) -> None:
        self.world = world
        self.clock = clock
        self.quiz = Quiz(world.parts.database, clock)
        policy = world.settings.delivery.policy()
        self.desk = ContestDesk(world.parts.database, clock, policy.quiet)
        self.people: list[Person] = []
        self.group = 0
        self.id = ""

    async def begins(self, **plan: Any) -> None:
        """A member, a colleague who never wrote to the bot, their group, and the opening."""
        await self.quiz.stock(map(item, range(1, 13)))
        self.people = [await self.world.regular("王芳"), self.world.member("李强")]
        self.group = self.world.simulator.add_group("班组群", [one.id for one in self.people])
        await self.world.settle()
        async with self.world.parts.database.open_work() as work:
            await work.quiz_contests.set_unit(self.group, "/1/")
            await work.commit()
        fields: dict[str, Any] = {"topic": "waste", "questions": 2, "seconds": 20, **plan}
        one = await self.desk.start(EDITOR, ContestPlan("班前五分钟", self.group, **fields))
        self.id = one.id
        await self.world.deliver()

    async def passes(self, seconds: float) -> None:
        """Time goes by, second by second, as the schedule sees it."""
        for _ in range(round(seconds)):
            self.clock.move(seconds=1)
            await self.world.tick("quiz.contest")
            await self.world.deliver()

    def polls(self) -> list[dict[str, Any]]:
        shown = self.world.simulator.group_screen(self.group)["messages"]
        return [one for one in shown if (one["media"] or {}).get("kind") == "poll"]

    async def votes(self, person: Person, *, right: bool) -> None:
        """Answer the newest poll."""
        poll = self.polls()[-1]
        options = poll["media"]["options"]
        place = next(n for n, text in enumerate(options) if (text[0] == "b") is right)
        self.world.simulator.vote(person.id, poll["id"], [place])
        await self.world.settle()

    async def reads(self) -> str:
        return await self.people[0].reads(self.group)


@pytest.fixture
def contest(world: World, clock: MovableClock) -> Contest:
    return Contest(world, clock)


@pytest.fixture
def small_contest(small_world: World, clock: MovableClock) -> Contest:
    return Contest(small_world, clock)


async def test_a_group_answers_and_is_told_how_it_went(contest: Contest) -> None:
    await contest.begins()
    wang, li = contest.people
    await contest.world.parts.desk.quiz.take_nickname(wang.id, "胡同骑手")
    assert "班前五分钟" in await contest.reads() and "每题 20 秒" in await contest.reads()
    assert contest.polls() == []
    await contest.passes(17)
    (poll,) = contest.polls()
    assert poll["media"]["title"].startswith("第 1/2 题：")
    (call,) = contest.world.calls("sendPoll")
    assert call["type"] == "quiz" and call["open_period"] == 20
    assert call["is_anonymous"] is False
    assert call["correct_option_ids"] == [call["correct_option_id"]]
    assert "出处：《北京市生活垃圾管理条例》" in call["explanation"]
    await contest.votes(wang, right=True)
    await contest.votes(li, right=False)
    await contest.passes(28)
    assert len(contest.polls()) == 2
    await contest.votes(wang, right=True)
    await contest.passes(30)
    result = await contest.reads()
    assert "第 1 题：2 人答，1 人答对" in result
    assert "第 2 题：1 人答，1 人答对" in result
    assert "胡同骑手 答对 2 题" in result
    # Nobody is shamed, and nobody is made a member by answering.
    assert "李强" not in result and "王芳" not in result
    kept = checks.contents(contest.world)
    assert [row["id"] for row in kept["members"]] == [wang.id]
    assert str(li.id) not in str(kept["quiz_contest_votes"])
    assert kept["people"] == []
    assert (await contest.desk.get(EDITOR, contest.id)).state is ContestState.FINISHED
    # Each update of a poll was asked for and went through the journal.
    async with contest.world.parts.database.open_read() as work:
        kinds = set(await work._connection.scalars(sa.select(journal.c.kind)))
    assert {"poll", "poll_answer"} <= kinds


async def test_a_reply_that_was_lost_sends_no_second_poll_and_loses_no_vote(
    contest: Contest,
) -> None:
    await contest.begins()
    contest.world.simulator.fault("sendPoll", "drop_after")
    await contest.passes(17)
    (poll,) = contest.polls()
    wang, li = contest.people
    await contest.votes(wang, right=True)
    await contest.votes(li, right=True)
    await contest.passes(28)
    first, second = contest.polls()
    assert first["id"] == poll["id"] != second["id"]
    await contest.passes(30)
    assert "第 1 题：2 人答，2 人答对" in await contest.reads()


async def test_staff_stop_it_and_the_poll_closes_at_once(contest: Contest) -> None:
    await contest.begins(questions=5)
    await contest.passes(17)
    await contest.votes(contest.people[0], right=True)
    await contest.desk.stop(EDITOR, contest.id)
    await contest.world.deliver()
    (poll,) = contest.polls()
    assert poll["media"]["closed"]
    await contest.passes(60)
    assert "提前结束" in await contest.reads()
    assert len(contest.polls()) == 1


async def test_a_bot_that_was_put_out_of_the_group_ends_it(small_contest: Contest) -> None:
    contest = small_contest
    await contest.begins()
    contest.world.simulator.fault("sendPoll", "403", times=-1)
    await contest.passes(20)
    assert (await contest.desk.get(EDITOR, contest.id)).state is ContestState.FAILED
    assert contest.polls() == []


async def test_a_question_that_comes_too_late_is_left_out(small_contest: Contest) -> None:
    contest = small_contest
    await contest.begins()
    contest.world.simulator.fault("sendPoll", "500", times=-1)
    contest.clock.move(seconds=16)
    await contest.world.tick("quiz.contest")
    await contest.world.deliver()
    contest.clock.move(seconds=90)
    await contest.world.tick("outbox.expire")
    contest.world.simulator.faults.clear()
    await contest.passes(3)
    (poll,) = contest.polls()
    assert poll["media"]["title"].startswith("第 2/2 题：")


async def test_the_bot_knows_its_groups_by_coming_going_and_being_renamed(
    small_world: World,
) -> None:
    wang, li = small_world.member("王芳"), small_world.member("李强")
    group = small_world.simulator.add_group("班组群", [wang.id, li.id])
    await small_world.settle()

    async def known() -> list[tuple[int, str]]:
        async with small_world.parts.database.open_read() as work:
            return [(one.id, one.title) for one in await work.quiz_contests.groups()]

    assert await known() == [(group, "班组群")]
    small_world.simulator.send(wang.id, {"new_chat_title": "早班群"}, group)
    await small_world.settle()
    assert await known() == [(group, "早班群")]
    small_world.simulator.send(wang.id, {"migrate_to_chat_id": group - 1000}, group)
    await small_world.settle()
    assert [one for one, _ in await known()] == [group - 1000]
    out = {"user": small_world.simulator.bot.as_user(), "status": "left"}
    into = {"user": small_world.simulator.bot.as_user(), "status": "member"}
    update = {
        "my_chat_member": {
            "chat": {"id": group - 1000, "title": "早班群", "type": "supergroup"},
            "from": {"id": wang.id, "is_bot": False, "first_name": "王芳"},
            "date": 1_790_000_000,
            "old_chat_member": into,
            "new_chat_member": out,
        }
    }
    small_world.simulator.raw_update(update)
    await small_world.settle()
    assert await known() == []


async def test_votes_in_polls_that_are_not_ours_or_forged_change_nothing(
    small_contest: Contest,
) -> None:
    contest = small_contest
    await contest.begins()
    await contest.passes(17)
    user = {"id": 5, "is_bot": False, "first_name": "谁"}
    for answer in (
        {"poll_id": "9" * 32, "user": user, "option_ids": [99], "option_persistent_ids": []},
        {"poll_id": "7", "user": user, "option_ids": [], "option_persistent_ids": []},
        {"poll_id": "7", "option_ids": [0], "option_persistent_ids": []},
    ):
        contest.world.simulator.raw_update({"poll_answer": answer})
    await contest.world.settle()
    view = await contest.desk.view(EDITOR, contest.id)
    assert view.votes == 0
    async with contest.world.parts.database.open_read() as work:
        rows = await work._connection.execute(sa.select(quiz_contest_votes))
        assert len(rows.all()) == 1
        assert (await work._connection.execute(sa.select(people))).all() == []
