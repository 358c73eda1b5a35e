"""The form of a page over HTTP: the same words as the text, faults beside their field."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from domain.editing import Kind
from domain.staff import Role, operator
from tests.conftest import KNOWLEDGE
from tests.console.visiting import Answer, Browser, House
from tests.editors import FREE

EDIT = f"/knowledge/page/{FREE}/edit"
DRAFT = f"/knowledge/page/{FREE}/draft"


async def editor(house: House) -> Browser:
    return await house.someone((Role.EDITOR, house.district))


def fields_of(answer: Answer) -> dict[str, str]:
    """What a browser would send from the form that is shown."""
    found = {}
    form = answer.text.partition('action="/console/knowledge/page/')[2].partition("</form>")[0]
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and 'type="checkbox"' not in tag:
            found[name.group(1)] = html.unescape(value.group(1))
    for name, text in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.S
    ):
        found[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = html.unescape(chosen.group(1)) if chosen else ""
    return {name: text for name, text in found.items() if name != "csrf"}


async def sent(browser: Browser, fields: Mapping[str, str], then: str = "save") -> Answer:
    return await browser.post(DRAFT, {**fields, "then": then})


async def kept(house: House, answer: Answer) -> str:
    number = answer.location.rpartition("/")[2]
    return (await house.world.parts.editing.get(operator(), int(number))).source


async def test_a_page_opens_as_a_form_and_unchanged_it_is_the_same_text(house: House) -> None:
    browser = await editor(house)
    shown = await browser.get(EDIT)
    assert shown.status == 200 and 'name="part_answer"' in shown.text
    assert 'name="source"' not in shown.text
    fields = fields_of(shown)
    assert fields["to_0"] and fields["label_0"]
    saved = await sent(browser, fields)
    assert saved.status == 303, saved.text
    file = KNOWLEDGE / "entries" / f"{FREE.replace('.', '/')}.md"
    assert (await kept(house, saved)).split() == file.read_text("utf-8").split()


async def test_what_is_typed_into_the_form_is_published(house: House) -> None:
    browser, member = await editor(house), await house.world.regular()
    fields = fields_of(await browser.get(EDIT))
    fields["part_answer"] = "剩饭剩菜先沥干水，再投进绿色桶。"
    fields["part_phrasings"] += "\r\n吃剩的麻辣烫汤底怎么处理"
    assert (await sent(browser, fields, "publish")).location == f"/knowledge/page/{FREE}"
    assert "先沥干水" in await member.says("吃剩的麻辣烫汤底怎么处理")


async def test_the_two_views_show_the_same_words_and_keep_nothing(house: House) -> None:
    browser = await editor(house)
    fields = fields_of(await browser.get(EDIT)) | {"part_title": "剩饭扔哪里"}
    text = await sent(browser, fields, "as_text")
    assert text.status == 200 and "# 剩饭扔哪里" in text.text
    plain = fields_of(text)
    assert set(plain) >= {"source", "mode"} and plain["mode"] == "text"
    back = fields_of(await sent(browser, plain, "as_form"))
    # Keys of forms differ each time.
    assert {**back, "once": ""} == {**fields, "once": ""}
    async with house.world.parts.database.open_read() as work:
        assert list(await work.versions.list_of(Kind.ENTRY, FREE)) == []


async def test_a_fault_stands_beside_its_field(house: House) -> None:
    browser = await editor(house)
    fields = fields_of(await browser.get(EDIT)) | {"part_answer": "长" * 200, "to_0": "no.page"}
    saved = await sent(browser, fields)
    number = saved.location.rpartition("/")[2]
    shown = (await browser.get(f"{EDIT}?version={number}")).text
    answer = shown.partition('name="part_answer"')[2].partition("</div>")[0]
    assert 'class="fault"' in answer and "140" in answer
    buttons = shown.partition('name="to_0"')[2].partition("</fieldset>")[0]
    assert "no.page" in buttons.partition('class="fault"')[2]
    # The preview knows fields, not lines.
    assert "第 1 行" not in shown


async def test_a_line_that_would_become_a_heading_is_refused_with_everything_typed(
    house: House,
) -> None:
    browser = await editor(house)
    fields = fields_of(await browser.get(EDIT)) | {"part_details": "一段\n## 二段\n<b>"}
    refused = await sent(browser, fields)
    assert refused.status == 422
    assert "会被认作小标题" in refused.text and "## 二段" in refused.text
    assert "&lt;b&gt;" in refused.text
    async with house.world.parts.database.open_read() as work:
        assert list(await work.versions.list_of(Kind.ENTRY, FREE)) == []


async def test_a_text_with_odd_parts_opens_as_text_and_says_why(house: House) -> None:
    browser = await editor(house)
    fields = fields_of(await browser.get(f"{EDIT}?as=text"))
    fields["source"] = fields["source"].replace("## 依据", "## 根据", 1)
    number = (await sent(browser, fields)).location.rpartition("/")[2]
    shown = (await browser.get(f"{EDIT}?version={number}")).text
    assert "表单放不下的内容" in shown and "## 根据" in shown


async def test_phrasings_that_are_there_already_are_told_while_one_types(house: House) -> None:
    browser = await editor(house)
    library = house.world.parts.content.knowledge.current
    assert library is not None
    other = library.page("wage.arrears")
    assert other is not None
    fields = fields_of(await browser.get(EDIT))
    fields["part_phrasings"] += f"\n{other.phrasings[0]}"
    told = (await browser.post("/knowledge/preview", fields)).text
    assert other.phrasings[0] in told and f"《{other.title}》" in told
    assert "有 1 句问法重复" in told
    assert "重复" not in (await browser.get(EDIT)).text.partition('id="preview"')[2]
