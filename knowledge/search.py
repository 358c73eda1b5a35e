"""Finding entries by the words of a question: urgent words first, then what fits best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.ask import Candidate, Decision, Entry, Finding, Urgency
from knowledge.concepts import Concepts
from knowledge.crisis import Watch
from knowledge.deciding import Signs, Verdict, decide
from knowledge.features import Features, Group, extract
from knowledge.normalising import Normaliser
from knowledge.phrasings import KEYWORD
from knowledge.ranking import Ranker, Ranking
from knowledge.two_asks import Part, TwoAsks

CRISIS_ENTRY = "service.crisis"
# Only what may be offered needs its reasons told.
OFFERED = 3
# A choice that is this much less likely than the first only makes the list longer.
FAINT = 0.004
# Topics of the union and the city: a question about them names no work place.
SERVICES = frozenset({"member", "benefit", "aid", "service", "waste", "civility"})
REASONS = 4
PAIR = 2
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Searcher:
    """Finds entries for a question. Built once from entries; asking changes nothing."""

    def __init__(self, entries: Sequence[Entry], normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._watch = Watch.read()
        self._concepts = Concepts.read()
        self._two_asks = TwoAsks.read()
        self._ranker = Ranker(entries, normaliser, self._concepts)
        self._has_crisis_page = any(entry.id == CRISIS_ENTRY for entry in entries)

    def ask(self, text: str, *, reasons: bool = True) -> Finding:
        """The decision for a text of any kind, with the ranked entries behind it.

        `matched_by` stays empty without `reasons`: members do not see them.
        """
        whole = self._normaliser.whole(text)
        clean = self._normaliser.ending(whole)
        # A cry for help may stand before the story, which alone is searched.
        word = self._watch.danger(whole)
        if word:
            return self._crisis(word, clean)
        if self._watch.pries(clean):
            return Finding(Decision.NONE, reason="private", normalised=clean)
        question = self._normaliser.bare(clean)
        if not question.text:
            reason = "empty" if question.was_blank else "greeting"
            return Finding(Decision.NONE, reason=reason, normalised=clean)
        finding = self._found(question.text, reasons=reasons)
        return finding if finding.decision is Decision.NONE else self._with_second(finding)

    def _crisis(self, word: str, clean: str) -> Finding:
        # Without the page the urgency is told all the same: the face has words of its own.
        if not self._has_crisis_page:
            return Finding(Decision.NONE, (), Urgency.CRISIS, "crisis", clean)
        page = Candidate(CRISIS_ENTRY, 1.0, (word,))
        return Finding(Decision.ANSWER, (page,), Urgency.CRISIS, "crisis", clean)

    def _found(self, text: str, *, reasons: bool) -> Finding:
        features = extract(text, self._concepts)
        groups = self._ranker.weights.groups(features)
        # A lone number or a few Latin letters mean nothing here, unless we know the word.
        if not groups or not (features.concepts or _HAN.search(text)):
            return Finding(Decision.NONE, reason="unknown", normalised=text)
        ranking, verdict = self._judged(text, features, groups)
        rows = list(zip(ranking.entries, verdict.chances, strict=False))
        offered = rows[: OFFERED if reasons else 0]
        vector = self._ranker.weights.vector(features) if offered else {}
        told = [self._reasons(features, vector, row.at) for row, _ in offered]
        told += [()] * (len(rows) - len(told))
        least = FAINT * verdict.chances[0]
        candidates = tuple(
            Candidate(row.name, round(chance, 4), why)
            for (row, chance), why in zip(rows, told, strict=True)
            if chance >= least
        )
        return Finding(verdict.decision, candidates, reason=verdict.reason, normalised=text)

    def _judged(
        self, text: str, features: Features, groups: Sequence[Group]
    ) -> tuple[Ranking, Verdict]:
        ranking = self._ranker.rank(text, features, groups)
        signs = self._signs(text, features, ranking)
        verdict = decide(signs)
        # The share is asked of all phrasings, and only an answer may fail by it.
        if verdict.decision is Decision.ANSWER and len(text) <= KEYWORD:
            share = self._ranker.phrasings.share(text, ranking.entries[0].at)
            verdict = decide(replace(signs, share=share))
        return ranking, verdict

    def _with_second(self, finding: Finding) -> Finding:
        """With what the question asks besides, if its clauses are sure by themselves."""
        clauses = self._two_asks.parts(finding.normalised)
        meant = [row for row in map(self._meaning, clauses) if row[1].concepts]
        # Most stories end here, their clauses unranked.
        if not self._two_asks.may_pair(finding, [clause for clause, _ in meant]):
            return finding
        parts: list[Part] = []
        for left, (clause, features) in zip(range(len(meant), 0, -1), meant, strict=True):
            if len(parts) + left < PAIR:
                return finding
            part = self._part(clause, features)
            if part:
                parts.append(part)
        return self._two_asks.paired(finding, parts)

    def _meaning(self, clause: str) -> tuple[str, Features]:
        return clause, extract(clause, self._concepts)

    def _part(self, clause: str, features: Features) -> Part | None:
        groups = self._ranker.weights.groups(features)
        if not groups:
            return None
        ranking, verdict = self._judged(clause, features, groups)
        if verdict.decision is not Decision.ANSWER:
            return None
        return self._two_asks.part(clause, ranking.entries[0].name)

    def _signs(self, text: str, features: Features, ranking: Ranking) -> Signs:
        best = ranking.entries[0]
        groups = list(map(self._concepts.groups.__getitem__, features.concepts))
        strange, places = groups.count("outside"), groups.count("place")
        return Signs(
            inside=tuple(row.score for row in ranking.entries),
            beyond=ranking.beyond,
            rule=ranking.rule,
            concepts=len(groups) - groups.count("ask") - strange - places,
            strange=strange,
            known=self._ranker.weights.known(features),
            length=len(text),
            at_work=places > 0,
            service=best.name.partition(".")[0] in SERVICES,
            share=1.0,
        )

    def _reasons(self, features: Features, vector: dict[str, float], at: int) -> tuple[str, ...]:
        """The concepts that speak most for an entry with the words that stood for them,
        strongest first; without any, the strongest pairs of characters."""
        index = self._ranker.index
        gains = [(value * index.gain(name, at), name) for name, value in vector.items()]
        spoken = [name for gain, name in sorted(gains, key=_strongest) if gain > 0]
        concepts = [name[1:] for name in spoken if name[1:] in features.concepts]
        told = [f"{name} ({features.concepts[name]})" for name in concepts]
        told = told or [name for name in spoken if len(name) == PAIR]
        return tuple(told[:REASONS])


def _strongest(row: tuple[float, str]) -> tuple[float, str]:
    # Of equals the order of names decides, not the noise of the last digits.
    return -round(row[0], 6), row[1]
