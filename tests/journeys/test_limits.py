"""The member's limits by law, in the chat: asked, told with the article, kept, reminded of."""

from __future__ import annotations

from tests.world import World


async def test_two_days_give_the_last_day_with_its_article_and_a_neutral_reminder(
    small_world: World,
) -> None:
    member = await small_world.regular()
    assert "是哪方面的事" in await member.says("/limits")
    assert "走到哪一步" in await member.presses("辞退、离职补偿")
    assert "哪天结束" in await member.presses("还没申请")
    assert "没看懂是哪一天" in await member.says("去年冬天")
    assert "最近一次" in await member.says("2025-12-02")
    told = await member.presses("没要过")
    assert "还剩 7 天，最后一天是 2026年12月2日" in told
    assert "《劳动争议调解仲裁法》第二十七条" in told
    assert "什么会让期限重新算" in told
    await member.presses("记下，到期前提醒我")
    assert "同意" in " ".join(member.buttons())
    await member.presses("同意")
    # Sunday the 29th, ten in the morning: three days before.
    small_world.clock.move(days=3, hours=20)
    await small_world.tick("limits.remind")
    await small_world.deliver()
    notice = await member.reads()
    assert "您记下的一个日子快到了" in notice
    assert not any(word in notice for word in ("辞退", "仲裁", "调解", "补偿"))
    assert "还剩 3 天" in await member.presses("看看")
    assert "不会再提醒" in await member.presses("删掉这条")


async def test_a_day_that_is_not_remembered_is_not_guessed(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/limits")
    await member.presses("工伤")
    await member.presses("还没申请")
    await member.presses("不记得")
    told = await member.presses("没有")
    assert "缺日子，算不出最后一天" in told
    assert "《工伤保险条例》第十七条" in told
    assert "还剩" not in told


async def test_a_limit_that_is_over_says_what_is_still_possible(small_world: World) -> None:
    member = await small_world.regular()
    await member.says("/limits")
    await member.presses("没发、少发工资")
    await member.presses("还没申请")
    await member.presses("已经离开")
    await member.says("2024-02-29")
    await member.presses("没要过")
    told = await member.presses("不记得")
    assert "2025年2月28日 已经过了。先别放弃" in told
    assert "《民法典》第一百九十二条" in told


async def test_a_question_in_the_middle_is_answered_and_the_step_comes_again(
    small_world: World,
) -> None:
    member = await small_world.regular()
    await member.says("/limits")
    await member.presses("加班费")
    await member.presses("还没申请")
    await member.presses("还在干")
    said = await member.says("拖欠工资怎么办")
    assert "最早一笔" in said
    texts = [message["text"] for message in member.bot_messages()[-3:]]
    assert any("拖欠工资怎么要" in text for text in texts)
