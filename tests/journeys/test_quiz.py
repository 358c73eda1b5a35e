"""The quiz as members see it: invited, played by buttons in one message, resumed, drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time

import pytest
import sqlalchemy as sa

from domain.clock import beijing_date
from domain.draw import verify
from domain.quiz import Option
from domain.quiz_rounds import Cell, RoundSieve
from domain.quiz_timetable import Timetable
from storage.tables import people
from tests.services.quiz_kit import EDITOR, PRIZE, Quiz, item, multiple
from tests.world import MovableClock, Person, World


@pytest.fixture
async def quiz(small_world: World, clock: MovableClock) -> Quiz:
    made = Quiz(small_world.parts.database, clock)
    await made.stock(map(item, range(1, 13)))
    return made


async def begun(small_world: World, quiz: Quiz, **plan: object) -> Person:
    """A member who was invited to the day that is on."""
    member = await small_world.regular("王芳")
    draft = await quiz.rounds.create(EDITOR, quiz.plan(**plan))
    await quiz.rounds.publish(EDITOR, draft.id)
    await small_world.tick("quiz.open")
    await small_world.deliver()
    return member


async def answer(member: Person, *, right: bool = True) -> str:
    """Press the right option, or a wrong one. The kit's right options begin with b."""
    labels = member.buttons()
    return await member.presses(next(label for label in labels if (label[0] == "b") is right))


async def test_a_round_is_played_in_one_message(
    small_world: World, quiz: Quiz, clock: MovableClock
) -> None:
    member = await begun(small_world, quiz)
    assert "垃圾分类答题周" in await member.reads()
    messages = len(member.bot_messages())
    question = await member.presses("开始答题")
    assert "1/2" in question
    assert "还剩 10 分钟" in question
    told = await answer(member)
    assert "答对了" in told
    assert "《北京市生活垃圾管理条例》" in told
    assert member.toast() == "已记录"
    clock.move(minutes=2)
    assert "还剩 8 分钟" in await member.presses("下一题")
    assert "没答对" in await answer(member, right=False)
    result = await member.presses("看结果")
    assert "答对 1/2" in result
    assert "这次没通过" in result
    assert len(member.bot_messages()) == messages
    # The notebook has the wrong one, to be looked at tomorrow.
    home = await member.says("/quiz")
    assert "错题本里有 1 题" in home


async def test_several_answers_are_ticked_then_handed_in(small_world: World, quiz: Quiz) -> None:
    long = tuple(Option(key, f"{key} 是一个写得很长、按钮上放不下的选项") for key in "abcd")
    await quiz.stock([multiple(1, options=long), multiple(2, options=long)])
    member = await begun(small_world, quiz, blueprint=(Cell("waste", 1),))
    page = await member.presses("开始答题")
    letter = {match[2]: match[1] for match in re.finditer(r"([A-D])\. ([a-d]) 是", page)}
    await member.presses("提交")
    assert "还没有选" in str(member.toast())
    for option in "ac":
        await member.presses(f"⬜ {letter[option]}")
    assert sum(label.startswith("☑️") for label in member.buttons()) == 2
    assert "答对了" in await member.presses("提交（已选 2 个）")


