"""Rosters as offices save them: each is read as it was meant, or refused with a reason."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from openpyxl import Workbook

from console.importing import rosters, texts, workbooks
from domain.people import Occupation
from domain.refusal import Refusal
from domain.roster import Cell, Field, Kind
from locales import load

T = load()
HEAD = ("会员号", "姓名", "手机号", "单位")
PLAIN = "会员号,姓名,手机号\n0012,王芳,13812345678\n0013,李强,13900000001\n"


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


def _merge(span: str, workbook: Workbook) -> None:
    workbook.worksheets[0].merge_cells(span)


def refused(raw: bytes) -> tuple[str, dict[str, object]]:
    with pytest.raises(Refusal) as refusal:
        rosters.read(raw, T)
    # Each reason has its sentence, with exactly its gaps.
    T(refusal.value.code, **refusal.value.values)
    return refusal.value.code, dict(refusal.value.values)


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("gbk"),
        PLAIN.encode("gb18030"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("gbk"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("王芳", '"王芳"').encode(),
        ("某某公司会员名册\n\n" + PLAIN).encode(),
    ],
)
def test_a_csv_is_read_whatever_wrote_it(raw: bytes) -> None:
    read = rosters.read(raw, T)
    assert [row.cells[Field.NAME].text for row in read.rows] == ["王芳", "李强"]
    assert read.rows[0].cells[Field.NUMBER] == Cell("0012")
    assert read.rows[0].cells[Field.PHONE] == Cell("13812345678")


def test_a_csv_that_cannot_be_read_is_refused_with_its_first_bad_line() -> None:
    assert refused(PLAIN.encode() + b"\xff\xff,\xff\n") == ("imports.text_encoding", {"line": 4})
    broken = PLAIN + '0014,"赵一,13900000002\n0015,钱二,13900000003\n'
    code, values = refused(broken.encode())
    assert (code, values) == ("imports.text_quotes", {"line": 4})
    stray = PLAIN + '0014,"赵"一,13900000002\n'
    assert refused(stray.encode()) == ("imports.text_quotes", {"line": 4})


def test_line_numbers_are_those_of_an_editor() -> None:
    raw = '会员号,姓名\n\n1,"王\n芳"\n2,李强\n'
    assert [row.line for row in rosters.read(raw.encode(), T).rows] == [3, 5]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_told(raw: bytes) -> None:
    assert refused(raw)[0] == "roster.empty"


def test_headings_are_found_below_titles_and_in_any_order() -> None:
    rows = [
        ("某某公司会员名册",),
        (),
        ("序号", "联系电话", "所在单位", "姓 名", "身份证号"),
        (1, 13812345678, "速达配送", "王芳", "11010519491231002X"),
    ]

    def title(workbook: Workbook) -> None:
        workbook.worksheets[0].merge_cells("A1:E1")

    read = rosters.read(book(rows, title), T)
    (row,) = read.rows
    assert row.line == 4
    assert set(row.cells) == {Field.PHONE, Field.UNIT, Field.NAME}
    assert row.cells[Field.PHONE] == Cell("13812345678", Kind.NUMBER)
    # What we do not use is not read at all, least of all identity numbers.
    assert read.unused == ("序号", "身份证号")
    assert "11010519491231002X" not in str(read.rows)


def test_merged_headings_and_merged_people_are_refused() -> None:
    rows = [HEAD, ("1", "王芳", "13812345678", "甲"), ("2", "李强", "13900000001", None)]
    for span in ("C1:D1", "D2:D3"):
        raw = book(rows, partial(_merge, span))
        assert refused(raw) == ("roster.merged", {"cells": span})


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (("会员号", "手机号"), "roster.column_missing"),
        (("姓名", "单位"), "roster.column_missing"),
        (("姓名", "名字", "手机号"), "roster.column_twice"),
        (("甲", "乙"), "roster.no_header"),
    ],
)
def test_missing_and_doubled_columns_are_told(head: tuple[str, ...], code: str) -> None:
    assert refused(book([head, ["x"] * len(head)]))[0] == code
    assert refused((",".join(head) + "\nx,x,x\n").encode())[0] == code


def test_cells_that_are_no_texts_are_told_apart() -> None:
    day = datetime.date(2026, 1, 2)
    rows = [
        HEAD,
        ("=A1", "王芳", 13812345678.0, day),
        (45658, "李强", 1.38e10, "#N/A"),
        ("00012", "赵一", 1234567890123456789.0, None),
    ]
    read = rosters.read(book(rows), T).rows
    assert read[0].cells[Field.NUMBER].kind is Kind.FORMULA
    assert read[0].cells[Field.PHONE] == Cell("13812345678", Kind.NUMBER)
    assert read[0].cells[Field.UNIT].kind is Kind.DATE
    assert read[1].cells[Field.NUMBER] == Cell("45658", Kind.NUMBER)
    assert read[2].cells[Field.NUMBER] == Cell("00012")
    assert "e+" in read[2].cells[Field.PHONE].text


def test_hidden_sheets_are_passed_over() -> None:
    def hide(workbook: Workbook) -> None:
        other = workbook.create_sheet("名册")
        other.append(list(HEAD))
        other.append(["1", "王芳", "13812345678", ""])
        workbook.worksheets[0].sheet_state = "hidden"

    read = rosters.read(book([HEAD, ("9", "看不见", "13900000009", "")], hide), T)
    assert (read.sheet, read.hidden) == ("名册", 1)
    assert [row.cells[Field.NAME].text for row in read.rows] == ["王芳"]

    # openpyxl itself will not save a book without a visible sheet.
    raw = book([HEAD, ("1", "王芳", "13812345678", "")])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/workbook.xml"
    parts[name] = parts[name].replace(b'state="visible"', b'state="hidden"')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    assert refused(out.getvalue())[0] == "roster.no_sheet"


def test_files_that_are_no_workbooks_or_too_much_are_refused() -> None:
    good = book([HEAD, ("1", "王芳", "13812345678", "")])
    assert refused(good[: len(good) // 2])[0] == "imports.book_broken"
    assert refused(b"PK\x03\x04" + b"\0" * 100)[0] == "imports.book_broken"
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64
    assert refused(old)[0] == "imports.book_old"
    assert refused(old + "EncryptedPackage".encode("utf-16-le"))[0] == "imports.book_locked"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(210):
                part.write(b"\0" * 1_000_000)
    bomb = out.getvalue()
    assert len(bomb) < 1_000_000
    assert refused(bomb)[0] == "imports.book_bomb"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refused(other.getvalue())[0] == "imports.book_kind"
    big = b"PK" + b"\0" * workbooks.MOST_BYTES
    assert refused(big)[0] == "imports.book_big"


def test_the_hundred_thousand_and_first_row_is_too_much() -> None:
    head = "会员号,姓名\n"
    fits = head + "".join(f"{n},王芳\n" for n in range(100_000))
    assert len(rosters.read(fits.encode(), T).rows) == 100_000
    assert refused((fits + "x,王芳\n").encode()) == ("roster.too_many", {"limit": 100_000})


def test_the_words_for_occupations_lead_each_to_one() -> None:
    words = rosters.occupations(T)
    assert words["骑手"] is Occupation.RIDER
    assert words["外卖、快递骑手"] is Occupation.RIDER
    assert set(words.values()) == set(Occupation)
    assert texts.decoded("工资".encode("gbk")) == "工资"
