"""Rules of editing: moves, names, comparisons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.editing import (
    IN_FORCE,
    MOVES,
    OPEN,
    Kind,
    State,
    Version,
    check_name,
    check_reason,
    check_source,
    counted_since,
    difference,
    hash_of,
    tidy,
)
from domain.refusal import Refusal

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


def test_every_state_has_its_moves_and_leads_out_of_the_draft() -> None:
    assert MOVES.keys() == set(State)
    reached, fresh = {State.DRAFT}, {State.DRAFT}
    while fresh:
        fresh = {to for state in fresh for to in MOVES[state]} - reached
        reached |= fresh
    assert reached == set(State)


def test_what_is_in_force_is_only_ever_replaced() -> None:
    assert all(MOVES[state] == {State.REPLACED} for state in IN_FORCE)
    assert MOVES[State.REPLACED] == frozenset()
    assert not IN_FORCE & OPEN


def version(source: str, state: State, hours: float) -> Version:
    """One that counted from so many hours ago on, unless it never did."""
    at = NOW - timedelta(hours=hours)
    known = ("", False, False, "staff-zhang", None, "", at, at, at)
    return Version(1, Kind.ENTRY, "wage.arrears", 1, state, source, 0, *known)


@pytest.mark.parametrize(
    ("hours", "quick"), [(0, True), (24, True), (24.001, False), (1000, False)]
)
def test_a_text_counts_as_lately_left_for_a_day(hours: float, quick: bool) -> None:
    history, since = [version("b", State.PUBLISHED, hours)], NOW - timedelta(hours=24)
    assert counted_since(hash_of("a"), history, "a", since) is quick


def test_what_counts_now_what_was_left_long_ago_and_what_never_counted_was_not_lately_left() -> (
    None
):
    history = [
        version("b", State.REPLACED, 50),
        version("c", State.REPLACED, 40),
        version("d", State.PUBLISHED, 1),
        version("e", State.REJECTED, 1),
        version("f", State.DRAFT, 1),
    ]
    lately = [
        text
        for text in "abcdef"
        if counted_since(hash_of(text), history, "a", NOW - timedelta(hours=24))
    ]
    assert lately == ["c"]


def test_names_of_pages_and_figures() -> None:
    assert check_name(Kind.ENTRY, "wage.arrears_site") == "wage.arrears_site"
    assert check_name(Kind.FIGURE, "minimum_wage") == "minimum_wage"
    for kind, name in ((Kind.ENTRY, "wage"), (Kind.FIGURE, "a.b"), (Kind.FIGURE, "9a")):
        with pytest.raises(Refusal, match="bad_name"):
            check_name(kind, name)


@pytest.mark.parametrize("text", ["a\0b", "\ud83d", "x" * 50_001])
def test_a_text_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        check_source(text)


@pytest.mark.parametrize(
    ("reason", "code"), [("", "missing"), (" \n", "missing"), ("长" * 501, "long")]
)
def test_a_reason_is_there_and_short(reason: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        check_reason(reason)


def test_line_ends_make_no_other_text() -> None:
    assert tidy("\r\na\r\nb\r") == "a\nb\n"
    assert hash_of("a\r\nb") == hash_of("\na\nb\n\n")
    assert hash_of("a\nb") != hash_of("a\n\nb")
    assert difference("a\r\nb", "a\nb\n") == ()


def test_a_comparison_shows_what_changed_and_a_little_around_it() -> None:
    old = "\n".join("abcdefghij")
    new = old.replace("e", "E")
    lines = [(line.mark, line.text) for line in difference(old, new)]
    assert lines == [
        ("@", ""),
        (" ", "c"),
        (" ", "d"),
        ("-", "e"),
        ("+", "E"),
        (" ", "f"),
        (" ", "g"),
    ]


def test_a_line_that_looks_like_a_mark_of_the_comparison_is_shown() -> None:
    lines = [(line.mark, line.text) for line in difference("--- a\nb", "+++ a\nb")]
    assert ("-", "--- a") in lines
    assert ("+", "+++ a") in lines
