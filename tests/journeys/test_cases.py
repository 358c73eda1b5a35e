"""Asking the union for help in the chat: the form, one's own matters, the code before them."""

from __future__ import annotations

import io
import re

import pytest

from bot.assembly import running
from bot.settings import (
    DatabaseSettings,
    KeysSettings,
    KnowledgeSettings,
    Limits,
    Settings,
    Telegram,
    Web,
)
from domain.staff import Flag, Role, operator
from domain.units import Level
from services.units import UnitService
from simulator import running as simulating
from tests import databases
from tests.conftest import KNOWLEDGE
from tests.journeys import checks
from tests.services.case_files import photo
from tests.staffing import House, make_house
from tests.world import TOKEN, MovableClock, Person, World

STORY = "送外卖三个月没结工钱，站长一直说下周"
NAME, PHONE = "欧阳春花", "13812345678"


async def house_of(world: World) -> House:
    """A house with somebody who leads case work in the eastern town."""
    made = await make_house(world.parts.database, world.clock)
    lead = world.member("东主任")
    await made.person(Role.CASEWORKER, made.east, lead.id, Flag.LEAD, name="东主任")
    return made


async def to_story(member: Person) -> str:
    """From a question to the form, with consent: the kind of trouble is known."""
    await member.says("老板三个月没开支了，咋办")
    assert "先问您一声" in await member.presses("请工会帮忙")
    return await member.presses("同意")


async def hands_in(member: Person, who: str = "留姓名") -> str:
    """All steps to the number."""
    await to_story(member)
    await member.says(STORY)
    await member.says("速达配送")
    await member.says("13500")
    await member.presses("下一步")
    await member.presses("镇街工会")
    text = await member.presses(who)
    if who == "留姓名":
        assert "怎么称呼您" in text
        await member.says(NAME)
        await member.says(PHONE)
        await member.presses("跳过")
    return await member.presses("✅ 提交")


async def forge(person: Person, data: str) -> None:
    """Press a button that was never there."""
    newest = person.bot_messages()[-1]["id"]
    person.world.simulator.press_data(person.id, newest, data)
    await person.world.settle()


async def case_of(world: World, house: House) -> str:
    (case,) = checks.contents(world)["cases"]
    assert case["unit_id"] == house.east.id
    return str(case["id"])


async def test_from_a_question_at_night_to_a_number_with_the_program_dying_in_between(
    database_url: str, clock: MovableClock, logged: io.StringIO
) -> None:
    """Story S1, without the calculator."""
    async with simulating(token=TOKEN) as telegram:
        settings = Settings(
            telegram=Telegram(token=TOKEN, api_url=telegram.url),
            web=Web(port=0),
            database=DatabaseSettings(url=database_url),
            knowledge=KnowledgeSettings(folder=KNOWLEDGE),
            keys=KeysSettings(file=databases.keys_file()),
            limits=Limits(burst=100, per_second=50),
        )
        async with running(settings, clock) as parts:
            world = World(parts, telegram.simulator, clock, settings)
            house = await house_of(world)
            clock.move(hours=8, minutes=40)  # 22:40
            member = await world.regular()
            text = await to_story(member)
            assert "第 1／" in text and "已经知道的不再问" in text
            assert "您问过的话" in text
            assert "是哪家单位" in await member.says(STORY)
            assert "大概多少钱" in await member.says("速达配送")
            # One step back, and on again.
            assert "是哪家单位" in await member.presses("上一步")
            assert "大概多少钱" in await member.says("速达配送")
        clock.move(hours=1)
        async with running(settings, clock) as parts:
            world = World(parts, telegram.simulator, clock, settings)
            member = Person(member.id, world)
            await member.says("在吗")
            assert "没看懂这个金额" in await member.reads()
            await member.starts()
            assert "没填完" in await member.reads()
            assert "大概多少钱" in await member.presses("继续上次填写")
            await member.says("13500")
            await member.presses("下一步")
            text = await member.presses("镇街工会")
            assert "要不要留姓名" in text
            assert "怎么称呼您" in await member.presses("留姓名")
            await member.says(NAME)
            await member.says(PHONE)
            check = await member.presses("跳过")
            for part in (STORY, "速达配送", "13,500 元", NAME, PHONE):
                assert part in check
            done = await member.presses("✅ 提交")
            assert re.search(r"编号是 [2-9A-Z]{4}-[2-9A-Z]{4}", done)
            assert "东街道" in done and "现在没有人值班" in done
            await case_of(world, house)
            # When the office opens the lead hears that something waits, and nothing of what.
            clock.move(hours=10)
            await world.deliver()
            lead = next(row for row in checks.contents(world)["staff"] if row["name"] == "东主任")
            heard = await Person(lead["telegram_id"], world).reads()
            assert "有一件事等您处理" in heard
            for secret in (NAME, PHONE, "外卖", "速达"):
                assert secret not in heard
            assert checks.unanswered_presses(world) == set()
            for secret in (STORY, PHONE):
                assert checks.places_of(world, secret) == []
    assert checks.leaks(world, logged.getvalue()) == []


