"""Cases as files: two people who lead, a reason, the wall, and nothing of who or why."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa

from domain.cases.states import State
from domain.countersigns import State as Waiting
from domain.staff import Flag, Role, Staff
from domain.units import Unit
from storage.tables import audit
from tests.console.case_house import NAME, STORY, a_case
from tests.console.visiting import Browser, House

LEAD = frozenset({Flag.LEAD})
REASON = {"reason": "季度汇总用"}


async def lead(house: House, unit: Unit | None = None, **more: object) -> Staff:
    where = unit or house.north
    return await house.person((Role.CASEWORKER, where), flags=LEAD, **more)  # type: ignore[arg-type]


async def agreed(house: House, browser: Browser, path: str, form: dict[str, str]) -> str:
    """The file, once somebody else who leads there said yes."""
    asked = await browser.post(path, form)
    assert (asked.status, asked.location) == (303, "/cases/exports")
    second = await house.sits_down(await lead(house))
    page = await second.get("/cases/exports")
    (one,) = set(re.findall(r"/cases/exports/([\w-]+)/agree", page.text))
    assert (await second.post(f"/cases/exports/{one}/agree")).status == 303
    given = await browser.post(path, {**form, "format": "csv"})
    assert given.status == 200
    return given.text


async def audited(house: House) -> list[dict[str, object]]:
    """What is noted of lists of cases that were made."""
    async with house.world.parts.database.open_read() as work:
        rows = await work._connection.execute(
            sa.select(audit.c.detail).where(
                audit.c.act == "export.made", audit.c.object == "cases"
            )
        )
        return [json.loads(detail) for detail in rows.scalars()]


async def test_a_list_leaves_once_two_who_lead_agreed(house: House) -> None:
    case = await a_case(house, house.north, state=State.FOLLOWING)
    async with house.world.parts.database.open_read() as work:
        kept = await work.cases.find(case["id"])
    assert kept is not None
    browser = await house.sits_down(await lead(house))
    text = await agreed(house, browser, "/cases/export", {**REASON, "kind": "wages"})
    for shown in (kept.number, "镇街", "38600", "45000", "未全部履行", "2026-11-20", "季度汇总用"):
        assert shown in text, shown
    for hidden in (NAME, STORY, "13800001234", "人事部"):
        assert hidden not in text, hidden
    (noted,) = await audited(house)
    assert (noted["rows"], noted["reason"], noted["full"]) == (1, "季度汇总用", True)
    # Once is once.
    assert (await browser.post("/cases/export", {**REASON, "kind": "wages"})).status == 303


async def test_without_a_reason_or_a_second_person_nothing_leaves(house: House) -> None:
    case = await a_case(house, house.north)
    async with house.world.parts.database.open_read() as work:
        kept = await work.cases.find(case["id"])
    assert kept is not None
    browser = await house.sits_down(await lead(house))
    assert (await browser.post("/cases/export", {"format": "csv"})).status == 422
    for _ in range(2):
        answer = await browser.post("/cases/export", {**REASON, "format": "csv"})
        assert answer.status == 303 and kept.number not in answer.text
    # Nobody agrees to what they asked for themselves.
    page = await browser.get("/cases/exports")
    assert "/agree" not in page.text and "现在没有别人能同意" in page.text
    await lead(house)
    page = await browser.get("/cases/exports")
    assert "/agree" not in page.text and "还要另一位负责人同意" in page.text
    assert "现在没有别人能同意" not in page.text and "可以找：" in page.text


async def test_only_who_leads_case_work_there_can_be_the_second(house: House) -> None:
    await a_case(house, house.north)
    browser = await house.sits_down(await lead(house))
    assert (await browser.post("/cases/export", REASON)).status == 303
    for person in (
        await house.person((Role.ADMIN, house.district)),
        await house.person((Role.ORGANISER, house.north)),
    ):
        other = await house.sits_down(person)
        assert (await other.get("/cases/exports")).status == 404
        assert "季度汇总用" not in (await other.get("/countersigns")).text
    south = await house.sits_down(await lead(house, house.south))
    assert "季度汇总用" not in (await south.get("/cases/exports")).text
    worker = await house.sits_down(await house.person((Role.CASEWORKER, house.north)))
    assert (await worker.post("/cases/export", REASON)).status == 404
    # The control: from above they can.
    top = await house.sits_down(await lead(house, house.district))
    assert "季度汇总用" in (await top.get("/cases/exports")).text


@pytest.mark.parametrize("path", ["/cases/export", "/cases/figures/export"])
async def test_the_file_of_who_is_behind_the_wall_is_as_if_the_case_had_never_been(
    house: House, path: str
) -> None:
    form = {**REASON, "from": "2026-07-01", "to": "2026-12-31"}
    await a_case(house, house.north, state=State.FOLLOWING)
    person = await lead(house, employer=house.factory)
    browser = await house.sits_down(person)
    before = await agreed(house, browser, path, form)
    await a_case(house, house.north, respondent=house.factory, state=State.FOLLOWING)
    walled = await agreed(house, await house.sits_down(person), path, form)
    assert body(walled) == body(before)
    # The control: whoever is not employed there has one row more.
    other = await agreed(house, await house.sits_down(await lead(house)), path, form)
    assert len(body(other)) == len(body(before)) + 1


async def test_the_second_person_is_not_told_how_many_rows_it_has(house: House) -> None:
    await a_case(house, house.north)
    browser = await house.sits_down(await lead(house))
    await browser.post("/cases/export", REASON)
    async with house.world.parts.database.open_read() as work:
        (one,) = await work.countersigns.list_in(Waiting.WAITING)
        detail = await work.countersigns.detail(one)
    assert "rows" not in detail
    assert NAME not in json.dumps(detail, ensure_ascii=False)


def body(text: str) -> list[str]:
    """The rows of a file without its last column, in which it tells who took it when."""
    return sorted(line.rpartition(",")[0] for line in text.splitlines()[1:] if line)
