"""The table of waste: sound as a whole, decided by Beijing's rules, every fault told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.ask import Fault
from domain.waste import PAGES, Certainty, Likeness, WasteItem, WasteKind
from knowledge import Library, load
from tests.knowledge.conftest import TODAY

Told = Callable[[], tuple[Fault, ...]]
HEADING = "名称\t类别\t把握\t别名\t提示\n"
GOOD = "大骨头\t其他垃圾\t通行\t大骨、棒骨\t别投厨余\n"


def _item(library: Library, name: str) -> WasteItem:
    (match,) = library.waste.look_up(name).matches
    return match.item


def test_a_folder_without_a_table_is_no_fault_and_finds_nothing(folder: Path) -> None:
    library = load(folder, TODAY)
    assert library.waste.items == ()
    assert library.waste.find("大骨头是什么垃圾") is None


def test_a_table_is_read_with_its_synonyms_and_the_editors_own_lines(folder: Path) -> None:
    (folder / "waste.tsv").write_text(f"{HEADING}# 厨房里的\n\n{GOOD}", encoding="utf-8")
    (item,) = load(folder, TODAY).waste.items
    assert item == WasteItem(
        "大骨头", WasteKind.OTHER, Certainty.USUAL, ("大骨", "棒骨"), "别投厨余"
    )


def test_a_changed_table_makes_another_library(folder: Path) -> None:
    before = load(folder, TODAY).digest
    (folder / "waste.tsv").write_text(HEADING + GOOD, encoding="utf-8")
    assert load(folder, TODAY).digest != before


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("鱼刺\t干垃圾\t通行", "waste_kind"),
        ("鱼刺\t厨余垃圾\t大概", "waste_certainty"),
        ("鱼刺\t厨余垃圾", "waste_certainty"),
        ("\t厨余垃圾\t通行", "waste_no_name"),
        ("大骨頭\t其他垃圾\t通行", "waste_twice"),
        ("鱼刺\t厨余垃圾\t通行\t棒骨", "waste_twice"),
        ("鱼刺\t厨余垃圾\t通行\t鱼骨、鱼骨", "waste_twice"),
        ("鱼刺\t厨余垃圾\t通行\t\t沥干\t多了", "waste_columns"),
        (f"{'鱼' * 13}\t厨余垃圾\t通行", "waste_long"),
        (f"鱼刺\t厨余垃圾\t通行\t\t{'沥' * 41}", "waste_long"),
    ],
)
def test_a_fault_is_told_with_its_line(
    folder: Path, faults_of: Told, line: str, code: str
) -> None:
    (folder / "waste.tsv").write_text(f"{HEADING}{GOOD}{line}\n", encoding="utf-8")
    told = [(fault.path, fault.line, fault.code) for fault in faults_of()]
    assert ("waste.tsv", 3, code) in told


def test_all_faults_are_told_at_once_beside_those_of_the_entries(
    folder: Path, faults_of: Told
) -> None:
    text = f"名称,类别\n{GOOD}鱼刺\t湿垃圾\t通行\n{GOOD}虾壳\t厨余垃圾\t也许\n"
    (folder / "waste.tsv").write_text(text, encoding="utf-8")
    page = folder / "entries/wage/arrears.md"
    page.write_text(page.read_text("utf-8").replace("地区：北京", "地区：上海"), encoding="utf-8")
    assert {(fault.path, fault.line) for fault in faults_of()} >= {
        ("waste.tsv", 1),
        ("waste.tsv", 3),
        ("waste.tsv", 4),
        ("waste.tsv", 5),
        ("entries/wage/arrears.md", 4),
    }


def test_a_spreadsheet_may_leave_empty_cells_behind(folder: Path) -> None:
    (folder / "waste.tsv").write_text(f"{HEADING}鱼刺\t厨余垃圾\t通行\t\t\t\t\n", encoding="utf-8")
    assert len(load(folder, TODAY).waste.items) == 1


def test_the_shipped_table_is_large_and_every_class_has_a_page(library: Library) -> None:
    kinds = Counter(item.kind for item in library.waste.items)
    assert sum(kinds.values()) >= 1500
    assert set(kinds) == set(WasteKind)
    assert all(library.page(page) is not None for page in PAGES.values())


def test_every_item_has_a_button_of_its_own(library: Library) -> None:
    keys = {item.key for item in library.waste.items}
    assert len(keys) == len(library.waste.items)
    assert all(library.waste.item(item.key) is item for item in library.waste.items)


@pytest.mark.parametrize(
    ("name", "kind", "certainty"),
    [
        # Article 77 names these.
        ("剩饭", "kitchen", "law"),
        ("菜帮", "kitchen", "law"),
        ("西瓜皮", "kitchen", "law"),
        ("报纸", "recyclable", "law"),
        ("玻璃瓶", "recyclable", "law"),
        ("碎玻璃", "recyclable", "law"),
        ("易拉罐", "recyclable", "law"),
        ("旧衣服", "recyclable", "law"),
        ("手机", "recyclable", "law"),
        ("镍镉电池", "hazardous", "law"),
        ("氧化汞电池", "hazardous", "law"),
        ("电瓶", "hazardous", "law"),
        ("日光灯管", "hazardous", "law"),
        ("节能灯", "hazardous", "law"),
        ("体温计", "hazardous", "law"),
        ("血压计", "hazardous", "law"),
        ("过期药", "hazardous", "law"),
        ("药盒", "hazardous", "law"),
        ("油漆桶", "hazardous", "law"),
        ("杀虫剂", "hazardous", "law"),
        ("84消毒液", "hazardous", "law"),
        ("x光片", "hazardous", "law"),
        ("相纸", "hazardous", "law"),
        ("冰箱", "bulky", "law"),
        ("沙发", "bulky", "law"),
        ("瓷砖", "decoration", "law"),
        # Usual practice.
        ("大骨头", "other", "usual"),
        ("椰子壳", "other", "usual"),
        ("5号电池", "other", "usual"),
        ("电池", "other", "usual"),
        ("玉米淀粉袋", "other", "usual"),
        ("卫生纸", "other", "usual"),
        ("牛奶盒", "recyclable", "usual"),
        ("鱼刺", "kitchen", "usual"),
        # The regulation does not say and practice differs.
        ("led灯", "other", "unsure"),
        ("白炽灯", "other", "unsure"),
        ("化妆品", "other", "unsure"),
        ("硒鼓", "other", "unsure"),
        ("旧棉被", "other", "unsure"),
        ("旧鞋", "other", "unsure"),
        ("纽扣电池", "hazardous", "unsure"),
        ("充电宝", "special", "unsure"),
        ("锂电池", "special", "unsure"),
        ("煤气罐", "special", "unsure"),
    ],
)
def test_things_are_decided_by_the_regulation_of_beijing(
    library: Library, name: str, kind: str, certainty: str
) -> None:
    item = _item(library, name)
    assert (item.kind, item.certainty) == (kind, certainty)


def test_only_what_article_77_names_is_surely_hazardous(library: Library) -> None:
    sure = [
        item.name
        for item in library.waste.items
        if item.kind is WasteKind.HAZARDOUS
        and item.certainty is Certainty.LAW
        and "电池" in item.name
    ]
    assert sorted(sure) == ["氧化汞电池", "水银电池", "铅蓄电池", "镉镍电池"]


def test_what_may_burn_is_never_sent_to_a_bin(library: Library) -> None:
    for name in ("充电宝", "锂电池", "鼓包的手机电池", "汽油", "煤气罐", "卡式气罐", "烟花"):
        assert _item(library, name).kind is WasteKind.SPECIAL
        assert _item(library, name).hint


@pytest.mark.parametrize(
    ("typed", "name", "likeness"),
    [
        ("大骨頭", "大骨头", Likeness.NAMED),
        ("马铃薯", "土豆", Likeness.NAMED),
        ("一次性快子", "一次性筷子", Likeness.MISTYPED),
        ("海尔冰箱", "冰箱", Likeness.A_KIND_OF),
    ],
)
def test_names_are_known_by_synonym_script_slip_and_kind(
    library: Library, typed: str, name: str, likeness: Likeness
) -> None:
    (match,) = library.waste.look_up(typed).matches
    assert (match.item.name, match.likeness) == (name, likeness)


def test_a_slip_in_a_short_name_is_asked_about(library: Library) -> None:
    finding = library.waste.look_up("充电保")
    assert finding.matches == ()
    assert "充电宝" in [item.name for item in finding.near]
    assert len(finding.near) <= 3
