"""Writing: what is written reads back as it was said, and the shipped entries are in that form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.drafts import entry_id, entry_path, read_drafts
from knowledge.errors import Faults
from knowledge.parsing import PARAGRAPHS, Draft, parse
from knowledge.wording import Format, read_table
from knowledge.writing import contents, field_at, read_differently, render
from tests.knowledge.conftest import ROOT

FORM = Format.read()
META = [name for name in FORM.meta.values() if name != "id"]
LISTS = [name for name in FORM.sections.values() if name not in PARAGRAPHS]

# Letters that have a meaning somewhere in the form, and a few that have none.
letters = st.text(alphabet="ab甲乙 -#*.1、：《》{}@=\u3000", min_size=1, max_size=12)
texts = letters.map(str.strip).filter(bool)
paragraph = st.lists(texts.filter(lambda t: not t.startswith("##")), min_size=1, max_size=3).map(
    "\n".join
)


@st.composite
def said(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {"title": (draw(texts),), "id": ("wage.arrears",)}
    for name in META:
        if draw(st.booleans()):
            found[name] = (draw(texts),)
    for name in FORM.sections.values():
        kind = paragraph if name in PARAGRAPHS else texts
        if draw(st.booleans()):
            found[name] = tuple(draw(st.lists(kind, min_size=1, max_size=14)))
    return found


def parsed(text: str) -> Draft:
    return parse("entries/wage/arrears.md", text, FORM, Faults(read_table("faults.toml")))


@given(said())
def test_what_is_written_reads_back(one: dict[str, tuple[str, ...]]) -> None:
    text = render(one, FORM)
    assert contents(parsed(text)) == one
    assert render(contents(parsed(text)), FORM) == text
    assert read_differently(one, FORM) == ()


@pytest.mark.parametrize("folder", ["knowledge", "tests/fixtures/knowledge"])
def test_every_entry_of_ours_is_in_normal_form_but_for_empty_lines(folder: str) -> None:
    for draft in read_drafts(ROOT / folder, FORM).values():
        text = (ROOT / folder / draft.path).read_text(encoding="utf-8")
        assert render(contents(draft), FORM) == re.sub(r"\n{3,}", "\n\n", text), draft.path


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("details", "第一段\n## 时限"),
        ("answer", "## 详情"),
        ("details", "第一段\n\n第二段"),
        ("steps", "两行\n的一步"),
        ("title", "两行\n的标题"),
        ("audience", "甲:乙"),
        ("phrasings", " 前面有空格"),
    ],
)
def test_what_would_read_differently_is_noticed(field: str, text: str) -> None:
    one = {"title": ("标题",), "id": ("wage.arrears",), "answer": ("可以",), field: (text,)}
    assert read_differently(one, FORM)[0] == field


def test_a_field_that_says_nothing_is_not_written() -> None:
    draft = parsed("# 标题\n\n编号：wage.arrears\n复核人：\n\n## 简答\n可以\n")
    assert "reviewed_by" not in contents(draft)
    assert "复核人" not in render(contents(draft), FORM)


def test_a_line_of_a_file_leads_to_what_stands_there() -> None:
    draft = parsed("# 标题\n\n编号：wage.arrears\n\n## 简答\n可以\n真的\n\n## 问法\n- 一\n- 二\n")
    assert field_at(draft, 1) == ("title", "标题")
    assert field_at(draft, 3) == ("id", "wage.arrears")
    assert field_at(draft, 5) == ("answer", "")
    assert field_at(draft, 7) == ("answer", "可以\n真的")
    assert field_at(draft, 11) == ("phrasings", "二")


def test_a_path_and_an_id_belong_together() -> None:
    assert entry_path("wage.arrears") == "entries/wage/arrears.md"
    assert entry_id("entries/wage/arrears.md") == "wage.arrears"


def test_drafts_keep_figures_by_name_and_entries_that_are_withheld(folder: Path) -> None:
    path = folder / "entries/wage/arrears.md"
    text = path.read_text(encoding="utf-8").replace("适用", "失效：2020-01-01\n适用")
    path.write_text(text, encoding="utf-8")
    draft = read_drafts(folder, FORM)["wage.arrears"]
    assert "{{minimum_wage}}" in draft.sections["answer"][0].text
