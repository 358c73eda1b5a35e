"""Members in the console: found by what is known, seen within reach, changed and erased."""

from __future__ import annotations

import re

import aiohttp

from domain.consents import Answer, Purpose
from domain.staff import Role
from services.people import ProfileService
from services.units import UnitService
from tests.console.visiting import Browser, House
from tests.services import offices
from tests.services.offices import admin

ROSTER = (
    "会员号,姓名,手机号,单位,职业,身份证号\n"
    "0012,欧阳春花,13712349876,机械厂,工人,11010519491231002X\n"
    "0013,李强,13900000001,,骑手,\n"
)


async def boss(house: House) -> Browser:
    return await house.someone((Role.ADMIN, house.district), name="管理员甲")


async def upload(browser: Browser, unit: int, raw: bytes, name: str = "名册.csv") -> str:
    """Send a file as the page does; the page that comes back."""
    form = aiohttp.FormData()
    form.add_field("csrf", browser.csrf())
    form.add_field("unit", str(unit))
    form.add_field("file", raw, filename=name, content_type="text/csv")
    answer = await browser.send("POST", "/roster", data=form)
    assert answer.status in {200, 422}, answer.text
    return answer.text


async def load(house: House, browser: Browser, roster: str = ROSTER) -> str:
    """A roster, planned and confirmed; the page after."""
    page = await upload(browser, house.north.id, roster.encode())
    at = re.findall(r'action="/console(/roster/[\w-]+)"', page)[0]
    assert (await browser.post(at)).location == at
    return (await browser.get(at)).text


async def person_at(browser: Browser, words: str) -> str:
    """The path of the one person whom a search finds."""
    page = await browser.get(f"/members?q={words}")
    (path,) = set(re.findall(r'href="/console(/members/[\w-]{20,})"', page.text))
    return str(path)


async def test_a_roster_is_tried_first_and_then_taken_over(house: House) -> None:
    browser = await boss(house)
    page = await upload(browser, house.north.id, ROSTER.encode("gbk"))
    assert "没有问题，可以导入" in page
    assert "没有用到的列：身份证号" in page
    assert "11010519491231002X" not in page
    assert await offices.rows(house.world.parts.database, "people") == []
    assert "已经全部导入" in await load(house, browser)
    people = await offices.rows(house.world.parts.database, "people")
    assert {row["unit_id"] for row in people} == {house.factory.id, house.north.id}
    assert "欧阳春花" not in await offices.everything(house.world.parts.database)


async def test_a_faulty_roster_names_its_lines_and_cannot_be_confirmed(house: House) -> None:
    browser = await boss(house)
    faulty = ROSTER + "0014,,13900000002,,,\n0015,赵一,1.39E+10,,,\n0012,钱二,13900000003,,,\n"
    page = await upload(browser, house.north.id, faulty.encode())
    assert "有 3 处要改" in page
    for line, told in ((4, "没有姓名"), (5, "后面的数字已经丢了"), (6, "和第 2 行一样")):
        assert re.search(rf"第 {line} 行</td><td>[^<]*{told}", page), line
    assert 'action="/console/roster/' not in page
    assert await offices.rows(house.world.parts.database, "people") == []


