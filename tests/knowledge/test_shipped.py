"""What is shipped: entries, word lists and sources agree with each other."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from domain.ask import Basis
from knowledge import Library, lint
from knowledge.concepts import Concepts
from knowledge.normalising import Normaliser
from knowledge.rules import Rules
from knowledge.wording import read_table
from tests.knowledge.conftest import ROOT

SHARED = ROOT.parent / "shared"
LAWS = SHARED / "reference" / "laws"
needs_shared = pytest.mark.skipif(not LAWS.is_dir(), reason="../shared is absent")
ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?")


def test_every_rule_names_known_concepts_and_known_pages(library: Library) -> None:
    rules = Rules.read()
    assert rules.concepts() <= Concepts.read().groups.keys()
    fields = {f"outside.{name}" for name in read_table("outside.toml")}
    known = {entry.id for entry in library.entries} | fields
    raised = read_table("rules.toml")["rules"].keys()
    assert raised and raised | rules.leanings.keys() <= known


def test_every_page_has_a_rule_and_sayings(library: Library) -> None:
    ids = {entry.id for entry in library.entries}
    assert read_table("sayings.toml").keys() <= ids


def test_no_saying_stands_in_two_places(library: Library) -> None:
    key = Normaliser.read().key
    places: dict[str, set[str]] = {}
    for entry in library.entries:
        for text in entry.phrasings:
            places.setdefault(key(text), set()).add(entry.id)
    for entry_id, lines in read_table("sayings.toml").items():
        for text in lines.split("\n"):
            if text:
                places.setdefault(key(text), set()).add(entry_id)
    for field, row in read_table("outside.toml").items():
        for text in row["phrasings"]:
            places.setdefault(key(text), set()).add(field)
    assert {text: ids for text, ids in places.items() if len(ids) > 1} == {}


def test_word_lists_are_written_as_texts_are_cleaned() -> None:
    normaliser = Normaliser.read()
    concepts = read_table("concepts.toml")
    words = [word for group in concepts.values() for forms in group.values() for word in forms]
    crisis = read_table("crisis.toml")
    words += [word for name, row in crisis.items() if name != "private" for word in row]
    words += [word for row in crisis["private"].values() for word in row]
    odd = [word for word in words for part in word.split("*") if normaliser.clean(part) != part]
    assert odd == []


def test_a_concept_lists_no_word_twice() -> None:
    for group in read_table("concepts.toml").values():
        for name, words in group.items():
            assert [word for word, times in Counter(words).items() if times > 1] == [], name


def test_pages_find_themselves_by_most_of_their_phrasings(library: Library) -> None:
    astray = [fault for fault in lint(library) if fault.code == "phrasing_astray"]
    phrasings = sum(len(entry.phrasings) for entry in library.entries)
    assert len(astray) < phrasings * 0.06


@needs_shared
def test_every_entry_of_the_map_is_written(library: Library) -> None:
    rows = (SHARED / "eval" / "knowledge-map.tsv").read_text(encoding="utf-8").splitlines()[1:]
    wanted = {row.split("\t")[0] for row in rows if row.strip()}
    assert wanted - {entry.id for entry in library.entries} == set()


@needs_shared
def test_no_question_of_the_labelled_sets_is_shipped() -> None:
    key = Normaliser.read().key
    lines = (SHARED / "eval" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    questions = {key(json.loads(line)["text"]) for line in lines}
    sayings = [text for row in read_table("sayings.toml").values() for text in row.split("\n")]
    outside = [text for row in read_table("outside.toml").values() for text in row["phrasings"]]
    assert {text for text in [*sayings, *outside] if key(text) and key(text) in questions} == set()


# Cited from a sheet of facts or through another text: there is no law file to look into.
WITHOUT_FILE = {
    "北京市人口与计划生育条例",
    "国务院关于渐进式延迟法定退休年龄的办法",
    "最高人民法院关于审理劳动争议案件适用法律问题的解释（二）",
    "刑法",
}


@needs_shared
def test_every_article_that_is_cited_exists(library: Library) -> None:
    laws = _law_texts()
    missing = [
        f"{entry.id}: {basis.source} {article}"
        for entry in library.entries
        for basis in entry.basis
        for article in _missing_articles(basis, laws)
    ]
    assert missing == []


def _law_texts() -> dict[str, str]:
    """Law texts by title without the date that stands in the file's name."""
    return {
        re.sub(r"\(.*\)$", "", path.stem): path.read_text(encoding="utf-8")
        for path in LAWS.glob("*.md")
    }


def _missing_articles(basis: Basis, laws: dict[str, str]) -> list[str]:
    if not basis.article or basis.source in WITHOUT_FILE:
        return []
    texts = [text for title, text in laws.items() if _same_law(title, basis.source)]
    cited = ARTICLE.findall(basis.article)
    return [article for article in cited if not any(article in text for text in texts)]


def _same_law(title: str, source: str) -> bool:
    # Inside a title another title stands between 《》 or 〈〉, as the writer likes.
    one, two = (
        re.sub("[《》〈〉]", "", name).removeprefix("中华人民共和国") for name in (title, source)
    )
    return one == two or (two == "民法典" and one.startswith("民法典"))
