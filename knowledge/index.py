"""The index: how likely each class makes the features of a question (naive Bayes)."""

from __future__ import annotations

import math
import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import add

from knowledge.features import Group, Weights

# Counts that every feature has everywhere before anything is seen.
SMOOTHING = 0.1
# A feature that at least one class in so many has seen has a wide row: one long integer with a
# field for each class, so that one addition adds to all classes.
WIDE = 6
# Of any other feature only the strongest counts are kept: the rest tells nothing apart, and the
# cost of a question must not grow with the number of entries.
LONGEST_ROW = 256
# A field of a wide row is 96 bits long. Behind the point stand 36 bits of a gain and 44 of a
# weight; the lowest 32 of their product are not read: they are below the noise of a float.
_FIELD, _GAIN, _WEIGHT = 96, 1 << 36, 1 << 44
_READ, _UNIT = "4xQ", (1 << 36 + 44) >> 32


class Counts:
    """What one class has seen: each feature by number, with the sum of its weights."""

    __slots__ = ("numbers", "sums")

    def __init__(self, seen: Mapping[int, float]) -> None:
        self.numbers = array("I", seen)
        self.sums = array("d", seen.values())

    @classmethod
    def of(cls, texts: Iterable[Sequence[Group]], weights: Weights) -> Counts:
        """From the texts of the class, as their vocabulary gave them."""
        seen: defaultdict[int, float] = defaultdict(float)
        for groups in texts:
            for weight, numbers in weights.scaled(groups):
                for number in numbers:
                    seen[number] += weight
        return cls({number: total * weights.rarity[number] for number, total in seen.items()})

    @classmethod
    def summed(cls, parts: Iterable[Counts]) -> Counts:
        """From classes that make up a larger one."""
        seen: defaultdict[int, float] = defaultdict(float)
        for part in parts:
            for number, total in zip(part.numbers, part.sums, strict=True):
                seen[number] += total
        return cls(seen)


class Index:
    """Scores every class for a question. A class is known by its place in the given order.

    Counting is all the fitting there is: a changed entry changes its own counts and nothing is
    trained. Only features that a class has seen are stored; the rest is one number a class.
    """

    def __init__(self, classes: Sequence[Counts], weights: Weights) -> None:
        self._rarity = weights.rarity
        self._numbers = weights.numbers
        unseen = SMOOTHING * len(weights.numbers)
        bases = [math.log(sum(counts.sums) + unseen) for counts in classes]
        # What a class has over the one with the largest base: fields cannot hold less than 0.
        largest = max(bases)
        self._over = _row(round((largest - base) * _GAIN) for base in bases)
        self._size = len(classes)
        self._reader = struct.Struct("<" + _READ * len(classes))
        spread = array("I", [0]) * len(self._rarity)
        for counts in classes:
            for number in counts.numbers:
                spread[number] += 1
        # The additions would cost too much with thousands of classes.
        least = len(classes) / WIDE if len(classes) <= WIDE * LONGEST_ROW else math.inf
        self._wide = {number: 0 for number, times in enumerate(spread) if times >= least}
        # All other rows lie in two long arrays, one after another.
        short = (0 if times >= least else min(times, LONGEST_ROW) for times in spread)
        self._starts = array("I", accumulate(short, initial=0))
        self._classes = array("H" if len(classes) < 1 << 16 else "I", [0]) * self._starts[-1]
        self._gains = array("f", [0.0]) * self._starts[-1]
        self._fill(classes, [n for n, times in enumerate(spread) if LONGEST_ROW < times < least])

    def _fill(self, classes: Sequence[Counts], crowded: Iterable[int]) -> None:
        free = array("I", self._starts)
        wide = {number: array("Q", bytes(8 * len(classes))) for number in self._wide}
        crowds = {number: (array("I"), array("f")) for number in crowded}
        for at, counts in enumerate(classes):
            gains = array("f", map(math.log1p, map((1 / SMOOTHING).__mul__, counts.sums)))
            for number, gain in zip(counts.numbers, gains, strict=True):
                if number in wide:
                    wide[number][at] = round(gain * self._rarity[number] * _GAIN)
                elif number in crowds:
                    crowds[number][0].append(at)
                    crowds[number][1].append(gain)
                else:
                    slot = free[number]
                    self._classes[slot] = at
                    self._gains[slot] = gain
                    free[number] = slot + 1
        self._wide = {number: _row(fields) for number, fields in wide.items()}
        for number, (places, gains) in crowds.items():
            self._keep_strongest(number, places, gains)

    def _keep_strongest(self, number: int, places: array[int], gains: array[float]) -> None:
        best = sorted(range(len(gains)), key=gains.__getitem__, reverse=True)[:LONGEST_ROW]
        row = slice(self._starts[number], self._starts[number + 1])
        self._classes[row] = array(self._classes.typecode, (places[one] for one in best))
        self._gains[row] = array("f", (gains[one] for one in best))

    def scores(self, groups: Sequence[Group]) -> list[float]:
        """For each class the logarithm of its likelihood, up to a factor and a number that are
        equal for all."""
        rarity, wide, starts = self._rarity, self._wide, self._starts
        scores = [0.0] * self._size
        length, total = 0.0, 0
        for weight, numbers in groups:
            together = 0
            for number in numbers:
                value = weight * rarity[number]
                length += value
                row = wide.get(number)
                if row:
                    together += row
                    continue
                value *= _UNIT
                places = slice(starts[number], starts[number + 1])
                # The innermost loop of every question: no check of lengths that are equal anyway.
                for at, gain in zip(self._classes[places], self._gains[places]):  # noqa: B905
                    scores[at] += value * gain
            total += together * round(weight * _WEIGHT)
        total += self._over * round(length * _WEIGHT)
        fields = self._reader.unpack(total.to_bytes(self._reader.size, "little"))
        return list(map(add, scores, fields))

    def gain(self, name: str, at: int) -> float:
        """What a feature says for a class; 0 if the class never saw it."""
        number = self._numbers[name]
        if number in self._wide:
            field = self._wide[number] >> (_FIELD * at) & ((1 << _FIELD) - 1)
            return field / _GAIN / self._rarity[number]
        row = slice(self._starts[number], self._starts[number + 1])
        places = self._classes[row]
        return self._gains[row][places.index(at)] if at in places else 0.0


def _row(fields: Iterable[int]) -> int:
    """A field for each class in one integer, the first class lowest."""
    size = _FIELD // 8
    return int.from_bytes(b"".join(field.to_bytes(size, "little") for field in fields), "little")
