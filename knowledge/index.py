"""The index: how likely each entry's phrasings make the features of a question (naive Bayes)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

from knowledge.features import Features, Weights

# Counts that every feature has everywhere before anything is seen.
SMOOTHING = 0.1


class Index:
    """Scores every class for a question. A class is a row of samples; its place is its number.

    Counting is all the fitting there is: a changed entry changes its own counts and nothing is
    trained. Only features that a class has seen are stored; the rest is one number a class.
    """

    def __init__(self, classes: Sequence[Sequence[Features]]) -> None:
        self.weights = Weights(list(chain.from_iterable(classes)))
        counts: dict[str, dict[int, float]] = defaultdict(dict)
        totals = [SMOOTHING * len(self.weights)] * len(classes)
        for at, samples in enumerate(classes):
            for sample in samples:
                for name, value in self.weights.vector(sample).items():
                    row = counts[name]
                    row[at] = row.get(at, 0.0) + value
                    totals[at] += value
        self._size = len(classes)
        self._bases = [math.log(total) for total in totals]
        self._rows: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = {
            name: (tuple(row), tuple(math.log1p(value / SMOOTHING) for value in row.values()))
            for name, row in counts.items()
        }

    def scores(self, vector: dict[str, float]) -> list[float]:
        """For each class how much better or worse than the average it fits, in deviations."""
        length = sum(vector.values())
        scores = [-length * base for base in self._bases]
        for name, value in vector.items():
            places, gains = self._rows[name]
            for at, gain in zip(places, gains, strict=True):
                scores[at] += value * gain
        return _standard(scores)

    def gain(self, name: str, at: int) -> float:
        """What a feature says for a class; 0 if the class never saw it."""
        places, gains = self._rows[name]
        return gains[places.index(at)] if at in places else 0.0


def _standard(scores: list[float]) -> list[float]:
    mean = sum(scores) / len(scores)
    spread = math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores)) or 1.0
    return [(score - mean) / spread for score in scores]
