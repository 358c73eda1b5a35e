"""The pages about knowledge over HTTP: writing, reviewing, publishing, going back, workbooks."""

from __future__ import annotations

import html
import re
from io import BytesIO

import aiohttp
import pytest
from openpyxl import load_workbook

from domain.staff import Role
from tests.conftest import KNOWLEDGE
from tests.console.visiting import Answer, Browser, House
from tests.editors import FREE, LEGAL

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "{{ 7*7 }}",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
)


async def editor(house: House, name: str = "") -> Browser:
    return await house.someone((Role.EDITOR, house.district), name=name)


def text_of(name: str, title: str) -> str:
    path = KNOWLEDGE / "entries" / f"{name.replace('.', '/')}.md"
    return f"# {title}\n" + path.read_text("utf-8").partition("\n")[2]


async def drafted(browser: Browser, name: str, text: str, then: str = "save") -> Answer:
    answer = await browser.post(f"/knowledge/page/{name}/draft", {"source": text, "then": then})
    assert answer.status == 303, answer.text
    return await browser.get(answer.location)


def number_of(answer: Answer) -> str:
    found = re.search(r"/knowledge/version/(\d+)/", answer.text)
    assert found, answer.text
    return found.group(1)


def said(answer: Answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


async def test_a_legal_page_goes_from_draft_over_review_to_the_phone_and_back(
    house: House,
) -> None:
    first, second = await editor(house, "张编辑"), await editor(house, "李编辑")
    member = await house.world.regular()
    kept = await drafted(first, LEGAL, text_of(LEGAL, "工资拖着不发怎么要"), "publish")
    # What needs a second editor is kept all the same, and told why it went no further.
    assert "草稿存好了，但没有往下走" in said(kept)
    number = number_of(kept)
    await first.post(f"/knowledge/version/{number}/hand-in")
    waiting = await second.get("/")
    assert "等您审核" in said(waiting)
    assert "等您审核" not in said(await first.get("/"))
    own = await first.post(f"/knowledge/version/{number}/publish")
    assert own.status == 422
    assert "自己写的内容不能由自己审核" in said(own), said(own)
    shown = await second.get(f"/knowledge/version/{number}")
    assert "新增： # 工资拖着不发怎么要" in " ".join(said(shown).split())
    assert "张编辑" in said(shown)
    (heading,) = re.findall(r"<h1>(.*?)</h1>", shown.text)
    assert heading.startswith("工资拖着不发怎么要 第") and LEGAL not in heading
    # What was looked at is published, not what its author made of it meanwhile.
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]{64})"', shown.text)
    other = await second.post(f"/knowledge/version/{number}/publish", {"seen": "0" * 64})
    assert other.status == 422
    assert "作者又改过这一版" in said(other)
    published = await second.post(f"/knowledge/version/{number}/publish", {"seen": seen})
    assert published.location == f"/knowledge/page/{LEGAL}"
    assert "工资拖着不发怎么要" in await member.says("老板三个月没发工资了")
    back = await second.post(
        f"/knowledge/page/{LEGAL}/restore", {"number": "0", "reason": "看不懂", "kind": "entry"}
    )
    assert back.status == 303
    assert "拖欠工资怎么要" in await member.says("老板三个月没发工资了")
    history = said(await first.get(f"/knowledge/page/{LEGAL}"))
    assert "看不懂" in history
    assert "李编辑" in history


async def test_a_rejected_version_goes_back_with_its_reason(house: House) -> None:
    first, second = await editor(house), await editor(house)
    number = number_of(await drafted(first, LEGAL, text_of(LEGAL, "欠薪"), "hand_in"))
    empty = await second.post(f"/knowledge/version/{number}/reject", {"reason": " "})
    assert (empty.status, "请写一句原因" in said(empty)) == (422, True)
    await second.post(f"/knowledge/version/{number}/reject", {"reason": "依据没写全"})
    shown = await first.get(f"/knowledge/version/{number}")
    assert "依据没写全" in said(shown)
    again = await first.get(f"/knowledge/page/{LEGAL}/edit?version={number}&as=text")
    assert "# 欠薪" in again.text
    others = await second.get(f"/knowledge/page/{LEGAL}/edit?version={number}")
    assert others.status == 404


