"""Finding entries by the words of a question, and deciding how sure that is."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from domain.ask import Candidate, Decision, Entry, Finding, Urgency
from knowledge.crisis import Watch
from knowledge.normalising import Normaliser

CRISIS_ENTRY = "service.crisis"


def grams(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in text.split():
        for size in (1, 2, 3):
            found.update(part[at : at + size] for at in range(len(part) - size + 1))
    return found


class Searcher:
    """Finds entries for a question. Built once from entries; asking changes nothing."""

    def __init__(self, entries: Sequence[Entry], normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._watch = Watch.read()
        self._ids = [entry.id for entry in entries]
        self._fit(entries)

    def ask(self, text: str) -> Finding:
        question = self._normaliser.question(text)
        clean = self._normaliser.clean(text)
        if self._watch.danger(clean):
            candidates = (Candidate(CRISIS_ENTRY, 1.0),) if CRISIS_ENTRY in self._ids else ()
            return Finding(Decision.ANSWER, candidates, Urgency.CRISIS, "crisis", question.text)
        if self._watch.pries(clean):
            return Finding(Decision.NONE, (), reason="private", normalised=question.text)
        if not question.text:
            reason = "empty" if question.was_blank else "greeting"
            return Finding(Decision.NONE, (), reason=reason, normalised=question.text)
        ranked = self._ranked(question.text)
        return self._decided(ranked, question.text)

    def _fit(self, entries: Sequence[Entry]) -> None:
        counts = [self._counts([entry.title, *entry.phrasings]) for entry in entries]
        spread: Counter[str] = Counter()
        for count in counts:
            spread.update(count.keys())
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, count in enumerate(counts):
            weights = {
                gram: (1 + math.log(times)) * math.log(1 + len(entries) / spread[gram])
                for gram, times in count.items()
            }
            norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for gram, weight in weights.items():
                self._postings[gram].append((at, weight / norm))
        self._idf = {gram: math.log(1 + len(entries) / n) for gram, n in spread.items()}

    def _counts(self, texts: Iterable[str]) -> Counter[str]:
        total: Counter[str] = Counter()
        for text in texts:
            total.update(grams(self._normaliser.question(text).text).keys())
        return total

    def _ranked(self, text: str) -> list[Candidate]:
        scores = [0.0] * len(self._ids)
        norm = 0.0
        for gram, times in grams(text).items():
            weight = (1 + math.log(times)) * self._idf.get(gram, 3.0)
            norm += weight * weight
            for at, value in self._postings.get(gram, ()):
                scores[at] += weight * value
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], self._ids[at]))[:10]
        size = math.sqrt(norm) or 1.0
        return [Candidate(self._ids[at], round(scores[at] / size, 4)) for at in order]

    def _decided(self, ranked: list[Candidate], text: str) -> Finding:
        best = [candidate for candidate in ranked if candidate.score > 0.12]
        if not best:
            return Finding(Decision.NONE, tuple(ranked), reason="unknown", normalised=text)
        sure = len(best) == 1 or best[0].score > 1.3 * best[1].score
        if sure and best[0].score > 0.3:
            return Finding(Decision.ANSWER, tuple(best), normalised=text)
        return Finding(Decision.CHOICES, tuple(best), normalised=text)
