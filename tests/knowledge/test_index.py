"""The index: its rows say the same as plain counting, and crowded rows keep the best."""

from __future__ import annotations

import math
import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from knowledge import index as index_module
from knowledge.concepts import Concepts
from knowledge.features import Features, Texts, Vocabulary, Weights, extract
from knowledge.index import SMOOTHING, Counts, Index
from knowledge.phrasings import Phrasings

CONCEPTS = Concepts({"wage": {"欠薪": ["不发工资", "没*发*工资"], "工资": ["工资", "工钱"]}})
TEXTS = [
    ["老板不发工资", "工资没有发给我", "工钱要不回来"],
    ["加班费怎么算", "周末加班给几倍工资"],
    ["年假有几天", "年假怎么算 年假工资怎么算"],
    ["工伤怎么认定", "上班路上摔了"],
]
QUESTIONS = ["老板没给我发工资", "年假加班怎么算怎么算", "摔了 工伤 工伤", "工", "xyz工资"]


def _learnt(rows: list[list[str]]) -> tuple[Weights, list[Counts], list[list[Features]]]:
    vocabulary, kept = Vocabulary(), [Texts() for _ in rows]
    features = [[extract(text, CONCEPTS) for text in row] for row in rows]
    for row, texts in zip(features, kept, strict=True):
        for one in row:
            texts.add(vocabulary.groups(one))
    weights = Weights(vocabulary.numbers(), kept)
    return weights, [Counts.of(texts, weights) for texts in kept], features


def _plain(
    weights: Weights, features: list[list[Features]], asked: dict[str, float]
) -> list[float]:
    """Naive Bayes as it stands in a textbook."""
    scores = []
    for row in features:
        seen: Counter[str] = Counter()
        for one in row:
            seen.update(weights.vector(one))
        base = math.log(sum(seen.values()) + SMOOTHING * len(weights.numbers))
        scores.append(
            sum(
                value * (math.log1p(seen[name] / SMOOTHING) - base)
                for name, value in asked.items()
            )
        )
    return scores


def _standard(scores: list[float]) -> list[float]:
    mean = sum(scores) / len(scores)
    spread = math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores))
    return [(score - mean) / spread for score in scores]


@pytest.mark.parametrize("wide", [1, 2, 4])
@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_are_those_of_plain_naive_bayes(
    monkeypatch: pytest.MonkeyPatch, wide: int, question: str
) -> None:
    monkeypatch.setattr(index_module, "WIDE", wide)
    weights, counts, features = _learnt(TEXTS)
    index = Index(counts, weights)
    asked = extract(question, CONCEPTS)
    scores = index.scores(weights.groups(asked))
    plain = _plain(weights, features, weights.vector(asked))
    assert _standard(scores) == pytest.approx(_standard(plain), abs=1e-6)


@pytest.mark.parametrize("wide", [1, 4])
def test_what_a_feature_says_is_told_from_wide_and_short_rows(
    monkeypatch: pytest.MonkeyPatch, wide: int
) -> None:
    monkeypatch.setattr(index_module, "WIDE", wide)
    weights, counts, features = _learnt(TEXTS)
    index = Index(counts, weights)
    seen = sum(weights.vector(one)["年假"] for one in features[2])
    assert index.gain("年假", 2) == pytest.approx(math.log1p(seen / SMOOTHING), rel=1e-6)
    assert index.gain("年假", 0) == 0


def test_of_a_crowded_row_the_strongest_counts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "LONGEST_ROW", 2)
    monkeypatch.setattr(index_module, "WIDE", 1)
    weights, counts, features = _learnt([[*row, "工"] for row in TEXTS] + [["工"] * 5])
    index = Index(counts, weights)
    said = [sum(weights.vector(one).get("工", 0.0) for one in row) for row in features]
    strongest = sorted(range(len(said)), key=said.__getitem__, reverse=True)[:2]
    assert {at for at in range(len(said)) if index.gain("工", at)} == set(strongest)


def test_words_have_length_one_and_concepts_half() -> None:
    weights, _, _ = _learnt(TEXTS)
    vector = weights.vector(extract("老板不发工资 不发工资", CONCEPTS))
    words = [value for name, value in vector.items() if name[0] != "#"]
    concepts = [value for name, value in vector.items() if name[0] == "#"]
    assert math.hypot(*words) == pytest.approx(1)
    assert math.hypot(*concepts) == pytest.approx(0.5)


def _by_pattern(text: str, form: str) -> str | None:
    found = re.search("[^ ]{0,6}?".join(map(re.escape, form.split("*"))), text)
    return found.group() if found else None


@given(
    text=st.text("ab c", max_size=30),
    form=st.lists(st.text("abc", min_size=1, max_size=2), min_size=1, max_size=4).map("*".join),
)
def test_words_with_gaps_are_found_as_a_pattern_would(text: str, form: str) -> None:
    concepts = Concepts({"group": {"name": [form]}})
    features = extract(text, concepts)
    assert features.concepts.get("name") == _by_pattern(text, form)


def test_of_several_words_for_a_concept_the_shortest_then_the_first_is_told() -> None:
    concepts = Concepts({"g": {"n": ["工资", "不发工资", "工钱"]}})
    assert extract("工钱不发工资", concepts).concepts == {"n": "工钱"}


def test_near_copies_are_found_whatever_their_length() -> None:
    some = random.Random(3)
    rows = [["".join(some.choices("老板工资不发", k=k)) for k in range(1, 30)] for _ in range(3)]

    phrasings = Phrasings(rows)
    for text in (text for row in rows for text in row):
        for typed in (text, text + "了", text[:-1] + "啊"):
            likest = [max(fuzz.ratio(typed, one) for one in row) for row in rows]
            near = {at: (like - 80) / 20 for at, like in enumerate(likest) if like >= 80}
            assert phrasings.copies(typed, range(3)) == pytest.approx(near)


def test_a_keyword_is_shared_by_the_phrasings_that_hold_it() -> None:
    phrasings = Phrasings(TEXTS)
    assert phrasings.share("工资", 0) == pytest.approx(2 / 4)
    assert phrasings.share("年假", 2) == 1
    assert phrasings.share("年假", 0) == 0
    assert phrasings.share("没有的词", 0) == 1
