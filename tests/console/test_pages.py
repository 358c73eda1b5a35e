"""What the pages show and do: forms, lists, the theme, today, the search."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from console.frame import cookies
from console.registry import all_routes
from domain.outbox import Notice
from domain.staff import Role
from domain.units import Level
from tests.console.examples import EXAMPLES
from tests.console.visiting import Browser, House

# Pieces that a page fetches for itself.
PIECES = {"GET /quiz/contests/{id}/progress"}


async def boss(house: House, name: str = "管理员甲") -> Browser:
    return await house.someone((Role.ADMIN, house.district), name=name)


async def names(house: House) -> list[str]:
    async with house.world.parts.database.open_read() as work:
        return [unit.name for unit in await work.units.list_within(("/",))]


def check_forms(text: str) -> None:
    """Every form leads to a page of ours, and carries what that page asks for."""
    places = [
        (route, re.compile(re.sub(r"\{\w+\}", "[^/?]+", f"/console{route.path}")))
        for route in all_routes()
    ]
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
        action = re.search(r'action="([^"?]*)', form[: form.index(">")])
        if action is None:
            continue
        method = "POST" if 'method="post"' in form else "GET"
        fits = [
            route
            for route, path in places
            if route.method == method and path.fullmatch(action.group(1))
        ]
        assert fits, (method, action.group(1))
        if method == "POST":
            assert 'name="csrf"' in form, action.group(1)
            assert not fits[0].once or 'name="once"' in form, action.group(1)
            assert not fits[0].files or 'enctype="multipart/form-data"' in form


async def test_every_page_is_small_and_whole(house: House) -> None:
    for role in (Role.ADMIN, Role.AUDITOR, Role.EDITOR, Role.ORGANISER):
        browser = await house.someone((role, house.district))
        for route in all_routes():
            if route.method != "GET" or route.name in PIECES:
                continue
            subject = await EXAMPLES[route.name].make(house, house.north)
            answer = await browser.get(route.path.format(**subject.args))
            if answer.status != 200 or not answer.headers["Content-Type"].startswith("text/html"):
                continue
            assert len(answer.text.encode()) < 150_000, route.name
            assert answer.text.rstrip().endswith("</html>"), route.name
            assert '<html lang="zh-CN"' in answer.text
            assert answer.text.count("<h1") == 1, route.name
            check_forms(answer.text)
            assert "<main" in answer.text
            # What the content security policy would drop must not be there in the first place.
            assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son[a-z]+=", answer.text)
            ids = re.findall(r'\sid="([^"]+)"', answer.text)
            assert len(ids) == len(set(ids)), route.name
            labels = set(re.findall(r'<label for="([^"]+)"', answer.text))
            assert labels <= set(ids), route.name


async def test_one_sees_only_what_one_may(house: House) -> None:
    viewer = await (await house.someone((Role.VIEWER, house.north))).get("/")
    admin = await (await boss(house)).get("/")
    for path, words in (("/staff", "人员与权限"), ("/health", "运行状况")):
        assert f'href="/console{path}"' in admin.text
        assert words in admin.text
        assert f'href="/console{path}"' not in viewer.text


async def test_the_bar_of_a_phone_shows_where_one_is(house: House) -> None:
    browser = await boss(house)
    for path, lit in (("/units", "单位"), ("/audit", "更多"), ("/health", "更多"), ("/", "今天")):
        page = await browser.get(path)
        bar = page.text[page.text.index('<nav class="bottom"') :]
        links = re.findall(r"<a [^>]*>.*?</a>", bar[: bar.index("</nav>")], re.DOTALL)
        current = [link for link in links if "aria-current" in link]
        assert len(links) == 5
        assert [re.sub("<[^>]+>", "", link) for link in current] == [lit], path


async def test_a_unit_is_added_renamed_closed_and_opened_again(house: House) -> None:
    browser = await boss(house)
    north = f"/units/{house.north.id}"
    added = await browser.post(f"{north}/below", {"new_name": "新厂", "level": "enterprise"})
    assert added.location == north
    page = await browser.get(north)
    assert "已新增“新厂”" in page.text
    # It is said once.
    assert "已新增“新厂”" not in (await browser.get(north)).text
    unit = re.findall(r'/console(/units/\d+)">新厂<', page.text)[0]
    assert (await browser.post(f"{unit}/name", {"name": "老厂"})).status == 303
    refused = await browser.post(f"{unit}/close", {"confirm_name": "新厂"})
    assert refused.status == 422
    assert "不一致" in refused.text
    assert (await browser.post(f"{unit}/close", {"confirm_name": "老厂"})).status == 303
    assert "已停用" in (await browser.get(unit)).text
    assert (await browser.post(f"{unit}/reopen")).status == 303
    assert (await browser.post(f"{unit}/parent", {"parent": str(house.south.id)})).status == 303
    assert "南镇" in (await browser.get(unit)).text


async def test_a_refusal_stands_beside_what_was_typed(house: House) -> None:
    browser = await boss(house)
    north = f"/units/{house.north.id}"
    answer = await browser.post(f"{north}/below", {"new_name": "机械厂", "level": "enterprise"})
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert "已经有这个名称的单位" in answer.text
    assert 'name="new_name" type="text" value="机械厂"' in answer.text
    assert (await names(house)).count("机械厂") == 1


async def test_what_is_typed_is_never_markup(house: House) -> None:
    browser = await boss(house)
    evil = '"><script>alert(1)</script><b onclick=x>'
    added = await browser.post(
        f"/units/{house.north.id}/below", {"new_name": evil, "level": "enterprise"}
    )
    assert added.status == 303
    for path in (f"/units/{house.north.id}", "/units", f"/search?q={evil}", "/audit"):
        text = (await browser.get(path)).text
        assert "<script>alert" not in text
        assert "<b onclick" not in text
    person = await house.person((Role.VIEWER, house.north), name=evil)
    for path in ("/staff", f"/staff/{person.id}"):
        text = (await browser.get(path)).text
        assert "&lt;script&gt;alert" in text
        assert "<script>alert" not in text


async def test_two_clicks_and_two_tabs_do_it_once(house: House) -> None:
    browser = await boss(house)
    form = {"new_name": "一次", "level": "enterprise", "once": "the-key"}
    at = f"/units/{house.north.id}/below"
    answers = await asyncio.gather(*(browser.post(at, form) for _ in range(5)))
    assert (await names(house)).count("一次") == 1
    assert {answer.status for answer in answers} <= {303, 422}
    late = await browser.post(at, form)
    assert late.location == f"/units/{house.north.id}"
    assert "没有重复办理" in (await browser.get(late.location)).text


async def test_the_same_key_with_other_words_is_refused(house: House) -> None:
    browser = await boss(house)
    at = f"/units/{house.north.id}/below"
    form = {"new_name": "甲", "level": "enterprise", "once": "the-key"}
    assert (await browser.post(at, form)).status == 303
    changed = await browser.post(at, form | {"new_name": "乙"})
    assert changed.status == 422
    assert "内容却不一样" in changed.text
    assert "乙" not in await names(house)


async def test_going_back_and_sending_again_does_it_once(house: House) -> None:
    """The page that is gone back to has a new key; the words are the same."""
    browser = await boss(house)
    form = {"name": "新人", "telegram_id": "77"}
    first = await browser.post("/staff", form)
    again = await browser.post("/staff", form)
    assert again.location == first.location
    house.world.clock.move(minutes=11)
    later = await browser.post("/staff", form)
    assert later.status == 422
    assert "已经有账号" in later.text


async def test_a_refused_form_may_be_sent_again(house: House) -> None:
    browser = await boss(house)
    at = f"/units/{house.north.id}/below"
    form = {"new_name": "", "level": "enterprise", "once": "the-key"}
    assert (await browser.post(at, form)).status == 422
    assert (await browser.post(at, form | {"new_name": "好"})).status == 303


async def test_a_form_without_its_key_is_not_taken(house: House) -> None:
    browser = await boss(house)
    at = f"/units/{house.north.id}/below"
    answer = await browser.post(at, {"new_name": "x", "level": "enterprise", "once": ""})
    assert answer.status == 422
    assert "x" not in await names(house)


async def test_old_keys_are_forgotten(house: House) -> None:
    browser = await boss(house)
    await browser.post("/staff", {"name": "新人", "telegram_id": "77", "once": "key"})
    house.world.clock.move(days=2)
    await house.world.tick("forms_sent.purge")
    async with house.world.parts.database.open_read() as work:
        assert await work.sent_forms.find_newest("") is None
        staff = {one.id for one in await work.staff.list_all()}
        assert [await work.sent_forms.find_newest(one) for one in staff] == [None] * len(staff)


async def test_rights_are_given_confirmed_and_taken(house: House) -> None:
    first, second = await boss(house, "管理员甲"), await boss(house, "管理员乙")
    person = await house.person(name="小王")
    at = f"/staff/{person.id}"
    given = {"role": "caseworker", "unit": str(house.north.id), "flag": "lead"}
    assert (await first.post(f"{at}/grants", given)).location == at
    own = await first.get(at)
    assert "待确认" in own.text
    assert "确认这项权限" not in own.text
    assert "待确认的权限" in (await second.get("/")).text
    assert "待确认的权限" not in (await first.get("/")).text
    page = await second.get(at)
    confirm = re.findall(r'action="/console([^"]+/confirm)"', page.text)[0]
    assert (await second.post(confirm)).status == 303
    assert "待生效" in (await second.get(at)).text
    conflict = await first.post(f"{at}/grants", {"role": "admin", "unit": str(house.north.id)})
    assert conflict.status == 422
    assert "不能同时" in conflict.text
    take = confirm.removesuffix("/confirm") + "/take"
    assert (await first.post(take)).status == 303
    assert "已收回" in (await first.get(at)).text


async def test_an_old_factor_is_asked_for_again(house: House) -> None:
    first, second = await boss(house), await boss(house)
    person = await house.person()
    at = f"/staff/{person.id}"
    await first.post(f"{at}/grants", {"role": "admin", "unit": str(house.north.id)})
    house.world.clock.move(minutes=20)
    confirm = re.findall(r'action="/console([^"]+/confirm)"', (await second.get(at)).text)[0]
    answer = await second.post(confirm)
    assert answer.status == 422
    assert "/console/sign-in/factor?next=" in answer.text


async def test_lists_keep_what_was_asked_for(house: House) -> None:
    browser = await boss(house)
    for number in range(65):
        await house.person((Role.EDITOR, house.district), name=f"编辑{number:02}")
    page = await browser.get("/staff?role=editor&sort=-name&page=2")
    assert "第 31—60 条，共 65 条" in page.text
    for link in ("?role=editor&amp;sort=-name&amp;page=3", "?role=editor&amp;sort=-name"):
        assert f'href="{link}"' in page.text
    assert '<option value="editor" selected>' in page.text
    assert 'aria-sort="descending"' in page.text
    shown = re.findall(r">(编辑\d\d)<", page.text)
    assert shown == [f"编辑{number:02}" for number in range(34, 4, -1)]
    none = await browser.get("/staff?q=没有这个人")
    assert "没有符合条件的" in none.text
    # Whatever stands in an address that somebody kept, the list is shown.
    for odd in ("page=-1", "page=9999999999", "sort=evil", "role=king", "q=" + "x" * 500):
        assert (await browser.get(f"/staff?{odd}")).status == 200


async def test_the_search_finds_within_ones_rights(house: House) -> None:
    admin = await boss(house)
    assert "机械厂" in (await admin.get("/search?q=机械")).text
    person = await house.person((Role.VIEWER, house.north), name="钱多多")
    assert f"/staff/{person.id}" in (await admin.get("/search?q=钱多")).text
    viewer = await house.someone((Role.VIEWER, house.south))
    assert f"/staff/{person.id}" not in (await viewer.get("/search?q=钱多")).text
    assert f"/units/{house.factory.id}" not in (await viewer.get("/search?q=机械")).text
    assert "没有符合条件的" in (await viewer.get("/search?q=机械")).text


@pytest.mark.parametrize(("theme", "status"), [("dark", 303), ("auto", 303), ("pink", 422)])
async def test_the_theme_is_kept_in_the_browser(house: House, theme: str, status: int) -> None:
    browser = await boss(house)
    answer = await browser.post("/account/theme", {"theme": theme})
    assert answer.status == status
    if status == 303:
        assert f'data-theme="{theme}"' in (await browser.get("/")).text
        assert f'data-theme="{theme}"' in (await browser.get("/nowhere")).text
    browser.cookies[cookies.THEME] = '"><script>'
    assert 'data-theme="auto"' in (await browser.get("/")).text


async def test_one_sees_and_ends_ones_own_sessions(house: House) -> None:
    account = await house.person((Role.VIEWER, house.north))
    here, there = await house.sits_down(account), await house.sits_down(account)
    page = await here.get("/account")
    assert page.text.count("Chrome, Windows") == 2
    end = re.findall(r'action="/console(/account/sessions/[0-9a-f]+/end)"', page.text)
    stranger = await house.someone((Role.VIEWER, house.north))
    assert (await stranger.post(end[0])).status == 404
    assert (await here.post(end[0])).status == 303
    assert (await there.get("/")).status == 303
    third = await house.sits_down(account)
    assert (await here.post("/account/sessions/end")).status == 303
    assert (await third.get("/")).status == 303
    assert (await here.get("/")).status == 200


async def test_the_audit_shows_what_one_may_know(house: House) -> None:
    admin = await boss(house, "管理员甲")
    await admin.post(f"/units/{house.factory.id}/name", {"name": "新机械厂"})
    viewer = await house.someone((Role.VIEWER, house.north), name="看看")
    auditor = await house.someone((Role.AUDITOR, house.district), name="审计")
    assert "新机械厂" in (await auditor.get("/audit")).text
    assert "单位改名" in (await auditor.get("/audit?act=unit.")).text
    assert "单位改名" not in (await auditor.get("/audit?act=session.")).text
    own = await viewer.get("/audit")
    assert "看看" in own.text
    assert "管理员甲" not in own.text
    tomorrow = (house.world.clock.now() + timedelta(days=1)).date()
    assert "没有符合条件的" in (await auditor.get(f"/audit?since={tomorrow}")).text
    done = await auditor.post("/audit/verify")
    assert done.location == "/audit"
    assert "没有被改过" in (await auditor.get("/audit")).text


async def test_health_tells_what_is_wrong_and_what_to_do(house: House) -> None:
    browser = await boss(house)
    page = await browser.get("/health")
    assert "一天多没有备份" in page.text
    room = re.search(r"剩余 ([0-9.]+) GB，共 ([0-9.]+) GB", page.text)
    assert room is not None
    assert 0 < float(room.group(1)) <= float(room.group(2))
    link = house.world.parts.link
    for _ in range(5):
        link.observe("getMe", "network")
    assert "连不上 Telegram" in (await browser.get("/health")).text
    assert "运行状况要留意" in (await browser.get("/")).text
    link.observe("getMe", "200")
    await house.world.tick("forms.purge")
    seen = (await browser.get("/health")).text
    assert re.search(r"清理没填完的表</td><td class=\"when\">2026-11-2", seen)


async def test_what_did_not_arrive_is_shown_by_reason_and_sent_again(house: House) -> None:
    browser, clock = await boss(house), house.world.clock
    assert "没送到的消息" in (await browser.get("/health")).text
    async with house.world.parts.database.open_work() as work:
        await work.outbox.add(Notice("events.offer", 5_300_999_999, "t", clock.now()))
        await work._connection.exec_driver_sql(
            "UPDATE outbox SET state = 'failed', fail_class = 'content' WHERE chain = 't'"
        )
        await work.commit()
    page = await browser.get("/health")
    assert "内容发不出去" in page.text
    assert "5300999999" not in page.text
    assert "运行状况要留意" in (await browser.get("/")).text
    await browser.post("/health/resend", {"kind": "events.offer", "reason": "content"})
    assert "1 条已经重新排队" in (await browser.get("/health")).text


async def test_everything_that_is_done_by_the_clock_has_its_words(house: House) -> None:
    texts = house.world.parts.desk.texts.gaps
    ticks = {tick.name.replace(".", "_") for tick in house.world.parts.schedule.states()}
    assert {tick for tick in ticks if f"console_health.tick_{tick}" not in texts} == set()


async def test_a_new_unit_below_an_enterprise_is_not_offered(house: House) -> None:
    browser = await boss(house)
    page = await browser.get(f"/units/{house.factory.id}")
    assert "新增下属单位" not in page.text
    answer = await browser.post(
        f"/units/{house.factory.id}/below", {"new_name": "x", "level": Level.TOWN}
    )
    assert answer.status == 422
