"""Cases in the console: through the wall, what may be done with one, papers, firms, figures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from console.registry import all_routes
from domain.cases.meeting import Meeting, Mode
from domain.cases.settlement import Instalment
from domain.cases.states import State
from domain.clock import beijing_date
from domain.staff import Flag, Role, Staff
from tests.console.case_house import NAME, STORY, a_case, a_risk
from tests.console.examples import EXAMPLES
from tests.console.test_permissions import same_as_absent
from tests.console.visiting import House

LEAD = frozenset({Flag.LEAD})


async def worker(house: House) -> Staff:
    return await house.person((Role.CASEWORKER, house.north))


async def lead(house: House) -> Staff:
    return await house.person((Role.CASEWORKER, house.north), flags=LEAD)


async def test_a_list_shows_where_a_case_stands_and_never_who_or_what(house: House) -> None:
    person = await worker(house)
    case = await a_case(house, house.north, worker=person.id)
    browser = await house.sits_down(person)
    page = await browser.get("/cases?queue=mine")
    assert case["id"] in page.text
    assert "调解中" in page.text
    assert NAME not in page.text
    assert STORY not in page.text
    # The control: who opens it does see them.
    opened = await browser.get(f"/cases/{case['id']}?tab=facts")
    assert NAME in opened.text and STORY in opened.text


@pytest.mark.parametrize("is_lead", [False, True])
async def test_behind_the_wall_every_case_route_answers_like_an_absent_page(
    house: House, is_lead: bool
) -> None:
    """Somebody of the respondent's own enterprise, who does case work in the town besides."""
    flags = LEAD if is_lead else frozenset()
    person = await house.person(
        (Role.CASEWORKER, house.north), employer=house.factory, flags=flags
    )
    browser = await house.sits_down(person)
    absent = await browser.get("/there-is-no-such-page")
    seen = await a_case(house, house.north, worker=person.id)
    for route in all_routes():
        if not route.path.startswith("/cases/{id}"):
            continue
        case = await a_case(house, house.north, worker=person.id, respondent=house.factory)
        subject = await EXAMPLES[route.name].make(house, house.north)
        path = route.path.format(**case)
        browser = await house.sits_down(person)
        answer = (
            await browser.get(path)
            if route.method == "GET"
            else await browser.post(path, subject.form)
        )
        assert same_as_absent(answer, absent), route.name
    walled = await a_case(house, house.north, worker=person.id, respondent=house.factory)
    browser = await house.sits_down(person)
    for path in ("/cases", "/cases?queue=mine", "/"):
        assert walled["id"] not in (await browser.get(path)).text
    # The control: another case of the same town is there.
    assert (await browser.get(f"/cases/{seen['id']}")).status == 200


async def test_a_walled_case_changes_no_count_and_no_length(house: House) -> None:
    person = await house.person((Role.CASEWORKER, house.north), employer=house.factory)
    browser = await house.sits_down(person)
    before = await browser.get("/cases?queue=mine")
    await a_case(house, house.north, worker=person.id, respondent=house.factory)
    after = await browser.get("/cases?queue=mine")
    assert plain(before.text) == plain(after.text)
    await a_case(house, house.north, worker=person.id)
    assert plain((await browser.get("/cases?queue=mine")).text) != plain(after.text)


async def test_a_search_finds_a_whole_number_and_nothing_behind_the_wall(house: House) -> None:
    person = await house.person((Role.CASEWORKER, house.north), employer=house.factory)
    async with house.world.parts.database.open_read() as work:
        seen = await work.cases.find((await a_case(house, house.north, worker=person.id))["id"])
    walled_id = (await a_case(house, house.north, worker=person.id, respondent=house.factory))[
        "id"
    ]
    async with house.world.parts.database.open_read() as work:
        walled = await work.cases.find(walled_id)
    assert seen is not None and walled is not None
    browser = await house.sits_down(person)
    assert seen.id in (await browser.get(f"/search?q={seen.number}")).text
    assert walled.id not in (await browser.get(f"/search?q={walled.number}")).text


async def test_who_is_not_assigned_gives_a_reason_and_it_is_on_record(house: House) -> None:
    other = await worker(house)
    case = await a_case(house, house.north, worker=other.id)
    browser = await house.sits_down(await lead(house))
    asked = await browser.get(f"/cases/{case['id']}")
    assert "为什么要看" in asked.text and NAME not in asked.text
    refused = await browser.post(f"/cases/{case['id']}/open", {"reason": " "})
    assert refused.status == 422
    answer = await browser.post(f"/cases/{case['id']}/open", {"reason": "替同事看一下"})
    assert answer.status == 303
    page = await browser.get(f"/cases/{case['id']}?tab=openings")
    assert "替同事看一下" in page.text


