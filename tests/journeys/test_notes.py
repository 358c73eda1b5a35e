"""A note for staff: begun, interrupted by a restart, handed in, or left."""

from __future__ import annotations

import io

import pytest

from bot.assembly import running
from bot.settings import (
    DatabaseSettings,
    KeysSettings,
    KnowledgeSettings,
    Settings,
    Telegram,
    Web,
)
from handlers import talk
from simulator import running as simulating
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.journeys import checks
from tests.world import TOKEN, MovableClock, World

NOTE = "食堂的饭菜太咸了，希望改一改"
DONE = "已经留给工作人员"


async def test_a_note_is_kept_with_the_day_and_without_its_author(world: World) -> None:
    member = await world.regular()
    await member.presses("🙋 找人")
    assert "1000 字以内" in await member.presses("📝 留言")
    assert DONE in await member.says(NOTE)
    kept = checks.contents(world)
    (note,) = kept["notes"]
    assert set(note) == {"id", "left_on", "text"}
    assert (note["text"], str(note["left_on"])) == (NOTE, "2026-11-25")
    assert kept["drafts"] == []
    assert kept["questions"] == []
    # The form is closed: the next words are a question again.
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")


async def test_a_form_is_continued_after_a_restart_of_the_program(
    database_url: str, clock: MovableClock, logged: io.StringIO
) -> None:
    async with simulating(token=TOKEN) as telegram:
        settings = Settings(
            telegram=Telegram(token=TOKEN, api_url=telegram.url),
            web=Web(port=0),
            database=DatabaseSettings(url=database_url),
            keys=KeysSettings(file=databases.keys_file()),
            knowledge=KnowledgeSettings(folder=KNOWLEDGE),
        )
        async with running(settings, clock) as parts:
            world = World(parts, telegram.simulator, clock, settings)
            member = await world.regular()
            await member.says("/human")
            await member.presses("📝 留言")
        # Said while the program is down: Telegram keeps it.
        telegram.simulator.say(member.id, NOTE)
        clock.move(hours=5)
        async with running(settings, clock) as parts:
            world = World(parts, telegram.simulator, clock, settings)
            await world.settle()
            assert DONE in await member.reads()
            assert [note["text"] for note in checks.contents(world)["notes"]] == [NOTE]
            assert checks.unanswered_presses(world) == set()
    assert checks.leaks(world, logged.getvalue()) == []


async def test_a_start_in_the_middle_reminds_of_the_open_form(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert "没填完的内容" in await member.starts()
    assert DONE in await member.says(NOTE)


async def test_a_cancelled_note_leaves_nothing(world: World) -> None:
    member = await world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert "没有保存" in await member.says("/cancel")
    assert "现在没有正在填的内容" in await member.says("/cancel")
    kept = checks.contents(world)
    assert kept["notes"] == kept["drafts"] == []


async def test_a_note_that_is_too_long_can_be_said_shorter(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert "写了 1001 个字，超过 1000 个字" in await member.says("长" * 1001)
    assert checks.contents(small_world)["notes"] == []
    assert DONE in await member.says("长" * 1000)
    assert [len(row["text"]) for row in checks.contents(small_world)["notes"]] == [1000]


async def test_a_note_must_be_typed(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert "现在只能打字" in await member.sends({"sticker": _STICKER})
    small_world.simulator.photo(member.id, data=b"\x89PNG", caption="食堂照片说明文字")
    await small_world.settle()
    assert "现在只能打字" in await member.reads()
    assert "没有看到文字" in await member.says("\u2060")
    assert checks.contents(small_world)["notes"] == []
    assert DONE in await member.says(NOTE)


async def test_keys_and_browsing_work_in_the_middle_of_a_note(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert "您想了解哪方面" in await member.presses("📚 按主题看")
    assert "怎么用" in await member.says("/help")
    assert DONE in await member.says(NOTE)


async def test_a_form_that_was_forgotten_lapses_after_a_week(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    small_world.clock.move(days=7, seconds=1)
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")
    await small_world.tick("forms.purge")
    kept = checks.contents(small_world)
    assert kept["notes"] == kept["drafts"] == []


async def test_numbers_in_a_note_are_masked_and_told(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    await member.says("我叫小明，电话 13812345678，身份证 11010519491231002X")
    texts = [message["text"] for message in member.bot_messages()]
    assert "身份证号或银行卡号" in texts[-2]
    assert DONE in texts[-1]
    (note,) = checks.contents(small_world)["notes"]
    assert note["text"] == "我叫小明，电话 ***，身份证 ***"


async def test_a_cry_for_help_in_a_note_is_answered_at_once_and_not_kept(world: World) -> None:
    member = await world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert "110" in await member.says("太累了，我不想活了")
    assert checks.contents(world)["notes"] == []
    assert checks.places_of(world, "不想活") == []
    # The form is still open for whoever wants to write on.
    assert DONE in await member.says(NOTE)


async def test_without_the_check_a_cry_for_help_would_be_filed_as_a_note(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: object) -> bool:
        return False

    monkeypatch.setattr(talk, "answer_crisis", deaf)
    member = await small_world.regular()
    await member.says("/human")
    await member.presses("📝 留言")
    assert DONE in await member.says("太累了，我不想活了")


_STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "type": "regular",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
    "emoji": "😀",
}
