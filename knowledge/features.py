"""The features of a question: pieces of its words, and the concepts that the words stand for."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from sys import intern

from knowledge.concepts import Concepts

# Concepts are fewer and say more, but a whole question must not hang on one of them.
CONCEPT_WEIGHT = 0.5
# Long stories hold many concepts; their pairs grow with the square.
MOST_JOINED = 12


@dataclass(frozen=True, slots=True)
class Features:
    """What one text is made of: pieces with how often each stands there, and concepts.

    `concepts` maps each concept to the word that stands for it; `joined` names the concepts as
    features, alone and two by two. Equal names are one object, as thousands of texts share them.
    """

    pieces: tuple[str, ...]
    times: tuple[int, ...]
    concepts: dict[str, str]
    joined: tuple[str, ...]


def extract(text: str, concepts: Concepts) -> Features:
    """Single characters and pairs inside each clause; concepts, alone and two by two."""
    pieces: Counter[str] = Counter()
    for clause in text.split(" "):
        pieces.update(clause)
        pieces.update(map("".join, pairwise(clause)))
    found = concepts.found(text)
    names = sorted(found)
    joined = [f"#{name}" for name in names]
    joined += [f"#{one}+{two}" for one, two in combinations(names[:MOST_JOINED], 2)]
    unique = tuple(map(intern, pieces))
    return Features(unique, tuple(pieces.values()), found, tuple(map(intern, joined)))


class Weights:
    """How much each feature says: the rarer among the phrasings, the more.

    `places` numbers every feature that any phrasing has.
    """

    def __init__(self, samples: list[Features]) -> None:
        spread: Counter[str] = Counter()
        for sample in samples:
            spread.update(sample.pieces)
            spread.update(sample.joined)
        size = len(samples) + 1
        self.places = {name: at for at, name in enumerate(spread)}
        self._rarity = array("f", (math.log(size / (1 + times)) + 1 for times in spread.values()))

    def vector(self, features: Features) -> dict[str, float]:
        """The known features; words have length 1 together, concepts CONCEPT_WEIGHT together."""
        places, rarity = self.places, self._rarity
        words = {
            name: (1 + math.log(times)) * rarity[places[name]]
            for name, times in zip(features.pieces, features.times, strict=True)
            if name in places
        }
        concepts = {name: rarity[places[name]] for name in features.joined if name in places}
        vector = _scaled(words, 1.0)
        vector.update(_scaled(concepts, CONCEPT_WEIGHT))
        return vector


def _scaled(vector: dict[str, float], length: float) -> dict[str, float]:
    size = math.sqrt(sum(value * value for value in vector.values()))
    return {name: value * length / size for name, value in vector.items()}
