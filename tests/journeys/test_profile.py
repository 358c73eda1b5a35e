"""Mine: what members tell of themselves, when, and with which consent."""

from __future__ import annotations

import io
from datetime import timedelta

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
from domain.consents import QUIET
from domain.staff import operator
from domain.units import Level
from services.units import UnitService
from simulator import running as simulating
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.journeys import checks
from tests.world import TOKEN, MovableClock, Person, World

MINE = "👤 我的"


async def opened(member: Person) -> str:
    return await member.presses(MINE)


async def agreed(member: Person, to: str = "改姓名") -> str:
    """Begin to tell something and agree to it."""
    await opened(member)
    await member.presses(to)
    return await member.presses("同意")


async def firm(world: World, name: str = "速达配送（测试）") -> int:
    units = UnitService(world.parts.database, world.clock)
    top = await units.create_top(operator(), "测试区总工会")
    return (await units.create(operator(), name, Level.ENTERPRISE, top.id)).id


async def test_a_profile_is_told_step_by_step_and_kept_sealed(world: World) -> None:
    await firm(world)
    member = await world.regular("欧阳春花")
    assert "问问题、看资料都不用填" in await opened(member)
    assert "先问您一声" in await member.presses("改姓名")
    assert "请把您的姓名发给我" in await member.presses("同意")
    await member.says("欧 阳 春花")
    texts = [message["text"] for message in member.bot_messages()]
    assert "记下了：欧*" in texts[-2]
    assert "姓名：欧*" in texts[-1]
    # Asked once: the next step needs no second consent.
    assert "只收您自己的号码" in await member.presses("改手机")
    assert "手机：138****" in await member.presses("📱 发送我的手机号")
    assert "请把单位名称发给我" in await member.presses("改单位")
    assert "速达配送（测试）" in await member.says("速达配送 (测试)")
    await member.presses("‹ 我的")
    assert "您做哪一行" in await member.presses("改职业")
    page = await member.presses("外卖、快递骑手")
    assert member.toast() == "记下了"
    for part in ("欧*", "138****", "速达配送（测试）", "外卖、快递骑手"):
        assert part in page
    for secret in ("欧阳春花", "13800000000"[:3] + f"{member.id % 10**8:08d}"):
        assert checks.places_of(world, secret) == []


async def test_nothing_is_kept_of_somebody_who_says_no(world: World) -> None:
    member = await world.regular()
    await opened(member)
    await member.presses("改姓名")
    assert "别的功能照样用" in await member.presses("不同意")
    kept = checks.contents(world)
    assert kept["people"] == kept["drafts"] == []
    # A no never blocks the service.
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")


async def test_after_a_no_the_question_comes_back_after_90_days_or_when_asked_for(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await opened(member)
    await member.presses("改姓名")
    await member.presses("不同意")
    await opened(member)
    told = await member.presses("改姓名")
    assert "您之前没有同意" in told
    assert "先问您一声" not in told
    # The member may open it themselves at any time, and goes on where they were.
    assert "先问您一声" in await member.presses("同意：记住我的资料")
    assert "请把您的姓名发给我" in await member.presses("同意")
    other = await small_world.regular("张三")
    await opened(other)
    await other.presses("改姓名")
    await other.presses("不同意")
    small_world.clock.move(seconds=(QUIET - timedelta(minutes=1)).total_seconds())
    await opened(other)
    assert "您之前没有同意" in await other.presses("改姓名")
    small_world.clock.move(minutes=1)
    await opened(other)
    assert "先问您一声" in await other.presses("改姓名")


async def test_consent_is_taken_back_with_two_taps_and_its_data_goes(world: World) -> None:
    member = await world.regular()
    await agreed(member)
    await member.says("王芳")
    assert len(checks.contents(world)["people"]) == 1
    listed = await member.presses("✅ 我同意过的")
    assert "记住我的资料：同意（2026-11-25）" in listed
    assert "不同意（2026-11-25）" in await member.presses("撤回：记住我的资料")
    assert member.toast() == "已撤回，您填的资料已删除"
    kept = checks.contents(world)
    assert kept["people"] == []
    # What was said and when stays: it proves that we asked.
    assert [row["answer"] for row in kept["consents"]] == ["given", "withdrawn"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("王芳😀", "姓名请只写文字"),
        ("=HYPERLINK(1)", "姓名请只写文字"),
        ("13812345678", "姓名请只写文字"),
        ("名" * 51, "姓名最长 50 个字"),
        ("<b>芳</b>", "姓名请只写文字"),
    ],
)
async def test_a_name_that_is_none_is_told_and_the_form_stays_open(
    small_world: World, typed: str, told: str
) -> None:
    member = await small_world.regular()
    await agreed(member)
    assert told in await member.says(typed)
    assert checks.contents(small_world)["people"] == []
    await member.says("买买提.艾力")
    assert "记下了：买*" in [m["text"] for m in member.bot_messages()][-2]


