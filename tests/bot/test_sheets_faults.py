"""Import of what it should not be: every fault is told with sheet and row, nothing is written."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.sheets import opening
from tests.bot.books import (
    ARREARS_ROW,
    FIRST_ARREARS_PHRASING,
    LAYOUT,
    OVERTIME_ROW,
    Books,
    append,
    cell_of,
    make,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return make(tmp_path)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_parts(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in parts.items():
            archive.writestr(name, raw)


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, raw in parts.items():
            archive.writestr(name, raw)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "book_kind"),
        ("编号,标题\nwage.arrears,工资".encode("gb18030"), "book_kind"),
        (zipped(readme=b"hello"), "book_kind"),
        (b"PK\x03\x04 and then nothing", "book_broken"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "book_locked"),
        (OLE + "Workbook".encode("utf-16-le"), "book_old"),
    ],
)
def test_what_is_no_workbook_is_told_for_what_it_is(books: Books, raw: bytes, code: str) -> None:
    books.path.write_bytes(raw)
    assert books.told() == [("book.xlsx", 1, code)]


def test_no_file_and_a_folder_are_told(books: Books) -> None:
    books.path.unlink()
    assert books.told() == [("book.xlsx", 1, "book_missing")]
    books.path.mkdir()
    assert books.told() == [("book.xlsx", 1, "book_unreadable")]


def test_a_zip_with_a_password_is_told(books: Books) -> None:
    raw = bytearray(books.path.read_bytes())
    for found in re.finditer(rb"PK\x01\x02", bytes(raw)):
        raw[found.start() + 8] |= 1
    books.path.write_bytes(raw)
    assert books.told() == [("book.xlsx", 1, "book_locked")]


def test_a_zip_bomb_is_not_unpacked(books: Books) -> None:
    parts = parts_of(books.path)
    parts["xl/sharedStrings.xml"] = b" " * (opening.MOST_UNPACKED + 1)
    write_parts(books.path, parts)
    assert books.path.stat().st_size < 1_000_000
    assert books.told() == [("book.xlsx", 1, "book_bomb")]


def test_a_big_file_is_not_read(books: Books) -> None:
    with books.path.open("ab") as file:
        file.truncate(opening.MOST_BYTES + 1)
    assert books.told() == [("book.xlsx", 1, "book_big")]


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("xl/worksheets/sheet2.xml", lambda raw: raw[: len(raw) // 2]),
        ("xl/worksheets/sheet2.xml", lambda raw: b"\xff\xfe" + raw),
        ("xl/worksheets/sheet2.xml", lambda raw: raw.replace(b'r="A2"', b'r="2A"')),
        ("xl/worksheets/sheet2.xml", lambda raw: raw.replace(b"<v>2", b"<v>99999")),
        ("xl/workbook.xml", lambda raw: b"<nothing/>"),
        ("xl/styles.xml", lambda raw: raw[:200]),
        ("xl/sharedStrings.xml", lambda raw: raw[:200]),
        ("[Content_Types].xml", lambda raw: b"<Types/>"),
    ],
)
def test_a_damaged_workbook_is_told_and_no_trace_is_shown(
    books: Books, part: str, damage: Callable[[bytes], bytes]
) -> None:
    parts = parts_of(books.path)
    assert damage(parts[part]) != parts[part]
    write_parts(books.path, parts | {part: damage(parts[part])})
    assert {code for _, _, code in books.told()} <= {"book_broken", "sheet_missing"}
    assert books.told()


def test_entities_that_multiply_are_not_followed(books: Books) -> None:
    parts = parts_of(books.path)
    entities = "".join(
        f'<!ENTITY e{n} "{"".join(f"&e{n - 1};" for _ in range(10)) if n else "ha"}">'
        for n in range(12)
    )
    head = f'<?xml version="1.0"?><!DOCTYPE sst [{entities}]>'.encode()
    name = "xl/sharedStrings.xml"
    body = parts[name].partition(b"?>")[2].replace(b"<t>", b"<t>&e11;", 1)
    write_parts(books.path, parts | {name: head + body})
    assert books.told() == [("book.xlsx", 1, "book_broken")]


def test_rows_beyond_the_limit_are_told_and_not_read(books: Books) -> None:
    parts, name = parts_of(books.path), "xl/worksheets/sheet3.xml"
    for row, told in ((100_001, []), (100_002, [("问法", 100_002, "sheet_rows")])):
        far = re.sub(rb'r="([A-C]?)9"', rb'r="\g<1>%d"' % row, parts[name])
        write_parts(books.path, parts | {name: far})
        assert books.told() == told


def test_sheets_that_are_missing_are_all_told(books: Books) -> None:
    def change(book: Any) -> None:
        book["条目"].title = "我的条目"
        book["问法"].sheet_state = "hidden"

    books.edit(change)
    faults = books.faults()
    assert {fault.code for fault in faults} == {"sheet_missing"}
    assert [name in "".join(map(str, faults)) for name in ("“条目”", "“问法”")] == [True, True]


def test_hidden_and_strange_sheets_are_passed_over_and_told(books: Books) -> None:
    def change(book: Any) -> None:
        book.create_sheet("记录").append(["随便"])
        secret = book.create_sheet("藏着")
        secret.sheet_state = "veryHidden"
        secret.append(["=1+1"])

    books.edit(change)
    plan = books.plan()
    assert plan.ignored == ("记录",)
    assert plan.hidden == ("藏着",)
    assert plan.texts == {}


def test_headers_that_are_merged_missing_unknown_twice_or_blank_are_all_told(
    books: Books,
) -> None:
    def change(book: Any) -> None:
        sheet = book["条目"]
        cell_of(sheet, "依据", 1).value = "法律依据"
        cell_of(sheet, "证据", 1).value = "误区"
        cell_of(sheet, "地区", 1).value = None
        book["问法"].merge_cells("B1:C1")

    books.edit(change)
    told = books.told()
    assert ("条目", 1, "header_unknown") in told
    assert ("条目", 1, "header_twice") in told
    assert ("条目", 2, "header_blank") in told
    assert [code for _, _, code in told].count("header_missing") == 4
    assert ("问法", 1, "sheet_merged") in told
    assert ("问法", 1, "header_missing") in told


def test_merged_cells_below_the_header_are_told_with_their_row(books: Books) -> None:
    books.edit(lambda book: book["问法"].merge_cells("A3:A5"))
    assert ("问法", 3, "sheet_merged") in books.told()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("简答", "=A1&B1", "cell_formula"),
        ("简答", '=HYPERLINK("http://x")', "cell_formula"),
        ("标题", 13_800_000_000.5, "cell_number"),
        ("标题", 1.38e20, "cell_number"),
        ("标题", 1234567890123456, "cell_number"),
        ("标题", True, "cell_number"),
        ("标题", date(2026, 3, 1), "cell_date"),
        ("标题", time(3, 1), "cell_number"),
        ("标题", "两行\n标题", "cell_lines"),
        ("复核", 46348, "cell_number"),
        ("详情", "第一段\n\n## 时限\n一年", "cell_alters"),
        ("适用", "职工:全部", "cell_alters"),
    ],
)
def test_a_cell_that_is_no_text_is_told_with_its_place(
    books: Books, column: str, value: object, code: str
) -> None:
    books.set("条目", column, ARREARS_ROW, value)
    assert books.told() == [("条目", ARREARS_ROW, code)]


def test_an_error_value_is_told(books: Books) -> None:
    def change(book: Any) -> None:
        cell = cell_of(book["问法"], "问法", 3)
        cell.value = "#REF!"
        cell.data_type = "e"

    books.edit(change)
    assert books.told() == [("问法", 3, "cell_error")]


def test_ids_that_are_missing_unknown_or_twice_are_told(books: Books) -> None:
    def change(book: Any) -> None:
        sheet = book["条目"]
        for name in ("food.rice", "../../etc/passwd", "wage.Final", "wage", None):
            append(sheet, 编号=name, 标题="标题")
        append(sheet, 编号="hours.overtime", 标题="又一次")
        append(book["问法"], 编号="wage.nothing", 问法="没有的条目")
        append(book["问法"], 问法="谁的问法")
        # Its entry has been refused already: no second word.
        append(book["问法"], 编号="food.rice", 问法="吃什么")

    books.edit(change)
    assert books.told() == [
        ("条目", 4, "id_unknown"),
        ("条目", 5, "id_unknown"),
        ("条目", 6, "id_unknown"),
        ("条目", 7, "id_unknown"),
        ("条目", 8, "row_no_id"),
        ("条目", 9, "id_again"),
        ("问法", 10, "phrasing_unknown"),
        ("问法", 11, "row_no_id"),
    ]


def test_faults_of_cells_and_of_content_are_told_at_once(books: Books) -> None:
    def change(book: Any) -> None:
        cell_of(book["条目"], "简答", ARREARS_ROW).value = "=1"
        cell_of(book["条目"], "地区", OVERTIME_ROW).value = "上海"
        cell_of(book["问法"], "问法", FIRST_ARREARS_PHRASING).value = "长" * 201

    books.edit(change)
    assert sorted(books.told()) == [
        ("条目", OVERTIME_ROW, "region_unknown"),
        ("条目", ARREARS_ROW, "cell_formula"),
        ("问法", FIRST_ARREARS_PHRASING, "too_long"),
    ]


def test_a_new_entry_without_phrasings_is_told_with_its_row(books: Books) -> None:
    def change(book: Any) -> None:
        values = [cell.value for cell in book["条目"][ARREARS_ROW]]
        values[0] = "wage.other"
        book["条目"].append(values)

    books.edit(change)
    assert books.told() == [("条目", 4, "section_missing")]


def test_a_size_that_the_file_states_of_itself_is_not_believed(books: Books) -> None:
    parts = parts_of(books.path)
    name = "xl/worksheets/sheet3.xml"
    small = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:C2"', parts[name])
    assert small != parts[name]
    write_parts(books.path, parts | {name: small})
    plan = books.plan()
    assert plan.texts == {}
    assert plan.without_phrasing_rows == ()


def test_a_workbook_of_another_hand_is_read(books: Books, tmp_path: Path) -> None:
    book = Workbook()
    for shape in (LAYOUT.entries, LAYOUT.phrasings):
        sheet = book.create_sheet(shape.name)
        for row in books.rows(shape.name):
            sheet.append([value for value in row if value != "版本"])
    books.path.unlink()
    book.save(books.path)
    shutil.rmtree(books.path.parent / "no", ignore_errors=True)
    faults = books.faults()
    # The column of versions has lost its header but not its cells.
    assert {fault.code for fault in faults} <= {"header_blank"}
