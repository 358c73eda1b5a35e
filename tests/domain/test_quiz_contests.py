"""Rules of live contests: what a poll can hold, which questions come, who is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import PollLimit

from domain import quiz
from domain.calendar import QuietHours
from domain.quiz import Option, size
from domain.quiz_contests import (
    CONTEST_MOVES,
    NUMBERING,
    OPTIONS_LEAST,
    OPTIONS_MOST,
    SECONDS_LEAST,
    SECONDS_MOST,
    ContestState,
    board,
    check_hours,
    check_plan,
    fits,
    lasts,
    must_move_contest,
    pick,
)
from domain.quiz_play import PoolItem
from domain.quiz_rounds import Cell
from domain.refusal import Refusal
from handlers.quiz.contests import notices
from knowledge.quiz_bank import load_bank
from locales import load
from services.quiz import contest_telling as telling
from tests.services.quiz_kit import item, multiple, statement

ROOT = Path(__file__).parent.parent.parent


def test_the_limits_are_those_of_telegram() -> None:
    """If a new version of the library knows others, they are looked at here."""
    assert quiz.QUESTION == PollLimit.MAX_QUESTION_LENGTH
    assert quiz.OPTION == PollLimit.MAX_OPTION_LENGTH
    assert quiz.EXPLANATION == PollLimit.MAX_EXPLANATION_LENGTH
    assert quiz.EXPLANATION_LINES == PollLimit.MAX_EXPLANATION_LINE_FEEDS
    assert OPTIONS_LEAST == 2 and OPTIONS_MOST <= PollLimit.MAX_OPTION_NUMBER
    assert PollLimit.MIN_OPEN_PERIOD <= SECONDS_LEAST < SECONDS_MOST <= PollLimit.MAX_OPEN_PERIOD


@pytest.mark.parametrize(
    ("fields", "does"),
    [
        ({}, True),
        ({"question": "问" * (quiz.QUESTION - NUMBERING)}, True),
        ({"question": "问" * (quiz.QUESTION - NUMBERING + 1)}, False),
        ({"options": tuple(Option(key, key * 101) for key in "abcd")}, False),
        ({"options": (Option("b", "只有一个"),)}, False),
        ({"explanation": "解" * 190}, False),
        ({"explanation": "一\n二"}, True),
        ({"explanation": "一\n二\n三"}, False),
        # A character beyond the first plane counts twice, as Telegram counts.
        ({"question": "🗑" * 143}, False),
    ],
)
def test_what_a_poll_cannot_hold_is_not_offered(fields: dict[str, object], does: bool) -> None:
    assert fits(item(1, **fields)) is does


def test_only_what_has_one_right_option_is_asked() -> None:
    assert fits(statement(1)) and not fits(multiple(1))


def test_every_question_that_is_offered_fits_with_its_number_and_source() -> None:
    render, t = notices()[telling.POLL], load()
    bank = load_bank(ROOT / "knowledge", date(2026, 11, 23))
    offered = [one for one in bank.items if fits(one)]
    assert len(offered) > 100
    for one in offered:
        details = {
            "number": 20,
            "total": 20,
            "question": one.question,
            "options": [option.text for option in one.options],
            "right": 0,
            "explanation": one.explanation,
            "source": one.source,
            "seconds": 30,
        }
        poll = render(t, details).poll
        assert poll is not None
        assert size(poll.question) <= PollLimit.MAX_QUESTION_LENGTH
        assert size(poll.explanation) <= PollLimit.MAX_EXPLANATION_LENGTH
        assert poll.explanation.count("\n") <= PollLimit.MAX_EXPLANATION_LINE_FEEDS
        assert one.source in poll.explanation


POOL = [PoolItem(f"i{n:02d}", 1, "waste" if n % 2 else "civility", n % 3 + 1) for n in range(40)]


def test_questions_come_from_the_cells_and_what_a_group_had_comes_last() -> None:
    cells = [Cell("waste", 3), Cell("civility", 2, 1)]
    first = pick("a", cells, POOL, {}, 8)
    assert len({one.id for one in first}) == 8
    assert {(one.topic, one.difficulty) for one in first if one.topic == "civility"} <= {
        ("civility", 1)
    }
    assert pick("a", cells, POOL, {}, 8) == first != pick("b", cells, POOL, {}, 8)
    seen = {one.id: 1 for one in first}
    assert not {one.id for one in pick("c", cells, POOL, seen, 8)} & seen.keys()


@given(st.text(min_size=1), st.integers(1, 20))
def test_as_many_come_as_are_wanted_or_it_is_said_how_many_there_are(seed: str, n: int) -> None:
    some = [one for one in POOL if one.topic == "waste" and one.difficulty == 2]
    if n <= len(some):
        assert len(pick(seed, [Cell("waste", n, 2)], POOL, {}, n)) == n
    else:
        with pytest.raises(Refusal) as refused:
            pick(seed, [Cell("waste", n, 2)], POOL, {}, n)
        assert (refused.value.code, refused.value.values) == (
            "contests.too_few",
            {"count": len(some)},
        )


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (("", 5, 30), "contests.title"),
        (("题" * 41, 5, 30), "contests.title"),
        (("班前", 0, 30), "contests.count"),
        (("班前", 21, 30), "contests.count"),
        (("班前", 5, 9), "contests.seconds"),
        (("班前", 5, 121), "contests.seconds"),
    ],
)
def test_a_plan_that_cannot_be_held_is_refused(plan: tuple[str, int, int], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_plan(*plan)
    assert refused.value.code == code
    check_plan("班前五分钟", 5, 30)


def test_no_group_is_rung_at_night_not_even_by_the_last_question() -> None:
    quiet = QuietHours()
    at = datetime(2026, 11, 25, 13, 55, tzinfo=UTC)
    check_hours(5, 30, at, quiet)
    for late in (at + timedelta(minutes=3), at + timedelta(hours=1)):
        with pytest.raises(Refusal) as refused:
            check_hours(5, 30, late, quiet)
        assert refused.value.code == "contests.hours"
    assert lasts(5, 30) == timedelta(seconds=15 + 5 * 36)


def test_only_who_has_a_name_and_something_right_stands_on_the_board() -> None:
    rights = {1: (3, 5), 2: (4, 5), 3: (5, 5), 4: (0, 5), 5: (3, 3)}
    names = {1: "胡同骑手", 2: "早班小王", 4: "夜班老李", 5: "冰壶一号"}
    lines = [(line.place, line.name, line.right) for line in board(rights, names)]
    # Member 3 was the best and chose no name; member 4 had none right.
    assert lines == [(1, "早班小王", 4), (2, "冰壶一号", 3), (2, "胡同骑手", 3)]


def test_a_contest_that_is_over_stays_over() -> None:
    for state in ContestState:
        for after in ContestState:
            if after in CONTEST_MOVES[state]:
                must_move_contest(state, after)
            else:
                with pytest.raises(Refusal):
                    must_move_contest(state, after)
    assert not any(CONTEST_MOVES[one] for one in set(ContestState) - {ContestState.RUNNING})
