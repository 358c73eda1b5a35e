"""Draws: fair by lots, exact by quotas, and the same for anybody who checks them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.draw import (
    Entry,
    Result,
    Share,
    Weights,
    draw,
    entries_hash,
    fixed,
    listed,
    new_seed,
    record,
    seed_hash,
    verify,
)
from domain.refusal import Refusal

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "draw.md"
QUOTAS = ("riders", "town")

entries = st.lists(
    st.builds(
        Entry,
        st.text("abcdef0123456789", min_size=12, max_size=12),
        st.integers(1, 6),
        st.integers(1, 3),
        st.lists(st.sampled_from(QUOTAS), unique=True).map(lambda found: tuple(sorted(found))),
    ),
    max_size=40,
    unique_by=lambda one: one.id,
)
shares = st.lists(
    st.builds(
        Share,
        st.sampled_from(QUOTAS),
        st.sampled_from(["reserved", "limit"]),
        st.integers(0, 12),
    ),
    max_size=2,
    unique_by=lambda one: one.key,
)


def script() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return str(found)


def by_script(text: str, folder: Path) -> Result:
    file = folder / "record.json"
    file.write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", script(), str(file)],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)
    return Result(tuple(found["winners"]), tuple(found["waiting"]))


def test_the_script_of_the_document_has_twenty_lines_and_needs_only_python() -> None:
    lines = [line for line in script().splitlines() if line.strip()]
    assert len(lines) <= 20
    assert re.findall(r"^(?:from|import) (\w+)", script(), re.MULTILINE) == ["json", "hashlib"]


@settings(max_examples=25)
@given(entries, shares, st.integers(1, 30))
def test_the_script_of_the_document_gives_the_same_winners(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[Entry],
    given_shares: list[Share],
    seats: int,
) -> None:
    seed = new_seed()
    result = draw(seed, drawn, seats, given_shares)
    text = record("e", seed, drawn, seats, given_shares, result)
    assert by_script(text, tmp_path_factory.mktemp("draw")) == result
    assert verify(text) == result


@given(entries, shares, st.integers(1, 30))
def test_no_draw_gives_more_than_there_is(
    drawn: list[Entry], given_shares: list[Share], seats: int
) -> None:
    result = draw("seed", drawn, seats, given_shares)
    by_id = {one.id: one for one in drawn}
    assert sorted(result.winners + result.waiting) == sorted(by_id)
    won = [by_id[name] for name in result.winners]
    assert sum(one.party for one in won) <= seats
    for share in given_shares:
        held = sum(one.party for one in won if share.key in one.marks)
        if share.kind == "limit":
            assert held <= share.seats


def test_reserved_seats_are_given_if_enough_of_the_group_are_there() -> None:
    drawn = [Entry(f"{n:012d}", 1, 1, ("riders",) if n < 20 else ()) for n in range(75)]
    for number in range(50):
        result = draw(f"seed{number}", drawn, 40, [Share("riders", "reserved", 10)])
        assert len(result.winners) == 40 and len(result.waiting) == 35
        assert sum(int(name) < 20 for name in result.winners) >= 10


def test_two_lots_have_twice_the_chance_of_one() -> None:
    drawn = [Entry("one", 1, 1, ()), Entry("two", 2, 1, ())]
    won: Counter[str] = Counter()
    for number in range(6000):
        won[draw(f"s{number}", drawn, 1).winners[0]] += 1
    # 4000 expected; five standard deviations are 183.
    assert abs(won["two"] - 4000) < 183


def test_a_record_that_was_touched_is_found_out() -> None:
    drawn = [Entry(f"{n:012d}", 1, 1, ()) for n in range(9)]
    seed = new_seed()
    good = json.loads(record("e", seed, drawn, 3, [], draw(seed, drawn, 3)))
    touched = {
        "draw.seed_differs": {"seed": new_seed()},
        "draw.entries_differ": {"entries": good["entries"][1:]},
        "draw.result_differs": {"winners": good["waiting"][:3]},
        "draw.unreadable": {"entries": [["x", 10**9, 1, []]]},
    }
    for code, change in touched.items():
        with pytest.raises(Refusal) as refusal:
            verify(json.dumps({**good, **change}))
        assert refusal.value.code == code
    for text in ("", "[]", "{", "null", '{"entries": 3}'):
        with pytest.raises(Refusal):
            verify(text)


def test_the_order_of_entries_makes_no_difference() -> None:
    drawn = [Entry(f"{n:012d}", 1 + n % 3, 1, ()) for n in range(30)]
    assert draw("s", drawn, 9) == draw("s", drawn[::-1], 9)
    assert entries_hash(drawn) == entries_hash(drawn[::-1])
    text = listed("e", drawn, 9, [Share("riders", "reserved", 2)])
    assert fixed(text) == (drawn, 9, [Share("riders", "reserved", 2)])
    assert seed_hash("s") == seed_hash("s") != seed_hash("t")


def test_lots_follow_what_the_event_is_for() -> None:
    weights = Weights(base=2, never_attended=2, focus=3, focus_on=("rider",), lost=1, missed=1)
    usual = {"attended": 1, "missed": 0, "lost_draws": 0, "occupation": None}
    assert weights.of(**usual) == 2  # type: ignore[arg-type]
    assert weights.of(**{**usual, "attended": 0}) == 4  # type: ignore[arg-type]
    assert weights.of(**{**usual, "occupation": "rider"}) == 5  # type: ignore[arg-type]
    assert weights.of(**{**usual, "lost_draws": 9}) == 5  # type: ignore[arg-type]
    # Nobody is shut out.
    assert weights.of(**{**usual, "missed": 9}) == 1  # type: ignore[arg-type]
