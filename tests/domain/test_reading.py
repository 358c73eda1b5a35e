"""What people type is read as they mean it, or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading.amounts import read_days, read_hours, read_money
from domain.reading.times import Span, read_day, read_span, read_years
from domain.reading.words import Words
from locales import load_words

TODAY = date(2026, 11, 25)
WORDS = Words.of(load_words())


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("4500", "4500"),
        ("4,500元", "4500"),
        ("４５００", "4500"),
        ("４，５００．５０元", "4500.50"),
        ("4千5", "4500"),
        ("6k", "6000"),
        ("八千", "8000"),
        ("两千三", "2300"),
        ("一万二", "12000"),
        ("1w2", "12000"),
        ("1.2万", "12000"),
        ("一万零五百", "10500"),
        ("壹万贰仟圆", "12000"),
        ("每月4500块钱左右", "4500"),
        ("我每个月大概五千多", "5000"),
        ("税前 8 500", "8500"),
        ("¥5,000.50", "5000.50"),
        ("0", "0"),
        ("100,000,000", "100000000"),
    ],
)
def test_money(text: str, yuan: str) -> None:
    assert read_money(text, WORDS) == Decimal(yuan)


@pytest.mark.parametrize(
    "text",
    ["abc", "", "-500", "4000-5000", "三四千", "4,50", "千", "不知道", "加班费怎么算", "9" * 50],
)
def test_no_money(text: str) -> None:
    assert read_money(text, WORDS) is None


@pytest.mark.parametrize(
    ("text", "day", "is_exact"),
    [
        ("2021-3-5", date(2021, 3, 5), True),
        ("2021年3月5日", date(2021, 3, 5), True),
        ("２０２１．３．５", date(2021, 3, 5), True),
        ("2021 3 5", date(2021, 3, 5), True),
        ("20210305", date(2021, 3, 5), True),
        ("21年3月5号", date(2021, 3, 5), True),
        ("97年6月1日", date(1997, 6, 1), True),
        ("二〇二一年三月五日", date(2021, 3, 5), True),
        ("从2021年3月5日开始上班", date(2021, 3, 5), True),
        ("去年3月5号入职", date(2025, 3, 5), True),
        ("12月5日", date(2025, 12, 5), True),
        ("3月5号", date(2026, 3, 5), True),
        ("上个月15号", date(2026, 10, 15), True),
        ("昨天", date(2026, 11, 24), True),
        ("2024年2月29日", date(2024, 2, 29), True),
        ("明年3月5日", date(2027, 3, 5), True),
        ("2021.3", date(2021, 3, 1), False),
        ("去年3月", date(2025, 3, 1), False),
        ("前年十月", date(2024, 10, 1), False),
        ("2021年3月中旬", date(2021, 3, 15), False),
        ("2021年底", date(2021, 12, 31), False),
        ("去年年底", date(2025, 12, 31), False),
    ],
)
def test_days(text: str, day: date, is_exact: bool) -> None:
    typed = read_day(text, WORDS, TODAY)
    assert typed is not None
    assert (typed.day, typed.is_exact) == (day, is_exact)


def test_a_month_as_an_end_is_its_last_day() -> None:
    typed = read_day("2024年2月", WORDS, TODAY, late=True)
    assert typed is not None
    assert typed.day == date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "",
        "2021年",
        "去年",
        "2021-02-30",
        "2021年13月",
        "3.5",
        "3",
        "0",
        "6000",
        "8个月",
        "0000-01-01",
    ],
)
def test_no_days(text: str) -> None:
    assert read_day(text, WORDS, TODAY) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3年8个月", Span(44)),
        ("3年零8个月", Span(44)),
        ("三年半", Span(42)),
        ("干了四年半了", Span(54)),
        ("两年多", Span(24)),
        ("半年", Span(6)),
        ("一个半月", Span(1, 15)),
        ("1年2个月10天", Span(14, 10)),
        ("20天", Span(0, 20)),
        ("0年", Span(0)),
        ("3.5年", Span(42)),
    ],
)
def test_spans(text: str, span: Span) -> None:
    assert read_span(text, WORDS) == span


@pytest.mark.parametrize("text", ["", "abc", "3", "6000", "三年之后怎么办"])
def test_no_spans(text: str) -> None:
    assert read_span(text, WORDS) is None


def test_years_need_no_unit() -> None:
    assert [read_years(text, WORDS) for text in ("12", "12年", "满十年", "8年半", "半年")] == [
        12,
        12,
        10,
        8,
        0,
    ]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("12.5", "12.5"),
        ("１２．５小时", "12.5"),
        ("半天", "4"),
        ("3天", "24"),
        ("一天半", "12"),
        ("40个钟", "40"),
        ("加了3天班", "24"),
        ("一个半小时", "1.5"),
        ("10个半小时", "10.5"),
        ("2小时30分", "2.5"),
        ("3天2小时", "26"),
        ("3小时×22天", "66"),
        ("没有", "0"),
        ("无", "0"),
    ],
)
def test_hours(text: str, hours: str) -> None:
    assert read_hours(text, WORDS) == Decimal(hours)


@pytest.mark.parametrize("text", ["", "abc", "很多", "每天3小时", "x", "3x", "x3", "1x2x3"])
def test_no_hours(text: str) -> None:
    assert read_hours(text, WORDS) is None


def test_days_of_leave() -> None:
    texts = ("3", "3天", "三天半", "半天", "没休", "12小时")
    found = [read_days(text, WORDS) for text in texts]
    assert found == [3, 3, Decimal("3.5"), Decimal("0.5"), 0, None]


@given(
    st.text(max_size=60)
    | st.text("0123456789年月日个半天千万一二两十零.,-x×小时去前 ", max_size=20)
)
def test_reading_never_fails(text: str) -> None:
    money = read_money(text, WORDS)
    assert money is None or money >= 0
    hours = read_hours(text, WORDS)
    assert hours is None or hours >= 0
    read_day(text, WORDS, TODAY)
    read_span(text, WORDS)
    read_years(text, WORDS)
    read_days(text, WORDS)


@given(st.dates(date(1950, 1, 1), TODAY))
def test_every_written_day_is_read_back(day: date) -> None:
    for text in (f"{day.year}-{day.month}-{day.day}", f"{day.year}年{day.month}月{day.day}日"):
        typed = read_day(text, WORDS, TODAY)
        assert typed is not None
        assert typed.day == day
