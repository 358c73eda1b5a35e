"""Killed after each commit of each update: what members tell counts once, and for what was asked.

Where an answer was committed and the update comes again, the form has gone on or is closed. The
answer must not count for the next question, become a question to the knowledge base, or go to the
people of an open talk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.broadcasts import Topic
from domain.events import AnswerKind, Question
from domain.pushes import OFFERED
from domain.seats import State
from services import calculate, forms, limits
from services.events import asking
from services.people import ProfileService
from tests.again import Kills, plant
from tests.journeys import checks
from tests.journeys.test_calculating import walk
from tests.journeys.test_events import NAME as HER_NAME
from tests.journeys.test_events import SIZE, held, joined, poster, told
from tests.journeys.test_evidence import files, with_case
from tests.journeys.test_talks import live, on_duty, reader
from tests.services.case_files import photo
from tests.world import Person, World

NAME, CODE = "欧阳春花", "246810"
NOTE = "食堂的饭菜太咸了，希望改一改"
AGE = Question("age", AnswerKind.NUMBER, "孩子几岁？")
WORD = "想当面问一下合同的事"


@pytest.fixture(autouse=True)
def kills(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kills]:
    """From here on no update is handled only once."""
    planted = plant(monkeypatch)
    yield planted
    assert planted.count > 0


@pytest.fixture
def unaware(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: forms do not know an update again."""
    for module in (forms, calculate, limits, asking):
        monkeypatch.setattr(module, "knows_again", lambda _: False)


def asked(world: World) -> list[str]:
    """What was kept as a question to the knowledge base."""
    return [str(row["text"]) for row in checks.contents(world)["questions"]]


def is_settled(world: World) -> bool:
    """Every update came to its end, none was put aside, and no form was left behind."""
    kept = checks.contents(world)
    return {row["state"] for row in kept["journal"]} == {"done"} and kept["drafts"] == []


async def in_talk(world: World) -> tuple[Person, Any]:
    """A member who said a word to people, and somebody who reads it."""
    _, actor = await on_duty(world)
    member = await world.regular()
    await member.presses("🙋 找人")
    assert "收到了，已经转给工作人员" in await member.says(WORD)
    return member, actor


async def words(world: World, member: Person, actor: Any) -> list[str]:
    talk = await live(world, member)
    await world.parts.desk.talk_desk.claim(actor, talk)
    view = await reader(world).get(actor, talk)
    return [one.what.text for one in view.said]


async def tells_name(member: Person) -> str:
    await member.presses("👤 我的")
    await member.presses("改姓名")
    await member.presses("同意")
    return await member.says(NAME)


# What closes a form.


async def test_a_note_is_a_note_and_no_question(world: World) -> None:
    member = await world.regular()
    await member.presses("🙋 找人")
    await member.presses("📝 留言")
    assert "已经留给工作人员" in await member.says(NOTE)
    assert [row["text"] for row in checks.contents(world)["notes"]] == [NOTE]
    assert asked(world) == []
    assert is_settled(world)


async def test_a_note_that_does_not_know_its_update_again_becomes_a_question(
    unaware: None, world: World
) -> None:
    member = await world.regular()
    await member.presses("🙋 找人")
    await member.presses("📝 留言")
    assert "已经留给工作人员" not in await member.says(NOTE)
    assert asked(world) == [NOTE]


async def test_what_is_told_of_oneself_is_kept_where_it_belongs(world: World) -> None:
    member = await world.regular()
    assert "姓名：欧*" in await tells_name(member)
    await member.presses("改手机")
    assert "手机：138****" in await member.presses("📱 发送我的手机号")
    await member.presses("改单位")
    await member.says("速达配送")
    await member.presses("‹ 我的")
    await member.presses("改手机")
    await member.presses("不发了")
    assert asked(world) == []
    assert checks.places_of(world, NAME) == []
    assert is_settled(world)


async def test_a_name_that_is_not_known_again_is_kept_readable_among_the_questions(
    unaware: None, world: World
) -> None:
    await tells_name(await world.regular())
    assert checks.places_of(world, NAME) == ["questions.text"]


async def test_what_belongs_to_a_form_is_not_told_to_people(world: World) -> None:
    member, actor = await in_talk(world)
    world.clock.move(minutes=1)
    assert "姓名：欧*" in await tells_name(member)
    assert await words(world, member, actor) == [WORD]


async def test_a_name_that_is_not_known_again_is_told_to_people(
    unaware: None, world: World
) -> None:
    member, actor = await in_talk(world)
    world.clock.move(minutes=1)
    await tells_name(member)
    assert NAME in await words(world, member, actor)


async def test_a_name_for_the_board_and_words_on_an_event_are_no_questions(world: World) -> None:
    curling = await held(world, capacity=1)
    wang = await joined(world, curling, "王芳")
    await world.parts.desk.quiz.begin_nickname(wang.id)
    assert "胡同骑手" in await wang.says("胡同骑手")
    async with world.parts.database.open_work() as work:
        (seat,) = await work.seats.all_of(curling.id)
        await work.seats.change_all([replace(seat, state=State.ATTENDED)])
        await work.commit()
    await world.parts.desk.sign_ups.begin_comment(wang.id, curling.id)
    assert "收到了" in await wang.says("教练很有耐心")
    assert checks.places_of(world, "胡同骑手") == [
        "quiz_players.nickname",
        "quiz_players.nickname_key",
    ]
    assert checks.places_of(world, "教练很有耐心") == ["seats.comment"]
    assert is_settled(world)


