"""To a human and back: one press, people who answer, a bot that keeps quiet meanwhile."""

from __future__ import annotations

import secrets
from datetime import timedelta

from domain.attachments import read_file
from domain.staff import Actor, Flag, Grant, Granted, Role, Staff
from domain.units import Level
from services.talks import TalkReader
from tests.journeys import checks
from tests.services.talk_kit import HOURS, POLICY
from tests.world import Person, World

SECRET = "我在安宁上班，老板三个月没给我开工资"
JPEG = (
    b"\xff\xd8\xff\xe1\x00\x10Exif\0\0SECRET!!" + b"\xff\xda\x00\x04\x00\x00picture" + b"\xff\xd9"
)


async def on_duty(world: World, name: str = "周办事") -> tuple[Person, Actor]:
    """Somebody on duty with a phone, and the union's units if there are none yet."""
    phone = await world.regular(name)
    now = world.clock.now()
    async with world.parts.database.open_work() as work:
        top = await work.units.find_top() or await work.units.add("测试区", Level.DISTRICT, None)
        account = Staff(secrets.token_hex(8), name, phone.id, None, False, now)
        grant = Grant(Role.CASEWORKER, top.path, frozenset[Flag]())
        await work.staff.add(account)
        await work.grants.add(
            Granted(
                secrets.token_hex(8),
                account.id,
                grant,
                top.id,
                top.name,
                None,
                "operator",
                now,
                starts_at=now - timedelta(days=2),
            )
        )
        await work.commit()
    return phone, Actor(account.id, name, (grant,))


def reader(world: World) -> TalkReader:
    return TalkReader(world.parts.database, world.clock, HOURS, POLICY)


async def live(world: World, member: Person) -> str:
    talk = await world.parts.desk.talks.find_live(member.id)
    assert talk is not None
    return talk.id


async def test_to_a_human_and_back(world: World) -> None:
    duty, actor = await on_duty(world)
    member = await world.regular()
    desk = world.parts.desk.talk_desk
    await member.says("老板三个月没发工资了")
    shown = await member.presses("🙋 找人")
    assert "正在帮您找人" in shown and "30 分钟" in shown and "110" in shown
    await world.deliver()
    alert = await duty.reads()
    assert "有会员在等人回复" in alert
    assert member.id not in [int(word) for word in alert.split() if word.isdigit()]
    assert "收到了，已经转给工作人员" in await member.says(SECRET)
    # One word of thanks, then quiet: also before somebody has it.
    count = len(member.bot_messages())
    await member.says("还有，合同也没签")
    assert len(member.bot_messages()) == count
    assert "由您接手了" in await duty.presses("我来接")
    await world.deliver()
    assert "周办事" in await member.reads()
    talk = await live(world, member)
    view = await reader(world).get(actor, talk)
    assert view.context.question == "老板三个月没发工资了"
    assert "拖欠工资怎么要" in view.context.shown and view.talk.entry_id == "wage.arrears"
    assert [one.what.text for one in view.said] == [SECRET, "还有，合同也没签"]
    await desk.note(actor, talk, "内部的话")
    await desk.reply(actor, talk, "请带上劳动合同 <来一趟>")
    await world.deliver()
    assert "周办事" in await member.reads() and "<来一趟>" in await member.reads()
    # While people talk the bot says nothing, but its keys and commands work.
    count = len(member.bot_messages())
    await member.says("怎么加入工会")
    assert len(member.bot_messages()) == count
    await member.presses("❓ 怎么用")
    assert len(member.bot_messages()) == count + 1
    await desk.close(actor, talk)
    await world.deliver()
    assert "您觉得怎么样" in await member.reads()
    assert "哪里不好" in await member.presses("不满意")
    assert "记下了" in await member.presses("没解决")
    # The bot is back.
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")
    world.clock.move(days=2)
    assert "接着说" in await member.presses("还没完")
    assert await live(world, member) == talk
    assert not any("内部的话" in str(call) for call in world.calls("sendMessage"))
    kept = checks.contents(world)
    assert SECRET not in str(kept) and "请带上劳动合同" not in str(kept["outbox"])


async def test_pictures_go_both_ways_and_say_no_more_than_they_show(small_world: World) -> None:
    world = small_world
    _, actor = await on_duty(world)
    member = await world.regular()
    await member.presses("🙋 找人")
    for number in range(10):
        # An album of ten: each comes by itself, and one word of thanks for all.
        world.simulator.photo(
            member.id, f"{number}.jpg", data=JPEG, **({"caption": "工资条"} if not number else {})
        )
    await world.settle()
    assert sum("收到了" in message["text"] for message in member.bot_messages()) == 1
    talk = await live(world, member)
    await world.parts.desk.talk_desk.claim(actor, talk)
    await world.deliver()
    view = await reader(world).get(actor, talk)
    assert len(view.said) == 10 and view.said[0].what.text == "工资条"
    file = view.said[0].file
    assert file is not None
    data = (await reader(world).read_file(actor, talk, file.id)).data
    assert data.endswith(b"picture\xff\xd9") and b"SECRET" not in data
    world.simulator.document(member.id, "a.jpg", data=b"MZ a program")
    await world.settle()
    assert "没法收" in await member.reads()
    world.simulator.document(member.id, "a.pdf", size=25 * 1024 * 1024)
    await world.settle()
    assert "文件太大了" in await member.reads()
    assert "语音我还听不懂" in await member.sends(
        {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}
    )
    await world.parts.desk.talk_desk.reply(actor, talk, "看这里", read_file("a.jpg", JPEG))
    await world.parts.desk.talk_desk.reply(
        actor, talk, "填这张表", read_file("b.pdf", b"%PDF-1.4 x")
    )
    await world.deliver()
    world.clock.move(seconds=5)
    await world.deliver()
    sent = [one for one in member.bot_messages() if one["media"]]
    assert [one["media"]["kind"] for one in sent] == ["photo", "document"]
    assert "看这里" in sent[0]["text"] and sent[1]["media"]["name"] == "b.pdf"


