"""Lists of questions as offices save them: each is read as it was meant, or refused."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from console.importing import quizzes
from domain.quiz import Kind
from domain.quiz_import import Field, Reading, read_list
from domain.refusal import Refusal
from domain.roster import Cell
from domain.roster import Kind as CellKind
from locales import load

T = load()
TOPICS = {"waste": "垃圾分类", "party_history": "党史"}
HEAD = ("序号", "题型", "题干", "选项A", "选项B", "选项C", "正确答案", "解析")
PLAIN = (
    "题型,题干,选项A,选项B,选项C,正确答案\n"
    "单选题,哪个桶是红色的？,有害,可回收,厨余,A\n"
    "判断题,剩饭是厨余垃圾。,,,,√\n"
)


def book(rows: Sequence[Sequence[Any]], change: Callable[[Workbook], None] | None = None) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if change:
        change(workbook)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def read(raw: bytes) -> Reading:
    rules = quizzes.rules(T, TOPICS, ["以上都"], "waste", 2)
    reading = read_list(quizzes.read(raw, T).rows, rules, {})
    for issue in reading.issues:
        # Each fault has its sentence with exactly its gaps, and a name for its column.
        assert T(f"quiz_import.{issue.code}", **issue.values)
        assert quizzes.heading(T, issue.column)
    return reading


def refused(raw: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        quizzes.read(raw, T)
    assert T(refusal.value.code, **refusal.value.values)
    return refusal.value.code


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("gb18030"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("gbk"),
        ("垃圾分类题库\n\n" + PLAIN).encode(),
        PLAIN.replace("选项A", "A").replace("选项B", "Ｂ").replace("选项C", "C选项").encode(),
    ],
)
def test_a_csv_is_read_whatever_wrote_it(raw: bytes) -> None:
    reading = read(raw)
    assert [item.kind for _, item in reading.items] == [Kind.SINGLE, Kind.TRUE_FALSE]
    assert [option.text for option in reading.items[0][1].options] == ["有害", "可回收", "厨余"]
    assert not reading.issues


def test_a_workbook_is_read_with_what_its_cells_hold() -> None:
    rows = [
        HEAD,
        (1, "单选", "党的一大哪年召开？", 1919, 1921, 1923, "B", "1921年7月。"),
        (2, "单选", "回收率目标是多少？", 0.35, 0.4, "没有", "A", None),
        (3, "单选", "哪天？", datetime.date(2026, 7, 1), "8月1日", "10月1日", "A", None),
        (4, "判断", "剩饭是厨余垃圾。", None, None, None, True, "=A1"),
    ]

    def percent(workbook: Workbook) -> None:
        workbook.worksheets[0]["D3"].number_format = "0%"
        workbook.worksheets[0]["E3"].number_format = "0%"

    reading = read(book(rows, percent))
    texts = [[option.text for option in item.options] for _, item in reading.items]
    assert texts == [["1919", "1921", "1923"], ["35%", "40%", "没有"]]
    assert [(one.line, one.column, one.code) for one in reading.issues] == [
        (4, "A", "cell_date"),
        (5, "explanation", "cell_formula"),
    ]


def test_headings_below_a_title_are_found_and_the_others_are_named() -> None:
    file = quizzes.read(book([("题库",), (), HEAD, (1, "单选", "甲？", "一", "二", "", "A")]), T)
    assert file.unused == ("序号",)
    (row,) = file.rows
    assert row.line == 4
    assert row.cells[Field.ANSWER] == Cell("A") and row.options[:2] == (Cell("一"), Cell("二"))


def test_a_number_stays_known_as_one() -> None:
    file = quizzes.read(book([HEAD, (1, "单选", "甲？", 1921.1, 2, "", "A")]), T)
    assert file.rows[0].options[0] == Cell("1921.1", CellKind.NUMBER)


def _hide(workbook: Workbook) -> None:
    workbook.worksheets[0].sheet_state = "hidden"
    workbook.create_sheet("空")


def _merge(workbook: Workbook) -> None:
    workbook.worksheets[0].merge_cells("C2:C3")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "quiz_import.empty"),
        (b"\xef\xbb\xbf\n", "quiz_import.empty"),
        ("题干,答案\n".encode(), "quiz_import.empty"),
        ("这是一段话\n没有表头\n".encode(), "quiz_import.no_header"),
        ("题干,选项A,选项B\n甲？,一,二\n".encode(), "quiz_import.missing"),
        ("题干,题目,答案\n甲？,甲？,A\n".encode(), "quiz_import.twice"),
        ("题干,选项A,选项C,答案\n甲？,一,二,A\n".encode(), "quiz_import.gap"),
        (book([HEAD, (1, "单选", "甲？", "一", "二", "", "A")], _merge), "quiz_import.merged"),
        (PLAIN.encode() + b"\xff\xff\n", "imports.text_encoding"),
        (b"PK\x03\x04nothing", "imports.book_broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "imports.book_old"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused_with_what_to_do(raw: bytes, code: str) -> None:
    assert refused(raw) == code


def test_a_hidden_sheet_is_not_read() -> None:
    raw = book([HEAD, (1, "单选", "甲？", "一", "二", "", "A")], _hide)
    assert refused(raw) == "quiz_import.no_header"


def test_a_bank_with_everything_that_real_ones_get_wrong_is_told_at_once() -> None:
    """The form of a public bank of 520 questions, its faults in small."""
    rows = [
        HEAD,
        (1, "单选题", "", "一", "二", "三", "B", ""),
        (2, "填空题", "1848年2月(  )发表。", "", "", "", "", ""),
        (3, "单选题", "哪个？", "A. 一", "B. 二", "C. 三", "：C", ""),
        (4, "单选题", "哪个？", "A. 一", "B. 二", "C. 三", "B", ""),
        (5, "多选题", "哪些？", "A. 一", "B. 二", "C. 三", "A、B、C", ""),
        (6, "多选题", "哪几个？", "A. 一", "B. 二", "C. 三", "ＡＢ", ""),
        (7, "判断题", "对的。", "", "", "", "A(√)", ""),
        (8, "判断题", "也对的。", "", "", "", "A", ""),
        (9, "单选题", "长的？", "长" * 124, "二", "三", "A", ""),
        (10, "单选题", "外面？", "一", "二", "三", "E", ""),
        (11, "多选题", "哪几个?", "A. 一", "B. 二", "C. 三", "BA", ""),
    ]
    reading = read(book(rows))
    assert [(one.line, one.code) for one in reading.issues] == [
        (2, "question_empty"),
        (3, "kind_unfit"),
        (4, "conflict"),
        (5, "conflict"),
        (6, "answer_all"),
        (10, "option_long"),
        (11, "answer_outside"),
        (9, "judge_letter"),
        (12, "repeat"),
    ]
    assert [line for line, _ in reading.items] == [7, 8, 9]
    assert (reading.rows, reading.repeats, reading.faulty) == (11, 1, 7)
