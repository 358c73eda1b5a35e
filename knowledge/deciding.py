"""From scores to a decision: answer at once, offer a choice, or say that we do not know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from domain.ask import Decision

# Two logistic models, fitted on the development questions and cross-validated (five folds, three
# times): is the question about anything that we know, and is the best entry the right one.
ABOUT_US: Mapping[str, float] = {
    "bias": -8.367,
    "beyond": 0.938,
    "best": -0.103,
    "concepts": 0.488,
    "strange": -0.816,
    "at_work": 2.025,
    "rule": 0.296,
    "length": -0.150,
    "known": 5.057,
    "service": 1.977,
}
FIRST_IS_RIGHT: Mapping[str, float] = {
    "bias": 0.387,
    "second": 0.235,
    "third": 0.477,
    "rule": -0.050,
    "concepts": 0.008,
    "length": -0.049,
    "beyond": -0.060,
}
# An answer given at once must be right and wanted; a choice costs the member one press only.
ANSWER = 0.82
CHOICES = 0.12
# Of the phrasings that hold a keyword this part must belong to one entry before it is an answer.
KEYWORD_SHARE = 0.7
# Larger gaps say no more.
_WIDEST = 6.0
# How fast the second and later entries lose: one deviation halves and halves again.
_FALL = 1.4


@dataclass(frozen=True, slots=True)
class Signs:
    """What the decision is made from. Scores are in deviations of the index.

    `inside` are the scores of the entries, best first; `beyond` is the best score of a field that
    no page covers; `rule` is the size of the rule that raised the best entry; `known` is the part
    of the characters and pairs that any phrasing has; `at_work` tells of a work place; `service`
    tells that the best entry is about the union or the city rather than work; `share` is the part
    of a keyword's phrasings that belongs to the best entry.
    """

    inside: tuple[float, ...]
    beyond: float
    rule: int
    concepts: int
    strange: int
    known: float
    length: int
    at_work: bool
    service: bool
    share: float

    def values(self) -> dict[str, float]:
        """The signs as the models take them."""
        best = self.inside[0]
        gaps = [min(best - score, _WIDEST) for score in (*self.inside[1:3], -math.inf, -math.inf)]
        return {
            "best": best,
            "second": gaps[0],
            "third": gaps[1],
            "beyond": min(best - self.beyond, _WIDEST),
            "rule": self.rule,
            "concepts": self.concepts,
            "strange": self.strange,
            "known": self.known,
            "length": math.log1p(self.length),
            "at_work": float(self.at_work),
            "service": float(self.service),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision with the chance of each entry, best first."""

    decision: Decision
    chances: tuple[float, ...]
    reason: str = ""


def decide(signs: Signs) -> Verdict:
    """The chances are comparable between questions: the part of such entries that are right."""
    values = signs.values()
    about_us, first = _chance(ABOUT_US, values), _chance(FIRST_IS_RIGHT, values)
    chances = (about_us * first, *_rest(signs.inside, about_us * (1 - first)))
    if about_us < CHOICES:
        return Verdict(Decision.NONE, chances, "outside")
    if chances[0] >= ANSWER and signs.share >= KEYWORD_SHARE:
        return Verdict(Decision.ANSWER, chances)
    return Verdict(Decision.CHOICES, chances)


def _chance(model: Mapping[str, float], values: Mapping[str, float]) -> float:
    total = model["bias"] + sum(
        weight * values[name] for name, weight in model.items() if name != "bias"
    )
    return 1 / (1 + math.exp(-total))


def _rest(scores: tuple[float, ...], left: float) -> list[float]:
    weights = [math.exp(_FALL * (score - scores[0])) for score in scores[1:]]
    total = sum(weights) or 1.0
    return [left * weight / total for weight in weights]
