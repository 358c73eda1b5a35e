"""Rules of playing: the draw of items, standings, names, the notebook."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from domain.quiz_play import (
    Best,
    Lesson,
    PoolItem,
    after_answer,
    check_nickname,
    draw_items,
    passes,
    rank,
    shown_order,
)
from domain.quiz_rounds import Cell, extended
from domain.refusal import Refusal
from tests.services.quiz_kit import item, statement

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
POOL = [PoolItem(f"waste.{n}", 1, "waste", n % 3 + 1) for n in range(60)]


def drawn(seed: str, *cells: Cell, seen: dict[str, int] | None = None) -> list[str]:
    return [one.id for one in draw_items(seed, cells, POOL, seen or {})]


def test_a_seed_always_draws_the_same_items_in_the_same_order() -> None:
    cells = (Cell("waste", 3, 1), Cell("waste", 2, 3), Cell("waste", 5))
    assert drawn("seed", *cells) == drawn("seed", *cells)
    assert drawn("seed", *cells) != drawn("other", *cells)
    by_id = {one.id: one for one in POOL}
    counts = Counter(by_id[one].difficulty for one in drawn("seed", *cells))
    assert counts[1] >= 3
    assert counts[3] >= 2
    assert len(set(drawn("seed", *cells))) == 10


def test_what_was_seen_least_comes_first() -> None:
    seen = {f"waste.{n}": 1 for n in range(50)}
    fresh = {f"waste.{n}" for n in range(50, 60)}
    assert set(drawn("seed", Cell("waste", 10), seen=seen)) == fresh
    # One more than is left unseen: only one is repeated.
    assert len(set(drawn("seed", Cell("waste", 11), seen=seen)) - fresh) == 1


def test_every_item_is_drawn_about_equally_often() -> None:
    counts = Counter(one for n in range(1200) for one in drawn(f"s{n}", Cell("waste", 5)))
    # 100 times each on average; the probability of leaving 55 to 145 by chance is below 1 in 10^4.
    assert len(counts) == 60
    assert 55 < min(counts.values()) <= max(counts.values()) < 145


def test_a_cell_that_cannot_be_filled_is_refused() -> None:
    with pytest.raises(Refusal, match=r"quiz\.too_few"):
        drawn("seed", Cell("waste", 21, 1))


def test_options_are_shuffled_and_true_stays_before_false() -> None:
    orders = {shown_order(f"s{n}", item(1)) for n in range(300)}
    assert len(orders) == 24
    assert {shown_order(f"s{n}", statement(1)) for n in range(20)} == {"true,false"}


def test_more_right_answers_count_first_and_then_less_time() -> None:
    bests = [
        Best("m:1", 1, None, "d1", 8, 10, 300_000),
        Best("m:2", 2, None, "d1", 8, 10, 200_000),
        Best("m:3", 3, None, "d1", 9, 10, 900_000),
        Best("m:4", 4, None, "d1", 8, 10, 200_000),
        Best("m:1", 1, None, "d2", 1, 10, 1_000),
    ]
    lines = rank(bests, 60)
    assert [(one.who, one.place) for one in lines] == [
        ("m:1", 1),
        ("m:3", 2),
        ("m:2", 3),
        ("m:4", 3),
    ]
    first = next(one for one in lines if one.who == "m:1")
    assert (first.right, first.days, first.passed_days) == (9, 2, 1)


@pytest.mark.parametrize(("right", "total", "is_passed"), [(6, 10, True), (5, 9, False)])
def test_the_mark_is_reached_or_not(right: int, total: int, *, is_passed: bool) -> None:
    assert passes(right, total, 60) is is_passed


def test_an_outage_moves_a_deadline_by_its_length_and_never_twice() -> None:
    def at(minute: int) -> datetime:
        return NOW + timedelta(minutes=minute)

    assert extended(at(10), at(0), []) == at(10)
    assert extended(at(10), at(0), [(at(4), at(7))]) == at(13)
    # It began before the attempt: only what fell into it counts.
    assert extended(at(10), at(0), [(at(-5), at(2))]) == at(12)
    # The second one fell into the time that the first had given back.
    assert extended(at(10), at(0), [(at(9), at(12)), (at(12), at(14))]) == at(15)
    # Over before, or begun after: nothing was lost.
    assert extended(at(10), at(0), [(at(-5), at(-1)), (at(11), at(20))]) == at(10)


def test_the_notebook_moves_on_only_when_a_question_is_due() -> None:
    wrong = after_answer(None, "waste.1", NOW, is_right=False)
    assert wrong == Lesson("waste.1", 0, NOW + timedelta(days=1))
    assert after_answer(wrong, "waste.1", NOW + timedelta(hours=1), is_right=True) == wrong
    later = NOW + timedelta(days=1)
    assert after_answer(wrong, "waste.1", later, is_right=True) == Lesson(
        "waste.1", 1, later + timedelta(days=3)
    )
    assert after_answer(None, "waste.1", NOW, is_right=True) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("王", "length"),
        ("一二三四五六七八九十一", "length"),
        ("骑手\u202e来", "characters"),
        ("<b>骑手", "characters"),
        ("13800138000", "length"),
        ("电话1380013", "number"),
        ("大兴 工 会", "reserved"),
        ("Ａｄｍｉｎ", "reserved"),
    ],
)
def test_a_name_for_the_board_may_not_mislead_or_tell_a_number(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_nickname(text, ("工会", "admin"))
    assert refused.value.code == f"quiz.nickname_{code}"


def test_a_name_for_the_board_is_kept_in_one_form() -> None:
    assert check_nickname("  胡同　骑手 7 ", ("工会",)) == "胡同 骑手 7"
