"""Export: every cell is text, whatever it begins with, and comes back as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot import sheets
from bot.sheets.layout import from_cell, to_cell
from knowledge import ContentError
from tests.bot.books import ARREARS_FILE, LAYOUT, NOW, Books, make
from tests.knowledge.conftest import ROOT, TODAY


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return make(tmp_path)


def test_a_workbook_has_help_entries_phrasings_and_figures(books: Books) -> None:
    book = load_workbook(books.path)
    assert book.sheetnames == ["说明", "条目", "问法", "数字"]
    sentences = [str(row[0]) for row in book["说明"].iter_rows(values_only=True)]
    assert [len(sentence) > 20 for sentence in sentences] == [True, True, True]
    words = "编号 标题 地区 适用 复核 复核人 生效 失效 简答 怎么做 详情 时限 证据 误区 依据 下一步"
    words += " 版本"
    assert [cell.value for cell in book["条目"][1]] == words.split()
    assert [cell.value for cell in book["问法"][1]] == ["编号", "标题", "问法"]
    assert book["问法"].max_row == 9
    assert book["数字"].max_row == 3
    row = dict(
        zip(words.split(), next(book["条目"].iter_rows(3, 3, values_only=True)), strict=True)
    )
    assert row["编号"] == "wage.arrears"
    assert row["怎么做"] == "留好证据\n找单位谈"
    assert row["下一步"] == "hours.overtime 看另一页\n@human 找人帮忙"
    # The figure stands by name: the editor must not turn it into a number.
    assert "{{minimum_wage}}" in str(row["简答"])


def test_headers_stay_in_sight_and_cells_are_wrapped_text(books: Books) -> None:
    book = load_workbook(books.path)
    for name, frozen in (("条目", "C2"), ("问法", "A2"), ("数字", "A2")):
        sheet = book[name]
        assert sheet.freeze_panes == frozen
        assert sheet.auto_filter.ref
        assert sheet["A2"].alignment.wrap_text
        assert {cell.number_format for row in sheet.iter_rows() for cell in row if cell.value} == {
            "@"
        }
        assert (sheet.column_dimensions["B"].width or 0) > 20
    assert book["数字"].protection.sheet
    assert not book["条目"].protection.sheet


HOSTILE = (
    "=1+1",
    "+8613800000000",
    "-2+3",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "http://example.com",
    "007",
    "110101199003070000",
    "3-1",
    "1.38E+10",
    "TRUE",
    "'=1",
)


def test_what_looks_like_a_formula_is_text_and_stays_text(books: Books) -> None:
    path = books.folder / ARREARS_FILE
    lines = "".join(f"- {text}\n" for text in HOSTILE)
    path.write_text(path.read_text(encoding="utf-8") + lines, encoding="utf-8")
    books.export()
    with zipfile.ZipFile(books.path) as archive:
        parts = b"".join(archive.read(n) for n in archive.namelist() if "worksheets" in n)
    assert b"<f>" not in parts
    assert b"hyperlink" not in parts
    cells = [row[2] for row in load_workbook(books.path)["问法"].iter_rows(min_row=10)]
    assert [cell.value for cell in cells] == list(HOSTILE)
    assert {cell.data_type for cell in cells} == {"s"}
    assert books.plan().changes == ()


def test_what_is_exported_changes_nothing_when_it_comes_back(books: Books) -> None:
    plan = books.plan()
    assert plan.changes == ()
    assert plan.texts == {}
    assert plan.unchanged == ("hours.overtime", "wage.arrears")
    assert plan.absent == plan.without_phrasing_rows == ()


def test_the_shipped_entries_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    done = sheets.export(ROOT / "knowledge", path, LAYOUT, NOW)
    assert done.entries >= 172
    assert done.phrasings >= 4000
    plan = sheets.plan(ROOT / "knowledge", path, LAYOUT, TODAY)
    assert plan.texts == {}
    assert len(plan.unchanged) == done.entries


items = st.text(alphabet="ab甲 -•1.5、=+@\u3000", min_size=1, max_size=10).map(str.strip)


@given(st.lists(items.filter(bool), max_size=8).map(tuple))
def test_a_list_comes_back_from_its_cell(texts: tuple[str, ...]) -> None:
    assert from_cell("steps", to_cell("steps", texts)) == texts


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("1. 留证据\n2、找工会", ("留证据", "找工会")),
        ("- 留证据\n\n• 找工会\n", ("留证据", "找工会")),
        ("3.5 倍工资\n-5 度", ("3.5 倍工资", "-5 度")),
        ("  \n", ()),
    ],
)
def test_list_marks_that_people_type_are_taken_off(cell: str, texts: tuple[str, ...]) -> None:
    assert from_cell("steps", cell) == texts


def test_paragraphs_stand_apart_by_an_empty_line() -> None:
    assert from_cell("details", "一\n二\n \n\n三\n") == ("一\n二", "三")


def test_the_same_folder_gives_the_same_workbook(books: Books, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    sheets.export(books.folder, other, LAYOUT, NOW)
    with zipfile.ZipFile(books.path) as one, zipfile.ZipFile(other) as two:
        assert {n: one.read(n) for n in one.namelist()} == {n: two.read(n) for n in two.namelist()}


@pytest.mark.parametrize(
    ("name", "code"),
    [("book.xlsx", "book_there"), ("book.csv", "book_suffix"), ("no/book.xlsx", "book_folder")],
)
def test_where_a_workbook_cannot_go_is_told(
    books: Books, tmp_path: Path, name: str, code: str
) -> None:
    before = books.path.read_bytes()
    with pytest.raises(ContentError) as caught:
        sheets.export(books.folder, tmp_path / name, LAYOUT, NOW)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert books.path.read_bytes() == before


def test_a_text_that_no_cell_holds_is_told_and_nothing_is_written(books: Books) -> None:
    path = books.folder / ARREARS_FILE
    long = "长" * 33_000
    text = path.read_text(encoding="utf-8").replace("所有劳动者", long)
    path.write_text(text, encoding="utf-8")
    before = books.path.read_bytes()
    with pytest.raises(ContentError) as caught:
        books.export()
    assert [(f.path, f.line, f.code) for f in caught.value.faults] == [("条目", 3, "cell_long")]
    assert books.path.read_bytes() == before
    assert list(books.path.parent.glob(".*")) == []


def test_a_faulty_folder_is_not_exported(books: Books) -> None:
    (books.folder / ARREARS_FILE).write_text("kaputt", encoding="utf-8")
    with pytest.raises(ContentError):
        books.export()
