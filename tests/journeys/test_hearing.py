"""A member who got no answer is told when there is one; who follows a page, when it changes."""

from __future__ import annotations

from domain.editing import Kind
from tests.conftest import KNOWLEDGE
from tests.editors import EDITOR, LEGAL, SECOND
from tests.world import World

ODD = "老板画饼不兑现"
FOUND = "您之前想知道的一件事，现在有答案了"


async def test_who_asked_in_vain_hears_of_the_answer(world: World) -> None:
    member = await world.regular()
    assert "没有可靠的答案" in await member.says(ODD)
    await member.presses("🔔 有答案了告诉我")
    assert "有了答案" in (member.toast() or "")
    assert "🔔 有答案了告诉我" not in member.buttons()
    done = await world.parts.editing.add_phrasing(EDITOR, LEGAL, ODD)
    assert done.told == 1
    await world.deliver()
    assert FOUND in await member.reads()
    assert "拖欠工资怎么要" in await member.presses("📖 打开看看")


async def test_who_follows_a_page_hears_of_a_change_in_substance(world: World) -> None:
    member = await world.regular()
    await member.says("老板三个月没发工资了")
    await member.presses("📖 展开详情")
    await member.presses("🔔 有变化告诉我")
    assert "有大的变化" in (member.toast() or "")
    text = (KNOWLEDGE / "entries" / "wage" / "arrears.md").read_text("utf-8")
    text = text.replace("# 拖欠工资怎么要", "# 拖欠工资怎么讨")
    editing = world.parts.editing
    draft = await editing.save_draft(EDITOR, Kind.ENTRY, LEGAL, text, is_material=True)
    await editing.hand_in(EDITOR, draft.id)
    await editing.publish(SECOND, draft.id)
    await world.deliver()
    assert "关注的一页内容有了变化" in await member.reads()
    assert "拖欠工资怎么讨" in await member.presses("📖 打开看看")


async def test_a_member_who_pressed_nothing_hears_nothing(world: World) -> None:
    member = await world.regular()
    await member.says(ODD)
    done = await world.parts.editing.add_phrasing(EDITOR, LEGAL, ODD)
    assert done.told == 0
    await world.deliver()
    assert FOUND not in await member.reads()


async def test_a_published_phrasing_answers_the_phone_at_once(world: World) -> None:
    member = await world.regular()
    assert "没有可靠的答案" in await member.says(ODD)
    await world.parts.editing.add_phrasing(EDITOR, LEGAL, ODD)
    assert "拖欠工资怎么要" in await member.says(ODD)
