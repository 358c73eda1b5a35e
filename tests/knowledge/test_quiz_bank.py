"""The quiz bank: what is shipped is sound and sourced; every fault of a file is told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from domain.ask import Fault
from domain.quiz import Kind, flaws, recognisable
from knowledge import ContentError
from knowledge.quiz_bank import Bank, load_bank
from knowledge.quiz_linting import lint_bank
from knowledge.wording import read_table
from tests.knowledge.conftest import ROOT

# No item that is shipped says that it was compared later than this.
TODAY = date(2026, 11, 23)
# A history of the Party without the publisher of the page or copy that was read.
BOOK_ONLY = re.compile(r"《中国共产党(?:简史|历史)》[^（《]*")
LAWS = ROOT.parent / "shared" / "reference" / "laws"
WASTE, CIVILITY = "北京市生活垃圾管理条例", "北京市文明行为促进条例"
LEAST = {"party_history": 150, "waste": 150, "civility": 80}
HEAD = 'topic = "waste"\ntitle = "垃圾分类"\nreviewed_on = 2026-11-22\n'
ITEM = """
[[item]]
id = "waste.001"
difficulty = 1
kind = "single"
question = "吃剩的大骨头投哪个桶？"
options = { a = "厨余垃圾", b = "其他垃圾", c = "可回收物" }
answer = "b"
explanation = "又硬又大，不易腐烂。"
source = "《北京市生活垃圾管理条例》第七十七条"
thing = "大骨头"
"""
TRUE_FALSE = """
[[item]]
id = "waste.002"
difficulty = 2
kind = "true_false"
question = "报纸投厨余垃圾。"
answer = "false"
explanation = "报纸是可回收物。"
source = "《北京市生活垃圾管理条例》第七十七条"
thing = "报纸"
class = "厨余垃圾"
"""
TABLE = (
    "名称\t类别\t把握\t别名\t提示\n大骨头\t其他垃圾\t通行\t棒骨\n"
    "报纸\t可回收物\t条例\n粽叶\t其他垃圾\t存疑\n"
)
Told = Callable[[str], tuple[Fault, ...]]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return load_bank(ROOT / "knowledge", TODAY)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "quiz").mkdir()
    (tmp_path / "waste.tsv").write_text(TABLE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def told(place: Path) -> Told:
    """The faults of a bank of one file with this text."""

    def faults(text: str) -> tuple[Fault, ...]:
        (place / "quiz" / "waste.toml").write_text(text, encoding="utf-8")
        try:
            load_bank(place, TODAY)
        except ContentError as error:
            return error.faults
        return ()

    return faults


def test_each_topic_has_enough_items_of_all_difficulties_and_kinds(bank: Bank) -> None:
    assert set(bank.topics) == set(LEAST)
    for topic, least in LEAST.items():
        items = bank.of(topic)
        assert len(items) >= least
        assert {item.difficulty for item in items} == {1, 2, 3}
        kinds = Counter(item.kind for item in items)
        assert set(kinds) == set(Kind)
        assert kinds[Kind.SINGLE] <= 0.8 * len(items)


def test_what_is_shipped_has_no_softer_finding_either(bank: Bank) -> None:
    assert lint_bank(bank, TODAY) == ()
    for topic in bank.topics:
        assert max(recognisable(bank.of(topic))) <= 0.4


def test_every_item_can_be_asked_today_and_none_rests_on_a_name_only(bank: Bank) -> None:
    assert bank.valid(TODAY) == bank.items
    for item in bank.items:
        assert flaws(item) == ()
        assert item.reviewed_on is not None
        assert item.reviewed_by == ""
        assert item.explanation.strip()[-1] in "。！？”）"
        assert re.search(r"第.+[条章]|\d{4}|总纲|题注", item.source), item.id


def test_party_history_names_what_was_read_and_not_only_a_book(bank: Bank) -> None:
    history = bank.of("party_history")
    assert [item.id for item in history if BOOK_ONLY.fullmatch(item.source)] == []
    # So the drafts of the first bank were written: from memory, with the book one would look in.
    assert BOOK_ONLY.fullmatch("《中国共产党简史》第一章：1921年7月23日党的一大")


def test_true_and_false_are_both_answers_often_enough(bank: Bank) -> None:
    answers = [next(iter(i.answer)) for i in bank.items if i.kind is Kind.TRUE_FALSE]
    assert 0.3 <= answers.count("true") / len(answers) <= 0.7


@pytest.mark.parametrize(("topic", "law"), [("waste", WASTE), ("civility", CIVILITY)])
def test_every_article_that_is_cited_exists_in_the_regulation(
    bank: Bank, topic: str, law: str
) -> None:
    files = list(LAWS.glob(f"{law}*.md"))
    if not files:
        pytest.skip("the texts of the laws are not there")
    there = set(re.findall(r"^第([一二三四五六七八九十]+)条 ", files[0].read_text("utf-8"), re.M))
    assert len(there) > 60
    for item in bank.of(topic):
        assert law in item.source, item.id
        cited = re.findall(r"第([一二三四五六七八九十]+)条", item.source)
        assert set(cited) <= there, item.id
        assert cited or "题注" in item.source, item.id


@pytest.mark.parametrize(("topic", "law"), [("waste", WASTE), ("civility", CIVILITY)])
def test_every_amount_in_an_item_stands_in_an_article_that_it_cites(
    bank: Bank, topic: str, law: str
) -> None:
    files = list(LAWS.glob(f"{law}*.md"))
    if not files:
        pytest.skip("the texts of the laws are not there")
    text = files[0].read_text("utf-8")
    parts = re.split(r"^第([一二三四五六七八九十]+)条 ", text, flags=re.M)
    articles = dict(zip(parts[1::2], parts[2::2], strict=True))
    amount = re.compile(r"[\d一二三四五六七八九十百千万]+元")
    checked = 0
    for item in bank.of(topic):
        cited = "".join(articles[n] for n in re.findall(r"第([^第条]+)条", item.source))
        for option in item.right:
            for figure in amount.findall(option.text):
                assert figure in cited, (item.id, figure)
                checked += 1
    assert checked >= (20 if topic == "waste" else 2)


def test_items_on_things_agree_with_the_table_and_name_what_is_in_it(bank: Bank) -> None:
    text = (ROOT / "knowledge" / "waste.tsv").read_text("utf-8")
    names = {name for line in text.split("\n") for name in re.split(r"[\t、]", line)}
    named = [
        (item.id, name)
        for item in bank.of("waste")
        for name in re.findall(r"垃圾分类表“([^”]+)”", item.source)
    ]
    assert len(named) >= 40
    assert [pair for pair in named if pair[1] not in names] == []
    bound = [
        place
        for place in bank.places.values()
        if any(line.startswith(("thing = ", "class = ")) for line in place.lines)
    ]
    assert len(bound) >= 60


def test_a_changed_table_makes_a_fault_of_the_items_that_rest_on_it(tmp_path: Path) -> None:
    source = ROOT / "knowledge"
    (tmp_path / "quiz").mkdir()
    for path in (source / "quiz").glob("*.toml"):
        (tmp_path / "quiz" / path.name).write_bytes(path.read_bytes())
    table = (source / "waste.tsv").read_text("utf-8")
    changed = table.replace("大骨头\t其他垃圾", "大骨头\t厨余垃圾")
    assert changed != table
    (tmp_path / "waste.tsv").write_text(changed, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        load_bank(tmp_path, TODAY)
    assert {fault.code for fault in error.value.faults} == {"thing_class"}


def test_a_sound_file_is_read_whole(place: Path, told: Told) -> None:
    assert told(HEAD + ITEM + TRUE_FALSE) == ()
    first, second = load_bank(place, TODAY).items
    assert [option.text for option in first.right] == ["其他垃圾"]
    assert [(option.id, option.text) for option in second.options] == [
        ("true", "对"),
        ("false", "错"),
    ]
    assert second.answer == {"false"}
    assert first.reviewed_by == ""


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("difficulty = 1", 'difficulty = "1"', "key_type", 7),
        ("difficulty = 1", "difficulty = 5", "difficulty", 7),
        ('kind = "single"', 'kind = "fill_in"', "kind_unknown", 8),
        ('kind = "single"', 'kind = "true_false"', "true_false", 10),
        ('question = "吃剩的大骨头投哪个桶？"', 'question = ""', "empty", 9),
        ('question = "吃剩的大骨头投哪个桶？"\n', "", "key_missing", 5),
        ('b = "其他垃圾"', 'b = "厨余垃圾"', "same", 10),
        ('c = "可回收物"', 'c = "以上都不是"', "refers", 10),
        ('c = "可回收物"', 'c = "' + "长" * 101 + '"', "option_long", 10),
        ('c = "可回收物"', "c = 3", "key_type", 10),
        ('answer = "b"', 'answer = "d"', "unknown", 11),
        ('answer = "b"', 'answer = "bc"', "one", 11),
        ('answer = "b"', 'answer = "a"', "thing_class", 14),
        ('explanation = "又硬又大，不易腐烂。"', 'explanation = ""', "empty", 12),
        (
            'source = "《北京市生活垃圾管理条例》第七十七条"',
            'source = "网上看到的"',
            "source_bare",
            13,
        ),
        ('source = "《北京市生活垃圾管理条例》第七十七条"', 'source = ""', "empty", 13),
        ('thing = "大骨头"', 'thing = "恐龙骨头"', "thing_unknown", 14),
        ('thing = "大骨头"', 'thing = "粽叶"', "thing_unsure", 14),
        ('thing = "大骨头"', 'class = "干垃圾"', "class_unknown", 14),
        ('thing = "大骨头"', 'hint = "大骨头"', "key_unknown", 14),
        ('thing = "大骨头"', "reviewed_on = 2027-01-01", "reviewed_future", 14),
        ('id = "waste.001"', 'id = "civility.001"', "id_form", 6),
        ('title = "垃圾分类"\n', "", "form", 1),
        ("[[item]]", "[item]", "form", 1),
        ('answer = "b"', 'answer = "b', "toml", 11),
    ],
)
def test_each_kind_of_broken_file_is_told_with_its_line(
    told: Told, old: str, new: str, code: str, line: int
) -> None:
    text = HEAD + ITEM
    assert old in text
    faults = told(text.replace(old, new))
    assert (code, line) in {(fault.code, fault.line) for fault in faults}
    assert all("{" not in fault.reason or code == "key_type" for fault in faults)


def test_every_fault_of_every_item_is_told_at_once(told: Told) -> None:
    broken = (ITEM + TRUE_FALSE).replace("difficulty = 1", "difficulty = 7")
    broken = broken.replace('answer = "false"', 'answer = "true"').replace(".002", ".001")
    faults = told(HEAD + broken)
    assert [fault.code for fault in faults] == ["difficulty", "id_twice", "thing_class"]
    assert str(faults[0]).startswith("quiz/waste.toml:7: ")


def test_the_same_question_twice_is_a_fault_across_files(place: Path, told: Told) -> None:
    other = HEAD + ITEM.replace("waste.001", "waste.009")
    (place / "quiz" / "zz.toml").write_text(other, encoding="utf-8")
    assert [fault.code for fault in told(HEAD + ITEM)] == ["question_twice"]


def test_a_topic_has_one_title(place: Path, told: Told) -> None:
    other = HEAD.replace("垃圾分类", "垃圾") + TRUE_FALSE
    (place / "quiz" / "zz.toml").write_text(other, encoding="utf-8")
    assert [fault.code for fault in told(HEAD + ITEM)] == ["topic_title"]


def test_a_folder_without_a_bank_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as error:
        load_bank(tmp_path, TODAY)
    assert [fault.code for fault in error.value.faults] == ["no_bank"]


def test_a_file_in_another_encoding_is_told_as_such(place: Path) -> None:
    (place / "quiz" / "waste.toml").write_bytes((HEAD + ITEM).encode("gbk"))
    with pytest.raises(ContentError) as error:
        load_bank(place, TODAY)
    assert [fault.code for fault in error.value.faults] == ["encoding_gbk"]


def test_an_item_past_its_last_day_is_not_asked_and_is_found(place: Path, told: Told) -> None:
    assert told(HEAD + ITEM.replace('thing = "大骨头"', "valid_to = 2026-11-21")) == ()
    bank = load_bank(place, TODAY)
    assert bank.valid(TODAY) == ()
    assert bank.valid(date(2026, 11, 21)) == bank.items
    assert "expired" in {fault.code for fault in lint_bank(bank, TODAY)}


def test_nearly_the_same_item_is_found_and_another_bin_for_another_thing_is_not(
    place: Path, told: Told
) -> None:
    alike = ITEM.replace("waste.001", "waste.003").replace("吃剩的大骨头投", "吃剩的大骨头扔")
    assert told(HEAD + ITEM + alike + TRUE_FALSE) == ()
    found = lint_bank(load_bank(place, TODAY), TODAY)
    assert [(fault.code, fault.line) for fault in found] == [("alike", 16)]
    other = ITEM.replace("waste.001", "waste.003").replace("吃剩的大骨头", "看完的旧报纸")
    other = other.replace('"大骨头"', '"报纸"').replace('answer = "b"', 'answer = "c"')
    assert told(HEAD + ITEM + other + TRUE_FALSE) == ()
    assert lint_bank(load_bank(place, TODAY), TODAY) == ()


def test_a_topic_that_is_told_by_its_lengths_or_has_one_kind_only_is_found(
    place: Path, told: Told
) -> None:
    plain = ITEM.replace('thing = "大骨头"', "")
    assert told(HEAD + plain.replace('"其他垃圾"', '"其他垃圾，因为它又硬又大"')) == ()
    codes = [fault.code for fault in lint_bank(load_bank(place, TODAY), TODAY)]
    assert codes == ["recognisable", "one_kind"]


def test_the_command_tells_what_is_there_or_ends_with_two(place: Path, told: Told) -> None:
    good = CliRunner().invoke(app, ["quiz", "check", "--folder", str(ROOT / "knowledge")])
    assert good.exit_code == 0
    assert re.search(r"^party_history: \d{3} items", good.output, re.M)
    told(HEAD + ITEM.replace('answer = "b"', 'answer = "a"'))
    bad = CliRunner().invoke(app, ["quiz", "check", "--folder", str(place)])
    assert bad.exit_code == 2
    assert "quiz/waste.toml:14: " in bad.output


def test_the_sentences_of_all_flaws_are_there() -> None:
    sentences = read_table("quiz_words.toml")["faults"]
    source = (ROOT / "domain" / "quiz.py").read_text("utf-8")
    codes = set(re.findall(r'Flaw\("(\w+)"', source))
    assert len(codes) >= 15
    assert codes <= set(sentences)
