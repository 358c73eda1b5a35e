"""The phrasings themselves: near-copies with typos, and words that many entries share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

# Below this likeness (0..100) two texts merely share words.
_LIKE = 80.0
# Longer texts are no keywords; they are judged by what they say.
_KEYWORD = 4


class Phrasings:
    """Cleaned phrasings of each class, compared with a question letter by letter."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._rows = [list(row) for row in rows]

    def copies(self, text: str, places: Iterable[int]) -> dict[int, float]:
        """By place, how near (0..1) the nearest phrasing is; only for real near-copies."""
        found: dict[int, float] = {}
        for at in places:
            best = process.extractOne(text, self._rows[at], scorer=fuzz.ratio, score_cutoff=_LIKE)
            if best:
                found[at] = (best[1] - _LIKE) / (100.0 - _LIKE)
        return found

    def share(self, text: str, at: int) -> float:
        """Of the phrasings that hold a keyword, the part that belongs to one class; else 1."""
        if len(text) > _KEYWORD:
            return 1.0
        holding = [sum(text in phrasing for phrasing in row) for row in self._rows]
        return holding[at] / sum(holding) if any(holding) else 1.0
