"""The features of a question: pieces of its words, and the concepts that the words stand for."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from knowledge.concepts import Concepts

# Concepts are fewer and say more, but a whole question must not hang on one of them.
CONCEPT_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Features:
    """What one text is made of. `concepts` maps each concept to the word that stands for it."""

    pieces: Counter[str]
    concepts: dict[str, str]
    joined: tuple[str, ...]


def extract(text: str, concepts: Concepts) -> Features:
    """Single characters and pairs inside each clause; concepts, alone and two by two."""
    pieces: Counter[str] = Counter()
    for clause in text.split(" "):
        pieces.update(clause)
        pieces.update(map("".join, zip(clause, clause[1:], strict=False)))
    found = concepts.found(text)
    names = sorted(found)
    joined = [f"#{name}" for name in names]
    joined += [f"#{one}+{two}" for one, two in combinations(names[:12], 2)]
    return Features(pieces, found, tuple(joined))


class Weights:
    """How much each feature says: the rarer among the phrasings, the more."""

    def __init__(self, samples: list[Features]) -> None:
        spread: Counter[str] = Counter()
        for sample in samples:
            spread.update(sample.pieces.keys())
            spread.update(sample.joined)
        size = len(samples) + 1
        self._rarity = {name: math.log(size / (1 + times)) + 1 for name, times in spread.items()}

    def __len__(self) -> int:
        return len(self._rarity)

    def vector(self, features: Features) -> dict[str, float]:
        """The known features; words have length 1 together, concepts CONCEPT_WEIGHT together."""
        rarity = self._rarity
        words = {
            name: (1 + math.log(times)) * rarity[name]
            for name, times in features.pieces.items()
            if name in rarity
        }
        concepts = {name: rarity[name] for name in features.joined if name in rarity}
        vector = _scaled(words, 1.0)
        vector.update(_scaled(concepts, CONCEPT_WEIGHT))
        return vector


def _scaled(vector: dict[str, float], length: float) -> dict[str, float]:
    size = math.sqrt(sum(value * value for value in vector.values()))
    return {name: value * length / size for name, value in vector.items()}
