"""Loading: a sound folder becomes a library; of a faulty one every fault is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from domain.ask import Basis, Fault, NextStep
from knowledge import ContentError, load
from tests.knowledge.conftest import ARREARS, TODAY, entry

Told = Callable[[], tuple[Fault, ...]]
PAGE = "entries/wage/arrears.md"


def test_a_sound_folder_loads(folder: Path) -> None:
    library = load(folder, TODAY)
    page = library.page("wage.arrears")
    assert page is not None
    assert page.title == "拖欠工资怎么要"
    assert page.answer == "可以要回来。**先留证据**，最低工资是 2540 元。"
    assert page.steps == ("留好证据", "找单位谈")
    assert page.basis == (Basis("劳动合同法", "第三十条、第八十五条", "应当及时足额支付"),)
    assert page.next_steps[1] == NextStep("@human", "找人帮忙")
    assert page.reviewed_on == date(2026, 11, 1)
    assert [group.id for group in library.groups] == ["money"]
    assert [found.id for found in library.in_topic("hours")] == ["hours.overtime"]
    assert library.page("wage.nothing") is None


def test_a_byte_order_mark_and_windows_newlines_are_no_fault(
    folder: Path, faults_of: Told
) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    (folder / PAGE).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert faults_of() == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("# 拖欠工资怎么要", "拖欠工资怎么要", "no_title", 1),
        ("复核：2026-11-01", "复核：2026-11-31", "date_form", 6),
        ("复核：2026-11-01", "复核：2027-01-01", "date_future", 6),
        (
            "复核：2026-11-01",
            "复核：2026-11-01\n生效：2026-09-02\n失效：2026-09-01",
            "date_order",
            8,
        ),
        ("地区：北京", "地区：上海", "region_unknown", 4),
        ("地区：北京\n", "", "meta_missing", 1),
        ("适用：所有", "地区：北京\n适用：所有", "meta_twice", 5),
        ("适用：所有", "颜色：红\n适用：所有", "meta_unknown", 5),
        ("编号：wage.arrears", "编号：wage.other", "id_path", 3),
        ("## 怎么做", "## 如何做", "section_unknown", 11),
        ("## 怎么做", "## 简答", "section_twice", 11),
        (
            "## 依据\n- 《劳动合同法》第三十条、第八十五条：应当及时足额支付\n",
            "",
            "section_missing",
            1,
        ),
        ("可以要回来。**先留证据**，最低工资是 {{minimum_wage}}。", "", "section_empty", 8),
        ("**先留证据**", "**先留证据", "bold_open", 9),
        ("{{minimum_wage}}", "{{maximum_wage}}", "figure_unknown", 9),
        ("{{minimum_wage}}", "{{minimum wage}}", "figure_braces", 9),
        ("可以要回来。", "可以要回来。" * 30, "too_long", 8),
        ("1. 留好证据", f"1. {'留' * 41}", "too_long", 12),
        ("1. 留好证据\n", "", "too_few", 11),
        ("2. 找单位谈", "找单位谈", "not_a_list", 13),
        ("《劳动合同法》第三十条", "劳动合同法第三十条", "basis_form", 16),
        ("第三十条、第八十五条", "第30条", "basis_article", 16),
        ("第三十条、第八十五条：应当及时足额支付", "", "basis_bare", 16),
        ("hours.overtime 看另一页", "hours.nothing 看另一页", "button_dead", 19),
        ("@human 找人帮忙", "@nobody 找人帮忙", "button_dead", 20),
        ("hours.overtime 看另一页", "wage.arrears 看另一页", "button_self", 19),
        ("@human 找人帮忙", "hours.overtime 再看", "button_twice", 20),
        ("@human 找人帮忙", "@human", "button_form", 20),
        ("@human 找人帮忙", "@human " + "找" * 13, "too_long", 20),
        ("工钱要不回来", "加班费怎么算", "phrasing_twice", 25),
        ("工钱要不回来", "加班費怎麼算？", "phrasing_twice", 25),
        ("留好证据", "留好\t证据", "tab", 12),
        ("留好证据", "留好\u200b证据", "control", 12),
    ],
)
def test_a_fault_in_one_line_is_told_with_that_line(
    folder: Path, faults_of: Told, old: str, new: str, code: str, line: int
) -> None:
    assert faults_of() == ()
    path = folder / PAGE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    told = {(fault.path, fault.line, fault.code) for fault in faults_of()}
    # Of two like phrasings the later one in the order of files is named.
    assert (PAGE, line, code) in told


def test_every_fault_is_told_at_once(folder: Path, faults_of: Told) -> None:
    path = folder / PAGE
    text = path.read_text(encoding="utf-8").replace("北京", "上海").replace("2026-11-01", "昨天")
    path.write_text(text, encoding="utf-8")
    (folder / "figures.toml").write_text("[[figure]\n", encoding="utf-8")
    assert {"region_unknown", "date_form", "toml"} <= {fault.code for fault in faults_of()}


def test_a_file_in_another_encoding_is_named(folder: Path, faults_of: Told) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    (folder / PAGE).write_bytes(text.encode("gbk"))
    assert [(fault.path, fault.code) for fault in faults_of()] == [(PAGE, "encoding_gbk")]
    (folder / PAGE).write_bytes(b"\xff\xfe\x00\x00\xff")
    assert [(fault.path, fault.code) for fault in faults_of()] == [(PAGE, "encoding")]


def test_mixed_newlines_are_told_where_they_change(folder: Path, faults_of: Told) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8").replace("\n", "\r\n")
    (folder / PAGE).write_bytes(text.replace("\r\n", "\n", 1).encode())
    assert [(fault.line, fault.code) for fault in faults_of()] == [(2, "newlines")]


def test_newlines_of_old_macs_are_told(folder: Path, faults_of: Told) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    (folder / PAGE).write_bytes(text.replace("\n", "\r").encode())
    assert [(fault.line, fault.code) for fault in faults_of()] == [(1, "newlines")]


def test_a_file_of_fifty_megabytes_is_not_read(folder: Path, faults_of: Told) -> None:
    with (folder / PAGE).open("wb") as file:
        file.truncate(50_000_000)
    assert [fault.code for fault in faults_of()] == ["too_big"]


def test_a_link_that_leads_out_is_not_followed(
    folder: Path, faults_of: Told, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.md"
    outside.write_text("geheim", encoding="utf-8")
    (folder / PAGE).unlink()
    (folder / PAGE).symlink_to(outside)
    faults = faults_of()
    assert [fault.code for fault in faults] == ["link_outside"]
    assert "geheim" not in str(faults)


def test_half_a_file_is_refused(folder: Path, faults_of: Told) -> None:
    text = (folder / PAGE).read_text(encoding="utf-8")
    (folder / PAGE).write_text(text[: len(text) // 2], encoding="utf-8")
    assert "section_missing" in {fault.code for fault in faults_of()}


def test_one_id_in_two_files_is_told(folder: Path, faults_of: Told) -> None:
    copy = folder / "entries/wage/copy.md"
    copy.write_text(
        entry("wage.arrears", "另一页", "hours.overtime", ("别的问法",)), encoding="utf-8"
    )
    assert "id_twice" in {fault.code for fault in faults_of()}


def test_a_topic_must_be_listed(folder: Path, faults_of: Told) -> None:
    (folder / "entries/food").mkdir()
    text = entry("food.rice", "吃饭", "wage.arrears", ("吃什么",))
    (folder / "entries/food/rice.md").write_text(text, encoding="utf-8")
    assert [fault.code for fault in faults_of()] == ["topic_unknown"]


def test_a_page_must_fit_one_message(folder: Path, faults_of: Told) -> None:
    path = folder / PAGE
    mistakes = "\n".join(f"- {'误' * 180}{number}" for number in range(10, 22))
    limits = mistakes.replace("误", "限")
    added = f"## 误区\n{mistakes}\n\n## 时限\n{limits}\n\n## 依据"
    path.write_text(path.read_text(encoding="utf-8").replace("## 依据", added), encoding="utf-8")
    assert [fault.code for fault in faults_of()] == ["page_long"]


def test_an_empty_folder_and_no_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        load(tmp_path / "nothing", TODAY)
    assert [fault.code for fault in caught.value.faults] == ["not_a_folder"]
    with pytest.raises(ContentError) as caught:
        load(tmp_path, TODAY)
    assert {fault.code for fault in caught.value.faults} == {"unreadable", "no_entries"}


def test_the_digest_tells_content_and_day_apart(folder: Path) -> None:
    first = load(folder, TODAY)
    assert load(folder, TODAY).digest == first.digest
    assert load(folder, date(2026, 11, 23)).digest != first.digest
    path = folder / PAGE
    path.write_text(path.read_text(encoding="utf-8").replace("谈", "说"), encoding="utf-8")
    assert load(folder, TODAY).digest != first.digest


def test_an_entry_is_withheld_before_and_after_its_days(folder: Path) -> None:
    path = folder / PAGE
    text = path.read_text(encoding="utf-8")
    dated = text.replace(
        "复核：2026-11-01", "复核：2026-11-01\n生效：2026-11-10\n失效：2026-11-30"
    )
    path.write_text(dated, encoding="utf-8")
    for day, shown in ((9, False), (10, True), (30, True)):
        library = load(folder, date(2026, 11, day))
        assert (library.page("wage.arrears") is not None) == shown
        found = [candidate.entry_id for candidate in library.ask(ARREARS[0]).candidates]
        assert ("wage.arrears" in found) == shown
        other = library.page("hours.overtime")
        assert other is not None
        # A button that leads to a page that is withheld is not shown either.
        assert ("wage.arrears" in {step.target for step in other.next_steps}) == shown