async def test_a_case_goes_its_way_and_the_chat_never_says_what_it_is_about(
    small_world: World, logged: io.StringIO
) -> None:
    world = small_world
    house = await house_of(world)
    member = await world.regular()
    done = await hands_in(member)
    assert "收到了，您的编号是" in done
    case_id = await case_of(world, house)
    assert "已提交，等人接手" in await member.presses("看看进展")
    assert "还没有人打开过" in await member.presses("谁看过")
    await member.presses("看看进展")
    assert "撤回" in await member.presses("撤回")
    assert "您已撤回" in await member.presses("确定撤回")
    # Pages and notices of cases cannot be forwarded.
    sent = [call for call in world.calls("sendMessage") if call["chat_id"] == str(member.id)]
    mine = [call for call in sent if "编号是" in call["text"] or "第 1／" in call["text"]]
    assert all(call.get("protect_content") for call in mine)
    # Somebody else gets nowhere with the same button.
    other = await world.regular("别人")
    await forge(other, f"cases:open:{case_id}")
    assert "没有找到这件事" in (other.toast() or await other.reads())
    assert checks.leaks(world, logged.getvalue()) == []


async def test_the_code_keeps_others_out_and_does_not_stay_in_the_chat(
    small_world: World,
) -> None:
    world = small_world
    await house_of(world)
    member = await world.regular()
    await hands_in(member, "先不留")
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("设密码")
    assert "设好了" in await member.says("246810")
    assert all("246810" not in str(message["text"]) for message in member.messages())
    assert "请发 6 位密码" in await member.says("/cases")
    assert "还能试 4 次" in await member.says("111111")
    assert "密码对了" in await member.says("246810")
    assert "我的事项" in await member.presses("📁 我的事项")
    world.clock.move(minutes=11)
    assert "请发 6 位密码" in await member.says("/cases")
    assert checks.places_of(world, "246810") == []


async def test_the_way_on_is_below_the_photos_that_came(small_world: World) -> None:
    world = small_world
    await house_of(world)
    member = await world.regular()
    await to_story(member)
    for text in (STORY, "速达配送", "13500"):
        await member.says(text)
    world.simulator.photo(member.id, data=photo("red"))
    await world.settle()
    told = await member.reads()
    # Nothing can be sorted by kind in the form: "0 of 5" would look as if the photo was no good.
    assert "编号 E01" in told and "0/5" not in told
    assert member.buttons() == ["📋 看看、删除", "下一步 ➡"]
    await member.presses("看看、删除")
    assert member.buttons() == ["🗑 删掉 E01", "下一步 ➡"]
    assert "希望由谁来办" in await member.presses("下一步")
    assert "希望由谁来办" in str(member.bot_messages()[-1]["text"])


async def test_what_shows_a_case_is_wiped_from_the_chat(small_world: World) -> None:
    world = small_world
    await house_of(world)
    member = await world.regular()
    await hands_in(member)
    assert any(STORY in str(message["text"]) for message in member.messages())
    # What was kept of the limits shows the same matter.
    await member.says("/limits")
    await member.presses("辞退、离职补偿")
    await member.presses("还没申请")
    await member.says("2025-12-02")
    await member.presses("没要过")
    await member.presses("记下，到期前提醒我")
    await member.presses("同意")
    await member.says("/limits")
    await member.presses("记下的")
    assert "最后一天" in await member.presses("辞退和补偿")
    await member.says("/cases")
    await member.presses("🔒 保密")
    assert re.search(r"清掉了 \d+ 条", await member.presses("清除本对话痕迹"))
    left = [str(message["text"]) for message in member.messages()]
    for secret in (STORY, NAME, PHONE, "编号是"):
        assert not any(secret in text for text in left), secret
    assert not any("最后一天是" in text for text in left)
    assert "我的事项" in await member.says("/cases")
    assert len(checks.contents(world)["cases"]) == 1


async def test_an_anonymous_consultation_gets_a_name_later(small_world: World) -> None:
    world = small_world
    house = await house_of(world)
    member = await world.regular()
    assert "您没有留姓名" in await hands_in(member, "先不留")
    case_id = await case_of(world, house)
    assert checks.places_of(world, str(member.id)).count("case_identities.member_print") == 0
    await member.presses("看看进展")
    assert "怎么称呼您" in await member.presses("补上姓名")
    await member.says(NAME)
    await member.presses("跳过")
    await member.presses("跳过")
    assert "补上了" in await member.presses("✅ 提交")
    assert await case_of(world, house) == case_id