async def test_faults_are_shown_with_their_line_while_typing(house: House) -> None:
    browser = await editor(house)
    broken = text_of(LEGAL, "欠薪").replace("地区：北京", "地区：火星")
    fragment = await browser.post("/knowledge/preview", {"name": LEGAL, "source": broken})
    assert fragment.status == 200
    assert "<html" not in fragment.text
    assert "第 4 行" in said(fragment)
    assert "地区“火星”不对" in said(fragment)
    sound = await browser.post(
        "/knowledge/preview", {"name": LEGAL, "source": text_of(LEGAL, "欠薪")}
    )
    assert "须另一人审核" in said(sound)
    assert "<b>欠薪</b>" in sound.text


async def test_a_draft_can_be_tried_with_a_question_before_it_is_in_force(house: House) -> None:
    browser = await editor(house)
    more = text_of(FREE, "厨余往哪投").rstrip() + "\n- 螃蟹壳子丢在哪个桶里头\n"
    number = number_of(await drafted(browser, FREE, more))
    question = "螃蟹壳子丢在哪个桶里头"
    tried = await browser.post("/knowledge/try", {"version": number, "question": question})
    assert "厨余往哪投" in said(tried)
    assert "直接回答" in said(tried)
    assert "凭：" in said(tried)
    now = await browser.post("/knowledge/try", {"question": question})
    assert "厨余往哪投" not in said(now)


async def test_an_outdated_draft_shows_what_changed(house: House) -> None:
    first, second = await editor(house), await editor(house)
    number = number_of(await drafted(first, FREE, text_of(FREE, "厨余甲")))
    await drafted(second, FREE, text_of(FREE, "厨余乙"), "publish")
    refused = await first.post(f"/knowledge/version/{number}/publish")
    assert refused.status == 422
    assert "动笔以后别人改了什么" in said(refused)
    assert "# 厨余乙" in said(refused)
    edit = await first.get(f"/knowledge/page/{FREE}/edit?version={number}")
    assert "我看过变化" in said(edit)
    now = re.search(r'name="now" value="([0-9a-f]+)"', edit.text)
    assert now
    form = {
        "source": text_of(FREE, "厨余甲"),
        "version": number,
        "seen": "",
        "now": now.group(1),
        "looked": "yes",
        "then": "publish",
    }
    done = await first.post(f"/knowledge/page/{FREE}/draft", form)
    assert done.location == f"/knowledge/page/{FREE}"


async def test_a_page_is_withheld_with_a_reason(house: House) -> None:
    browser = await editor(house)
    refused = await browser.post(f"/knowledge/page/{FREE}/archive", {"reason": ""})
    assert refused.status == 422
    await browser.post(f"/knowledge/page/{FREE}/archive", {"reason": "在核对"})
    shown = await browser.get(f"/knowledge/page/{FREE}")
    assert "已下架" in said(shown)
    listed = await browser.get("/knowledge?state=archived")
    assert "厨余垃圾怎么投" in listed.text
    library = house.world.parts.content.knowledge.current
    assert library is not None
    assert library.page(FREE) is None


async def test_a_new_page_begins_with_its_skeleton(house: House) -> None:
    browser = await editor(house)
    begun = await browser.get(
        "/knowledge/new?topic=waste&name=garden&title=落叶怎么扔&phrasings=院子里的落叶"
    )
    assert begun.status == 303
    edit = await browser.get(f"{begun.location}&as=text")
    assert "编号：waste.garden" in edit.text
    assert "- 院子里的落叶" in edit.text
    taken = await browser.get("/knowledge/new?topic=waste&name=kitchen&title=x")
    assert "已经有了" in said(taken)
    text = text_of(FREE, "落叶怎么扔").replace("waste.kitchen", "waste.garden")
    text = text.partition("## 问法")[0] + "## 问法\n- 院子里的落叶扔哪\n"
    await drafted(browser, "waste.garden", text, "publish")
    member = await house.world.regular()
    assert "落叶怎么扔" in await member.says("院子里的落叶扔哪")


