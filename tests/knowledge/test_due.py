"""What is due: old reviews, ends of entries, figures that nobody has renewed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge import ContentError
from knowledge.due import Why, list_due
from tests.knowledge.conftest import TODAY

PAGE = "entries/wage/arrears.md"


def set_meta(folder: Path, new: str) -> None:
    path = folder / PAGE
    text = path.read_text(encoding="utf-8").replace("复核：2026-11-01", new)
    path.write_text(text, encoding="utf-8")


def set_values(folder: Path, *values: str) -> None:
    path = folder / "figures.toml"
    head = path.read_text(encoding="utf-8").partition("values")[0]
    rows = ", ".join(f"{{ {value}, value = 1 }}" for value in values)
    path.write_text(f"{head}values = [{rows}]\n", encoding="utf-8")


def told(folder: Path, days: int = 60, review_days: int = 365) -> list[tuple[date, str, Why]]:
    return [(due.day, due.path, due.why) for due in list_due(folder, TODAY, days, review_days)]


def test_what_is_fresh_is_not_due(folder: Path) -> None:
    assert told(folder) == []


def test_a_review_is_due_a_year_after_the_last(folder: Path) -> None:
    set_meta(folder, "复核：2025-11-22")
    assert told(folder, days=0) == [(date(2026, 11, 22), PAGE, Why.REVIEW)]
    set_meta(folder, "复核：2025-11-22")
    assert list_due(folder, TODAY, 0, 365)[0].line == 6


def test_how_long_a_review_holds_can_be_chosen(folder: Path) -> None:
    assert told(folder, days=30, review_days=40) == [
        (date(2026, 12, 11), "entries/hours/overtime.md", Why.REVIEW),
        (date(2026, 12, 11), PAGE, Why.REVIEW),
    ]


@pytest.mark.parametrize(
    ("end", "is_due"), [("2026-01-01", True), ("2027-01-21", True), ("2027-01-22", False)]
)
def test_an_end_within_the_days_or_past_is_due(folder: Path, end: str, is_due: bool) -> None:
    set_meta(folder, f"复核：2026-11-01\n失效：{end}")
    expected = [(date.fromisoformat(end), PAGE, Why.END)] if is_due else []
    assert told(folder) == expected


def test_a_figure_that_is_followed_is_not_due(folder: Path) -> None:
    set_values(folder, "from = 2025-01-01, to = 2026-12-31", "from = 2027-01-01")
    assert told(folder) == []


def test_a_figure_that_ends_without_the_next_is_due(folder: Path) -> None:
    set_values(folder, "from = 2025-01-01, to = 2026-12-31", "from = 2027-02-01")
    assert told(folder) == [(date(2026, 12, 31), "figures.toml", Why.FIGURE_END)]


def test_what_is_due_comes_by_day(folder: Path) -> None:
    set_meta(folder, "复核：2025-11-01\n失效：2026-12-05")
    set_values(folder, "from = 2025-01-01, review = 2026-12-01")
    assert [(due.day, due.why) for due in list_due(folder, TODAY, 60, 365)] == [
        (date(2026, 11, 1), Why.REVIEW),
        (date(2026, 12, 1), Why.FIGURE_REVIEW),
        (date(2026, 12, 5), Why.END),
    ]


def test_a_faulty_folder_is_told(folder: Path) -> None:
    set_meta(folder, "复核：gestern")
    with pytest.raises(ContentError):
        list_due(folder, TODAY, 60, 365)