async def test_a_cry_for_help_is_answered_first_and_somebody_is_told(small_world: World) -> None:
    world = small_world
    duty, _ = await on_duty(world)
    world.clock.move(hours=9)
    member = await world.regular()
    assert "没有人值班" in await member.presses("🙋 找人")
    await member.says("我不想活了")
    assert "110" in await member.reads()
    await world.deliver()
    assert "马上有人联系" in await duty.reads()
    talk = await world.parts.desk.talks.find_live(member.id)
    assert talk is not None and talk.priority == 1


async def test_who_asks_for_a_human_after_words_of_danger_is_not_left_until_the_morning(
    small_world: World,
) -> None:
    world = small_world
    duty, _ = await on_duty(world)
    while HOURS.is_open(world.clock.now()):
        world.clock.move(hours=1)
    member = await world.regular()
    assert "110" in await member.says("我不想活了")
    asked = await member.presses("🙋 找人")
    # Honest: they were told, and nobody can promise that they look.
    assert "已经马上提醒" in asked and "先打上面的电话" in asked
    await world.deliver()
    assert "马上有人联系" in await duty.reads()


async def test_the_member_blocks_the_bot_and_the_reply_is_seen_as_lost(small_world: World) -> None:
    world = small_world
    _, actor = await on_duty(world)
    member = await world.regular()
    await member.presses("🙋 找人")
    await member.says(SECRET)
    talk = await live(world, member)
    await world.parts.desk.talk_desk.claim(actor, talk)
    await world.deliver()
    world.simulator.block(member.id)
    await world.settle()
    await world.parts.desk.talk_desk.reply(actor, talk, "在吗")
    await world.deliver()
    view = await reader(world).get(actor, talk)
    assert view.unreached is not None and view.unreached.why in ("blocked", "unreachable")


async def test_a_form_that_was_begun_after_the_press_has_the_word(small_world: World) -> None:
    world = small_world
    _, actor = await on_duty(world)
    member = await world.regular()
    await member.says("/calc")
    await member.presses("加班费")
    world.clock.move(seconds=30)
    await member.presses("🙋 找人")
    assert "收到了，已经转给" in await member.says("我想问问")
    world.clock.move(seconds=30)
    await member.presses("📝 留言")
    assert "已经留给工作人员" in await member.says("食堂的饭凉了")
    await member.says("还在吗")
    await world.parts.desk.talk_desk.claim(actor, await live(world, member))
    view = await reader(world).get(actor, await live(world, member))
    assert [one.what.text for one in view.said] == ["我想问问", "还在吗"]


async def test_words_to_people_are_kept_however_fast_they_come(small_world: World) -> None:
    world = small_world
    _, actor = await on_duty(world)
    member = await world.regular()
    await member.presses("🙋 找人")
    object.__setattr__(world.parts.desk.pace, "burst", 1)
    object.__setattr__(world.parts.desk.pace, "per_second", 0.001)
    for number in range(8):
        world.simulator.say(member.id, f"第 {number} 句")
    await world.settle()
    talk = await live(world, member)
    await world.parts.desk.talk_desk.claim(actor, talk)
    assert len((await reader(world).get(actor, talk)).said) == 8


async def test_buttons_of_a_talk_do_nothing_for_others(small_world: World) -> None:
    world = small_world
    await on_duty(world)
    member, other = await world.regular(), await world.regular("别人")
    await member.presses("🙋 找人")
    talk = await live(world, member)
    place = other.bot_messages()[-1]["id"]
    for verb in ("leave", "claim", "rate", "reopen", "why"):
        more = {"rate": ":3", "why": ":slow"}.get(verb, "")
        world.simulator.press_data(other.id, place, f"talk:{verb}:{talk}{more}")
        await world.settle()
        assert other.toast() == "这个按钮已失效，请用新的", verb
    assert await live(world, member) == talk
    # Control: for the member the same button works, and of a mere press nothing stays.
    assert "不找人了" in await member.presses("不找人了")
    assert await world.parts.desk.talks.find_live(member.id) is None
    assert checks.contents(world)["talks"] == []


async def test_numbers_that_must_not_be_kept_are_not_kept_in_a_talk_either(
    small_world: World,
) -> None:
    world = small_world
    _, actor = await on_duty(world)
    member = await world.regular()
    await member.presses("🙋 找人")
    await member.says("我的身份证 11010519491231002X")
    talk = await live(world, member)
    await world.parts.desk.talk_desk.claim(actor, talk)
    (said,) = (await reader(world).get(actor, talk)).said
    assert said.what.text == "我的身份证 ***"
