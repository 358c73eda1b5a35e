"""A member asks what goes into which bin, on the whole program with the table that is shipped."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.ask import Decision
from tests import databases
from tests.journeys import checks
from tests.world import MovableClock, World, start_world

SHIPPED = Path(__file__).parents[2] / "knowledge"


@pytest.fixture
async def sorting(
    logged: io.StringIO, blank: Path, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[World]:
    """The whole program once, with the shipped knowledge."""
    with databases.sqlite(blank, tmp_path) as url:
        async with start_world(url, clock, mode="polling", knowledge=SHIPPED) as world:
            yield world
            assert checks.unanswered_presses(world) == set()
            assert checks.leaks(world, logged.getvalue()) == []
            assert checks.traces_of_people(world) == []


async def test_a_thing_is_answered_with_bin_how_basis_and_certainty(sorting: World) -> None:
    member = await sorting.regular()
    answer = await member.says("大骨头是什么垃圾")
    assert "大骨头 → 🗑 其他垃圾" in answer
    assert "投到写着“其他垃圾”的桶" in answer
    assert "通行做法" in answer
    assert "《北京市生活垃圾管理条例》第七十七条第（五）项" in answer
    assert member.buttons() == ["其他垃圾有哪些", "🔎 再查一个", "👍 有用", "👎 没用"]
    (question,) = checks.contents(sorting)["questions"]
    assert question["text"] == "大骨头是什么垃圾"
    assert question["decision"] == Decision.ANSWER
    assert question["entry_id"] == "waste.other"


async def test_the_buttons_lead_on(sorting: World) -> None:
    member = await sorting.regular()
    answer = await member.says("灯管扔哪儿")
    assert "☣️ 有害垃圾" in answer
    assert "条例写明的一类" in answer
    assert "有害垃圾怎么投" in await member.presses("有害垃圾怎么投")
    assert "直接发东西的名字" in await member.presses("🔎 再查一个")
    assert "大骨头 → 🗑 其他垃圾" in await member.says("大骨头")
    await member.presses("👍 有用")
    assert member.toast() == "谢谢，记下了"
    assert checks.contents(sorting)["questions"][1]["verdict"] == "helpful"


async def test_what_did_not_help_is_asked_about_in_place(sorting: World) -> None:
    member = await sorting.regular()
    await member.says("大骨头是什么垃圾")
    await member.presses("👎 没用")
    assert member.buttons() == [
        "其他垃圾有哪些",
        "🔎 再查一个",
        "不是我问的",
        "看不懂",
        "可能过时",
    ]


async def test_several_things_come_in_one_answer(sorting: World) -> None:
    member = await sorting.regular()
    answer = await member.says("大骨头、鱼刺、充电宝、led灯扔哪个桶")
    for line in ("• 大骨头 → 🗑 其他垃圾", "• 鱼刺 → 🥬 厨余垃圾", "• 充电宝 → ☎️"):
        assert line in answer
    assert "以小区公示和市里公布的目录为准" in answer
    assert "第七十七条第（五）项、第七十七条第（二）项" in answer
    assert len(answer) < 1000


async def test_more_than_five_things_are_cut_and_it_is_said(sorting: World) -> None:
    member = await sorting.regular()
    answer = await member.says("大骨头、鸡骨头、鱼刺、奶茶杯、电池、纸箱是什么垃圾")
    assert "一次最多查 5 样" in answer
    assert "纸箱" not in answer


async def test_what_is_not_sure_is_said_to_be_unsure(sorting: World) -> None:
    member = await sorting.regular()
    assert "这样拿不太准" in await member.says("旧棉被扔哪里")
    answer = await member.says("充电宝怎么扔")
    assert "不进四类桶" in answer
    assert "别扎" in answer
    assert "以物业、社区的答复为准" in answer


async def test_a_dirty_thing_is_told_to_be_other_waste(sorting: World) -> None:
    member = await sorting.regular()
    assert "洗不干净、擦不干净的，投其他垃圾" in await member.says("沾了油的纸箱扔哪个桶")


async def test_a_thing_like_a_known_one_is_answered_by_that_one(sorting: World) -> None:
    member = await sorting.regular()
    assert "按“冰箱”回答" in await member.says("海尔冰箱怎么扔")
    assert "我按“一次性筷子”查的" in await member.says("一次性快子扔哪个桶")


async def test_an_unknown_thing_is_not_guessed(sorting: World) -> None:
    member = await sorting.regular()
    answer = await member.says("魔法棒是什么垃圾")
    assert "“魔法棒”，我的表里还没有" in answer
    assert "可以这样判断" in answer
    assert member.buttons() == ["垃圾分哪四类", "🔎 再查一个"]
    (question,) = checks.contents(sorting)["questions"]
    assert (question["decision"], question["entry_id"]) == (Decision.NONE, None)


async def test_of_things_that_sound_alike_one_is_picked(sorting: World) -> None:
    member = await sorting.regular()
    assert "是不是下面这几样" in await member.says("充电保怎么扔")
    assert "充电宝" in member.buttons()
    count = len(member.messages())
    assert "充电宝 → ☎️" in await member.presses("充电宝")
    assert len(member.messages()) == count
    assert "👍 有用" in member.buttons()
    (question,) = checks.contents(sorting)["questions"]
    assert question["decision"] == Decision.CHOICES
    assert question["chosen"] == "waste.categories"


async def test_a_forged_thing_is_refused_kindly(sorting: World) -> None:
    member = await sorting.regular()
    await member.says("充电保怎么扔")
    chat = sorting.simulator.screen(member.id)["messages"][-1]
    sorting.simulator.press_data(member.id, chat["id"], "waste:item:000000000000:AAAAAAAAAAAA")
    await sorting.settle()
    assert member.toast() == "这一页已经更新或下线了，请重新问一次"


async def test_words_are_shown_as_text_never_as_markup(sorting: World) -> None:
    member = await sorting.regular()
    assert "<b>" not in await member.says("<b>大骨头</b>是什么垃圾")


async def test_a_question_about_an_injury_is_no_question_about_waste(sorting: World) -> None:
    member = await sorting.regular()
    assert "→" not in await member.says("换电瓶被砸伤了算工伤吗")


async def test_a_cry_for_help_comes_first(sorting: World) -> None:
    member = await sorting.regular()
    assert "→" not in await member.says("不想活了 农药扔哪")
    assert checks.contents(sorting)["questions"] == []


async def test_it_works_in_a_group(sorting: World) -> None:
    people = [sorting.member(name) for name in ("王芳", "李强")]
    group = sorting.simulator.add_group("班组群", [person.id for person in people])
    await sorting.settle()
    answer = await people[0].says("/ask 大骨头是什么垃圾", group)
    assert "大骨头 → 🗑 其他垃圾" in answer
    last = people[0].messages(group)[-1]
    assert [key["text"] for row in last["buttons"] for key in row] == ["💬 私下问暖心"]
    (question,) = checks.contents(sorting)["questions"]
    assert question["in_group"]


async def test_without_a_table_the_pages_answer_as_before(small_world: World) -> None:
    member = await small_world.regular()
    assert "厨余垃圾怎么投" in await member.says("剩饭剩菜扔哪里")
    assert "📖 展开详情" in member.buttons()


async def test_after_a_thing_nobody_asks_on_about_an_older_page(sorting: World) -> None:
    member = await sorting.regular()
    await member.says("老板三个月没发工资了")
    await member.says("大骨头是什么垃圾")
    assert "还没有可靠的答案" in await member.says("那要多久")
