"""A forgotten code in the chat: by the member, and by somebody who holds their phone."""

from __future__ import annotations

from tests.journeys import checks
from tests.journeys.test_cases import STORY, case_of, forge, hands_in, house_of
from tests.world import Person, World

OLD, NEW = "246810", "135791"


async def with_code(world: World) -> tuple[Person, str]:
    """A member with a case behind a code, who comes back later; what opens the case."""
    house = await house_of(world)
    member = await world.regular()
    await hands_in(member, "先不留")
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("设密码")
    await member.says(OLD)
    world.clock.move(hours=1)
    return member, await case_of(world, house)


async def pass_time(world: World, hours: float) -> None:
    world.clock.move(hours=hours)
    await world.deliver()


def told(member: Person) -> int:
    """How often the chat was told that a change is coming."""
    texts = [str(message["text"]) for message in member.messages()]
    return sum("有一项设置申请了更改" in text for text in texts)


async def test_who_forgot_the_code_sets_another_a_day_later(world: World) -> None:
    member, _ = await with_code(world)
    assert "请发 6 位密码" in await member.says("/cases")
    assert "要等一天" in await member.presses("忘了密码")
    assert "已经申请换密码" in await member.presses("申请换密码")
    await pass_time(world, 1)
    assert "有一项设置申请了更改" in await member.reads()
    # The second time is at night, and waits for the morning.
    await pass_time(world, 11)
    assert told(member) == 1
    await pass_time(world, 6)
    assert told(member) == 2
    await pass_time(world, 6)
    assert "现在可以改了" in await member.reads()
    # Still nothing is open.
    assert "请发 6 位密码" in await member.says("/cases")
    assert "可以设新密码了" in await member.presses("忘了密码")
    assert "当密码" in await member.presses("设新密码")
    assert "设好了" in await member.says(NEW)
    assert all(NEW not in str(message["text"]) for message in member.messages())
    await world.deliver()
    assert "刚刚改好了" in await member.reads()
    await member.says("/cases")
    assert "还能试 4 次" in await member.says(OLD)
    assert "密码对了" in await member.says(NEW)
    assert checks.places_of(world, NEW) == []


async def test_somebody_else_at_the_phone_is_stopped_by_one_press(small_world: World) -> None:
    """They ask, wipe the chat and give the phone back; the owner sees it all the same."""
    world = small_world
    member, case_id = await with_code(world)
    await member.says("/cases")
    await member.presses("忘了密码")
    await member.presses("申请换密码")
    for data in ("cases:forgotset", "cases:newcode", "cases:nocode", f"cases:open:{case_id}"):
        await forge(member, data)
        assert len(checks.contents(world)["case_codes"]) == 1
    await member.says("/cases")
    await pass_time(world, 2)
    told = await member.reads()
    assert "有一项设置申请了更改" in told and "密码" not in told
    assert "没有变" in await member.presses("不换了，取消")
    await pass_time(world, 24)
    assert "现在可以改了" not in str([message["text"] for message in member.messages()])
    await member.says("/cases")
    assert "要等一天" in await member.presses("忘了密码")


async def test_who_remembers_goes_in_with_the_old_code(small_world: World) -> None:
    world = small_world
    member, _ = await with_code(world)
    await member.says("/cases")
    await member.presses("忘了密码")
    await member.presses("申请换密码")
    await member.says("/cases")
    assert "密码对了" in await member.says(OLD)
    await pass_time(world, 30)
    assert not any("设置" in str(message["text"]) for message in member.messages())


def files_of(world: World, member: Person) -> int:
    """How many files the bot sent to the member."""
    messages = world.simulator.chats[member.id].messages.values()
    return sum("document" in message.data for message in messages)


async def test_the_copy_of_everything_and_erasing_it_are_behind_the_code(world: World) -> None:
    """The story is in the copy, so it would be the way round the code."""
    member, case_id = await with_code(world)
    await member.says("/mydata")
    assert "请发 6 位密码" in await member.presses("📥 给我一份")
    assert files_of(world, member) == 0
    # Not even that something is open is told, and nothing goes.
    for data in ("mydata:copy", "mydata:erase", "mydata:erase_now"):
        await member.presses("忘了密码")
        await forge(member, data)
        assert "请发 6 位密码" in await member.reads(), data
    assert "请发 6 位密码" in await member.says("/delete")
    assert [row["id"] for row in checks.contents(world)["cases"]] == [case_id]
    # With the code it goes on to what was asked for.
    assert "密码对了" in await member.says(OLD)
    assert "会马上删掉" in await member.presses("接着刚才的")
    await member.presses("确认，全部删除")
    assert "办完之前要留着" in str(member.toast())
    world.clock.move(minutes=11)
    await forge(member, "mydata:copy")
    await member.says(OLD)
    await member.presses("接着刚才的")
    assert files_of(world, member) == 2
    # What was handed out goes with the rest that shows the case.
    await member.says("/cases")
    await member.presses("🔒 保密")
    await member.presses("清除本对话痕迹")
    assert files_of(world, member) == 0


async def test_what_is_asked_for_before_the_code_is_nobodys_to_read(world: World) -> None:
    """A button names its case: that the member waits before it stands nowhere in the clear."""
    member, case_id = await with_code(world)
    await forge(member, f"cases:open:{case_id}")
    (draft,) = checks.contents(world)["drafts"]
    assert case_id not in str(draft)
    await member.says(OLD)
    await member.presses("接着刚才的")
    assert "刷新" in member.buttons()


async def test_no_other_way_leads_round_the_code(small_world: World) -> None:
    """Limits kept, the consent and with it the case, money that came, files handed in."""
    world = small_world
    member, case_id = await with_code(world)
    before = checks.contents(world)
    for data in (
        "limits:kept",
        "limits:open:0000000000000000",
        "limits:forget:0000000000000000",
        f"limits:case:wages:{case_id}",
        "consent:withdraw:case",
        "consent:refuse:case",
        "consent:stop",
        f"cases:paid:{case_id}:0000000000000000:yes",
        f"evidence:done:{case_id}",
        "cases:anew",
        "cases:drop",
    ):
        await forge(member, data)
        assert "请发 6 位密码" in await member.reads(), data
        # So that the next time it is asked shows.
        await member.presses("忘了密码")
    after = checks.contents(world)
    for table in ("cases", "consents", "case_facts", "rights_clocks", "case_instalments"):
        assert after[table] == before[table], table


async def test_the_page_with_all_answers_is_behind_the_code(small_world: World) -> None:
    """Somebody else at the phone presses the last buttons of a form that lies open."""
    world = small_world
    member, _ = await with_code(world)
    await member.says("/cases")
    await member.says(OLD)
    await forge(member, "cases:new")
    await member.presses("工资没发够")
    for text in (STORY, "速达配送", "13500"):
        await member.says(text)
    await member.presses("下一步")
    await member.presses("镇街工会")
    world.clock.move(hours=1)
    assert "请发 6 位密码" in await member.presses("先不留")
    await member.says(OLD)
    assert STORY in await member.presses("接着刚才的")