async def test_the_last_day_of_a_limit_is_no_question(world: World) -> None:
    member = await world.regular()
    said = await walk(
        member, "/limits", "=辞退、离职补偿", "=还没申请", "2025-12-02", "=‹ 上一步", "2025-12-02"
    )
    assert "最近一次" in said
    assert "重新算" in await member.says("2026-01-05")
    assert len(checks.contents(world)["rights_clocks"]) == 1
    assert asked(world) == []
    assert is_settled(world)


async def test_each_number_counts_for_the_step_that_asked_for_it(world: World) -> None:
    worker = await world.regular()
    acts = ("/calc", "=加班费", "4500", "=‹ 上一步", "5000", "3小时×22天", "=没有", "半天")
    assert "加班费：3,189.66 元" in await walk(worker, *acts)
    assert asked(world) == []
    assert is_settled(world)


async def test_a_number_that_is_not_known_again_counts_for_the_next_step(
    unaware: None, small_world: World
) -> None:
    worker = await small_world.regular()
    await walk(worker, "/calc", "=离职补偿", "=没提前30天", "2021-3-5")
    # The second day, which nobody told, was asked and taken for told.
    assert "日子反了" in await worker.reads() or "平均" in await worker.reads()


async def test_a_code_is_set_and_given_and_never_told_to_people(world: World) -> None:
    member, actor = await in_talk(world)
    world.clock.move(minutes=1)
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("设密码")
    assert "设好了" in await member.says(CODE)
    assert "请发 6 位密码" in await member.says("/cases")
    assert "密码对了" in await member.says(CODE)
    assert await words(world, member, actor) == [WORD]
    assert asked(world) == []
    assert checks.places_of(world, CODE) == []


async def test_each_answer_counts_for_the_question_of_the_event(world: World) -> None:
    curling = await held(world, capacity=1, questions=(HER_NAME, SIZE))
    wang = await world.regular("王芳")
    await wang.starts(await poster(world, curling))
    await wang.presses("我要报名")
    await wang.presses("同意")
    assert "鞋码" in await wang.says("王小芳")
    await wang.says("41")
    ((seat, answers),) = await _seats(world, curling.id)
    assert (seat, answers) == (State.CONFIRMED, {"name": "王小芳", "size": "41"})
    assert asked(world) == []
    assert is_settled(world)


async def test_an_answer_that_is_not_known_again_counts_for_the_next_question(
    unaware: None, world: World
) -> None:
    curling = await held(world, capacity=1, questions=(SIZE, AGE, HER_NAME))
    wang = await world.regular("王芳")
    await wang.starts(await poster(world, curling))
    await wang.presses("我要报名")
    await wang.presses("同意")
    assert "您的姓名" in await wang.says("41")


async def _seats(world: World, event_id: str) -> list[tuple[State, dict[str, str]]]:
    async with world.parts.database.open_read() as work:
        found = await work.seats.all_of(event_id)
        answers = await work.seats.answers([seat.id for seat in found])
    return [(seat.state, dict(answers.get(seat.id, {}))) for seat in found]


# Presses.


async def test_a_reminder_is_answered_and_a_seat_is_given_back_in_plain_words(
    world: World,
) -> None:
    curling = await held(world, capacity=2)
    wang = await joined(world, curling, "王芳")
    li = await joined(world, curling, "李强")
    world.clock.move(days=9)
    await world.tick("seats.remind")
    await told(world)
    await wang.presses("我能来")
    assert "到时候见" in (wang.toast() or "")
    assert "已经取消" in await li.presses("来不了")
    assert is_settled(world)


async def test_whoever_gives_a_seat_back_hears_that_it_was_a_seat(world: World) -> None:
    curling = await held(world, capacity=1)
    wang, li = await joined(world, curling, "王芳"), await joined(world, curling, "李强")
    await li.starts(await poster(world, curling))
    assert "不再候补" in await li.presses("不等了")
    await wang.starts(await poster(world, curling))
    await wang.presses("取消报名")
    assert "已经取消" in await wang.presses("确定取消")


async def test_hours_and_topics_stay_as_they_were_chosen(world: World) -> None:
    member = await world.regular()
    await member.presses("👤 我的")
    await member.presses("什么时候通知我")
    await member.presses(member.buttons()[1])
    await member.presses(member.buttons()[2])
    await member.presses(member.buttons()[1])
    found = await ProfileService(world.parts.database, world.clock).get(member.id)
    assert found.windows == (OFFERED[2],)
    await member.presses("‹ 我的")
    await member.presses("🔔 通知设置")
    await member.presses(member.buttons()[0])
    async with world.parts.database.open_read() as work:
        (muted,) = await work.topic_mutes.of(member.id)
    assert isinstance(muted, Topic)


# Words and files for people.


async def test_the_first_word_to_people_is_acknowledged_and_kept_once(world: World) -> None:
    member, actor = await in_talk(world)
    await member.says("还有，合同也没签")
    assert await words(world, member, actor) == [WORD, "还有，合同也没签"]
    assert asked(world) == []
    await member.presses("不找人了")
    assert await world.parts.desk.talks.find_live(member.id) is None


async def test_files_are_kept_and_handed_in_once(small_world: World) -> None:
    member = await with_case(small_world)
    for color in ("red", "blue"):
        small_world.simulator.photo(member.id, data=photo(color))
        await small_world.settle()
    assert await files(small_world, member) == ["E01", "E02"]
    assert "已把 2 个文件交给工作人员" in await member.presses("交给工作人员")
    assert is_settled(small_world)
