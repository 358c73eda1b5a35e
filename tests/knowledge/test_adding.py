"""A phrasing is added if nothing else suffers, and the rest of the file stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.ask import Fault
from knowledge import ContentError, load
from knowledge.adding import add_phrasing, plan_phrasing
from knowledge.golden import GOLDEN
from tests.knowledge.conftest import ARREARS, OVERTIME, TODAY

FILE = "entries/wage/arrears.md"
FRESH = "辛苦钱压着不给结"


def refused(folder: Path, text: str, entry: str = "wage.arrears") -> list[Fault]:
    """The faults that keep a phrasing out; and the folder must be as it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ContentError) as caught:
        plan_phrasing(folder, entry, text, TODAY)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return list(caught.value.faults)


def test_a_phrasing_is_one_line_more(folder: Path) -> None:
    before = (folder / FILE).read_text(encoding="utf-8")
    planned = plan_phrasing(folder, "wage.arrears", FRESH, TODAY)
    assert (folder / FILE).read_text(encoding="utf-8") == before
    add_phrasing(folder, planned)
    assert (folder / FILE).read_text(encoding="utf-8") == f"{before}- {FRESH}\n"
    page = load(folder, TODAY).page("wage.arrears")
    assert page is not None
    assert page.phrasings == (*ARREARS, FRESH)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_what_follows_stay(folder: Path, end: str, mark: str) -> None:
    text = (folder / FILE).read_text(encoding="utf-8").rstrip("\n")
    head, _, tail = text.partition("## 依据")
    turned = (
        f"{head}## 问法{tail.partition('## 问法')[2]}\n\n## 依据{tail.partition('## 问法')[0]}"
    )
    raw = (mark + turned.replace("\n", end)).encode()
    (folder / FILE).write_bytes(raw)
    add_phrasing(folder, plan_phrasing(folder, "wage.arrears", FRESH, TODAY))
    line = f"- {FRESH}{end}".encode()
    assert (folder / FILE).read_bytes().replace(line, b"") == raw
    assert load(folder, TODAY).page("wage.arrears").phrasings[-1] == FRESH  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (OVERTIME[0] + "？", "phrasing_twice"),
        (ARREARS[1] + "！", "phrasing_here"),
        ("？？", "phrasing_blank"),
        ("", "phrasing_blank"),
        ("一行\n- 两行", "phrasing_lines"),
        ("一行\u2028两行", "phrasing_lines"),
        ("字" * 201, "too_long"),
        ("看不见\u200b的字", "control"),
        ("用\t隔开", "tab"),
    ],
)
def test_what_would_be_a_fault_is_refused(folder: Path, text: str, code: str) -> None:
    assert [fault.code for fault in refused(folder, text)] == [code]


def test_an_unknown_entry_is_told(folder: Path) -> None:
    for entry in ("wage.gone", "../wage", ""):
        assert [fault.code for fault in refused(folder, FRESH, entry)] == ["entry_missing"]


def test_a_golden_question_that_would_lose_its_page_stops_it(folder: Path) -> None:
    golden = "周末上班有工资吗"
    (folder / GOLDEN).write_text(f'"{golden}" = "hours.overtime"\n', encoding="utf-8")
    assert [(f.path, f.line) for f in refused(folder, golden)] == [(GOLDEN, 1)]


def test_a_file_that_changed_meanwhile_is_left_alone(folder: Path) -> None:
    planned = plan_phrasing(folder, "wage.arrears", FRESH, TODAY)
    changed = (folder / FILE).read_text(encoding="utf-8") + "- 别人加的话\n"
    (folder / FILE).write_text(changed, encoding="utf-8")
    with pytest.raises(ContentError, match=FILE):
        add_phrasing(folder, planned)
    assert (folder / FILE).read_text(encoding="utf-8") == changed
