"""Finding entries by the words of a question: urgent words first, then what fits best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from domain.ask import Candidate, Decision, Entry, Finding, Urgency
from knowledge.concepts import Concepts
from knowledge.crisis import Watch
from knowledge.deciding import Signs, Verdict, decide
from knowledge.features import Features, extract
from knowledge.normalising import Normaliser
from knowledge.ranking import Ranker, Ranking
from knowledge.two_asks import Part, TwoAsks

CRISIS_ENTRY = "service.crisis"
SHOWN = 10
# Only what may be offered needs its reasons told.
OFFERED = 3
# A choice that is this much less likely than the first only makes the list longer.
FAINT = 0.004
# Topics of the union and the city: a question about them names no work place.
SERVICES = frozenset({"member", "benefit", "aid", "service", "waste", "civility"})
REASONS = 4
PAIR = 2


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
        clean = self._normaliser.clean(text)
        word = self._watch.danger(clean)
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
        vector = self._ranker.weights.vector(features)
        if not vector:
            return Finding(Decision.NONE, reason="unknown", normalised=text)
        ranking, verdict = self._judged(text, features, vector)
        rows = list(zip(ranking.entries, verdict.chances, strict=False))
        offered = rows[: OFFERED if reasons else 0]
        told = [self._reasons(features, vector, row.at) for row, _ in offered]
        told += [()] * (len(rows) - len(told))
        candidates = tuple(
            Candidate(row.name, round(chance, 4), why)
            for (row, chance), why in zip(rows, told, strict=True)
            if chance >= FAINT * verdict.chances[0]
        )
        return Finding(verdict.decision, candidates, reason=verdict.reason, normalised=text)

    def _judged(
        self, text: str, features: Features, vector: dict[str, float]
    ) -> tuple[Ranking, Verdict]:
        ranking = self._ranker.rank(text, features, vector)
        return ranking, decide(self._signs(text, features, ranking))

    def _with_second(self, finding: Finding) -> Finding:
        """With what the question asks besides, if its clauses are sure by themselves."""
        clauses = self._two_asks.parts(finding.normalised)
        meant = [row for row in map(self._meaning, clauses) if row[1].concepts]
        # One clause with a meaning has no second ask: most stories end here, unranked.
        if len(meant) < PAIR:
            return finding
        parts = [self._part(clause, features) for clause, features in meant]
        return self._two_asks.paired(finding, [part for part in parts if part])

    def _meaning(self, clause: str) -> tuple[str, Features]:
        return clause, extract(clause, self._concepts)

    def _part(self, clause: str, features: Features) -> Part | None:
        vector = self._ranker.weights.vector(features)
        if not vector:
            return None
        ranking, verdict = self._judged(clause, features, vector)
        if verdict.decision is not Decision.ANSWER:
            return None
        return self._two_asks.part(clause, ranking.entries[0].name)

    def _signs(self, text: str, features: Features, ranking: Ranking) -> Signs:
        best = ranking.entries[0]
        groups = Counter(self._concepts.groups[name] for name in features.concepts)
        return Signs(
            inside=tuple(row.score for row in ranking.entries[:SHOWN]),
            beyond=ranking.outside[0].score,
            rule=self._ranker.rule(features, best.name),
            concepts=sum(groups.values()) - groups["ask"] - groups["outside"] - groups["place"],
            strange=groups["outside"],
            known=self._ranker.index.known(features),
            length=len(text),
            at_work=bool(groups["place"]),
            service=best.name.partition(".")[0] in SERVICES,
            share=self._ranker.phrasings.share(text, best.at),
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
    return -row[0], row[1]