async def test_leaving_and_throwing_away_are_not_the_same(small_world: World) -> None:
    world = small_world
    await house_of(world)
    member = await world.regular()
    await to_story(member)
    await member.says(STORY)
    assert "存好了" in await member.presses("先存着")
    assert "是哪家单位" in await member.presses("继续上次填写")
    # Another form in between takes nothing away.
    await member.says("/calc")
    await member.starts()
    assert "没填完" in await member.reads()
    await member.presses("删掉，重新填")
    assert checks.places_of(world, STORY) == []
    assert "哪一类事" in await member.reads()


async def test_nothing_is_kept_of_somebody_who_does_not_agree(small_world: World) -> None:
    world = small_world
    await house_of(world)
    member = await world.regular()
    await member.says("老板三个月没开支了，咋办")
    await member.presses("请工会帮忙")
    await member.presses("不同意")
    assert checks.contents(world)["case_intakes"] == []


@pytest.mark.parametrize(
    "data",
    [
        "cases:open:0000000000000000",
        "cases:paid:0000000000000000:0000000000000000:yes",
        "cases:paid:x:y:maybe",
        "cases:slot:x:y:z",
        "cases:tell:x:y:perhaps",
        "cases:rate:x:9",
        "cases:undoyes:0000000000000000",
        "cases:pick:kind:wages",
        "cases:pick:nothing:x",
        "cases:back:story",
        "cases:edit:check",
        "cases:send",
        "cases:name:0000000000000000",
    ],
)
async def test_a_forged_button_changes_nothing(small_world: World, data: str) -> None:
    member = await small_world.regular()
    before = checks.contents(small_world)
    await forge(member, data)
    after = checks.contents(small_world)
    for table in ("cases", "case_identities", "case_intakes", "case_steps", "drafts"):
        assert after[table] == before[table]
    assert checks.unanswered_presses(small_world) == set()


async def test_units_without_a_house_still_lead_to_the_top(small_world: World) -> None:
    """A small union with one office: there is no town, and the case arrives nevertheless."""
    world = small_world
    units = UnitService(world.parts.database, world.clock)
    top = await units.create_top(operator(), "测试区总工会")
    await units.create(operator(), "小厂", Level.ENTERPRISE, top.id)
    member = await world.regular()
    await to_story(member)
    await member.says(STORY)
    await member.says("小厂")
    await member.presses("跳过")
    await member.presses("下一步")
    await member.presses("镇街工会")
    await member.presses("先不留")
    assert "测试区总工会" in await member.presses("✅ 提交")


async def test_old_buttons_ask_for_the_code_as_well(small_world: World) -> None:
    """T5: whoever holds the phone later gets no paper, no list of files, and agrees to nothing."""
    world = small_world
    house = await house_of(world)
    member = await world.regular()
    await hands_in(member)
    case_id = await case_of(world, house)
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("设密码")
    await member.says("246810")
    await member.says("246810")
    for data in (
        f"papers:menu:{case_id}",
        f"papers:make:{case_id}:request:pdf",
        f"evidence:open:{case_id}",
        f"evidence:list:{case_id}",
        f"cases:undoyes:{case_id}",
        f"cases:tell:{case_id}:0000000000000000:yes",
    ):
        await forge(member, data)
        assert "请发 6 位密码" in await member.reads(), data
    assert checks.contents(world)["cases"][0]["state"] == "received"
    assert "密码对了" in await member.says("246810")
    await forge(member, f"papers:menu:{case_id}")
    assert "文书" in await member.reads()


async def test_words_go_where_they_were_asked_for_last(small_world: World) -> None:
    """A code is not sent to the people one talks to, nor are words to people taken by a form."""
    world = small_world
    house = await house_of(world)
    await house.person(Role.CASEWORKER, house.top, world.member("区调解").id, name="区调解")
    member = await world.regular()
    await to_story(member)
    world.clock.move(minutes=1)
    await member.says("/human")
    await member.says("想问个事")
    assert len(checks.contents(world)["talk_messages"]) == 1
    world.clock.move(minutes=1)
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("设密码")
    assert "设好了" in await member.says("246810")
    assert len(checks.contents(world)["talk_messages"]) == 1
    await member.says("还有一件事")
    assert len(checks.contents(world)["talk_messages"]) == 2


async def test_the_consent_is_taken_back_with_open_eyes(small_world: World) -> None:
    world = small_world
    await house_of(world)
    member = await world.regular()
    await hands_in(member)
    await member.says("👤 我的")
    await member.presses("✅ 我同意过的")
    asked = await member.presses("撤回：办理维权求助")
    assert "正在办的 1 件" in asked and "第四十七条" in asked
    assert len(checks.contents(world)["case_facts"]) == 1
    await member.presses("不撤了")
    await member.presses("撤回：办理维权求助")
    await member.presses("确定撤回，停办并删除")
    after = checks.contents(world)
    assert after["cases"][0]["state"] == "withdrawn"
    assert after["case_facts"] == after["case_identities"] == []
    assert checks.places_of(world, STORY) == []
    assert "现在没有正在办的事" in await member.says("/cases")
