"""Checking a certificate through the console: by whoever is signed in, each time noted."""

from __future__ import annotations

from decimal import Decimal

from domain.staff import Role
from services.certificates import CertificateService
from tests.console.event_house import BY, FIRST, Organising
from tests.console.visiting import House


async def printed(house: House) -> str:
    """The code on the paper of somebody who came."""
    organising = Organising(house)
    event = await organising.event(house.north, title="高考志愿服务", hours=Decimal(3))
    receipt = await organising.joins(event, "甲某")
    house.world.clock.move(days=10)
    await organising.door.check_in(BY, event.id, receipt.code)
    async with organising.database.open_read() as work:
        seat = await work.seats.find(receipt.seat_id)
    assert seat is not None and (seat.member_id or 0) >= FIRST
    certificates: CertificateService = house.world.parts.desk.certificates
    (line,) = (await certificates.of_events(seat.member_id or 0)).lines
    return line.code


async def test_a_code_shows_what_we_have_on_record_with_a_masked_name(house: House) -> None:
    code = await printed(house)
    browser = await house.someone((Role.VIEWER, house.south))
    assert "核对码有效" not in (await browser.get("/certificates")).text
    answer = await browser.post("/certificates", {"code": code.lower().replace("-", " ")})
    assert answer.status == 200
    for told in ("核对码有效", "高考志愿服务", code, "甲*"):
        assert told in answer.text
    assert "甲某" not in answer.text
    audit = await (await house.someone((Role.AUDITOR, house.district))).get("/audit")
    assert "核对证明" in audit.text


async def test_what_is_not_ours_is_told_from_what_is_no_code(house: House) -> None:
    code = await printed(house)
    browser = await house.someone((Role.VIEWER, house.south))
    last = "0" if code[-1] != "0" else "1"
    unknown = await browser.post("/certificates", {"code": code[:-1] + last})
    assert unknown.status == 200
    assert "没有找到这个核对码" in unknown.text and "核对码有效" not in unknown.text
    garbled = await browser.post("/certificates", {"code": "<b>12</b>"})
    assert garbled.status == 422
    assert "这不是核对码" in garbled.text and "没有找到" not in garbled.text
    assert "<b>12" not in garbled.text


async def test_the_list_of_events_leads_to_the_check(house: House) -> None:
    browser = await house.someone((Role.ORGANISER, house.north))
    assert 'href="/console/certificates"' in (await browser.get("/events")).text
