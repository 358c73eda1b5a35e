"""The phrasings themselves: near-copies with typos, and words that many entries share."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

# Below this likeness (0..100) two texts merely share words.
_LIKE = 80.0
# Of two texts that are so much alike the longer has at most this many times the other's length.
_LONGER = 1.5
# Longer texts are no keywords; they are judged by what they say.
KEYWORD = 4


class Phrasings:
    """Cleaned phrasings of each class, compared with a question letter by letter."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._rows = [sorted(row, key=len) for row in rows]
        self._sizes = [array("H", map(len, row)) for row in self._rows]
        self._whole = ["\n".join(row) for row in self._rows]

    def copies(self, text: str, places: Iterable[int]) -> dict[int, float]:
        """By place, how near (0..1) the nearest phrasing is; only for real near-copies."""
        found: dict[int, float] = {}
        least, most = len(text) / _LONGER, len(text) * _LONGER
        for at in places:
            sizes = self._sizes[at]
            near = self._rows[at][bisect_left(sizes, least) : bisect_right(sizes, most)]
            best = process.extractOne(text, near, scorer=fuzz.ratio, score_cutoff=_LIKE)
            if best:
                found[at] = (best[1] - _LIKE) / (100.0 - _LIKE)
        return found

    def share(self, text: str, at: int) -> float:
        """Of the phrasings that hold a keyword, the part that belongs to one class; else 1."""
        if len(text) > KEYWORD:
            return 1.0
        holding = {
            place: sum(text in phrasing for phrasing in self._rows[place])
            for place, whole in enumerate(self._whole)
            if text in whole
        }
        return holding.get(at, 0) / sum(holding.values()) if holding else 1.0
