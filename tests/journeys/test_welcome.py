"""The first minutes: welcome, the notice, the commands and the keys that always work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.links import Target
from domain.members import NOTICE_VERSION, Reach
from tests.journeys import checks
from tests.world import World

WELCOME = "我是暖心"
NOTICE = "先说明一下"
KEYS = ["📚 按主题看", "🎫 活动", "🎯 答题", "🙋 找人", "👤 我的", "❓ 怎么用"]


async def test_a_newcomer_is_welcomed_and_told_of_privacy_once(world: World) -> None:
    member = world.member()
    await member.starts()
    texts = [message["text"] for message in member.bot_messages()]
    assert NOTICE in texts[0]
    assert WELCOME in texts[1]
    assert len(texts) == 2
    await member.starts()
    texts = [message["text"] for message in member.bot_messages()]
    assert sum(NOTICE in text for text in texts) == 1
    assert sum(WELCOME in text for text in texts) == 2


async def test_a_first_question_is_answered_after_the_notice(small_world: World) -> None:
    member = small_world.member()
    answer = await member.says("老板三个月没发工资了")
    assert "拖欠工资怎么要" in answer
    assert [NOTICE in message["text"] for message in member.bot_messages()] == [True, False]


async def test_only_the_identity_and_preferences_of_a_member_are_kept(small_world: World) -> None:
    member = small_world.member("欧阳春花")
    await member.starts()
    (row,) = checks.contents(small_world)["members"]
    assert set(row) == {"id", "chat_id", "language", "reach", "notice_version", "met_at"}
    assert row["id"] == member.id
    assert checks.places_of(small_world, "欧阳春花") == []


async def test_the_keys_below_the_text_field_do_what_they_say(small_world: World) -> None:
    member = await small_world.regular()
    keyboard = small_world.simulator.screen(member.id)["keyboard"]
    assert [key["text"] for row in keyboard["rows"] for key in row] == KEYS
    assert keyboard["persistent"]
    assert "您想了解哪方面" in await member.presses("📚 按主题看")
    assert "联系测试区总工会" in await member.presses("🙋 找人")
    assert "怎么用" in await member.presses("❓ 怎么用")
    assert checks.contents(small_world)["questions"] == []


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("/menu", "您想了解哪方面"),
        ("/topics", "您想了解哪方面"),
        ("/help", "直接打字问"),
        ("/privacy", "问题记录最多 365 天"),
        ("/cancel", "现在没有正在填的内容"),
        ("/human", "000-0000"),
        ("/start", WELCOME),
        ("/nonsense", "直接打字问"),
    ],
)
async def test_a_command_works(small_world: World, command: str, part: str) -> None:
    member = await small_world.regular()
    assert part in await member.says(command)


async def test_who_saw_an_earlier_notice_is_told_what_changed_once(small_world: World) -> None:
    """PIPL 17: what changes is told."""
    member = await small_world.regular()
    async with small_world.parts.database.open_work() as work:
        known = (await work.members.find_all({member.id}))[member.id]
        await work.members.save_all([replace(known, notice_version=NOTICE_VERSION - 1)])
        await work.commit()
    small_world.parts.desk.members.forget(member.id)
    await member.says("/menu")
    texts = [str(message["text"]) for message in member.bot_messages()]
    assert sum("隐私说明更新了" in text for text in texts) == 1
    await member.says("/menu")
    texts = [str(message["text"]) for message in member.bot_messages()]
    assert sum("隐私说明更新了" in text for text in texts) == 1
    row = next(one for one in checks.contents(small_world)["members"] if one["id"] == member.id)
    assert row["notice_version"] == NOTICE_VERSION


async def test_the_whole_notice_names_every_way_of_taking_back(small_world: World) -> None:
    member = await small_world.regular()
    text = await member.says("/privacy")
    for part in ("找人说话", "请工会帮忙", "交的材料", "我的时限", "答题", "/mydata", "第 3 版"):
        assert part in text


async def test_a_link_on_a_poster_opens_its_page_until_it_expires(world: World) -> None:
    links = world.parts.desk.links
    to_page = await links.create(Target.ENTRY, "waste.kitchen", timedelta(days=30))
    to_group = await links.create(Target.GROUP, "civic", timedelta(days=30))
    member = world.member()
    assert "厨余垃圾怎么投" in await member.starts(to_page.token)
    assert NOTICE in member.bot_messages()[0]["text"]
    assert "♻️" in await member.starts(to_group.token)
    world.clock.move(days=31)
    assert WELCOME in await member.starts(to_page.token)


BAD_PAYLOADS = [
    "unknown-token_0123",
    "A" * 64,
    "A" * 65,
    "A" * 300,
    "not/base64=url",
    "令牌",
    "a b c",
    "' OR 1=1 --",
    "wage.arrears",
]


async def test_a_bad_link_is_just_a_welcome(small_world: World) -> None:
    member = await small_world.regular()
    before = checks.contents(small_world)
    for payload in BAD_PAYLOADS:
        # Typed: the phone itself would not send most of these.
        assert WELCOME in await member.says(f"/start {payload}"), payload
    after = checks.contents(small_world)
    assert {**after, "journal": []} == {**before, "journal": []}
    assert {row["state"] for row in after["journal"]} == {"done"}


async def test_a_link_to_a_page_that_is_gone_is_just_a_welcome(small_world: World) -> None:
    links = small_world.parts.desk.links
    to_page = await links.create(Target.ENTRY, "wage.nothing", timedelta(days=30))
    to_group = await links.create(Target.GROUP, "nothing", timedelta(days=30))
    member = await small_world.regular()
    assert WELCOME in await member.starts(to_page.token)
    assert WELCOME in await member.starts(to_group.token)


async def test_a_member_who_blocks_is_unreachable_until_the_return(world: World) -> None:
    member = await world.regular()

    def reach() -> str:
        return str(checks.contents(world)["members"][0]["reach"])

    world.simulator.block(member.id)
    await world.settle()
    assert reach() == Reach.BLOCKED
    world.simulator.unblock(member.id)
    await world.settle()
    assert reach() == Reach.REACHABLE
    world.simulator.block(member.id)
    await world.settle()
    world.simulator.unblock(member.id)
    assert WELCOME in await member.starts()
    assert reach() == Reach.REACHABLE
    assert [row["notice_version"] for row in checks.contents(world)["members"]] == [NOTICE_VERSION]


async def test_a_chat_that_was_blocked_before_any_word_leaves_no_member(
    small_world: World,
) -> None:
    member = small_world.member()
    small_world.simulator.block(member.id)
    small_world.simulator.unblock(member.id)
    await small_world.settle()
    assert checks.contents(small_world)["members"] == []


async def test_telegram_is_told_the_commands_and_who_we_are(small_world: World) -> None:
    bot = small_world.simulator.bot.view()
    commands = [command["command"] for command in bot["commands"]]
    assert {"menu", "human", "help", "privacy", "cancel", "start"} <= set(commands)
    assert "测试区总工会" in bot["description"]
    assert "测试区总工会" in bot["short_description"]
    scopes = {call.get("scope", {}).get("type") for call in small_world.calls("setMyCommands")}
    assert scopes == {None, "all_private_chats", "all_group_chats", "chat"}
