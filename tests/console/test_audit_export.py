"""The audit log as a file, through the console: what is in it, and what is noted of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from domain.staff import Role
from tests.console.visiting import House


async def test_an_auditor_takes_the_acts_that_the_list_shows(house: House) -> None:
    browser = await house.someone((Role.AUDITOR, house.district), name="审计王")
    page = await browser.get("/audit?act=session.")
    assert 'action="/console/audit/export"' in page.text
    assert '<input type="hidden" name="act" value="session.">' in page.text
    answer = await browser.post("/audit/export", {"format": "csv", "act": "session."})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    head, *rows = csv.reader(io.StringIO(answer.text.lstrip("\ufeff"), newline=""))
    assert head[:4] == ["时间", "谁", "做了什么", "对象和细节"]
    assert "导出人: 审计王" in head[4] and "筛选条件: 类别: session." in head[4]
    assert [row[1:3] for row in rows] == [["审计王", "登录"]]
    page = await browser.get("/audit?act=export.")
    assert "导出名单" in page.text and "条数： 1" in page.text


async def test_a_file_holds_no_more_than_the_list(house: House) -> None:
    await house.someone((Role.AUDITOR, house.district), name="审计王")
    browser = await house.someone((Role.VIEWER, house.north), name="看的人")
    answer = await browser.post("/audit/export", {"format": "csv"})
    assert answer.status == 200
    assert "看的人" in answer.text and "审计王" not in answer.text


async def test_a_file_is_not_handed_to_whom_a_form_of_another_site_sends(house: House) -> None:
    browser = await house.someone((Role.AUDITOR, house.district))
    answer = await browser.post("/audit/export", {"format": "csv"}, csrf="x")
    assert answer.status == 403
    assert (await browser.get("/audit/export")).status in (404, 405)


async def test_an_auditor_sees_who_opened_cases_outside_of_their_assignments(
    house: House,
) -> None:
    """T7, weekly: how often and how many, never which."""
    browser = await house.someone((Role.AUDITOR, house.district), name="审计王")
    now = house.world.clock.now()
    async with house.world.parts.database.open_work() as work:
        for days, actor, case, assigned in (
            (1, "s-curious", "c000000000000001", False),
            (1, "s-curious", "c000000000000001", False),
            (2, "s-curious", "c000000000000002", False),
            (1, "s-busy", "c000000000000003", True),
            (9, "s-before", "c000000000000004", False),
        ):
            at = now - timedelta(days=days)
            await work.audit.add(at, actor, "case.opened", case, {"assigned": assigned})
        await work.commit()
    page = await browser.get("/audit")
    assert "s-curious：3 次，2 件" in page.text
    assert "s-busy：" not in page.text and "s-before：" not in page.text
    other = await house.someone((Role.VIEWER, house.north), name="看的人")
    assert "不在自己名下" not in (await other.get("/audit")).text
