"""Figures: the value of the day is written; one that has run out marks the entry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from domain.ask import Entry
from knowledge import ContentError, load
from tests.knowledge.conftest import FIGURES, TODAY


def page_on(folder: Path, day: date) -> Entry:
    for path in folder.glob("entries/*/*.md"):
        text = path.read_text(encoding="utf-8").replace("复核：2026-11-01", "复核：2020-01-01")
        path.write_text(text, encoding="utf-8")
    page = load(folder, day).page("wage.arrears")
    assert page is not None
    return page


def test_the_value_of_the_day_is_written(folder: Path) -> None:
    assert "2420 元" in page_on(folder, date(2025, 8, 31)).answer
    assert "2540 元" in page_on(folder, date(2025, 9, 1)).answer


def test_a_figure_in_force_marks_nothing(folder: Path) -> None:
    assert page_on(folder, TODAY).expired_figures == ()


def test_a_figure_that_has_run_out_marks_the_entry(folder: Path) -> None:
    ended = FIGURES.replace("{ from = 2025-09-01,", "{ from = 2025-09-01, to = 2026-08-31,")
    (folder / "figures.toml").write_text(ended, encoding="utf-8")
    page = page_on(folder, TODAY)
    assert page.expired_figures == ("minimum_wage",)
    assert "2540 元" in page.answer
    assert page_on(folder, date(2020, 2, 1)).expired_figures == ("minimum_wage",)


def test_a_part_of_a_hundred_is_written_without_a_gap(folder: Path) -> None:
    percent = FIGURES.replace('unit = "元"', 'unit = "%"')
    (folder / "figures.toml").write_text(percent, encoding="utf-8")
    assert "2540%" in page_on(folder, TODAY).answer


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('name = "minimum_wage"', 'name = "Minimum Wage"', "figure_form", 2),
        ('source = "京人社劳发〔2025〕7 号"\n', "", "figure_form", 2),
        ('unit = "元"', 'unit = "元"\ncolour = "red"', "figure_form", 2),
        ("value = 2540", "worth = 2540", "figure_form", 2),
        ("from = 2025-09-01,", 'from = "2025-09-01",', "figure_form", 2),
        ("from = 2025-09-01,", "from = 2025-08-31,", "figure_period", 2),
        ("to = 2025-08-31,", "to = 2023-08-31,", "figure_period", 2),
        ("values = [", "values = [}", "toml", 8),
    ],
)
def test_a_faulty_figure_is_told_with_its_line(
    folder: Path, old: str, new: str, code: str, line: int
) -> None:
    assert old in FIGURES
    (folder / "figures.toml").write_text(FIGURES.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder, TODAY)
    told = [(fault.path, fault.line, fault.code) for fault in caught.value.faults]
    assert ("figures.toml", line, code) in told


def test_one_name_for_two_figures_is_told(folder: Path) -> None:
    (folder / "figures.toml").write_text(FIGURES + FIGURES, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder, TODAY)
    assert [(f.line, f.code) for f in caught.value.faults] == [(13, "figure_twice")]
