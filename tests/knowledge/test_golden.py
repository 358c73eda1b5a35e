"""Golden questions: they find their page, and a change that takes it away is told by line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.ask import Decision, Fault
from knowledge import Library, load
from knowledge.golden import GOLDEN, check_golden, golden_changes, pages_for
from knowledge.normalising import Normaliser
from tests.knowledge.conftest import ARREARS, OVERTIME, TODAY

LINES = """# 注释
"老板欠了我们三个月的工资" = "wage.arrears"

"晚上加班给不给加班费" = "hours.overtime"
"""


def told(faults: tuple[Fault, ...]) -> list[tuple[str, int, str]]:
    return [(fault.path, fault.line, fault.code) for fault in faults]


@pytest.fixture
def golden(folder: Path) -> Path:
    path = folder / GOLDEN
    path.write_text(LINES, encoding="utf-8")
    return path


def test_the_shipped_ones_find_their_pages(library: Library) -> None:
    assert check_golden(library) == ()
    topics = {topic.id for group in library.groups for topic in group.topics}
    assert {golden.entry_id.partition(".")[0] for golden in library.golden} == topics
    assert len(library.golden) >= 60


def test_the_shipped_ones_are_not_among_the_phrasings(library: Library) -> None:
    # A phrasing finds its own entry by being there: as a golden question it would test nothing.
    key = Normaliser.read().key
    phrasings = {key(text) for entry in library.entries for text in entry.phrasings}
    assert [g.text for g in library.golden if key(g.text) in phrasings] == []


def test_a_folder_without_any_is_sound(folder: Path) -> None:
    assert load(folder, TODAY).golden == ()


def test_each_is_read_with_its_line(folder: Path, golden: Path) -> None:
    found = load(folder, TODAY).golden
    assert [(g.line, g.entry_id) for g in found] == [(2, "wage.arrears"), (4, "hours.overtime")]
    assert check_golden(load(folder, TODAY)) == ()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('"工钱" = ', "toml"),
        ('"工钱" = 3', "golden_form"),
        ('"" = "wage.arrears"', "golden_form"),
        ('"晚上加班给不给加班费" = "wage.arrears"', "toml"),
        ("[golden]", "golden_form"),
    ],
)
def test_a_line_of_another_form_is_told(
    golden: Path, faults_of: Callable[[], tuple[Fault, ...]], line: str, code: str
) -> None:
    golden.write_text(LINES + line + "\n", encoding="utf-8")
    assert [(path, found) for path, _, found in told(faults_of())] == [(GOLDEN, code)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('"晚上加班到底给不给钱" = "wage.arrears"', "golden_changed"),
        ('"今天天气怎么样" = "wage.arrears"', "golden_lost"),
        ('"工钱要不回来了" = "wage.gone"', "golden_unknown"),
    ],
)
def test_one_that_lost_its_page_is_told_with_its_line(
    folder: Path, golden: Path, line: str, code: str
) -> None:
    golden.write_text(LINES + line + "\n", encoding="utf-8")
    assert told(check_golden(load(folder, TODAY))) == [(GOLDEN, 5, code)]


def test_an_entry_that_is_withheld_today_is_passed_over(folder: Path, golden: Path) -> None:
    path = folder / "entries/wage/arrears.md"
    text = path.read_text(encoding="utf-8").replace("复核：", "失效：2026-11-21\n复核：", 1)
    path.write_text(text, encoding="utf-8")
    changed = load(folder, TODAY)
    assert changed.withheld == {"wage.arrears"}
    assert "wage.arrears" not in " ".join(fault.reason for fault in check_golden(changed))


def test_only_what_a_change_breaks_is_a_change(folder: Path, golden: Path) -> None:
    golden.write_text(LINES + '"今天天气怎么样" = "wage.arrears"\n', encoding="utf-8")
    old = load(folder, TODAY)
    assert golden_changes(old, old) == ()
    # The pages change places: what asked for one now finds the other.
    for name, before, after in (
        ("wage/arrears", ARREARS, OVERTIME),
        ("hours/overtime", OVERTIME, ARREARS),
    ):
        path = folder / f"entries/{name}.md"
        text = path.read_text(encoding="utf-8")
        for one, other in zip(before, after, strict=True):
            text = text.replace(f"- {one}\n", f"- {other}\n")
        path.write_text(text, encoding="utf-8")
    new = load(folder, TODAY)
    broken = golden_changes(old, new)
    assert {line for _, line, _ in told(broken)} <= {2, 4}
    assert golden_changes(new, old) == ()


def test_what_the_table_of_waste_answers_counts_as_its_page(library: Library) -> None:
    assert pages_for(library, "大骨头是什么垃圾") == (Decision.ANSWER, ("waste.other",))
    assert pages_for(library, "你好") == (Decision.NONE, ())
    assert pages_for(library, "不想活了，煤气罐是什么垃圾")[1] == ("service.crisis",)
