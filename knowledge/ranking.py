"""Ranking: every entry, and every field outside, by how well it fits a question."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from operator import mul
from typing import NamedTuple

from domain.ask import Entry
from knowledge.concepts import Concepts
from knowledge.features import Features, Group, Texts, Vocabulary, Weights, extract
from knowledge.index import Counts, Index
from knowledge.normalising import Normaliser
from knowledge.phrasings import Phrasings
from knowledge.rules import Rules
from knowledge.wording import read_table

# What one more concept of a rule is worth, in deviations of the index.
RULE = 0.5
# What the fit of the whole topic is worth: it speaks where an entry has few phrasings.
TOPIC = 0.2
# What a near-copy of a phrasing is worth at most.
COPY = 3.0
# Near-copies are looked for among the best only.
LOOKED_AT = 10
# The best are nearly always so many deviations above the average; then only such are sorted.
LIKELY = 1.0


class Ranked(NamedTuple):
    """An entry with its score in deviations of the index."""

    score: float
    name: str
    at: int


class Ranking(NamedTuple):
    """The best entries for one question, best first.

    `beyond` is the score of the best field outside; `rule` is how many concepts the best rule
    names that raises the first entry, 0 without one.
    """

    entries: tuple[Ranked, ...]
    beyond: float
    rule: int


class Ranker:
    """Knows what each entry's members say: its phrasings, further sayings, concepts and rules."""

    def __init__(
        self, entries: Sequence[Entry], normaliser: Normaliser, concepts: Concepts
    ) -> None:
        self._rules = Rules.read()
        outside = read_table("outside.toml")
        sayings = read_table("sayings.toml")
        self._size = len(entries)
        self._names = [*(entry.id for entry in entries), *(f"outside.{name}" for name in outside)]
        self._places = {name: at for at, name in enumerate(self._names)}
        leanings = self._rules.leanings.items()
        self._leanings = [(self._places[n], gain) for n, gain in leanings if n in self._places]
        said = [[row.title, *row.phrasings, *_lines(sayings.get(row.id, ""))] for row in entries]
        said += [list(field["phrasings"]) for field in outside.values()]
        texts = [[_bare(text, normaliser) for text in row] for row in said]
        self.phrasings = Phrasings(texts[: self._size])
        topics = [_topic(name) for name in self._names]
        order = {topic: at for at, topic in enumerate(dict.fromkeys(topics))}
        self._topic_of = [order[topic] for topic in topics]
        self.weights, counts = _learnt(texts, concepts)
        together: list[list[Counts]] = [[] for _ in order]
        for count, topic in zip(counts, self._topic_of, strict=True):
            together[topic].append(count)
        # A topic is a class as well: what all its entries have seen.
        self.index = Index([*counts, *map(Counts.summed, together)], self.weights)

    def rank(self, text: str, features: Features, groups: Sequence[Group]) -> Ranking:
        """The best classes by score; equal scores in the order of names, always the same."""
        fits = self.index.scores(groups)
        mean, spread = _spread(fits[len(self._names) :])
        topics = [TOPIC * (fit - mean) / spread for fit in fits[len(self._names) :]]
        mean, spread = _spread(fits[: len(self._names)])
        # In the order of `_names`; the fits of the topics, which stand last, are left over.
        each = zip(fits, self._topic_of, strict=False)
        scores = [(fit - mean) / spread + topics[topic] for fit, topic in each]
        raised = self._rules.raised(features.concepts)
        for at, leaning in self._leanings:
            scores[at] += leaning
        for name, size in raised.items():
            if name in self._places:
                scores[self._places[name]] += RULE * size
        first = _best(scores, range(self._size))
        for at, likeness in self.phrasings.copies(text, first).items():
            scores[at] += COPY * likeness
        entries = [Ranked(scores[at], self._names[at], at) for at in _best(scores, sorted(first))]
        beyond = max(scores[self._size :])
        return Ranking(tuple(entries), beyond, raised.get(entries[0].name, 0))


def _bare(text: str, normaliser: Normaliser) -> str:
    bare = normaliser.question(text).text
    # The entry holds its phrasings already; most are as clean as they were written.
    return text if bare == text else bare


def _learnt(rows: list[list[str]], concepts: Concepts) -> tuple[Weights, list[Counts]]:
    """How much each feature of the texts says, and what each class has seen."""
    vocabulary, kept = Vocabulary(), [Texts() for _ in rows]
    for row, texts in zip(rows, kept, strict=True):
        for text in row:
            texts.add(vocabulary.groups(extract(text, concepts)))
    weights = Weights(vocabulary.numbers(), kept)
    return weights, [Counts.of(texts, weights) for texts in kept]


def _topic(name: str) -> str:
    """Entries of one topic belong together; each field outside stands for itself."""
    topic = name.partition(".")[0]
    return name if topic == "outside" else topic


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _spread(fits: Sequence[float]) -> tuple[float, float]:
    """The mean and the deviation."""
    mean = sum(fits) / len(fits)
    square = sum(map(mul, fits, fits)) / len(fits) - mean * mean
    return mean, math.sqrt(max(square, 0.0)) or 1.0


def _best(scores: list[float], places: Iterable[int]) -> list[int]:
    """Of ascending places those of the best scores; of equals the one that stands first."""
    likely = [at for at in places if scores[at] > LIKELY]
    some = likely if len(likely) >= LOOKED_AT else places
    return sorted(some, key=scores.__getitem__, reverse=True)[:LOOKED_AT]
