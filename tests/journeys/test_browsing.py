"""From the menu to a page and back, by buttons alone."""

from __future__ import annotations

from typing import Any

import pytest

from handlers import browse
from tests.journeys import checks
from tests.journeys.test_welcome import KEYS
from tests.world import Person, World


async def test_buttons_alone_lead_to_a_page_and_back(world: World) -> None:
    member = await world.regular()
    assert "您想了解哪方面" in await member.says("/menu")
    assert len(member.buttons()) == 8 + 1
    count = len(member.messages())
    assert "工伤和安全" in await member.presses("🦺 工伤和安全")
    assert "工伤和职业病" in await member.presses("工伤和职业病")
    assert len(member.messages()) == count
    page = await member.presses("怎么做伤残鉴定")
    assert page.startswith("怎么做伤残鉴定")
    # The list stays above the page, so that the next page is one press away.
    assert len(member.messages()) == count + 1
    await member.presses("‹ 返回")
    await member.presses("‹ 返回")
    menu = next(message for message in member.messages() if message["id"] == _list_of(member))
    assert "您想了解哪方面" in menu["text"]
    assert checks.contents(world)["questions"] == []


async def test_a_group_with_one_topic_opens_it_at_once(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/menu")
    assert "社保和公积金" in await member.presses("🏥 社保和公积金")
    assert member.toast() == "这一类还在整理，请先直接打字问我。"
    assert "您想了解哪方面" in await member.presses("‹ 返回")


async def test_a_long_list_is_turned_page_by_page(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "PER_PAGE", 3)
    member = await small_world.regular()
    await member.says("/menu")
    await member.presses("🦺 工伤和安全")
    assert "第 1 页，共 2 页" in await member.presses("工伤和职业病")
    first = set(member.buttons()) - {"下一页 ›", "‹ 返回"}
    assert "‹ 上一页" not in member.buttons()
    assert "第 2 页，共 2 页" in await member.presses("下一页")
    second = set(member.buttons()) - {"‹ 上一页", "‹ 返回"}
    assert "下一页 ›" not in member.buttons()
    assert (len(first), len(second)) == (3, 1)
    assert not first & second
    assert "第 1 页，共 2 页" in await member.presses("上一页")


@pytest.mark.parametrize("number", ["99", "0000", "٣", "-1", "x", ""])
async def test_a_page_number_that_cannot_be_does_no_harm(small_world: World, number: str) -> None:
    member = await small_world.regular()
    await member.says("/menu")
    _press(member, f"browse:topic:injury:{number}")
    await small_world.settle()
    assert "📚" in await member.reads()


async def test_the_same_screen_again_is_no_failure(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/menu")
    for _ in range(2):
        _press(member, "browse:groups")
        await small_world.settle()
    assert "您想了解哪方面" in await member.reads()
    assert [row["state"] for row in checks.contents(small_world)["journal"]] == ["done"] * 4


async def test_a_menu_message_that_is_gone_is_shown_anew(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/menu")
    menu = _list_of(member)
    chat = small_world.simulator.chats[member.id]
    _press(member, "browse:group:injury")
    small_world.simulator.remove(chat, [menu])
    await small_world.settle()
    assert "工伤和安全" in await member.reads()


def _list_of(member: Person) -> Any:
    """The id of the message that shows the lists."""
    return next(m["id"] for m in member.bot_messages() if "📚" in m["text"][:2])


def _press(member: Person, data: str) -> None:
    member.world.simulator.press_data(member.id, _list_of(member), data)


@pytest.mark.parametrize("typed", ["活动", "我的", "找人", "按主题看", "怎么用"])
async def test_a_key_can_be_typed_without_its_sign(small_world: World, typed: str) -> None:
    member = await small_world.regular()
    label = next(key for key in KEYS if key.endswith(f" {typed}"))
    assert await member.says(typed) == await member.says(label)
