"""Import: what an edited workbook changes, what it keeps, and what it may not do."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import sheets
from bot.cli import app
from bot.sheets.reporting import lines
from knowledge import ContentError, load
from knowledge.overlay import Overlay
from tests.bot.books import (
    ARREARS_FILE,
    ARREARS_ROW,
    FIRST_ARREARS_PHRASING,
    LAYOUT,
    NOW,
    OVERTIME_FILE,
    OVERTIME_ROW,
    Books,
    append,
    cell_of,
    make,
)
from tests.knowledge.conftest import ARREARS, OVERTIME, TODAY

runner = CliRunner()
NEW = {
    "编号": "wage.final",
    "标题": "离职工资什么时候结",
    "地区": "全国",
    "适用": "所有劳动者",
    "复核": "2026-11-01",
    "简答": "离职时应当一次付清。",
    "怎么做": "1. 要求结清\n2. 不给就投诉",
    "依据": "《工资支付暂行规定》第九条：解除时一次付清",
    "下一步": "wage.arrears 拖欠工资\n@human 找人",
}


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return make(tmp_path)


def test_a_changed_cell_changes_its_section_and_nothing_else(books: Books) -> None:
    before = books.files()
    books.set("条目", "简答", ARREARS_ROW, "能要回来。")
    plan = books.plan()
    assert [(c.id, c.fields, c.added, c.removed) for c in plan.changes] == [
        ("wage.arrears", ("answer",), (), ())
    ]
    assert plan.unchanged == ("hours.overtime",)
    assert books.files() == before
    sheets.apply(books.folder, plan)
    old = "可以要回来。**先留证据**，最低工资是 {{minimum_wage}}。".encode()
    expected = before[ARREARS_FILE].replace(old, "能要回来。".encode())
    assert books.files() == before | {ARREARS_FILE: expected}
    assert books.plan().texts == {}


def test_phrasings_are_added_and_removed_by_row(books: Books) -> None:
    def change(book: Any) -> None:
        sheet = book["问法"]
        sheet.delete_rows(FIRST_ARREARS_PHRASING)
        append(sheet, 编号="wage.arrears", 问法="=工资在哪")
        append(sheet, 编号="wage.arrears", 问法="  老板跑路了 ")

    books.edit(change)
    books.edit(lambda book: setattr(book["问法"].cell(9, 3), "data_type", "s"))
    plan = books.plan()
    assert [(c.added, c.removed) for c in plan.changes] == [
        (("=工资在哪", "老板跑路了"), (ARREARS[0],))
    ]
    sheets.apply(books.folder, plan)
    page = load(books.folder, TODAY).page("wage.arrears")
    assert page is not None
    assert page.phrasings == (*ARREARS[1:], "=工资在哪", "老板跑路了")


def test_a_sorted_sheet_is_no_change(books: Books) -> None:
    def change(book: Any) -> None:
        rows = [[c.value for c in row] for row in book["问法"].iter_rows(min_row=2)]
        for number, row in enumerate(reversed(rows), 2):
            for column, value in enumerate(row, 1):
                book["问法"].cell(number, column).value = value

    books.edit(change)
    assert books.plan().texts == {}


def test_columns_may_stand_in_any_order_and_empty_rows_are_passed_over(books: Books) -> None:
    def change(book: Any) -> None:
        sheet = book["条目"]
        sheet.move_range("A1:Q3", rows=0, cols=20)
        sheet.move_range("AK1:AK3", rows=0, cols=-36)
        sheet.insert_rows(2, amount=5)
        sheet.insert_rows(1, amount=1)

    books.edit(change)
    assert books.plan().texts == {}


def test_a_new_entry_needs_a_known_topic_and_its_phrasings(books: Books) -> None:
    def change(book: Any) -> None:
        append(book["条目"], **NEW)
        append(book["问法"], 编号="wage.final", 问法="离职了工资啥时候给")

    books.edit(change)
    plan = books.plan()
    assert [(c.id, c.old) for c in plan.changes] == [("wage.final", None)]
    assert list(plan.texts) == ["entries/wage/final.md"]
    sheets.apply(books.folder, plan)
    page = load(books.folder, TODAY).page("wage.final")
    assert page is not None
    assert page.steps == ("要求结清", "不给就投诉")
    assert books.plan().unchanged[-1] == "wage.final"


def test_an_entry_that_is_not_in_the_sheet_is_kept(books: Books) -> None:
    books.edit(lambda book: book["条目"].delete_rows(OVERTIME_ROW))
    plan = books.plan()
    assert plan.absent == ("hours.overtime",)
    assert plan.texts == {}


def test_an_entry_without_phrasing_rows_keeps_its_phrasings(books: Books) -> None:
    books.edit(lambda book: book["问法"].delete_rows(2, 4))
    plan = books.plan()
    assert plan.without_phrasing_rows == ("hours.overtime",)
    assert plan.texts == {}


def test_a_section_that_was_emptied_goes_and_one_that_was_filled_comes(books: Books) -> None:
    path = books.folder / ARREARS_FILE
    text = path.read_text(encoding="utf-8").replace("## 依据", "## 详情\n很多。\n\n## 依据")
    path.write_text(text, encoding="utf-8")
    books.export()
    books.set("条目", "详情", ARREARS_ROW, None)
    books.set("条目", "时限", ARREARS_ROW, "一年内\n两年内")
    sheets.apply(books.folder, books.plan())
    page = load(books.folder, TODAY).page("wage.arrears")
    assert page is not None
    assert page.details == ""
    assert page.limits == ("一年内", "两年内")


@pytest.mark.parametrize("day", [date(2026, 10, 9), datetime(2026, 10, 9), "2026-10-09"])  # noqa: DTZ001
def test_a_day_may_be_a_date_or_a_text(books: Books, day: object) -> None:
    books.set("条目", "复核", ARREARS_ROW, day)
    (change,) = books.plan().changes
    assert change.new["reviewed_on"] == ("2026-10-09",)


def test_a_number_without_doubt_is_text(books: Books) -> None:
    books.edit(lambda book: append(book["问法"], 编号="wage.arrears", 问法=12333))
    (change,) = books.plan().changes
    assert change.added == ("12333",)


def test_a_third_of_the_phrasings_does_not_go_by_mistake(books: Books) -> None:
    def change(book: Any) -> None:
        book["问法"].delete_rows(FIRST_ARREARS_PHRASING, 2)
        book["问法"].delete_rows(2)

    books.edit(change)
    assert books.told() == [("问法", 1, "removals")]
    plan = books.plan(allow_removals=True)
    assert sum(len(change.removed) for change in plan.changes) == 3


def test_what_changed_after_the_export_is_not_overwritten(books: Books) -> None:
    path = books.folder / ARREARS_FILE
    text = path.read_text(encoding="utf-8").replace("应当及时足额支付", "应当足额")
    path.write_text(text, encoding="utf-8")
    assert books.told() == [("条目", ARREARS_ROW, "row_stale")]
    books.set("条目", "版本", ARREARS_ROW, None)
    assert [change.fields for change in books.plan().changes] == [("basis",)]


def test_what_changes_between_looking_and_writing_is_not_overwritten(books: Books) -> None:
    books.set("条目", "简答", ARREARS_ROW, "能要回来。")
    plan = books.plan()
    path = books.folder / ARREARS_FILE
    path.write_text(path.read_text(encoding="utf-8") + "- 新问法\n", encoding="utf-8")
    before = books.files()
    with pytest.raises(ContentError) as caught:
        sheets.apply(books.folder, plan)
    assert [fault.code for fault in caught.value.faults] == ["changed"]
    assert books.files() == before


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("地区", "上海", "region_unknown"),
        ("复核", "昨天", "date_form"),
        ("复核", "2027-01-01", "date_future"),
        ("适用", None, "meta_missing"),
        ("标题", "长" * 41, "too_long"),
        ("简答", "长" * 141, "too_long"),
        ("简答", "最高 {{maximum_wage}}", "figure_unknown"),
        ("简答", "**没有关上", "bold_open"),
        ("怎么做", None, "section_missing"),
        ("怎么做", "只有一步", "too_few"),
        ("怎么做", "第一步\n" + "步" * 41, "too_long"),
        ("依据", "劳动合同法", "basis_form"),
        ("下一步", "wage.nothing 没有\n@human 找人", "button_dead"),
        ("下一步", "@human 找人\n@contact", "button_form"),
        ("详情", "有\t制表符", "tab"),
        ("详情", "看不见\u200b的", "control"),
    ],
)
def test_a_fault_that_the_loader_finds_is_told_with_sheet_and_row(
    books: Books, column: str, value: str | None, code: str
) -> None:
    books.set("条目", column, ARREARS_ROW, value)
    faults = [fault for fault in books.faults() if fault.code == code]
    assert [(fault.path, fault.line) for fault in faults] == [("条目", ARREARS_ROW)]
    assert "wage.arrears" in faults[0].reason


def test_a_fault_in_a_phrasing_is_told_with_its_row(books: Books) -> None:
    row = FIRST_ARREARS_PHRASING + 1
    books.set("问法", "问法", row, OVERTIME[0])
    books.set("问法", "问法", row + 1, "长" * 201)
    faults = books.faults()
    assert [(fault.path, fault.line, fault.code) for fault in faults] == [
        ("问法", row, "phrasing_twice"),
        ("问法", row + 1, "too_long"),
    ]
    # The other place is told as the editor sees it, too.
    assert "问法:2" in faults[0].reason


def test_a_fault_in_an_entry_that_the_sheet_does_not_name_is_told_by_file(books: Books) -> None:
    def change(book: Any) -> None:
        book["条目"].delete_rows(ARREARS_ROW)
        book["问法"].delete_rows(FIRST_ARREARS_PHRASING, 4)
        cell_of(book["问法"], "问法", 2).value = ARREARS[0]

    books.edit(change)
    assert [(path, code) for path, _, code in books.told()] == [(ARREARS_FILE, "phrasing_twice")]


def test_the_report_tells_old_and_new_briefly(books: Books) -> None:
    books.set("条目", "简答", ARREARS_ROW, "可以要回来。**先留证据**，" + "再说" * 30)
    books.set("问法", "问法", FIRST_ARREARS_PHRASING, "老板欠钱")
    books.edit(lambda book: book["条目"].delete_rows(OVERTIME_ROW))
    told = "\n".join(lines(books.plan(), LAYOUT))
    assert "改 wage.arrears（拖欠工资怎么要）" in told
    assert "简答：…*先留证据**，最低工资是" in told
    assert "问法 + 老板欠钱" in told
    assert f"问法 - {ARREARS[0]}" in told
    assert "“条目”表里没有的 1 个条目，保留不变" in told
    assert max(map(len, told.split("\n"))) < 160


def test_the_report_shows_where_the_differences_begin_and_end(books: Books) -> None:
    def change(book: Any) -> None:
        sheet = book["条目"]
        cell_of(
            sheet, "简答", ARREARS_ROW
        ).value = "可以全要回来。**先留证据**，最低工资是 {{minimum_wage}}！"
        cell_of(sheet, "怎么做", ARREARS_ROW).value = "找单位谈\n留好证据"
        cell_of(sheet, "怎么做", OVERTIME_ROW).value = "留好证据\n找工会谈\n找仲裁"

    books.edit(change)
    told = "\n".join(lines(books.plan(), LAYOUT))
    assert "→ 可以全要回来。" in told
    assert "{{minimum_wage}}！" in told
    assert "怎么做：留好证据 / 找单位谈 → 找单位谈 / 留好证据" in told
    assert "怎么做：找单位谈 → 找工会谈 / 找仲裁" in told


def test_a_faulty_folder_is_told_before_the_workbook(books: Books) -> None:
    (books.folder / OVERTIME_FILE).write_text("kaputt", encoding="utf-8")
    assert {path for path, _, _ in books.told()} == {OVERTIME_FILE}


def test_golden_questions_that_would_lose_their_page_are_told(books: Books) -> None:
    (books.folder / "golden.toml").write_text('"老板欠了工资" = "wage.arrears"\n', "utf-8")
    books.edit(lambda book: append(book["问法"], 编号="hours.overtime", 问法="老板欠了工资"))
    before = books.files()
    (lost,) = books.plan().lost
    assert (lost.path, lost.line) == ("golden.toml", 1)
    options = [str(books.path), "--folder", str(books.folder)]
    rehearsal = runner.invoke(app, ["knowledge", "import", *options])
    assert rehearsal.exit_code == 2
    assert "老板欠了工资" in rehearsal.output
    refused = runner.invoke(app, ["knowledge", "import", *options, "--apply"])
    assert (refused.exit_code, books.files()) == (2, before)
    given_up = [*options, "--apply", "--accept-golden", "换了说法"]
    assert runner.invoke(app, ["knowledge", "import", *given_up]).exit_code == 0
    assert books.files() != before


def test_what_staff_published_is_what_the_workbook_holds(books: Books) -> None:
    published = (books.folder / ARREARS_FILE).read_text("utf-8").replace("可以要回来", "能要回来")
    overlay = Overlay({"wage.arrears": published})
    sheets.export(books.folder, books.path, LAYOUT, NOW, overwrite=True, overlay=overlay)
    assert "能要回来" in str(cell_of_book(books, ARREARS_ROW, "简答"))
    assert sheets.plan(books.folder, books.path, LAYOUT, TODAY, overlay=overlay).texts == {}
    # Without it the same row is one of another text, and nothing is written over.
    assert [fault[2] for fault in books.told()] == ["row_stale"]


def cell_of_book(books: Books, row: int, column: str) -> object:
    found = books.rows("条目")
    return found[row - 1][found[0].index(column)]