async def test_a_file_that_cannot_be_read_is_told_beside_the_form(house: House) -> None:
    browser = await boss(house)
    for raw, told in (
        (b"PK\x03\x04broken", "文件坏了"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧格式"),
        ("姓名,单位\n王芳,甲\n".encode(), "缺少“手机号”这一列"),
        (b"", "文件里没有人员"),
    ):
        assert told in await upload(browser, house.north.id, raw), told
    answer = await browser.post("/roster", {"unit": str(house.north.id)})
    assert "请先选一个文件" in answer.text


async def test_many_missing_people_are_asked_for_by_number(house: House) -> None:
    browser = await boss(house)
    await load(house, browser)
    page = await upload(browser, house.north.id, ROSTER.rpartition("0013")[0].encode())
    assert "现有 2 人里有 1 人不在这份名册里" in page
    at = re.findall(r'action="/console(/roster/[\w-]+)"', page)[0]
    refused = await browser.post(at, {"missing": "2"})
    assert refused.status == 422
    assert "请输入 1 再导入" in refused.text
    assert (await browser.post(at, {"missing": "1"})).status == 303
    assert "最近名册没有" in (await browser.get("/members?state=missing")).text
    assert len(await offices.rows(house.world.parts.database, "people")) == 2


async def test_an_import_tells_how_many_lines_it_had_to_leave_out(house: House) -> None:
    browser = await boss(house)
    page = await upload(browser, house.north.id, ROSTER.encode())
    at = re.findall(r'action="/console(/roster/[\w-]+)"', page)[0]
    units = UnitService(house.world.parts.database, house.world.clock)
    await units.close(admin(house.district), house.factory.id)
    refused = await browser.post(at)
    assert (refused.status, "已经停用或调整" in refused.text) == (422, True)
    await units.reopen(admin(house.district), house.factory.id)
    assert (await browser.post(at)).status == 303
    assert "没有导入" not in (await browser.get(at)).text
    plan_id = at.rpartition("/")[2]
    async with house.world.parts.database.open_work() as work:
        plan = await work.rosters.find(plan_id)
        assert plan is not None
        await work.rosters.count_skipped(plan, 3)
        await work.commit()
    assert "有 3 行没有导入" in (await browser.get(at)).text


async def test_people_are_found_by_the_whole_of_what_is_known(house: House) -> None:
    browser = await boss(house)
    await load(house, browser)
    path = await person_at(browser, "欧阳春花")
    for words in ("9876", "13712349876", "0012"):
        assert await person_at(browser, words) == path
        assert path in (await browser.get(f"/search?q={words}")).text
    assert "没有符合条件的" in (await browser.get("/members?q=欧阳")).text
    listed = (await browser.get("/members")).text
    assert "137****9876" in listed
    assert "13712349876" not in listed
    narrowed = (await browser.get(f"/members?unit={house.factory.id}")).text
    assert "欧阳春花" in narrowed
    assert "李强" not in narrowed


async def test_the_whole_phone_is_shown_when_asked_for_and_noted(house: House) -> None:
    browser = await boss(house)
    await load(house, browser)
    path = await person_at(browser, "欧阳春花")
    page = (await browser.get(path)).text
    assert "137****9876" in page
    assert "13712349876" not in page
    assert "13712349876" in (await browser.post(f"{path}/phone")).text
    acts = [row["act"] for row in await offices.rows(house.world.parts.database, "audit")]
    assert "member.read" in acts
    assert "member.phone_read" in acts


async def test_a_file_says_nothing_of_cases_and_what_of_consent(house: House) -> None:
    database, clock = house.world.parts.database, house.world.clock
    member = await house.world.regular("网名")
    profiles = ProfileService(database, clock)
    await profiles.answer(member.id, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_name(member.id, "王芳")
    await profiles.choose_unit(member.id, house.factory.id)
    await profiles.set_window(member.id, 5, is_chosen=True)
    browser = await boss(house)
    page = (await browser.get(await person_at(browser, "王芳"))).text
    for part in ("机械厂", "能收到", "22:00–06:00", "记住我的资料", "本人填写"):
        assert part in page
    for word in ("调解", "仲裁", "困难", "求助", str(member.id), "网名"):
        main = page.partition("<main")[2]
        assert word not in main, word


async def test_typed_units_are_settled_for_all_who_typed_them(house: House) -> None:
    database, clock = house.world.parts.database, house.world.clock
    profiles = ProfileService(database, clock)
    for number in (71, 72):
        await profiles.answer(number, Purpose.SERVICE, Answer.GIVEN)
        await profiles.tell_unit(number, "老街 修车铺")
    browser = await boss(house)
    assert "待核对的单位" in (await browser.get("/")).text
    page = (await browser.get("/members/unsettled")).text
    assert "老街 修车铺" in page
    assert "2 人" in page
    mark = re.findall(r'name="mark" value="(\w+)"', page)[0]
    form = {"mark": mark, "unit": house.mill.name}
    unknown = await browser.post("/members/unsettled", {**form, "unit": "没有这一家"})
    assert (unknown.status, "没有这一家" in unknown.text) == (422, True)
    assert (await browser.post("/members/unsettled", form)).status == 303
    people = await offices.rows(database, "people")
    assert [row["unit_id"] for row in people] == [house.mill.id] * 2
    assert "没有待核对的单位" in (await browser.get("/members/unsettled")).text
    # Who reaches a town only sees none of those who belong nowhere yet.
    await profiles.tell_unit(71, "另一家")
    near = await house.someone((Role.ADMIN, house.north))
    assert "另一家" not in (await near.get("/members/unsettled")).text
    assert (await near.post("/members/unsettled", form)).status == 422


async def test_a_person_is_corrected_unlinked_and_erased_by_name(house: House) -> None:
    browser = await boss(house)
    await load(house, browser)
    path = await person_at(browser, "李强")
    assert (await browser.post(f"{path}/name", {"name": "李小强"})).location == path
    assert (await browser.post(f"{path}/unit", {"unit": str(house.mill.id)})).status == 303
    page = (await browser.get(path)).text
    assert "李小强" in page
    assert house.mill.name in page
    assert "姓名请只写文字" in (await browser.post(f"{path}/name", {"name": "=1"})).text
    wrong = await browser.post(f"{path}/erase", {"confirm_name": "李强"})
    assert wrong.status == 422
    form = {"confirm_name": "李小强", "reason": "本人打电话要求"}
    assert (await browser.post(f"{path}/erase", form)).location == path
    page = (await browser.get(path)).text
    assert "已经有人提出删除" in page and "李小强" in page
    other = await house.someone((Role.ADMIN, house.district))
    waiting = (await other.get("/countersigns")).text
    (asked,) = re.findall(r'href="/console(/countersigns/[\w-]+)"', waiting)
    shown = (await other.get(asked)).text
    assert "本人打电话要求" in shown and "李小强" not in shown
    # Who asked cannot agree.
    assert (await browser.post(f"{asked}/agree")).status == 422
    assert (await other.post(f"{asked}/agree")).location == "/countersigns"
    assert "可以删除了" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/erase", {"confirm_name": "李小强"})).location == "/members"
    assert (await browser.get(path)).status == 404
    # And no roster brings him back.
    page = await upload(browser, house.north.id, ROSTER.encode())
    assert re.search(r"本人要求过删除，不导入</dt><dd>1<", page)


async def test_names_from_a_roster_never_become_markup(house: House) -> None:
    browser = await boss(house)
    evil = "<script>alert(1)</script>"
    page = await upload(
        browser, house.north.id, f"{evil},姓名,手机\nx,{evil},13900000001\n".encode()
    )
    assert evil not in page
    database, clock = house.world.parts.database, house.world.clock
    profiles = ProfileService(database, clock)
    await profiles.answer(71, Purpose.SERVICE, Answer.GIVEN)
    await profiles.tell_unit(71, evil)
    for path in ("/members", "/members/unsettled"):
        text = (await browser.get(path)).text
        assert evil not in text
        assert "&lt;script&gt;" in text
