"""Lists as spreadsheets: what is in them, and what can never be in them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from console.exporting import Filter, Kind, xlsx
from console.exporting.cells import LONGEST, Preparing, guarded
from domain.exports import checked_reason, mask_name, mask_phone, masked
from domain.refusal import Refusal
from tests.console.offices import COLUMNS, GOOD, Office, book, export, table

# Bad input 39, and what comes near it.
RISKY = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    "|cmd",
    "=cmd|' /C calc'!A0",
    "'=1",
    "  =1",
    "\u200b=1",
    "\ufeff@a",
    '=HYPERLINK("http://x.test","点我")',
)
DIGITS = ("123456789012345678", "11010119900101123X", "0012", "3-1", "2026-3-1", "1E5", "12:30")


async def test_a_workbook_has_true_numbers_days_and_texts(office: Office) -> None:
    status, body, headers = await office.take(format="xlsx")
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert "filename=\"events.xlsx\"; filename*=UTF-8''%E5%86%B0" in headers["Content-Disposition"]
    lines, rows = book(body)
    assert rows[0] == ["导出人", "名单", "行数", "说明", "筛选条件", "导出时间", "用途"]
    # Spreadsheets know no zones.
    day, at = (datetime.fromisoformat(text) for text in ("2026-11-25", "2026-11-25 14:30:05"))
    assert rows[1:] == [["王*", "138****5678", "0012", 3, day, at, "来"]]
    assert lines["导出人"] == "刘干事"
    assert lines["导出时间"] == "2026-11-25 14:00"
    assert lines["筛选条件"] == "全部"
    assert lines["个人信息"] == "已遮盖"


async def test_csv_is_quoted_and_its_last_title_says_who_took_it(office: Office) -> None:
    office.list = lambda: export(
        [GOOD, (None,) * 7], filters=(Filter("q", "console_exports.line_by", "王", True),)
    )
    status, body, headers = await office.take(format="csv")
    assert status == 200
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert body.count(b"\r\n") == 3 and body.endswith(b"\r\n")
    head, first, second = table(body)
    assert head[:2] == ["导出人", "名单"]
    assert "导出人: 刘干事" in head[-1] and "筛选条件: 导出人: 王" in head[-1]
    assert first == [
        "王*",
        "138****5678",
        "'0012",
        "3",
        "2026-11-25",
        "2026-11-25 14:30:05",
        "来",
        "",
    ]
    assert second == [""] * 8
    (row,) = body.split(b"\r\n")[1:2]
    assert row.count(b'"') == 16


@pytest.mark.parametrize("text", RISKY)
async def test_no_cell_is_a_formula(office: Office, text: str) -> None:
    row = (text, text, text, text, text, text, text)
    office.list = lambda: export([row])
    _, rows = book((await office.take_whole(format="xlsx", reason="周六签到"))[1])
    kept = text.replace("\r", "\n").replace("\0", "")
    assert rows[1] == [kept] * 7
    (_, cells) = table((await office.take_whole(format="csv", reason="周六签到"))[1])
    assert cells[:7] == [f"'{kept}"] * 7


@pytest.mark.parametrize("text", DIGITS)
async def test_digits_stay_as_they_are(office: Office, text: str) -> None:
    office.list = lambda: export([(text, "", text, text, None, None, text)])
    _, rows = book((await office.take_whole(format="xlsx", reason="周六签到"))[1])
    assert rows[1] == [text, None, text, text, None, None, text]
    (_, cells) = table((await office.take_whole(format="csv", reason="周六签到"))[1])
    guard = "" if text.endswith("X") else "'"
    assert cells[0] == cells[6] == f"{guard}{text}"


@pytest.mark.parametrize(
    "text", ["王芳", "a=b", "3.5", "13812345678", "第1组", "a-b", "(+86) 1", "'引'", "1,2", 'a"b']
)
def test_ordinary_text_is_not_touched(text: str) -> None:
    assert guarded(text) == text


def test_without_the_guard_openpyxl_would_see_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "open.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.add_worksheet().write(0, 0, "=1+1")
    with pytest.raises(AssertionError):
        book_cells(path)


def book_cells(path: Path) -> None:
    for row in openpyxl.load_workbook(path).worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in row)


async def test_long_texts_lines_emoji_and_odd_characters(office: Office) -> None:
    long, faces = "长" * 40_000, "🙂" * 20_000
    odd = "a\x00\x07b\ud800c\ufffed\u202e行\u2066e_x0041_\x0b"
    rows = [(None,) * 6 + (text,) for text in (long, faces, "一\r\n二\r三\n四", odd, "👨‍👩‍👧")]
    office.list = lambda: export(rows)
    _, found = book((await office.take(format="xlsx"))[1])
    cells = [row[6] for row in found[1:]]
    mark = "……（内容太长，后面的已略去）"
    assert len(cells[0]) == LONGEST and cells[0].endswith("长" + mark)
    assert len(cells[1].encode("utf-16-le")) // 2 in (LONGEST - 1, LONGEST)
    assert cells[1].endswith("🙂" + mark)
    assert cells[2:] == ["一\n二\n三\n四", "abcd行e_x0041_", "👨‍👩‍👧"]
    taken = table((await office.take(format="csv"))[1])
    assert [row[6] for row in taken[1:]] == cells


async def test_numbers_that_a_spreadsheet_would_round_are_text(office: Office) -> None:
    values = [10**15, -(10**15), 10**14, Decimal("12.50"), Decimal("0.1234567890123456789"), 1.5]
    values += [float("inf"), float("nan"), True]
    office.list = lambda: export([(None, None, None, value, None, None, None) for value in values])
    _, found = book((await office.take(format="xlsx"))[1])
    assert [row[3] for row in found[1:]] == [
        "1000000000000000",
        "-1000000000000000",
        10**14,
        12.5,
        "0.1234567890123456789",
        1.5,
        "inf",
        "nan",
        "True",
    ]


@pytest.mark.parametrize("written", ["xlsx", "csv"])
async def test_no_rows_is_a_line_of_titles(office: Office, written: str) -> None:
    office.list = lambda: export([])
    status, body, _ = await office.take(format=written)
    assert status == 200
    assert len(book(body)[1] if written == "xlsx" else table(body)) == 1
    assert [(act, detail["rows"]) for act, detail in await office.audited()] == [
        ("export.made", 0)
    ]


async def test_a_list_longer_than_a_sheet_goes_on_in_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 600)
    office.list = lambda: export(
        [(None, None, None, number, None, None, "") for number in range(1500)]
    )
    _, found = book((await office.take())[1])
    heads = [row for row in found if row[3] == "说明"]
    assert len(heads) == 3
    assert [row[3] for row in found if row[3] != "说明"] == list(range(1500))


def test_masks() -> None:
    assert [mask_name(name) for name in ("张三", "欧阳锋", "A B", " ", "")] == [
        "张*",
        "欧*",
        "A*",
        "",
        "",
    ]
    assert mask_phone("13812345678") == mask_phone("+86 138-1234-5678") == "138****5678"
    assert mask_phone("010-12345") == mask_phone("?") == "***"
    assert masked(Kind.CODE, "20230012") == "***12"
    assert masked(Kind.CODE, "12") == masked(Kind.TEXT, "住东街") == "***"
    assert masked(Kind.PHONE, "") == masked(Kind.DATE, "") == ""


def test_a_reason_is_some_words_on_one_line() -> None:
    assert checked_reason(" 核对\n名单 一 ") == "核对 名单 一"
    with pytest.raises(Refusal):
        checked_reason("核对")


def test_a_row_of_another_length_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError):
        Preparing(COLUMNS, "", is_full=True).rows([("王芳",)])
    with pytest.raises(ValueError):
        Preparing(COLUMNS[5:6], "", is_full=True).rows([(datetime.fromisoformat("2026-01-01"),)])
