"""What makes a quiz item fit to be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quiz import (
    BUTTON_COLUMNS,
    FALSE,
    TRUE,
    Item,
    Kind,
    Option,
    button_labels,
    flaws,
    recognisable,
    size,
)

OPTIONS = tuple(Option(name, f"选项{name}") for name in "abcd")
SINGLE = Item(
    id="waste.001",
    topic="waste",
    difficulty=1,
    kind=Kind.SINGLE,
    question="大骨头投哪个桶？",
    options=OPTIONS,
    answer=frozenset("a"),
    explanation="又硬又大，不易腐烂。",
    source="《北京市生活垃圾管理条例》第七十七条",
)
MULTIPLE = replace(SINGLE, kind=Kind.MULTIPLE, answer=frozenset("ab"))
TRUE_FALSE = replace(
    SINGLE,
    kind=Kind.TRUE_FALSE,
    options=(Option(TRUE, "对"), Option(FALSE, "错")),
    answer=frozenset({TRUE}),
)


def _with(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(name, text) for name, text in zip("abcdefg", texts, strict=False))


@pytest.mark.parametrize("item", [SINGLE, MULTIPLE, TRUE_FALSE], ids=lambda item: item.kind)
def test_a_good_item_has_no_flaw(item: Item) -> None:
    assert flaws(item, ["以上都"]) == ()


@pytest.mark.parametrize(
    ("item", "code", "part"),
    [
        (replace(SINGLE, question=" "), "empty", "question"),
        (replace(SINGLE, question="问" * 301), "long", "question"),
        (replace(SINGLE, explanation=""), "empty", "explanation"),
        (replace(SINGLE, explanation="解" * 201), "long", "explanation"),
        (replace(SINGLE, explanation="一\n二\n三\n四"), "lines", "explanation"),
        (replace(SINGLE, source=""), "empty", "source"),
        (replace(SINGLE, source="《" * 121), "long", "source"),
        (replace(SINGLE, options=_with("甲")), "count", "options"),
        (replace(SINGLE, options=_with(*"一二三四五六七")), "count", "options"),
        (replace(SINGLE, options=(OPTIONS[0], Option("a", "另一个"))), "ids", "options"),
        (replace(SINGLE, options=_with("甲", "")), "option_empty", "options"),
        (replace(SINGLE, options=_with("甲", "长" * 101)), "option_long", "options"),
        (replace(SINGLE, options=_with("A 类", "Ａ类")), "same", "options"),
        (replace(SINGLE, options=_with("甲", "以上都对")), "refers", "options"),
        (replace(SINGLE, answer=frozenset("z")), "unknown", "answer"),
        (replace(SINGLE, answer=frozenset()), "one", "answer"),
        (replace(SINGLE, answer=frozenset("ab")), "one", "answer"),
        (replace(MULTIPLE, answer=frozenset("a")), "several", "answer"),
        (replace(MULTIPLE, answer=frozenset("abcd")), "several", "answer"),
        (replace(TRUE_FALSE, options=OPTIONS, answer=frozenset("a")), "true_false", "options"),
        (replace(SINGLE, difficulty=0), "difficulty", "difficulty"),
        (replace(SINGLE, difficulty=4), "difficulty", "difficulty"),
        (
            replace(SINGLE, valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 31)),
            "period",
            "valid_to",
        ),
    ],
)
def test_each_flaw_is_named_with_the_part_at_fault(item: Item, code: str, part: str) -> None:
    assert [(flaw.code, flaw.part) for flaw in flaws(item, ["以上都"])] == [(code, part)]


def test_the_limits_of_a_poll_are_themselves_allowed() -> None:
    most = replace(
        SINGLE,
        question="问" * 300,
        explanation="解" * 198 + "\n\n",
        options=_with("长" * 100, *"二三四五六"),
    )
    assert flaws(most) == ()


def test_every_flaw_of_an_item_is_told_at_once() -> None:
    item = replace(
        SINGLE, question="", explanation="", source="", answer=frozenset(), difficulty=9
    )
    assert len(flaws(item)) == 5


def test_a_character_outside_the_first_plane_counts_twice_as_telegram_counts() -> None:
    assert size("垃圾") == 2
    assert size("🗑") == 2


def test_half_of_the_right_options_are_no_right_answer() -> None:
    assert MULTIPLE.is_right({"a", "b"})
    assert not MULTIPLE.is_right({"a"})
    assert not MULTIPLE.is_right({"a", "b", "c"})
    assert [option.id for option in MULTIPLE.right] == ["a", "b"]
    assert [option.id for option in MULTIPLE.wrong] == ["c", "d"]


def test_an_item_is_valid_from_its_first_to_its_last_day() -> None:
    item = replace(SINGLE, valid_from=date(2026, 5, 1), valid_to=date(2026, 5, 31))
    days = [date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [item.is_valid(day) for day in days] == [False, True, True, False]
    assert SINGLE.is_valid(date.min) and SINGLE.is_valid(date.max)


def test_short_options_stand_on_the_buttons_and_one_long_one_makes_letters_of_all() -> None:
    fits = "字" * (BUTTON_COLUMNS // 2)
    assert button_labels(_with("甲", fits)) == ("甲", fits)
    assert button_labels(_with("甲", fits + "字")) == ("A", "B")
    assert button_labels(_with("x" * BUTTON_COLUMNS, "y")) == ("x" * BUTTON_COLUMNS, "y")


@given(st.lists(st.text(min_size=1, max_size=100), min_size=2, max_size=6))
def test_no_button_overflows_whatever_the_options_are(texts: list[str]) -> None:
    labels = button_labels(_with(*texts))
    assert len(labels) == len(texts)
    assert all(len(label) <= BUTTON_COLUMNS for label in labels)


def test_a_right_option_that_is_always_the_longest_is_seen() -> None:
    told = replace(SINGLE, options=_with("这个最长最详细", "短", "短短", "短短短"))
    hidden = replace(SINGLE, options=_with("一样长", "一样短", "一样大", "一样小"))
    terse = replace(SINGLE, options=_with("短", "比它长", "比它更长", "比它还长"))
    assert recognisable([told, hidden, terse, hidden]) == (0.25, 0.25)
    assert recognisable([told]) == (1.0, 0.0)
    # Only items with one right option can be told by it.
    assert recognisable([MULTIPLE, TRUE_FALSE]) == (0.0, 0.0)