async def test_the_list_can_be_searched_filtered_and_sorted(house: House) -> None:
    browser = await editor(house)
    for query, there, absent in (
        ("", "拖欠工资怎么要", "没有符合条件的"),
        ("?q=厨余", "厨余垃圾怎么投", "拖欠工资怎么要"),
        ("?q=wage.arr", "拖欠工资怎么要", "厨余垃圾怎么投"),
        ("?topic=垃圾分类", "厨余垃圾怎么投", "拖欠工资怎么要"),
        ("?q=没有这一页", "没有符合条件的", "拖欠工资怎么要"),
        ("?sort=-read&state=shown", "拖欠工资怎么要", "没有符合条件的"),
        ("?sort=nonsense&state=nonsense", "拖欠工资怎么要", "没有符合条件的"),
    ):
        answer = await browser.get(f"/knowledge{query}")
        assert answer.status == 200
        main = answer.text.partition("<main")[2]
        assert there in main, query
        assert absent not in main, query


async def test_the_search_of_the_console_finds_pages(house: House) -> None:
    browser = await editor(house)
    answer = await browser.get("/search?q=拖欠工资")
    assert f"/console/knowledge/page/{LEGAL}" in answer.text


async def test_the_workbook_goes_out_and_comes_back_as_drafts(house: House) -> None:
    browser = await editor(house)
    out = await _book(browser)
    book = load_workbook(BytesIO(out))
    sheet = book["条目"]
    words = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[words.index("编号")].value == FREE)
    row[words.index("标题")].value = "厨余往哪投"
    changed = BytesIO()
    book.save(changed)
    planned = await _upload(browser, changed.getvalue())
    assert f"改 {FREE}（厨余往哪投）" in said(planned)
    assert "存成 1 份草稿" in said(planned)
    # Nothing was kept by looking.
    assert "没有等着的稿子" in said(await browser.get("/knowledge/review"))
    seen = re.search(r'name="seen:waste.kitchen" value="([0-9a-f]+)"', planned.text)
    text = re.search(
        r'<textarea name="text:waste.kitchen" hidden>\n(.*?)</textarea>', planned.text, re.S
    )
    assert seen and text
    kept = await browser.post(
        "/knowledge/sheet/drafts",
        {
            "name": FREE,
            f"seen:{FREE}": seen.group(1),
            f"text:{FREE}": html.unescape(text.group(1)),
        },
    )
    assert kept.location == "/knowledge/review?mine=yes"
    waiting = await browser.get("/knowledge/review?mine=yes")
    assert FREE in waiting.text
    version = re.search(r"/knowledge/version/(\d+)", waiting.text)
    assert version
    await browser.post(f"/knowledge/version/{version.group(1)}/publish")
    assert house.world.parts.desk.ask.page(FREE).title == "厨余往哪投"


async def test_a_workbook_with_faults_is_told_by_row_and_changes_nothing(house: House) -> None:
    browser = await editor(house)
    book = load_workbook(BytesIO(await _book(browser)))
    sheet = book["条目"]
    words = [cell.value for cell in sheet[1]]
    sheet.cell(2, words.index("地区") + 1).value = "火星"
    changed = BytesIO()
    book.save(changed)
    answer = await _upload(browser, changed.getvalue())
    assert answer.status == 422
    assert "条目 第 2 行" in said(answer)
    for content in (b"", b"no workbook", b"PK\x03\x04broken"):
        assert (await _upload(browser, content)).status == 422