async def test_only_the_moves_that_are_legal_now_are_offered(house: House) -> None:
    person = await worker(house)
    browser = await house.sits_down(person)
    for state, moves in (
        (State.MEDIATING, {"failed"}),
        (State.FAILED, {"mediating", "archived"}),
        (State.ARCHIVED, set()),
    ):
        case = await a_case(house, house.north, worker=person.id, state=state)
        page = await browser.get(f"/cases/{case['id']}")
        assert set(re.findall(r'name="state" value="(\w+)"', page.text)) == moves
    refused = await browser.post(f"/cases/{case['id']}/move", {"state": "mediating"})
    assert refused.status == 422


async def test_an_agreement_is_typed_in_yuan_and_its_parts_must_add_up(house: House) -> None:
    person = await worker(house)
    case = await a_case(house, house.north, worker=person.id)
    browser = await house.sits_down(person)
    form = {
        "agreed_on": "2026-11-24",
        "settled": "38,600",
        "amount1": "19300",
        "due1": "2026-12-15",
        "tab": "agreement",
    }
    refused = await browser.post(f"/cases/{case['id']}/agreement", form)
    assert refused.status == 422
    assert "38,600" in refused.text
    form |= {"amount2": "19300", "due2": "2027-01-15"}
    answer = await browser.post(f"/cases/{case['id']}/agreement", form)
    assert answer.status == 303
    page = await browser.get(f"/cases/{case['id']}?tab=agreement")
    assert "2027-01-15" in page.text and "履行回访" in page.text


async def test_what_is_next_stands_first_and_a_day_that_passed_is_not_still_to_come(
    house: House,
) -> None:
    person = await worker(house)
    case = await a_case(house, house.north, worker=person.id, state=State.FOLLOWING)
    day = beijing_date(house.world.clock.now())
    parts = [(1_860_000, day - timedelta(days=1)), (2_000_000, day + timedelta(days=1))]
    async with house.world.parts.database.open_work() as work:
        (old,) = await work.case_asides.meetings(case["id"])
        later = old.made_at + timedelta(minutes=1)
        new = replace(old, id="0" * 16, mode=Mode.VIDEO, state=Meeting.CONFIRMED, made_at=later)
        await work.case_asides.save_meeting(case["id"], new)
        (agreed,) = await work.case_asides.agreements(case["id"])
        rows = (
            Instalment(f"{number:016}", number, amount, due_on)
            for number, (amount, due_on) in enumerate(parts, 1)
        )
        agreed = replace(agreed, cancelled_at=None, instalments=tuple(rows))
        await work.case_asides.save_agreement(case["id"], replace(agreed, id="1" * 16))
        await work.commit()
    browser = await house.sits_down(person)
    text = (await browser.get(f"/cases/{case['id']}?tab=meetings")).text
    assert text.index("双方已确认") < text.index("会员已选")
    text = (await browser.get(f"/cases/{case['id']}?tab=agreement")).text
    assert ("已到期" in text, "还差 38,600 元" in text) == (True, True)
    text = (await browser.get(f"/cases/{case['id']}")).text
    # The next step first, and what is done again says so.
    assert 0 < text.index("重新调解") < text.index(">归档<")


async def test_files_and_papers_are_only_to_be_saved_and_only_for_who_works_on_it(
    house: House,
) -> None:
    person = await worker(house)
    case = await a_case(house, house.north, worker=person.id)
    base = f"/cases/{case['id']}"
    paths = [f"{base}/files/{case['file']}"]
    paths += [f"{base}/papers/{one}/{form}" for one in ("request", "evidence") for form in FORMS]
    for path in paths:
        browser = await house.sits_down(person)
        answer = await browser.get(path)
        assert answer.status == 200, path
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    other = await house.sits_down(await lead(house))
    absent = await other.get("/there-is-no-such-page")
    for path in paths:
        assert same_as_absent(await other.get(path), absent), path


FORMS = ("pdf", "docx")


async def test_the_ledger_shows_counts_and_names_need_two(house: House) -> None:
    risk = await a_risk(house, house.north)
    first = await house.sits_down(await lead(house))
    page = await first.get("/cases/risks")
    assert risk in page.text
    assert (await first.post(f"/cases/risks/{risk}/names")).status == 422
    assert (await first.post(f"/cases/risks/{risk}/ask", {"reason": "要联系"})).status == 303
    assert (await first.post(f"/cases/risks/{risk}/unlock")).status == 422
    second = await house.sits_down(await lead(house))
    assert (await second.post(f"/cases/risks/{risk}/unlock")).status == 303
    assert (await second.post(f"/cases/risks/{risk}/names")).status == 200
    third = await house.sits_down(await lead(house))
    assert (await third.post(f"/cases/risks/{risk}/names")).status == 422
    letter = await first.get(f"/cases/risks/{risk}/letter/pdf")
    assert letter.text.startswith("%PDF")


def plain(html: str) -> str:
    """A page without what is different each time it is asked for."""
    return re.sub(r'name="(?:csrf|once)" value="[^"]*"', "", html)
