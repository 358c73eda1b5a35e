"""Proof of what a member took part in: one press for the paper, one code for whoever doubts it."""

from __future__ import annotations

from decimal import Decimal

from bot.papers.certificate import CertificateWriter
from domain.documents import Rows, Text
from services.events import EventDoor
from tests.journeys.test_events import held, joined
from tests.services.event_kit import ELSEWHERE, ORGANISER
from tests.world import Person, World


async def came(world: World, name: str) -> Person:
    """Somebody who helped for two and a half hours, and is looking at what they took part in."""
    event = await held(world, title="高考志愿服务", hours=Decimal("2.5"))
    member = await joined(world, event, name)
    world.clock.move(days=10)
    door = EventDoor(world.parts.database, world.clock)
    (mine,) = await world.parts.desk.events.my_events(member.id)
    await door.check_in(ORGANISER, event.id, mine[1].code)
    await member.says("🎫 活动")
    await member.presses("我的活动")
    await member.presses("参加过的")
    return member


async def test_a_paper_for_what_was_attended_is_one_press_away(world: World) -> None:
    member = await came(world, "王芳")
    await member.presses("开证明")
    sent = member.bot_messages()[-1]
    assert sent["media"]["name"] == "参加活动和志愿服务证明.pdf"
    # No name is known: the paper has a line for it, and the member is told.
    assert "证明上留了空" in sent["text"] and "参加活动和志愿服务证明" in sent["text"]


async def test_the_code_on_the_paper_is_the_one_that_staff_find(small_world: World) -> None:
    member = await came(small_world, "王芳")
    desk = small_world.parts.desk
    certificate = await desk.certificates.of_events(member.id)
    sheet = CertificateWriter(desk.texts).sheet(certificate)
    (table,) = (block for block in sheet.blocks if isinstance(block, Rows))
    ((_, what, hours, code),) = table.rows
    assert (what, hours) == ("高考志愿服务", "2.5")
    told = "".join(block.text for block in sheet.blocks if isinstance(block, Text))
    assert "以上共 1 次，志愿服务合计 2.5 小时" in told and desk.union.name in told
    found = await desk.certificates.check(ELSEWHERE, code)
    assert found is not None and found.line.what == what
    assert desk.certificate_papers.write(certificate).startswith(b"%PDF-")


async def test_whoever_was_nowhere_is_offered_no_paper(small_world: World) -> None:
    event = await held(small_world)
    member = await joined(small_world, event, "李强")
    await member.says("🎫 活动")
    await member.presses("我的活动")
    assert "还没有记录" in await member.presses("参加过的")
    assert not any("证明" in label for label in member.buttons())
