"""The features of a question: pieces of its words, and the concepts that the words stand for."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count, islice
from operator import add, mul

from knowledge.concepts import Concepts

# Concepts are fewer and say more, but a whole question must not hang on one of them.
CONCEPT_WEIGHT = 0.5
# Long stories hold many concepts; their pairs grow with the square.
MOST_JOINED = 12


@dataclass(frozen=True, slots=True)
class Features:
    """What one text is made of: pieces with how often each stands there, and concepts.

    `concepts` maps each concept to the words that stand for it; `joined` names the concepts as
    features, alone and two by two.
    """

    pieces: Counter[str]
    concepts: dict[str, str]
    joined: tuple[str, ...]


def extract(text: str, concepts: Concepts) -> Features:
    """Single characters and pairs inside each clause; concepts, alone and two by two."""
    found: list[str] = []
    for clause in text.split(" "):
        found += clause
        found += map(add, clause, clause[1:])
    pieces = Counter(found)
    meant = concepts.found(text, pieces.keys())
    alone = [f"#{name}" for name in sorted(meant)]
    return Features(pieces, meant, (*alone, *map("+".join, combinations(alone[:MOST_JOINED], 2))))


# Features of one text, by number, that weigh the same but for their rarity: the weight, and they.
# A plain pair: a question makes half a dozen, loading some ten thousand.
Group = tuple[float, Sequence[int]]


class Weights:
    """How much each feature says: the rarer among the texts, the more.

    `numbers` tells the number of every feature that any text has, counted from 1; `rarity` is
    looked up by number.
    """

    def __init__(self, numbers: Mapping[str, int], texts: Iterable[Texts]) -> None:
        size, spread = 1, array("I", [0]) * (len(numbers) + 1)
        for some in texts:
            size += len(some)
            # In one text every number stands but once.
            for number in some.numbers:
                spread[number] += 1
        self.numbers = numbers
        self.rarity = array("f", (math.log(size / (1 + times)) + 1 for times in spread))
        self._squares = array("d", map(mul, self.rarity, self.rarity))

    @classmethod
    def of(cls, samples: Iterable[Features]) -> Weights:
        """From the texts themselves."""
        vocabulary, texts = Vocabulary(), Texts()
        for sample in samples:
            texts.add(vocabulary.groups(sample))
        return cls(vocabulary.numbers(), [texts])

    def groups(self, features: Features) -> list[Group]:
        """The known features; words have length 1 together, concepts CONCEPT_WEIGHT together."""
        return self.scaled(_numbered(features, self.numbers.get))

    def scaled(self, groups: Sequence[Group]) -> list[Group]:
        """Groups with raw weights, the last of them the concepts, brought to their lengths."""
        *words, concepts = groups
        return [*self._to_length(1.0, words), *self._to_length(CONCEPT_WEIGHT, [concepts])]

    def vector(self, features: Features) -> dict[str, float]:
        """The known features by name, weighed as in `groups`."""
        weights = {
            number: weight * self.rarity[number]
            for weight, numbers in self.groups(features)
            for number in numbers
        }
        names = (*features.pieces, *features.joined)
        known = ((name, self.numbers.get(name)) for name in names)
        return {name: weights[number] for name, number in known if number}

    def known(self, features: Features) -> float:
        """The part of the pieces of a text that any of the texts has."""
        met = features.pieces.keys() & self.numbers.keys()
        return len(met) / len(features.pieces) if features.pieces else 0.0

    def _to_length(self, length: float, groups: Sequence[Group]) -> list[Group]:
        square = 0.0
        for weight, numbers in groups:
            square += weight * weight * sum(map(self._squares.__getitem__, numbers))
        if not square:
            return []
        scale = length / math.sqrt(square)
        return [(weight * scale, numbers) for weight, numbers in groups]


class Vocabulary:
    """Numbers features as they come, from 1."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict(count(1).__next__)

    def groups(self, features: Features) -> list[Group]:
        """The features of a text by number, with raw weights; new ones get the next numbers."""
        return _numbered(features, self._numbers.__getitem__)

    def copy(self) -> Vocabulary:
        """Another one that goes on from here; this one stays as it is."""
        made = Vocabulary()
        made._numbers.update(self._numbers)
        made._numbers.default_factory = count(len(self._numbers) + 1).__next__
        return made

    def numbers(self) -> Mapping[str, int]:
        """All numbers. Nothing new can be numbered afterwards."""
        self._numbers.default_factory = None
        return self._numbers


class Texts:
    """Texts by the numbers of their features, in long arrays: tens of thousands of small objects
    would take ten times the room."""

    def __init__(self) -> None:
        self.numbers = array("I")
        self._weights = array("d")
        self._ends = array("I")
        self._sizes = array("H")

    def add(self, groups: Sequence[Group]) -> None:
        """Keep one text."""
        for weight, numbers in groups:
            self.numbers.extend(numbers)
            self._weights.append(weight)
            self._ends.append(len(self.numbers))
        self._sizes.append(len(groups))

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[list[Group]]:
        """The texts as they were kept."""
        rows = zip(self._weights, self._ends, strict=True)
        start = 0
        for size in self._sizes:
            groups: list[Group] = []
            for weight, end in islice(rows, size):
                groups.append((weight, self.numbers[start:end]))
                start = end
            yield groups


def _numbered(features: Features, number: Callable[[str], int | None]) -> list[Group]:
    """The pieces in groups by how often they stand in the text, then the concepts."""
    pieces = features.pieces
    by_times: dict[int, Iterable[str]] = {1: pieces}
    if pieces.total() > len(pieces):
        by_times = {
            times: [name for name, own in pieces.items() if own == times]
            for times in dict.fromkeys(pieces.values())
        }
    groups: list[Group] = [
        (1 + math.log(times), [*filter(None, map(number, names))])
        for times, names in by_times.items()
    ]
    groups.append((1.0, [*filter(None, map(number, features.joined))]))
    return groups
