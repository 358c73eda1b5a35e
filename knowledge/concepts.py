"""Concepts: what members' words mean, whatever they call it. The words are in concepts.toml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from knowledge.wording import read_table

# A "*" in a form stands for at most so many characters of one clause.
_GAP = 6


class _Gapped(NamedTuple):
    """Words with gaps: the parts between them, and the place in the list of all words."""

    parts: tuple[str, ...]
    names: tuple[str, ...]
    order: int


class Concepts:
    """Finds the concepts of a cleaned text; `groups` tells the group of each concept.

    Forms are looked up by the pair of characters that they begin with, so the cost grows with the
    text and not with the number of forms.
    """

    def __init__(self, groups: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self.groups = {name: group for group, words in groups.items() for name in words}
        named: dict[str, list[str]] = defaultdict(list)
        for words in groups.values():
            for name, forms in words.items():
                for form in forms:
                    named[form].append(name)
        self._heads: dict[str, tuple[list[str], list[_Gapped]]] = defaultdict(lambda: ([], []))
        self._names: dict[str, tuple[str, ...]] = {}
        alike: dict[tuple[str, ...], tuple[str, ...]] = {}
        for order, (form, listed) in enumerate(named.items(), 1):
            # Thousands of words share some hundred concepts.
            names = alike.setdefault(tuple(listed), tuple(listed))
            parts = tuple(form.split("*"))
            if len(parts) > 1:
                self._heads[parts[0][:2]][1].append(_Gapped(parts, names, order))
            else:
                self._heads[form[:2]][0].append(form)
                self._names[form] = names

    @classmethod
    def read(cls) -> Concepts:
        table: dict[str, Any] = read_table("concepts.toml")
        return cls(table)

    def found(self, text: str, pieces: Collection[str]) -> dict[str, str]:
        """Each concept that the text holds, with the words that stand for it: of several those
        with the shortest beginning, then the first. `pieces` are the text's characters and pairs.
        """
        met: list[tuple[int, int, int, str, tuple[str, ...]]] = []
        for head in self._heads.keys() & pieces:
            plain, gapped = self._heads[head]
            met += [
                (len(word), text.find(word), 0, word, self._names[word])
                for word in plain
                if word in text
            ]
            for parts, names, order in gapped:
                if parts[1] in text and parts[0] in text:
                    at, end = _place(text, parts)
                    if end:
                        met.append((len(parts[0]), at, order, text[at:end], names))
        met.sort()
        words: dict[str, str] = {}
        for *_, word, names in met:
            for name in names:
                words.setdefault(name, word)
        return words


def _place(text: str, parts: Sequence[str]) -> tuple[int, int]:
    """Where the parts first stand one after another with small gaps; (0, 0) if nowhere."""
    first = parts[0]
    at = text.find(first)
    while at >= 0:
        end = _end(text, at + len(first), parts[1:])
        if end:
            return at, end
        at = text.find(first, at + 1)
    return 0, 0


def _end(text: str, start: int, parts: Sequence[str]) -> int:
    """Where the last part ends if each follows the one before it, as near as can be; else 0."""
    if not parts:
        return start
    part = parts[0]
    furthest = start + _GAP + len(part)
    at = text.find(part, start, furthest)
    while at >= 0 and " " not in text[start:at]:
        end = _end(text, at + len(part), parts[1:])
        if end:
            return end
        at = text.find(part, at + 1, furthest)
    return 0
