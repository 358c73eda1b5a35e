"""Softer findings about entries that may be published but will be found badly."""

from __future__ import annotations

from pathlib import Path

from knowledge import lint, load
from tests.knowledge.conftest import ARREARS, TODAY


def test_few_phrasings_are_told_with_the_file(folder: Path) -> None:
    faults = lint(load(folder, TODAY))
    assert ("entries/wage/arrears.md", "few_phrasings") in {(f.path, f.code) for f in faults}


def test_a_phrasing_that_finds_another_entry_is_told(folder: Path) -> None:
    path = folder / "entries/hours/overtime.md"
    stray = ARREARS[0].replace("三个月", "四个月")
    path.write_text(path.read_text(encoding="utf-8") + f"- {stray}\n", encoding="utf-8")
    faults = [fault for fault in lint(load(folder, TODAY)) if fault.code == "phrasing_astray"]
    assert [(fault.path, stray in fault.reason) for fault in faults] == [
        ("entries/hours/overtime.md", True)
    ]


def test_a_phrasing_twice_in_one_entry_is_told(folder: Path) -> None:
    path = folder / "entries/wage/arrears.md"
    path.write_text(path.read_text(encoding="utf-8") + f"- {ARREARS[0]}？\n", encoding="utf-8")
    assert "phrasing_again" in {fault.code for fault in lint(load(folder, TODAY))}


def test_a_basis_without_a_note_is_told(folder: Path) -> None:
    path = folder / "entries/wage/arrears.md"
    text = path.read_text(encoding="utf-8").replace("：应当及时足额支付", "")
    path.write_text(text, encoding="utf-8")
    assert "note_missing" in {fault.code for fault in lint(load(folder, TODAY))}