async def test_a_question_in_the_middle_is_answered_and_not_kept_as_a_name(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await agreed(member)
    await member.says("老板三个月没发工资了")
    texts = [message["text"] for message in member.bot_messages()]
    assert "拖欠工资怎么要" in texts[-2]
    assert "刚才您在填姓名" in texts[-1]
    assert checks.contents(small_world)["people"] == []


async def test_the_contact_of_somebody_else_is_refused_and_not_kept(
    world: World, logged: io.StringIO
) -> None:
    member, other = await world.regular(), await world.regular("张三")
    await agreed(member, "改手机")
    for owner in (other.id, None):
        world.simulator.contact(member.id, "+8613711112222", "张三", owner)
        await world.settle()
        assert "这是别人的联系方式，我没有保存" in await member.reads()
    assert checks.contents(world)["people"] == []
    assert checks.places_of(world, "13711112222") == []
    assert "13711112222" not in logged.getvalue()
    assert "手机：138****" in await member.presses("📱 发送我的手机号")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("13711112222", "没法确认是您本人的"),
        ("+86 137 1111 2222", "没法确认是您本人的"),
        ("010-69243000", "这是座机号码"),
        ("137111122223", "这里有 12 位"),
        ("没有手机", "没看懂这个手机号"),
    ],
)
async def test_a_typed_phone_is_told_and_not_kept(
    small_world: World, typed: str, told: str
) -> None:
    member = await small_world.regular()
    await agreed(member, "改手机")
    assert told in await member.says(typed)
    assert checks.contents(small_world)["people"] == []
    assert "没有记手机号" in await member.presses("不发了")
    assert checks.contents(small_world)["drafts"] == []


async def test_a_contact_that_nobody_asked_for_is_not_kept(small_world: World) -> None:
    member = await small_world.regular()
    await agreed(member)
    await member.says("/cancel")
    small_world.simulator.contact(member.id)
    await small_world.settle()
    assert "我没有保存" in await member.reads()
    assert checks.contents(small_world)["people"] == []


async def test_something_else_than_a_text_is_told_what_is_awaited(small_world: World) -> None:
    member = await small_world.regular()
    await agreed(member)
    small_world.simulator.location(member.id)
    await small_world.settle()
    assert "这一步请打字发给我" in await member.reads()


async def test_a_unit_is_offered_or_kept_as_typed(world: World) -> None:
    await firm(world)
    member = await world.regular()
    await agreed(member, "改单位")
    assert "是不是下面哪一个" in await member.says("速达")
    assert member.buttons() == ["速达配送（测试）", "都不是，照我写的"]
    assert "单位：速达（工作人员还在核对）" in await member.presses("都不是")
    await member.presses("改单位")
    await member.says("速达")
    assert "单位记下了：速达配送（测试）" in await member.presses("速达配送（测试）")
    await member.presses("‹ 我的")
    await member.presses("改单位")
    assert "先照您写的记下了：老街修车铺" in await member.says("老街修车铺")


async def test_hours_for_notices_are_chosen_with_buttons(world: World) -> None:
    member = await world.regular()
    await opened(member)
    await member.presses("🔔 什么时候通知我")
    assert len(member.buttons()) == 7
    await member.presses("12:00–14:00")
    await member.presses("22:00–06:00")
    assert "✅ 22:00–06:00" in member.buttons()
    assert "白天都可以" in member.buttons()
    assert "🔔 通知：12:00–14:00、22:00–06:00" in await member.presses("‹ 我的")
    windows = checks.contents(world)["push_windows"]
    assert [(row["starts"], row["ends"]) for row in windows] == [(720, 840), (1320, 360)]
    await member.presses("🔔 什么时候通知我")
    await member.presses("白天都可以")
    assert checks.contents(world)["push_windows"] == []


async def test_a_profile_form_is_continued_after_a_restart(
    database_url: str, clock: MovableClock, logged: io.StringIO
) -> None:
    async with simulating(token=TOKEN) as telegram:
        settings = Settings(
            telegram=Telegram(token=TOKEN, api_url=telegram.url),
            web=Web(port=0),
            database=DatabaseSettings(url=database_url),
            knowledge=KnowledgeSettings(folder=KNOWLEDGE),
            keys=KeysSettings(file=databases.keys_file()),
        )
        async with running(settings, clock) as parts:
            world = World(parts, telegram.simulator, clock, settings)
            member = await world.regular()
            await agreed(member)
        telegram.simulator.say(member.id, "欧阳春花")
        clock.move(hours=5)
        async with running(settings, clock) as parts:
            world = World(parts, telegram.simulator, clock, settings)
            await world.settle()
            assert "姓名：欧*" in await member.reads()
            assert checks.unanswered_presses(world) == set()
    assert checks.leaks(world, logged.getvalue()) == []


@pytest.mark.parametrize(
    "data",
    [
        "profile:edit:everything",
        "profile:occupation:spy",
        "profile:unit:999999999",
        "profile:unit:x",
        "profile:window:9:1",
        "profile:window:x:1",
        "profile:window:1",
        "consent:give:everything:profile.show",
        "consent:give:service:nothing.here",
        "consent:refuse:x",
        "consent:withdraw:x",
        "consent:open:x:y",
    ],
)
async def test_a_forged_button_does_nothing_and_says_so(small_world: World, data: str) -> None:
    member = await small_world.regular()
    await opened(member)
    message = member.bot_messages()[-1]["id"]
    small_world.simulator.press_data(member.id, message, data)
    await small_world.settle()
    assert member.toast()
    assert checks.contents(small_world)["people"] == []
