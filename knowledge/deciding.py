"""From scores to a decision: answer at once, offer a choice, or say that we do not know."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.ask import Decision

# Fitted on the development questions by cross-validation; see docs/knowledge-search.md.
SHARPNESS = 1.6
ANSWER = 0.6
CHOICES = 0.2
KEYWORD_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Scored:
    """What the decision is made from: scores best first, in and outside the knowledge base."""

    inside: tuple[float, ...]
    outside: tuple[float, ...]
    concepts: int
    length: int
    share: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision with the chance of each entry, best first."""

    decision: Decision
    chances: tuple[float, ...]
    reason: str = ""


def decide(scored: Scored) -> Verdict:
    """The chances are a share of all that fits, so a close second or an outside field lowers
    them; a keyword that many entries share is never answered."""
    top = max(scored.inside[0], scored.outside[0] if scored.outside else scored.inside[0])
    weights = [math.exp(SHARPNESS * (score - top)) for score in scored.inside]
    beyond = sum(math.exp(SHARPNESS * (score - top)) for score in scored.outside)
    total = sum(weights) + beyond
    chances = tuple(weight / total for weight in weights)
    if sum(chances[:3]) < CHOICES:
        return Verdict(Decision.NONE, chances, "outside" if beyond > total / 2 else "unknown")
    if chances[0] >= ANSWER and scored.share >= KEYWORD_SHARE:
        return Verdict(Decision.ANSWER, chances)
    return Verdict(Decision.CHOICES, chances)
