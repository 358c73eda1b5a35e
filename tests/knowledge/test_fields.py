"""The form of a page: what goes into the fields and comes back is the same entry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given

from domain.editing import FieldKind
from knowledge import fields
from knowledge.drafts import entry_id, read_drafts
from knowledge.errors import Faults
from knowledge.loading import load
from knowledge.parsing import Draft, parse
from knowledge.trying import skeleton
from knowledge.wording import Format, read_table
from knowledge.writing import contents, render
from tests.conftest import KNOWLEDGE
from tests.knowledge.conftest import ROOT
from tests.knowledge.test_writing import FORM, said

NAME = "wage.arrears"


def parsed(text: str) -> Draft:
    return parse("entries/wage/arrears.md", text, FORM, Faults(read_table("faults.toml")))


@pytest.mark.parametrize("folder", ["knowledge", "tests/fixtures/knowledge"])
def test_every_entry_of_ours_goes_through_the_form_and_stays_what_it_is(folder: str) -> None:
    drafts = read_drafts(ROOT / folder, Format.read())
    assert len(drafts) >= 15
    for draft in drafts.values():
        name, text = entry_id(draft.path), (ROOT / folder / draft.path).read_text("utf-8")
        typed = fields.spread(name, text)
        assert typed is not None, name
        assert contents(parsed(fields.gather(name, typed))) == contents(draft), name
        assert fields.misread(name, typed) == (), name
        # As browsers send it.
        sent = {key: value.replace("\n", "\r\n") for key, value in typed.items()}
        assert fields.gather(name, sent) == fields.gather(name, typed), name


@given(said())
def test_whatever_an_entry_says_comes_back_or_is_told(one: dict[str, tuple[str, ...]]) -> None:
    text = render(one, FORM)
    typed = fields.spread(NAME, text)
    assert typed is not None
    back = contents(parsed(fields.gather(NAME, typed)))
    changed = {key for key in one | back if one.get(key) != back.get(key)}
    # A list item that begins like a dash loses it, as pasted lists do; nothing else changes.
    for key in changed:
        assert key in fields.misread(NAME, typed) or any(
            part.lstrip().startswith(("-", "\u00b7", "\u2022"))
            or part[:1].isdigit()
            or "\u3000" in part
            or "  " in part
            for part in one[key]
        ), key


def test_a_new_page_opens_as_a_form() -> None:
    text = skeleton("wage.other", "别的", ["老板跑了"], date(2026, 11, 25))
    typed = fields.spread("wage.other", text)
    assert typed is not None
    assert (typed["title"], typed["phrasings"]) == ("别的", "老板跑了")
    assert typed["next_steps"].split("\n")[0] == "@human 找人"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## 证据\n", "## 别的标题\n"),
        ("地区：北京\n", "地区：北京\n部门：法律\n"),
        ("地区：北京\n", "地区：北京\n随手写的一行\n"),
        ("## 时限\n", "## 时限\n不是列表的一行\n"),
        ("编号：wage.arrears", "编号：wage.others"),
    ],
)
def test_a_text_that_the_form_has_no_field_for_is_left_to_the_plain_view(
    old: str, new: str
) -> None:
    text = (KNOWLEDGE / "entries" / "wage" / "arrears.md").read_text("utf-8")
    assert fields.spread(NAME, text) is not None
    changed = text.replace(old, new, 1)
    assert changed != text
    assert fields.spread(NAME, changed) is None


def test_lists_are_taken_as_people_paste_them() -> None:
    typed = {
        "steps": "1. 留证据\n 2、书面催要\n\n- 投诉\n3.5 倍以上的另说",
        "phrasings": "• 欠薪\n·拖欠",
    }
    back = contents(parsed(fields.gather(NAME, typed)))
    assert back["steps"] == ("留证据", "书面催要", "投诉", "3.5 倍以上的另说")
    assert back["phrasings"] == ("欠薪", "拖欠")


def test_a_line_that_would_become_a_heading_is_told_at_its_field() -> None:
    typed = {"title": "标题", "details": "第一段\n## 第二段", "answer": "好"}
    assert "details" in fields.misread(NAME, typed)
    assert fields.misread(NAME, {**typed, "details": "第一段\n第二段"}) == ()


def test_a_fault_is_told_at_the_field_in_which_it_stands() -> None:
    typed = {"title": "标题", "answer": "结论", "evidence": "合同\n工资条"}
    text = fields.gather(NAME, typed)
    lines = text.split("\n")
    assert fields.place_of(NAME, text, lines.index("- 工资条") + 1) == "evidence"
    assert fields.place_of(NAME, text, lines.index("结论") + 1) == "answer"
    assert fields.place_of(NAME, text, 1) == "title"


def test_a_phrasing_that_is_there_already_is_told_with_its_page() -> None:
    library = load(Path(KNOWLEDGE), date(2026, 11, 25))
    mine, other = library.page(NAME), library.page("wage.minimum")
    assert mine is not None and other is not None
    typed = "\n".join(
        ["老板跑路了咋整", other.phrasings[0], mine.phrasings[0], " 老板跑路了咋整？"]
    )
    found = fields.repeats(library, NAME, typed)
    assert [(one.text, one.page) for one in found] == [
        (other.phrasings[0], other.title),
        ("老板跑路了咋整？", ""),
    ]


def test_each_field_says_how_it_is_typed() -> None:
    kinds = {one.name: one.kind for one in fields.form_fields()}
    assert kinds["answer"] is kinds["details"] is FieldKind.TEXT
    assert kinds["steps"] is kinds["phrasings"] is FieldKind.ITEMS
    assert kinds["next_steps"] is FieldKind.BUTTONS
    assert kinds["region"] is FieldKind.CHOICE and kinds["reviewed_on"] is FieldKind.DAY
    assert "id" not in kinds
    assert set(kinds) == {"title", *FORM.meta.values(), *FORM.sections.values()} - {"id"}
