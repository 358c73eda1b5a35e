"""A member asks, on the whole program."""

from __future__ import annotations

from domain.ask import Decision
from tests.journeys import checks
from tests.world import World

WAGES = "老板三个月没发工资了"
NOTHING = "asdf qwer"


async def test_unpaid_wages_are_answered_with_source_and_buttons(world: World) -> None:
    rider = await world.regular()
    answer = await rider.says(WAGES)
    assert "拖欠工资怎么要" in answer
    assert "《劳动合同法》第三十条" in answer
    assert "📖 展开详情" in rider.buttons()
    assert "👍 有用" in rider.buttons()
    (question,) = checks.contents(world)["questions"]
    assert question["text"] == WAGES
    assert question["entry_id"] == "wage.arrears"
    assert question["decision"] == Decision.ANSWER
    assert str(question["asked_on"]) == "2026-11-25"
    assert not question["in_group"]


async def test_a_page_unfolds_and_folds_in_place(world: World) -> None:
    member = await world.regular()
    short = await member.says(WAGES)
    count = len(member.messages())
    full = await member.presses("展开详情")
    assert len(full) > len(short)
    assert "📖 依据" in full
    assert "2026-11-22" in full
    assert "👍 有用" in member.buttons()
    assert await member.presses("收起") == short
    assert len(member.messages()) == count
    assert member.bot_messages()[-1]["edited"]


async def test_a_next_step_opens_below_and_leaves_the_answer(small_world: World) -> None:
    member = await small_world.regular()
    answer = await member.says("机器压断手指头是不是工伤")
    await member.presses("怎么申请工伤认定")
    texts = [message["text"] for message in member.bot_messages()]
    assert texts[-2] == answer
    assert "工伤认定怎么申请" in texts[-1]
    # It belongs to no question, so there is nothing to judge.
    assert "👍 有用" not in member.buttons()
    full = await member.presses("展开详情")
    assert "三样材料" in full
    assert "🙋 找人" in member.buttons()


async def test_a_helpful_answer_is_thanked_for_and_kept(world: World) -> None:
    member = await world.regular()
    answer = await member.says(WAGES)
    assert await member.presses("👍 有用") == answer
    assert member.toast() == "谢谢，记下了"
    assert checks.contents(world)["questions"][0]["verdict"] == "helpful"
    await member.presses("👍 有用")
    assert member.toast() == "谢谢，记下了"


async def test_an_unhelpful_answer_is_asked_about_and_can_be_left_for_staff(world: World) -> None:
    member = await world.regular()
    answer = await member.says(WAGES)
    assert await member.presses("👎 没用") == answer
    assert member.toast() == "抱歉没帮上忙。是哪里不好？"
    # The ways on stay; only the row with the thumbs gives way to the reasons.
    assert member.buttons()[0] == "📖 展开详情"
    assert member.buttons()[-3:] == ["不是我问的", "看不懂", "可能过时"]
    await member.presses("看不懂")
    assert member.toast() == "谢谢，我们会改"
    assert member.buttons()[-2:] == ["📝 留给工作人员", "🙋 找人"]
    left = await member.presses("📝 留给工作人员")
    assert "没有记您的名字" in left
    assert member.bot_messages()[-2]["text"] == answer
    (question,) = checks.contents(world)["questions"]
    assert (question["verdict"], question["complaint"]) == ("unhelpful", "unclear")
    assert question["for_staff"]


async def test_a_short_ambiguous_word_gives_choices_and_the_choice_becomes_the_page(
    world: World,
) -> None:
    member = await world.regular()
    assert "您是不是想问" in await member.says("工伤")
    count = len(member.messages())
    titles = member.buttons()[:-2]
    assert 2 <= len(titles) <= 3
    assert member.buttons()[-2:] == ["都不是", "🙋 找人"]
    page = await member.presses("工伤认定怎么申请")
    assert page.startswith("工伤认定怎么申请")
    assert len(member.messages()) == count
    assert member.bot_messages()[-1]["edited"]
    (question,) = checks.contents(world)["questions"]
    assert question["chosen"] == "injury.apply"
    await member.presses("👍 有用")
    assert checks.contents(world)["questions"][0]["verdict"] == "helpful"


async def test_none_of_the_choices_leads_on_in_place(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("工伤")
    count = len(member.messages())
    assert "还没有可靠的答案" in await member.presses("都不是")
    ways = ["📚 按主题看", "🙋 找人", "📝 留给工作人员", "🔔 有答案了告诉我"]
    assert member.buttons() == ways
    assert len(member.messages()) == count
    await member.presses("📝 留给工作人员")
    assert member.toast() == "已留给工作人员"
    # What is done cannot be pressed again.
    asked = member.bot_messages()[-2]["buttons"]
    ways.remove("📝 留给工作人员")
    assert [button["text"] for row in asked for button in row] == ways
    assert checks.contents(small_world)["questions"][0]["for_staff"]


async def test_a_choice_list_is_kept_with_what_was_offered_and_that_none_was_meant(
    world: World,
) -> None:
    member = await world.regular()
    await member.says("工伤")
    titles = member.buttons()[:-2]
    await member.presses("都不是")
    (question,) = checks.contents(world)["questions"]
    assert len(question["offered"].split(" ")) == len(titles)
    assert question["rejected"]
    assert question["chosen"] is None


async def test_the_way_to_a_human_is_counted_for_the_question_that_led_there(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await member.says(WAGES)
    assert not checks.contents(small_world)["questions"][0]["asked_human"]
    await member.presses("🙋 找人")
    assert member.buttons() == ["📝 留言"]
    assert checks.contents(small_world)["questions"][0]["asked_human"]
    await member.says("/human")
    await member.says(NOTHING)
    kept = checks.contents(small_world)["questions"]
    assert [row["asked_human"] for row in kept] == [True, False]


async def test_what_nobody_knows_is_said_honestly(small_world: World) -> None:
    member = await small_world.regular()
    assert "还没有可靠的答案" in await member.says(NOTHING)
    assert member.buttons() == ["📚 按主题看", "🙋 找人", "📝 留给工作人员", "🔔 有答案了告诉我"]
    assert not checks.contents(small_world)["questions"][0]["for_staff"]
    assert "您想了解哪方面" in await member.presses("📚 按主题看")


async def test_a_greeting_is_invited_to_ask_and_not_kept(small_world: World) -> None:
    member = await small_world.regular()
    assert "您想问什么事呢" in await member.says("你好")
    assert checks.contents(small_world)["questions"] == []


async def test_a_question_that_was_purged_cannot_be_left_and_says_so(small_world: World) -> None:
    member = await small_world.regular()
    await member.says(NOTHING)
    small_world.clock.move(days=400)
    await small_world.tick("questions.purge")
    assert checks.contents(small_world)["questions"] == []
    await member.presses("📝 留给工作人员")
    assert member.toast() == "这条记录已经不在了，请重新问一次"


async def test_each_question_gets_its_own_unguessable_id(small_world: World) -> None:
    member = await small_world.regular()
    for _ in range(3):
        await member.says(WAGES)
    ids = [row["id"] for row in checks.contents(small_world)["questions"]]
    assert len(set(ids)) == 3
    assert {len(number) for number in ids} == {12}
