"""Texts that nobody should send, and somebody will."""

from __future__ import annotations

import pytest

from tests.journeys import checks
from tests.world import World

HINT = "您想问什么事呢"


@pytest.mark.parametrize(
    "typed",
    ["\u200b", "\u2060\u2060", "……！！？", "😀", "😀" * 2000, "👨‍👩‍👧‍👦", "/", "\u00ad\u200d"],
    ids=ascii,
)
async def test_a_text_without_words_gets_one_hint(small_world: World, typed: str) -> None:
    member = await small_world.regular()
    count = len(member.bot_messages())
    await member.says(typed)
    assert len(member.bot_messages()) == count + 1
    assert checks.contents(small_world)["questions"] == []


async def test_four_thousand_emoji_get_at_most_one_reply_a_message(small_world: World) -> None:
    member = await small_world.regular()
    count = len(member.bot_messages())
    # 4,096 emoji are 8,192 units: the phone itself sends them as two messages.
    assert HINT in await member.says("😀" * 4096)
    assert len(member.bot_messages()) == count + 2


FULL = [
    "工" * 4096,
    "a" * 4096,
    "老板三个月没发工资了" * 400,
    "1 " * 2048,
    "1" * 4096,
    "((((" * 1000 + "))))",
    "工资\n" * 1300,
    "a.a.a.a@" * 512,
]


async def test_a_text_of_full_length_is_answered_and_kept_short(small_world: World) -> None:
    member = await small_world.regular()
    for typed in FULL:
        count = len(member.bot_messages())
        assert await member.says(typed), typed[:12]
        assert len(member.bot_messages()) == count + 1, typed[:12]
    kept = checks.contents(small_world)
    assert all(len(row["text"]) <= 500 for row in kept["questions"])
    assert {row["state"] for row in kept["journal"]} == {"done"}


@pytest.mark.parametrize(
    "typed",
    [
        "老闆三個月沒發工資了",
        "老板３个月没发工资了",
        "老板三个月没发工资了！！！",
        "  老板 三个月没发工资了  ",
        "老板三个月没发工资了😭😭",
        "老板\u200b三个月没发\u202e工资了",
    ],
)
async def test_other_ways_of_writing_find_the_same_page(small_world: World, typed: str) -> None:
    member = await small_world.regular()
    assert "拖欠工资怎么要" in await member.says(typed)


async def test_the_words_are_kept_as_they_were_typed(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("老闆３個月沒發工資了")
    assert checks.contents(small_world)["questions"][0]["text"] == "老闆３個月沒發工資了"


STRANGE = [
    "老板没发工资\x00了",
    "老板没发工资\ud800了",
    "老板没发工资\udfff\ud800了",
    "\u202e老板没发工资\u202d了\u2066",
    "老板没发工资\uffff\U0010ffff了",
    "老板没发工资\x1b[31m了\x07",
    "老板没发工资\u0378了",
]


async def test_characters_that_are_none_are_cleaned_before_they_are_kept(world: World) -> None:
    member = await world.regular()
    for typed in STRANGE:
        assert await member.says(typed), ascii(typed)
    kept = checks.contents(world)
    assert len(kept["questions"]) == len(STRANGE)
    # Where a character could not be read, its place may be marked.
    assert {row["text"].replace("\ufffd", "") for row in kept["questions"]} == {
        "老板没发工资了",
        "老板没发工资[31m了",
    }
    assert {row["state"] for row in kept["journal"]} == {"done"}


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<b>没闭合 & &lt; &amp;",
        "[点我](tg://user?id=1) *粗* _斜_ `码`",
        "</b></i><a href='https://x.invalid'>链接</a>",
        "{union} {0} %s %(x)s ${x}",
    ],
)
async def test_markup_is_plain_text_everywhere(small_world: World, typed: str) -> None:
    member = small_world.member(f"王<b>{typed[:20]}")
    await member.says("/start")
    await member.says(typed)
    await member.says("/human")
    await member.presses("📝 留言")
    await member.says(typed)
    kept = checks.contents(small_world)
    assert [row["text"] for row in kept["notes"]] == [typed]
    assert {row["state"] for row in kept["journal"]} == {"done"}
    shown = "".join(message["html"] for message in member.bot_messages())
    assert "script" not in shown
    assert "x.invalid" not in shown


async def test_a_member_of_many_words_cannot_break_the_next_one(small_world: World) -> None:
    member, other = await small_world.regular("王芳"), await small_world.regular("李强")
    for text in ("\x00", "<" * 4096, "/start " + "x" * 4000, "%" * 100):
        await member.says(text)
    assert "拖欠工资怎么要" in await other.says("老板三个月没发工资了")
    assert {row["state"] for row in checks.contents(small_world)["journal"]} == {"done"}
