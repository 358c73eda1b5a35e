"""Ranking: every entry, and every field outside, by how well it fits a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.ask import Entry
from knowledge.concepts import Concepts
from knowledge.features import Features, Weights, extract
from knowledge.index import Index, summed
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


class Ranked(NamedTuple):
    """A class with its score in deviations: an entry, or a field outside the knowledge base."""

    score: float
    name: str
    at: int


class Ranking(NamedTuple):
    """The best classes for one question, best first, in two lists."""

    entries: tuple[Ranked, ...]
    outside: tuple[Ranked, ...]


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
        said = [[row.title, *row.phrasings, *_lines(sayings.get(row.id, ""))] for row in entries]
        said += [list(field["phrasings"]) for field in outside.values()]
        texts = [[normaliser.question(text).text for text in row] for row in said]
        self.phrasings = Phrasings(texts[: self._size])
        self._fit([[extract(text, concepts) for text in row] for row in texts])

    def _fit(self, rows: list[list[Features]]) -> None:
        self.weights = Weights([features for row in rows for features in row])
        counts = [summed(map(self.weights.vector, row)) for row in rows]
        self.index = Index(counts, self.weights)
        topics = [_topic(name) for name in self._names]
        order = {topic: at for at, topic in enumerate(dict.fromkeys(topics))}
        self._topic_of = [order[topic] for topic in topics]
        together = [
            summed(count for count, own in zip(counts, topics, strict=True) if own == topic)
            for topic in order
        ]
        self._topics = Index(together, self.weights)

    def rank(self, text: str, features: Features, vector: dict[str, float]) -> Ranking:
        """The best classes by score; equal scores in the order of names, always the same."""
        scores = self.index.scores(vector)
        topics = self._topics.scores(vector)
        for at, topic in enumerate(self._topic_of):
            scores[at] += TOPIC * topics[topic]
        for name, gain in self._raised(features):
            scores[self._places[name]] += gain
        first = _best(scores, range(self._size), LOOKED_AT)
        for at, likeness in self.phrasings.copies(text, first).items():
            scores[at] += COPY * likeness
        inside = _best(scores, first, LOOKED_AT)
        outside = _best(scores, range(self._size, len(scores)), LOOKED_AT)
        return Ranking(self._rows(scores, inside), self._rows(scores, outside))

    def _rows(self, scores: list[float], places: list[int]) -> tuple[Ranked, ...]:
        return tuple(Ranked(scores[at], self._names[at], at) for at in places)

    def rule(self, features: Features, entry_id: str) -> int:
        """How many concepts the best rule names that raises an entry; 0 without one."""
        return self._rules.raised(features.concepts).get(entry_id, 0)

    def _raised(self, features: Features) -> list[tuple[str, float]]:
        raised = list(self._rules.leanings.items())
        raised += [(n, RULE * size) for n, size in self._rules.raised(features.concepts).items()]
        return [row for row in raised if row[0] in self._places]


def _topic(name: str) -> str:
    """Entries of one topic belong together; each field outside stands for itself."""
    topic = name.partition(".")[0]
    return name if topic == "outside" else topic


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _best(scores: list[float], places: Iterable[int], most: int) -> list[int]:
    """The places of the best scores; of equal scores the one that stands first."""
    return sorted(sorted(places), key=scores.__getitem__, reverse=True)[:most]
