"""Misses: what members asked in vain, gathered into heaps that an editor can answer at once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from domain.ask import Candidate, Decision
from domain.outcomes import Cluster, Missed, MissReport
from knowledge.concepts import Concepts
from knowledge.features import Features, Texts, Vocabulary, Weights, extract
from knowledge.golden import pages_for
from knowledge.library import Library
from knowledge.normalising import Normaliser

# Two questions are alike if the cosine of the angle between them is at least this much.
ALIKE = 0.46
# Concepts tell what is meant and count as much as all the words together.
CONCEPTS = 2.0
_NO_SUBJECT = frozenset({"ask", "place"})
WORDS, NEAR, SAMPLES = 5, 3, 3
# Rounds of moving questions to the heap that they resemble most; it settles long before.
ROUNDS = 4

Vector = Mapping[str, float]


@dataclass(slots=True)
class _Text:
    """All missed questions of the same words."""

    bare: str
    original: str
    count: int
    features: Features
    vector: Vector = field(default_factory=dict)


def find_misses(library: Library, missed: Iterable[Missed], at_least: int) -> MissReport:
    """Clusters of missed questions, largest first; the same input gives the same report.

    A question that would be answered at once by now, with a page that its asker did not have
    before them, is settled. Clusters of fewer than `at_least` questions are only counted.
    """
    rows = sorted(missed, key=lambda row: (row.text, sorted(row.shown), row.count))
    open_rows = [row for row in rows if not _is_settled(library, row)]
    total, unsettled = _size(rows), _size(open_rows)
    heaps = _gather(_texts(library, open_rows))
    large = [heap for heap in heaps if _size(heap) >= at_least]
    small = [heap for heap in heaps if _size(heap) < at_least]
    return MissReport(
        questions=total,
        settled=total - unsettled,
        clusters=tuple(_told(library, heap) for heap in large),
        small=len(small),
        small_questions=sum(map(_size, small)),
    )


def _is_settled(library: Library, row: Missed) -> bool:
    decision, pages = pages_for(library, row.text)
    return decision is Decision.ANSWER and pages[0] not in row.shown


def _size(rows: Iterable[Missed] | Iterable[_Text]) -> int:
    return sum(row.count for row in rows)


def _texts(library: Library, rows: Sequence[Missed]) -> list[_Text]:
    """The questions by their words, most frequent first, with vectors of length 1."""
    normaliser, concepts = Normaliser.read(), Concepts.read()
    counts: Counter[str] = Counter()
    originals: dict[str, str] = {}
    for row in rows:
        bare = normaliser.question(row.text).text or normaliser.clean(row.text)
        counts[bare] += row.count
        originals.setdefault(bare, row.text)
    texts = [
        _Text(bare, originals[bare], counts[bare], _features(bare, concepts)) for bare in counts
    ]
    # How rare a word is, is known from what members ask in general; what is missed adds to it.
    general, said = _general(library)
    vocabulary, more = general.copy(), Texts()
    for text in texts:
        more.add(vocabulary.groups(text.features))
    weights = Weights(vocabulary.numbers(), [said, more])
    for text in texts:
        text.vector = _unit(weights.vector(text.features))
    return sorted(texts, key=lambda text: (-text.count, text.bare))


@lru_cache(maxsize=1)
def _general(library: Library) -> tuple[Vocabulary, Texts]:
    """The phrasings of all pages, which stay the same until the library does: reading them takes
    longer than gathering what a small union misses in a month."""
    normaliser, concepts = Normaliser.read(), Concepts.read()
    vocabulary, texts = Vocabulary(), Texts()
    for entry in library.entries:
        for text in entry.phrasings:
            bare = normaliser.question(text).text
            texts.add(vocabulary.groups(_features(bare, concepts)))
    return vocabulary, texts


def _features(bare: str, concepts: Concepts) -> Features:
    """Concepts stand alone: two by two they tell pages apart, but keep like questions apart too.
    The way of asking (how, how much) says nothing of the subject."""
    whole = extract(bare, concepts)
    kept = {name: word for name, word in whole.concepts.items() if _is_subject(concepts, name)}
    return replace(whole, concepts=kept, joined=tuple(f"#{name}" for name in kept))


def _is_subject(concepts: Concepts, name: str) -> bool:
    return concepts.groups[name] not in _NO_SUBJECT


def _unit(vector: Vector) -> Vector:
    raised = {
        name: value * (CONCEPTS if _is_concept(name) else 1.0) for name, value in vector.items()
    }
    length = math.sqrt(sum(value * value for value in raised.values())) or 1.0
    return {name: value / length for name, value in raised.items()}


def _is_concept(name: str) -> bool:
    return len(name) > 1 and name[0] == "#"


class _Heaps:
    """Sums of vectors, with an index from each feature to the heaps that have it."""

    def __init__(self) -> None:
        self._sums: list[dict[str, float]] = []
        self._lengths: list[float] = []
        self._having: dict[str, dict[int, float]] = defaultdict(dict)

    def add(self, vector: Vector, at: int | None = None) -> int:
        """Put a vector on a heap, or on a new one; the heap."""
        if at is None:
            at = len(self._sums)
            self._sums.append({})
            self._lengths.append(0.0)
        total = self._sums[at]
        for name, value in vector.items():
            total[name] = self._having[name][at] = total.get(name, 0.0) + value
        self._lengths[at] = math.sqrt(sum(value * value for value in total.values())) or 1.0
        return at

    def nearest(self, vector: Vector) -> int | None:
        """The heap that is most alike, if any is alike enough; the older one of two equals."""
        products: dict[int, float] = defaultdict(float)
        for name, value in vector.items():
            for at, total in self._having.get(name, {}).items():
                products[at] += value * total
        lengths = self._lengths
        alike = {
            at: product / lengths[at]
            for at, product in products.items()
            # Most are not, and dividing and comparing them all would take half of the time.
            if product >= ALIKE * lengths[at]
        }
        return max(alike, key=lambda at: (round(alike[at], 9), -at), default=None)


def _gather(texts: Sequence[_Text]) -> list[list[_Text]]:
    """Each question goes to the heap that it resembles most; then the heaps of a round are the
    seeds of the next, so that the order of arrival does not decide. Largest heap first.

    Comparing each with each: the time grows with the square of the texts.
    """
    seeds = _Heaps()
    places = [seeds.add(text.vector, seeds.nearest(text.vector)) for text in texts]
    for _ in range(ROUNDS):
        moved = _round(texts, places)
        if moved == places:
            break
        places = moved
    heaps: dict[int, list[_Text]] = defaultdict(list)
    for text, place in zip(texts, places, strict=True):
        heaps[place].append(text)
    return sorted(heaps.values(), key=lambda heap: (-_size(heap), heap[0].bare))


def _round(texts: Sequence[_Text], places: Sequence[int]) -> list[int]:
    heaps = _Heaps()
    numbers: dict[int, int] = {}
    for text, place in zip(texts, places, strict=True):
        numbers[place] = heaps.add(text.vector, numbers.get(place))
    found = []
    for text in texts:
        nearest = heaps.nearest(text.vector)
        found.append(heaps.add(text.vector) if nearest is None else nearest)
    return found


def _told(library: Library, heap: Sequence[_Text]) -> Cluster:
    middle: dict[str, float] = defaultdict(float)
    for text in heap:
        for name, value in text.vector.items():
            middle[name] += value * text.count

    def central(text: _Text) -> tuple[float, str]:
        likeness = sum(value * middle[name] for name, value in text.vector.items())
        return -round(likeness, 9), text.bare

    ordered = sorted(heap, key=central)
    return Cluster(
        size=_size(heap),
        words=tuple(dict.fromkeys(_words(heap, ordered[0], middle)))[:WORDS],
        near=_near(library, heap),
        samples=tuple(text.original for text in ordered[:SAMPLES]),
    )


def _words(heap: Sequence[_Text], middle_one: _Text, middle: Vector) -> Iterator[str]:
    """What at least half of the questions have: concepts first, then runs of characters."""
    half = _size(heap) / 2
    concepts: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for text in heap:
        for concept in text.features.concepts:
            concepts[concept] += text.count
        for piece in text.features.pieces:
            pairs[piece] += text.count if len(piece) > 1 else 0
    held = [name for name, count in concepts.items() if count >= half]
    yield from sorted(held, key=lambda name: (-middle.get(f"#{name}", 0.0), name))
    common = {pair for pair, count in pairs.items() if count >= half}
    runs = dict.fromkeys(_runs(middle_one.bare, common))
    yield from sorted(runs, key=lambda run: (-_weight(run, middle), run))


def _runs(text: str, common: set[str]) -> Iterator[str]:
    """The longest pieces of a text in which every pair of neighbours is common."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or text[at - 1 : at + 1] not in common:
            if at - start > 1:
                yield text[start:at]
            start = at


def _weight(run: str, middle: Vector) -> float:
    return sum(middle.get(run[at : at + 2], 0.0) for at in range(len(run) - 1))


def _near(library: Library, heap: Sequence[_Text]) -> tuple[Candidate, ...]:
    scores: dict[str, float] = defaultdict(float)
    for text in heap:
        for candidate in library.ask(text.original).candidates[:NEAR]:
            scores[candidate.entry_id] += candidate.score * text.count
    best = sorted(scores, key=lambda name: (-scores[name], name))[:NEAR]
    return tuple(Candidate(name, round(scores[name] / _size(heap), 4)) for name in best)
