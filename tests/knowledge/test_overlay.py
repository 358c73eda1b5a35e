"""What staff published lies over the files, held to the same rules; a start is cautious."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from knowledge import ContentError, Knowledge, load
from knowledge.figures import figure_source
from knowledge.overlay import NO_OVERLAY, Overlay
from tests.conftest import KNOWLEDGE
from tests.knowledge.conftest import ROOT

TODAY = date(2026, 11, 25)


def text(name: str) -> str:
    return (KNOWLEDGE / "entries" / f"{name.replace('.', '/')}.md").read_text("utf-8")


def test_a_text_counts_instead_of_its_file() -> None:
    changed = text("waste.kitchen").replace("# 厨余垃圾怎么投", "# 厨余往哪投")
    library = load(KNOWLEDGE, TODAY, Overlay({"waste.kitchen": changed}))
    page = library.page("waste.kitchen")
    assert page is not None
    assert page.title == "厨余往哪投"
    assert library.digest != load(KNOWLEDGE, TODAY).digest


def test_the_same_text_over_its_file_changes_nothing() -> None:
    plain = load(KNOWLEDGE, TODAY)
    laid = load(KNOWLEDGE, TODAY, Overlay({"waste.kitchen": text("waste.kitchen")}))
    assert (laid.entries, laid.digest) == (plain.entries, plain.digest)


def test_a_page_that_has_no_file_stands_in_its_order() -> None:
    fresh = text("waste.kitchen").replace("waste.kitchen", "waste.garden")
    fresh = fresh.partition("## 问法")[0] + "## 问法\n- 院子里的落叶\n"
    library = load(KNOWLEDGE, TODAY, Overlay({"waste.garden": fresh}))
    ids = [entry.id for entry in library.entries]
    assert "waste.garden" in ids
    assert ids == sorted(ids)


def test_a_withheld_page_is_gone_with_the_buttons_that_lead_to_it() -> None:
    library = load(KNOWLEDGE, TODAY, NO_OVERLAY.without("dispute.mediation"))
    assert library.page("dispute.mediation") is None
    assert "dispute.mediation" in library.withheld
    targets = {step.target for entry in library.entries for step in entry.next_steps}
    assert "dispute.mediation" not in targets
    plain = load(KNOWLEDGE, TODAY)
    assert "dispute.mediation" in {s.target for e in plain.entries for s in e.next_steps}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("地区：北京", "地区：火星", "region_unknown"),
        ("## 简答", "## 简\t答", "tab"),
        ("## 简答", "## 简\u200b答", "control"),
        ("编号：waste.kitchen", "编号：waste.other", "id_path"),
        ("编号：waste.kitchen", "编号：wage.arrears", "id_twice"),
        ("- 厨余\n", "- 老板三个月没发工资了\n", "phrasing_twice"),
        ("- waste.categories ", "- waste.nowhere ", "button_dead"),
    ],
)
def test_faults_are_told_with_file_and_line(old: str, new: str, code: str) -> None:
    broken = text("waste.kitchen").replace(old, new, 1)
    with pytest.raises(ContentError) as caught:
        load(KNOWLEDGE, TODAY, Overlay({"waste.kitchen": broken}))
    assert code in {fault.code for fault in caught.value.faults}
    assert all(fault.line >= 1 for fault in caught.value.faults)


def test_a_text_of_fifty_megabytes_is_no_entry() -> None:
    with pytest.raises(ContentError) as caught:
        load(KNOWLEDGE, TODAY, Overlay({"waste.kitchen": "# a\n" * 13_000_000}))
    assert [fault.code for fault in caught.value.faults] == ["too_big"]


def test_a_figure_counts_instead_of_the_files() -> None:
    shipped = figure_source((KNOWLEDGE / "figures.toml").read_text("utf-8"), "minimum_wage_month")
    assert shipped is not None
    raised = shipped.replace("value = 2540", "value = 2777")
    library = load(KNOWLEDGE, TODAY, Overlay(figures={"minimum_wage_month": raised}))
    page = library.page("wage.minimum")
    assert page is not None
    assert "2777 元" in page.answer


def test_with_faults_the_last_good_library_stays_and_they_are_told() -> None:
    knowledge = Knowledge(KNOWLEDGE, lambda: TODAY)
    assert knowledge.reload() == ()
    good = knowledge.current
    assert knowledge.reload(Overlay({"waste.kitchen": "kaputt"}))
    assert knowledge.current is good
    assert {fault.path for fault in knowledge.faults} == {"entries/waste/kitchen.md"}
    assert knowledge.reload() == ()
    assert knowledge.faults == ()


def test_a_start_with_faults_serves_the_files_without_what_staff_changed(tmp_path: Path) -> None:
    knowledge = Knowledge(KNOWLEDGE, lambda: TODAY)
    laid = Overlay(
        {"waste.kitchen": "kaputt", "service.human": text("service.human")},
        {"minimum_wage_month": "kaputt ="},
        frozenset({"injury.pay"}),
    )
    assert knowledge.reload(laid)
    library = knowledge.current
    assert library is not None
    hidden = {"waste.kitchen", "service.human", "injury.pay", "wage.minimum"}
    assert hidden <= library.withheld
    assert library.page("wage.arrears") is not None
    shutil.copytree(KNOWLEDGE, tmp_path / "broken")
    (tmp_path / "broken" / "entries" / "wage" / "arrears.md").write_text("kaputt", "utf-8")
    broken = Knowledge(tmp_path / "broken", lambda: TODAY)
    assert broken.reload(laid)
    assert broken.current is None


def test_a_phrasing_laid_over_the_shipped_folder_is_found() -> None:
    folder = ROOT / "knowledge"
    path = folder / "entries" / "wage" / "arrears.md"
    overlay = Overlay({"wage.arrears": path.read_text("utf-8").rstrip() + "\n- 光画饼不给钱\n"})
    library = load(folder, TODAY, overlay)
    assert library.ask("光画饼不给钱").candidates[0].entry_id == "wage.arrears"