async def test_a_winner_is_told_and_finds_the_code_and_everybody_can_check_the_draw(
    small_world: World, quiz: Quiz, clock: MovableClock
) -> None:
    today = beijing_date(clock.now())
    timetable = Timetable(today, today, time(8), time(21))
    prize = replace(PRIZE, roster_only=True)
    member = await begun(small_world, quiz, prize=prize, timetable=timetable)
    async with quiz.database.open_work() as work:
        now = clock.now()
        person = {"id": "p1", "member_id": member.id, "phone_shared": False, "source": "roster"}
        await work._connection.execute(
            sa.insert(people), {**person, "made_at": now, "changed_at": now}
        )
        await work.commit()
    await member.presses("开始答题")
    for label in ("下一题", "看结果"):
        await answer(member)
        await member.presses(label)
    assert "通过了" in await member.reads()
    clock.move(hours=8)
    await small_world.tick("quiz.close")
    clock.move(hours=24)
    await small_world.tick("quiz.draw")
    await member.says("/quiz")
    await member.presses("结果：垃圾分类答题周")
    assert "抽签前先定下" in await member.presses("抽签怎么核对")
    clock.move(minutes=10)
    await small_world.tick("quiz.draw")
    # At 22:10 nobody is woken for a bag.
    clock.move(hours=10)
    await small_world.deliver()
    assert "帆布袋一个" in await member.reads()
    page = await member.presses("我要领取")
    assert re.search(r"领奖码：\d{6}", page)
    (one,), _ = await quiz.rounds.page(EDITOR, RoundSieve(), offset=0, limit=9)
    assert one.draw_record is not None
    assert len(verify(one.draw_record).winners) == 1


async def test_who_passed_finds_a_paper_with_the_result(
    small_world: World, quiz: Quiz, clock: MovableClock
) -> None:
    member = await begun(small_world, quiz)
    await member.presses("开始答题")
    for label in ("下一题", "看结果"):
        await answer(member)
        await member.presses(label)
    await member.says("/quiz")
    await member.presses("规则和结果")
    # A control: while the round is on there is none yet.
    assert not any("开证明" in label for label in member.buttons())
    clock.move(hours=8)
    await small_world.tick("quiz.close")
    await member.says("/quiz")
    await member.presses("结果：垃圾分类答题周")
    await member.presses("开证明")
    sent = member.bot_messages()[-1]
    assert sent["media"]["name"] == "答题成绩证明.pdf"
    assert "证明上留了空" in sent["text"]


async def test_a_name_for_the_board_is_asked_with_consent_and_checked(
    small_world: World, quiz: Quiz
) -> None:
    member = await begun(small_world, quiz)
    await member.presses("开始答题")
    for label in ("下一题", "看结果"):
        await answer(member)
        await member.presses(label)
    assert "还没有人上榜" in await member.presses("排行榜")
    await member.presses("起榜上名字")
    assert "容易让人误会" in await member.says("工会主席")
    assert "别用" not in await member.says("胡同骑手")
    await member.says("/quiz")
    await member.presses("规则和结果")
    assert "胡同骑手（您）" in await member.presses("排行榜")


async def test_whoever_wants_no_invitations_gets_none_and_may_still_play(
    small_world: World, quiz: Quiz
) -> None:
    member = await begun(small_world, quiz)
    await member.presses("不再提醒")
    other = await small_world.regular("李强")
    count = len(member.bot_messages())
    draft = await quiz.rounds.create(EDITOR, quiz.plan(title="文明行为答题"))
    await quiz.rounds.publish(EDITOR, draft.id)
    await small_world.tick("quiz.open")
    await small_world.deliver()
    assert len(member.bot_messages()) == count
    assert "文明行为答题" in await other.reads()
    assert "文明行为答题" in await member.says("🎯 答题")


async def test_buttons_that_were_forged_or_grew_old_change_nothing(
    small_world: World, quiz: Quiz
) -> None:
    member = await begun(small_world, quiz)
    await member.presses("开始答题")
    for data in (
        "quiz:pick:nobody:0:0",
        "quiz:pick:nobody:x:0",
        "quiz:tick:nobody:0:0:2",
        "quiz:start:nothing",
        "quiz:round:nothing",
        "quiz:prize:nothing",
    ):
        small_world.simulator.press_data(member.id, member.bot_messages()[-1]["id"], data)
        await small_world.settle()
        assert member.toast(), data
    (one,), _ = await quiz.rounds.page(EDITOR, RoundSieve(), offset=0, limit=9)
    assert (await quiz.reader.overview(EDITOR, one.id)).attempts == 0