async def test_a_figure_is_changed_by_a_form_and_checked_by_a_second_editor(
    house: House,
) -> None:
    first, second = await editor(house), await editor(house)
    shown = await first.get("/figures/minimum_wage_month")
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', shown.text)
    assert seen
    form = {
        "seen": seen.group(1),
        "label": "北京市月最低工资",
        "unit": "元",
        "region": "北京",
        "source": "测试文号",
        "amount0": "2540",
        "start0": "2025-09-01",
        "end0": "2026-11-24",
        "amount1": "2777",
        "start1": "2026-11-25",
    }
    overlapping = await first.post("/figures/minimum_wage_month", form | {"end0": "2026-11-26"})
    assert (overlapping.status, "时间段不对" in said(overlapping)) == (422, True)
    assert "2777" in overlapping.text
    done = await first.post("/figures/minimum_wage_month", form)
    assert done.status == 303, said(done)
    assert (await second.post(f"{done.location}/publish")).status == 303
    assert "2777 元" in house.world.parts.desk.ask.page("wage.minimum").answer
    listed = said(await first.get("/figures"))
    assert "2777 元" in listed


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_what_staff_write_never_becomes_markup(house: House, payload: str) -> None:
    first, second = await editor(house), await editor(house)
    text = text_of(LEGAL, payload).replace("单位拖欠工资是违法的", payload)
    kept = await drafted(first, LEGAL, text)
    number = number_of(kept)
    await first.post(f"/knowledge/version/{number}/hand-in")
    await second.post(f"/knowledge/version/{number}/reject", {"reason": payload})
    for path in (
        f"/knowledge/version/{number}",
        f"/knowledge/page/{LEGAL}",
        f"/knowledge/page/{LEGAL}/edit?version={number}",
        "/knowledge/review",
    ):
        page = (await first.get(path)).text.lower()
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "<svg/onload" not in page, path
        assert "49" not in re.findall(r"(?<=\{\{ )49", page)
    tried = await first.post("/knowledge/try", {"question": payload})
    assert "<script>alert" not in tried.text.lower()
    added = await first.post(f"/knowledge/page/{FREE}/phrasing", {"phrasing": payload})
    after = await first.get(added.location) if added.status == 303 else added
    assert "<script>alert" not in after.text.lower()


async def test_a_caseworker_suggests_but_does_not_publish(house: House) -> None:
    lawyer = await house.someone((Role.CASEWORKER, house.district))
    kept = await drafted(lawyer, LEGAL, text_of(LEGAL, "欠薪"), "hand_in")
    number = number_of(kept)
    for act in ("publish", "reject"):
        answer = await lawyer.post(f"/knowledge/version/{number}/{act}", {"reason": "x"})
        assert answer.status == 404
    assert (await lawyer.get("/questions")).status == 404
    shown = await lawyer.get("/knowledge")
    assert shown.status == 200


async def test_every_act_is_in_the_audit_with_a_word(house: House) -> None:
    browser = await editor(house)
    await drafted(browser, FREE, text_of(FREE, "厨余往哪投"), "publish")
    log = said(await browser.get("/audit"))
    assert "knowledge.publish" not in log
    assert f"entry:{FREE}#1" in log


async def _book(browser: Browser) -> bytes:
    form = {"csrf": browser.csrf()}
    async with browser.http.post(
        f"{browser.base}/console/knowledge/sheet/export", data=form, headers=_headers(browser)
    ) as response:
        assert response.status == 200
        assert "attachment" in response.headers["Content-Disposition"]
        return await response.read()


async def _upload(browser: Browser, content: bytes) -> Answer:
    form = aiohttp.FormData()
    form.add_field("csrf", browser.csrf())
    form.add_field("book", content, filename="改好的.xlsx")
    return await browser.send("POST", "/knowledge/sheet/plan", data=form)


def _headers(browser: Browser) -> dict[str, str]:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return {"Cookie": cookie, "User-Agent": "Mozilla/5.0 Chrome/126.0"}
