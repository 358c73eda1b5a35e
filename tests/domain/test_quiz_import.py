"""Lists of questions: what a row says is read as it was meant, and every fault is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from domain.quiz import FALSE, TRUE, Kind
from domain.quiz_import import (
    Field,
    Issue,
    RawRow,
    Reading,
    Rules,
    read_list,
)
from domain.quiz_repeats import Known, known_of, question_key
from domain.roster import Cell
from domain.roster import Kind as CellKind

RULES = Rules(
    kinds={"单选": Kind.SINGLE, "多选": Kind.MULTIPLE, "判断": Kind.TRUE_FALSE, "填空": None},
    difficulties={"易": 1, "中": 2, "难": 3},
    topics={"垃圾分类": "waste", "waste": "waste"},
    true=("对", "正确", "√", "true", "t"),
    false=("错", "错误", "×", "x", "false", "f"),
    referring=("以上都",),
    topic="waste",
    difficulty=2,
)


def row(
    question: str = "废电池放进哪个桶？",
    answer: str = "A",
    *options: str,
    line: int = 2,
    **fields: str | Cell,
) -> RawRow:
    cells = {Field.QUESTION: Cell(question), Field.ANSWER: Cell(answer)}
    for name, value in fields.items():
        cells[Field(name)] = value if isinstance(value, Cell) else Cell(value)
    return RawRow(line, cells, tuple(map(Cell, options or ("有害", "可回收", "厨余", "其他"))))


def read(*rows: RawRow, bank: Mapping[str, Known] | None = None) -> Reading:
    return read_list(rows, RULES, bank or {})


def faults(reading: Reading) -> list[tuple[str, str]]:
    return [(issue.column, issue.code) for issue in reading.issues if issue.is_error]


def notes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues if not issue.is_error]


@pytest.mark.parametrize(
    ("answer", "ids"),
    [
        ("A", "a"),
        ("a", "a"),
        ("Ａ", "a"),
        ("：C", "c"),
        ("AB", "ab"),
        ("ＡＢ", "ab"),
        ("a,b", "ab"),
        ("A、C", "ac"),
        ("A，B，D", "abd"),
        ("B C", "bc"),
        ("D;A", "ad"),
        ("\u0410\u0412", "ab"),
        ("有害", "a"),
    ],
)
def test_letters_are_read_in_every_form(answer: str, ids: str) -> None:
    reading = read(row("哪些？", answer))
    ((_, item),) = reading.items
    assert item.answer == set(ids)
    assert item.kind is (Kind.MULTIPLE if len(ids) > 1 else Kind.SINGLE)
    assert not reading.issues


@pytest.mark.parametrize(
    ("answer", "is_true"),
    [
        ("对", True),
        ("√", True),
        ("正确", True),
        ("TRUE", True),
        ("A(√)", True),
        ("（×）", False),
        ("错", False),
        ("Ｘ", False),
        ("B.错误", False),
    ],
)
def test_right_and_wrong_are_read_in_words_and_signs(answer: str, is_true: bool) -> None:
    reading = read(RawRow(2, row("电池有害。", answer).cells))
    ((_, item),) = reading.items
    assert item.kind is Kind.TRUE_FALSE and item.answer == {TRUE if is_true else FALSE}
    assert [option.text for option in item.options] == ["对", "错"]


def test_a_letter_for_a_statement_is_understood_and_shown_to_somebody() -> None:
    reading = read(RawRow(2, row("电池有害。", "B", kind="判断").cells))
    assert reading.items[0][1].answer == {FALSE}
    assert notes(reading) == ["judge_letter"]
    # With the two options in the row the letter means what they say.
    turned = read(row("电池有害。", "B", "错", "对", kind="判断"))
    assert turned.items[0][1].answer == {TRUE}
    assert not turned.issues


def test_a_letter_and_a_sign_that_disagree_are_nobodys_answer() -> None:
    reading = read(RawRow(2, row("电池有害。", "B(√)", kind="判断").cells))
    assert faults(reading) == [("answer", "judge_unreadable")]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (row(""), [("question", "question_empty")]),
        (row("哪个？", ""), [("answer", "answer_missing")]),
        (row("哪个？", "E"), [("answer", "answer_outside")]),
        (row("哪个？", "9"), [("answer", "answer_outside")]),
        (row("哪个？", "大概是第一个"), [("answer", "answer_unreadable")]),
        (row("哪个？", "AB", kind="单选"), [("answer", "answer_one")]),
        (row("哪些？", "A", kind="多选"), [("answer", "answer_several")]),
        (row("哪些？", "ABCD"), [("answer", "answer_all")]),
        (row("是（ A ）？", "A"), [("question", "answer_told")]),
        (row("是____？", "", kind="填空"), [("kind", "kind_unfit")]),
        (row("是____？", "A", kind="连线"), [("kind", "kind_unknown")]),
        (row("哪个？", "A", "甲"), [("options", "count")]),
        (row("哪个？", "A", "甲", "甲 "), [("options", "same")]),
        (row("哪个？", "A", "甲", "", "丙"), [("B", "option_gap")]),
        (row("哪个？", "A", "A.甲", "C.乙"), [("B", "option_letter")]),
        (row("哪个？", "A", "甲", "乙" * 101), [("options", "option_long")]),
        (row("哪个？", "A", "甲", "以上都对"), [("options", "refers")]),
        (row("问" * 301, "A"), [("question", "long")]),
        (row("哪个？", "A", topic="天文"), [("topic", "topic_unknown")]),
        (row("哪个？", "A", difficulty="地狱"), [("difficulty", "difficulty_unknown")]),
        (row("哪个？", "A", valid_from="明年"), [("valid_from", "day_unreadable")]),
        (
            row("哪个？", "A", valid_from="2026-02-01", valid_to="2026-01-01"),
            [("valid_to", "period")],
        ),
        (row("哪个？", "A", explanation="一\n二\n三\n四"), [("explanation", "lines")]),
        (row("哪个？", "A", kind="判断"), [("options", "judge_options")]),
        (
            row("", "Z", "甲", "", "丙", difficulty="9"),
            [
                ("B", "option_gap"),
                ("difficulty", "difficulty_unknown"),
                ("answer", "answer_unreadable"),
                ("question", "question_empty"),
            ],
        ),
    ],
)
def test_every_fault_of_a_row_is_told_with_its_column(
    bad: RawRow, told: list[tuple[str, str]]
) -> None:
    reading = read(bad)
    assert faults(reading) == told
    assert (len(reading.items), reading.faulty, reading.rows) == (0, 1, 1)


def test_what_a_spreadsheet_did_to_a_cell_is_told() -> None:
    for kind in (CellKind.FORMULA, CellKind.DATE, CellKind.FAULT):
        reading = read(row("哪个？", "A", explanation=Cell("x", kind)))
        assert faults(reading) == [("explanation", f"cell_{kind}")]
    lost = read(row("哪个？", "A", explanation=Cell("1.10105194912310e+17", CellKind.NUMBER)))
    assert faults(lost) == [("explanation", "digits_lost")]
    year = read(row("哪年？", "A", source=Cell("1921.1", CellKind.NUMBER)))
    assert notes(year) == ["fraction"] and len(year.items) == 1


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("哪个？", "A.甲\nB.乙\nC.丙"),
        ("哪个？", "A、甲 B、乙 C、丙"),
        ("哪个？", "甲|乙|丙"),
        ("哪个？A.甲 B.乙 C.丙", ""),
        ("哪个？\nA．甲\nB．乙\nC．丙", ""),
    ],
)
def test_options_are_found_in_one_cell(question: str, options: str) -> None:
    cells = {**row(question, "B").cells, Field.OPTIONS: Cell(options)}
    ((_, item),) = read(RawRow(2, cells)).items
    assert item.question == "哪个？"
    assert [option.text for option in item.options] == ["甲", "乙", "丙"]


def test_a_row_that_repeats_another_is_left_out_and_told() -> None:
    reading = read(row(line=2), row("废电池，放进哪个桶?", line=3))
    assert [line for line, _ in reading.items] == [2]
    assert (reading.repeats, reading.faulty) == (1, 0)
    assert reading.issues == (Issue(3, Field.QUESTION, "repeat", is_error=False, other="2"),)


def test_two_rows_that_contradict_each_other_are_both_faults() -> None:
    reading = read(row(line=2), row(answer="B", line=3), row(line=4))
    assert [(one.line, one.code) for one in reading.issues if one.is_error] == [
        (2, "conflict"),
        (3, "conflict"),
    ]
    assert not reading.items
    # The third repeats the first, and that one cannot be taken.
    assert (reading.repeats, reading.faulty) == (0, 3)


def test_the_same_question_with_other_options_is_told() -> None:
    reading = read(row(line=2), row("废电池放进哪个桶？", "A", "红桶", "绿桶", line=3))
    assert [one.code for one in reading.issues] == ["same_question", "same_question"]


def test_the_order_of_the_options_makes_no_repeat_another_question() -> None:
    reading = read(row(line=2), row("废电池放进哪个桶？", "B", "可回收", "有害", "其他", "厨余"))
    assert reading.repeats == 1


def test_the_bank_is_compared_too() -> None:
    ((_, known),) = read(row()).items
    bank = {question_key(known.question): known_of(known, "waste.001")}
    same, other = read(row(), bank=bank), read(row(answer="C"), bank=bank)
    assert notes(same) == ["repeat_known"] and not same.items
    assert faults(other) == [("question", "conflict_known")] and not other.items


def test_what_is_still_missing_keeps_no_row_out() -> None:
    reading = read(row(), row("纸箱放进哪个桶？", "B", explanation="可回收。", source="《条例》"))
    assert (len(reading.items), reading.unfinished) == (2, 1)


def test_every_row_is_taken_repeated_or_at_fault() -> None:
    rows: list[Any] = [row(line=n) for n in range(2, 5)] + [row("", line=5), row("x", line=6)]
    reading = read(*rows)
    assert reading.rows == len(reading.items) + reading.repeats + reading.faulty == 5
