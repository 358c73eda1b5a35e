"""Finding entries by the words of a question: urgent words first, then what fits best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from domain.ask import Candidate, Decision, Entry, Finding, Urgency
from knowledge.concepts import Concepts
from knowledge.crisis import Watch
from knowledge.deciding import Scored, decide
from knowledge.features import Features, extract
from knowledge.index import Index
from knowledge.normalising import Normaliser
from knowledge.phrasings import Phrasings
from knowledge.rules import Rules
from knowledge.wording import read_table

CRISIS_ENTRY = "service.crisis"
# What one more concept of a rule is worth, in deviations of the index.
RULE = 0.5
# What a near-copy of a phrasing is worth at most.
COPY = 3.0
SHOWN = 10
REASONS = 4


class Ranked(NamedTuple):
    """A class with its score; `entry_id` is empty for a class outside the knowledge base."""

    score: float
    entry_id: str
    at: int


class Searcher:
    """Finds entries for a question. Built once from entries; asking changes nothing."""

    def __init__(self, entries: Sequence[Entry], normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._watch = Watch.read()
        self._concepts = Concepts.read()
        self._rules = Rules.read()
        outside = read_table("outside.toml")
        sayings = read_table("sayings.toml")
        texts = [
            [entry.title, *entry.phrasings, *sayings.get(entry.id, "").split("\n")]
            for entry in entries
        ]
        texts += [list(field["phrasings"]) for field in outside.values()]
        cleaned = [[normaliser.question(text).text for text in row if text] for row in texts]
        self._ids = [entry.id for entry in entries]
        self._names = [*self._ids, *(f"outside.{name}" for name in outside)]
        self._places = {name: at for at, name in enumerate(self._names)}
        self._index = Index([[extract(text, self._concepts) for text in row] for row in cleaned])
        self._phrasings = Phrasings(cleaned[: len(entries)])

    def ask(self, text: str) -> Finding:
        """The decision for a text of any kind, with the ranked entries behind it."""
        clean = self._normaliser.clean(text)
        word = self._watch.danger(clean)
        if word:
            found = [Candidate(CRISIS_ENTRY, 1.0, (word,))] if CRISIS_ENTRY in self._places else []
            decision = Decision.ANSWER if found else Decision.NONE
            return Finding(decision, tuple(found), Urgency.CRISIS, "crisis", clean)
        if self._watch.pries(clean):
            return Finding(Decision.NONE, reason="private", normalised=clean)
        question = self._normaliser.question(text)
        if not question.text:
            reason = "empty" if question.was_blank else "greeting"
            return Finding(Decision.NONE, reason=reason, normalised=question.text)
        return self._found(question.text)

    def _found(self, text: str) -> Finding:
        features = extract(text, self._concepts)
        vector = self._index.weights.vector(features)
        if not vector:
            return Finding(Decision.NONE, reason="unknown", normalised=text)
        ranked = self._ranked(text, features, vector)
        inside = [row for row in ranked if row.at < len(self._ids)]
        outside = [row for row in ranked if row.at >= len(self._ids)]
        verdict = decide(
            Scored(
                inside=tuple(row.score for row in inside),
                outside=tuple(row.score for row in outside),
                concepts=len(features.concepts),
                length=len(text),
                share=self._phrasings.share(text, inside[0].at),
            )
        )
        candidates = tuple(
            Candidate(row.entry_id, round(chance, 4), self._reasons(features, row.at))
            for row, chance in zip(inside[:SHOWN], verdict.chances, strict=False)
        )
        return Finding(verdict.decision, candidates, reason=verdict.reason, normalised=text)

    def _ranked(self, text: str, features: Features, vector: dict[str, float]) -> list[Ranked]:
        scores = self._index.scores(vector)
        for entry_id, lean in self._rules.leanings.items():
            if entry_id in self._places:
                scores[self._places[entry_id]] += lean
        for entry_id, size in self._rules.raised(features.concepts).items():
            if entry_id in self._places:
                scores[self._places[entry_id]] += RULE * size
        first = sorted(range(len(self._ids)), key=lambda at: -scores[at])[:SHOWN]
        for at, likeness in self._phrasings.copies(text, first).items():
            scores[at] += COPY * likeness
        rows = [Ranked(score, name, at) for at, (score, name) in enumerate(zip(scores, self._names, strict=True))]
        return sorted(rows, key=lambda row: (-row.score, row.entry_id))

    def _reasons(self, features: Features, at: int) -> tuple[str, ...]:
        """The concepts and words that speak most for an entry, strongest first."""
        vector = self._index.weights.vector(features)
        gains = [(value * self._index.gain(name, at), name) for name, value in vector.items()]
        told: list[str] = []
        for gain, name in sorted(gains, key=lambda row: (-row[0], row[1])):
            concept = name.removeprefix("#")
            if gain <= 0 or len(told) == REASONS:
                break
            if concept in features.concepts and name.startswith("#"):
                told.append(f"{concept} ({features.concepts[concept]})")
            elif len(name) > 1 and not name.startswith("#"):
                told.append(name)
        return tuple(told)
