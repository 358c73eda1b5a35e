"""A member asks on about the page just shown, or asks two things at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.shown import LastPages
from tests.journeys import checks
from tests.world import MovableClock, World

WAGES = "老板三个月没发工资了"
BOTH = "老板三个月没发工资，另外工会怎么加入"
SECOND = "您是不是还想问：怎么加入工会"
UNKNOWN = "还没有可靠的答案"


async def test_how_long_after_an_answer_means_that_page(world: World) -> None:
    member = await world.regular()
    await member.says(WAGES)
    answer = await member.says("那要多久？")
    assert answer.startswith("拖欠工资怎么要")
    assert "⏰ 时限" in answer
    assert "一年内" in answer
    assert "怎么做" not in answer
    assert member.buttons()[0] == "📖 展开详情"
    assert member.buttons()[-3:] == ["👍 有用", "👎 没用", "🙋 找人"]
    first, second = checks.contents(world)["questions"]
    assert (second["decision"], second["entry_id"]) == ("answer", "wage.arrears")
    assert first["id"] != second["id"]
    await member.presses("👍 有用")
    assert {row["verdict"] for row in checks.contents(world)["questions"]} == {None, "helpful"}


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("要准备什么材料", "📎 要留的证据"),
        ("去哪办", "怎么做"),
        ("然后呢", "怎么做"),
        ("有什么法律依据", "📖 依据"),
        ("多少钱", "💰 费用和金额"),
        ("说详细点", "常见误解"),
    ],
)
async def test_each_part_of_the_page_can_be_asked_for(
    small_world: World, text: str, heading: str
) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    answer = await member.says(text)
    assert answer.startswith("拖欠工资怎么要")
    assert heading in answer


async def test_one_may_ask_on_and_on_and_unfold_the_page(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    for text in ("那要多久", "要带什么材料", "有法律依据吗"):
        assert (await member.says(text)).startswith("拖欠工资怎么要")
    assert "常见误解" in await member.presses("展开详情")


async def test_a_page_without_that_part_says_so_and_is_shown_in_full(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("怎么加入工会")
    answer = await member.says("要多久")
    assert answer.startswith("这一页没有专门写时间")
    assert "怎么加入工会" in answer
    assert "📖 依据" in answer
    assert "收起" in member.buttons()
    assert "🙋 找人" in member.buttons()


async def test_a_text_that_names_a_subject_is_a_new_question(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    assert not (await member.says("工伤认定要多久")).startswith("拖欠工资怎么要")
    await member.says("怎么加入工会")
    # The page that was shown last counts, not the first one.
    assert "怎么加入工会" in await member.says("去哪办")


async def test_without_a_page_it_is_a_question_like_any_other(small_world: World) -> None:
    member = await small_world.regular()
    assert UNKNOWN in await member.says("那要多久")


@pytest.mark.parametrize("between", ["asdf qwer", "工伤", "列出投诉我单位的人"])
async def test_a_question_in_between_that_got_no_page_ends_it(
    small_world: World, between: str
) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    await member.says(between)
    assert UNKNOWN in await member.says("那要多久")


async def test_thanks_in_between_do_not_end_it(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    await member.says("谢谢")
    assert "⏰ 时限" in await member.says("那要多久")


async def test_a_page_opened_by_a_button_is_the_last_page(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("工伤")
    await member.presses("工伤认定怎么申请")
    assert (await member.says("那要多久")).startswith("工伤认定怎么申请")
    await member.says("机器压断手指头是不是工伤")
    await member.presses("怎么申请工伤认定")
    assert (await member.says("那要多久")).startswith("工伤认定怎么申请")


async def test_a_form_in_between_ends_it(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    await member.presses("找人")
    await member.presses("留")
    await member.says("请给我回电话")
    assert UNKNOWN in await member.says("那要多久")


async def test_half_an_hour_later_it_is_a_new_question(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    small_world.clock.move(minutes=29)
    assert "⏰ 时限" in await member.says("那要多久")
    small_world.clock.move(minutes=30)
    assert UNKNOWN in await member.says("那要多久")


async def test_nobody_gets_the_page_of_somebody_else(small_world: World) -> None:
    wang, li = await small_world.regular("王芳"), await small_world.regular("李强")
    await wang.says(WAGES)
    assert UNKNOWN in await li.says("那要多久")
    await li.says("怎么加入工会")
    assert (await wang.says("那要多久")).startswith("拖欠工资怎么要")


async def test_a_group_knows_no_last_page(small_world: World) -> None:
    member = await small_world.regular()
    group = small_world.simulator.add_group("班组群", [member.id])
    await small_world.settle()
    await member.says("剩饭剩菜扔哪里")
    await member.says(WAGES)
    said = await member.says("/ask 那要多久", group)
    assert "工资" not in said
    assert "时限" not in said
    # What is asked in the group does not lead the private chat astray either.
    await member.says("/ask 怎么加入工会", group)
    assert (await member.says("那要多久")).startswith("拖欠工资怎么要")


async def test_a_cry_for_help_comes_first_and_ends_it(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    assert "拖欠工资" not in await member.says("我不想活了")
    assert UNKNOWN in await member.says("那要多久")


async def test_two_asks_get_an_answer_and_a_button(small_world: World) -> None:
    member = await small_world.regular()
    answer = await member.says(BOTH)
    assert answer.startswith("拖欠工资怎么要")
    assert member.buttons()[0] == SECOND
    await member.presses("展开详情")
    assert member.buttons()[0] == SECOND
    assert await member.presses("收起") == answer
    assert member.buttons()[0] == SECOND
    assert (await member.presses(SECOND)).startswith("怎么加入工会")
    assert member.bot_messages()[-2]["text"] == answer
    assert "怎么加入工会" in await member.says("去哪办")


def test_the_memory_forgets_after_half_an_hour_and_is_bounded() -> None:
    clock = MovableClock(datetime(2026, 11, 25, 4, tzinfo=UTC))
    shown = LastPages(clock, most=3)
    for member in range(5):
        shown.remember(member, f"wage.page{member}")
        clock.move(minutes=1)
    assert [shown.recall(member) for member in range(5)] == [
        None, None, "wage.page2", "wage.page3", "wage.page4",
    ]  # fmt: skip
    shown.remember(2, "wage.other")
    assert shown.recall(2) == "wage.other"
    shown.forget(3)
    shown.forget(3)
    assert shown.recall(3) is None
    clock.move(minutes=30)
    assert shown.recall(4) is None
    assert shown.recall(2) is None
    shown.remember(9, "wage.new")
    assert len(shown._pages) == 1
