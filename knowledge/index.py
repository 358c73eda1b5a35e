"""The index: how likely each class makes the features of a question (naive Bayes)."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import mul

from knowledge.features import Features, Weights

# Counts that every feature has everywhere before anything is seen.
SMOOTHING = 0.1
# Of a feature that thousands of classes have seen only the strongest count: the others tell
# nothing apart, and the cost of a question must not grow with the number of entries.
LONGEST_ROW = 256


def summed(vectors: Iterable[Mapping[str, float]]) -> Counter[str]:
    """What one class has seen: the sum of its samples."""
    total: Counter[str] = Counter()
    for vector in vectors:
        total.update(vector)
    return total


class Index:
    """Scores every class for a question. A class is known by its place in the given order.

    Counting is all the fitting there is: a changed entry changes its own counts and nothing is
    trained. Only features that a class has seen are stored; the rest is one number a class.
    """

    def __init__(self, classes: Sequence[Mapping[str, float]], weights: Weights) -> None:
        self._places = weights.places
        unseen = SMOOTHING * len(self._places)
        self._bases = [math.log(sum(counts.values()) + unseen) for counts in classes]
        # All rows lie in two long arrays, one after another: tens of thousands of small objects
        # would take ten times the room.
        self._starts = self._measured(classes)
        self._classes = array("I", bytes(4 * self._starts[-1]))
        self._gains = array("f", bytes(4 * self._starts[-1]))
        self._fill(classes)

    def _measured(self, classes: Sequence[Mapping[str, float]]) -> array[int]:
        sizes = [0] * len(self._places)
        for counts in classes:
            for name in counts:
                sizes[self._places[name]] += 1
        return array("I", accumulate((min(size, LONGEST_ROW) for size in sizes), initial=0))

    def _fill(self, classes: Sequence[Mapping[str, float]]) -> None:
        free = array("I", self._starts)
        for at, counts in enumerate(classes):
            for name, count in counts.items():
                row = self._places[name]
                slot, gain = free[row], math.log1p(count / SMOOTHING)
                if slot == self._starts[row + 1]:
                    slot = self._weakest(row)
                    if self._gains[slot] >= gain:
                        continue
                else:
                    free[row] += 1
                self._classes[slot] = at
                self._gains[slot] = gain

    def _weakest(self, row: int) -> int:
        return min(range(self._starts[row], self._starts[row + 1]), key=self._gains.__getitem__)

    def scores(self, vector: Mapping[str, float]) -> list[float]:
        """For each class how much better or worse than the average it fits, in deviations."""
        length = sum(vector.values())
        scores = [-length * base for base in self._bases]
        for name, value in vector.items():
            row = self._row(name)
            # The innermost loop of every question: no check of lengths that are equal anyway.
            for at, gain in zip(self._classes[row], self._gains[row]):  # noqa: B905
                scores[at] += value * gain
        return _standard(scores)

    def known(self, features: Features) -> float:
        """The part of the characters and pairs of a question that any sample has."""
        met = sum(name in self._places for name in features.pieces)
        return met / len(features.pieces) if features.pieces else 0.0

    def gain(self, name: str, at: int) -> float:
        """What a feature says for a class; 0 if the class never saw it."""
        row = self._row(name)
        classes = self._classes[row]
        return self._gains[row][classes.index(at)] if at in classes else 0.0

    def _row(self, name: str) -> slice:
        row = self._places[name]
        return slice(self._starts[row], self._starts[row + 1])


def _standard(scores: list[float]) -> list[float]:
    mean = sum(scores) / len(scores)
    away = [score - mean for score in scores]
    spread = math.sqrt(sum(map(mul, away, away)) / len(away)) or 1.0
    return [score / spread for score in away]
