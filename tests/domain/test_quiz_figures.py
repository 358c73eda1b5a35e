"""Figures of items, against figures that were reckoned by hand or by another way."""

from __future__ import annotations

import random
from statistics import correlation

import pytest

from domain.quiz_figures import Flag, Response, figures_of, point_biserial, upper_lower

KEY = frozenset("b")


def response(option: str, rest: float | None) -> Response:
    return Response(frozenset(option), option == "b", rest)


def test_nothing_is_said_of_too_few_answers() -> None:
    figures = figures_of([response("b", 0.5)] * 29, KEY)
    assert (figures.answers, figures.facility, figures.flags) == (29, 1.0, frozenset())
    assert figures.discrimination is None
    assert figures_of([], KEY).facility is None


def test_point_biserial_is_the_correlation_of_being_right_with_the_rest() -> None:
    chance = random.Random(7)
    rated = [(chance.random(), chance.random() < 0.6) for _ in range(200)]
    by_library = correlation([rest for rest, _ in rated], [float(right) for _, right in rated])
    found = point_biserial(rated)
    assert found is not None
    assert found == pytest.approx(by_library)
    assert point_biserial([(0.5, True), (0.5, False)]) is None
    assert point_biserial([(0.1, True), (0.9, True)]) is None


def test_upper_lower_compares_the_best_27_percent_with_the_weakest() -> None:
    # A hundred people: the best 27 are right, the weakest 27 are wrong, in between half are.
    rated = [
        (place / 100, place >= 73 or (place >= 27 and place % 2 == 0)) for place in range(100)
    ]
    assert upper_lower(rated) == 1.0
    assert upper_lower([(rest, not right) for rest, right in rated]) == -1.0
    # Nobody is above anybody.
    assert upper_lower([(0.5, True)] * 50) is None


def test_a_wrong_key_is_flagged_twice_over() -> None:
    """The able choose c, which is right in truth; the key says b."""
    able = [response("c", 0.9) for _ in range(40)]
    others = [response("bad"[n % 3], 0.3) for n in range(40)]
    figures = figures_of(able + others, KEY)
    assert {Flag.NEGATIVE, Flag.OTHER_PREFERRED} <= figures.flags
    assert figures.chosen["c"] == 40


def test_a_good_item_has_no_flag() -> None:
    able = [response("b", 0.9) for _ in range(40)]
    others = [response("abcd"[n % 4], 0.3) for n in range(40)]
    figures = figures_of(able + others, KEY)
    assert figures.flags == frozenset()
    assert figures.facility == pytest.approx(50 / 80)
    assert figures.discrimination is not None
    assert figures.discrimination > 0.6


@pytest.mark.parametrize(("right", "flag"), [(9, Flag.TOO_HARD), (98, Flag.TOO_EASY)])
def test_what_nearly_all_or_nobody_knows_is_flagged(right: int, flag: Flag) -> None:
    told = [response("b" if n < right else "acd"[n % 3], n / 100) for n in range(100)]
    assert flag in figures_of(told, KEY).flags
