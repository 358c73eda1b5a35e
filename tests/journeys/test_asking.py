"""A member asks, on the whole program."""

from __future__ import annotations

from tests.world import World


async def test_unpaid_wages_are_answered_with_source_and_buttons(world: World) -> None:
    rider = await world.regular()
    answer = await rider.says("老板三个月没发工资了")
    assert "拖欠工资怎么要" in answer
    assert "《劳动合同法》第三十条" in answer
    assert "📖 展开详情" in rider.buttons()
    assert "👍 有用" in rider.buttons()
