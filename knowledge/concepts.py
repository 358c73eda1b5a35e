"""Concepts: what members' words mean, whatever they call it. The words are in concepts.toml."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from knowledge.wording import read_table

_GAP = "[^ ]{0,6}?"


class Concepts:
    """Finds the concepts of a cleaned text; `groups` tells the group of each concept.

    Plain words are looked up as pieces of the text, so the cost does not grow with the number of
    words; a word with a gap is tried only where its first part stands.
    """

    def __init__(self, groups: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self.groups = {name: group for group, words in groups.items() for name in words}
        self._plain: dict[str, list[str]] = defaultdict(list)
        self._gapped: dict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)
        for words in groups.values():
            for name, forms in words.items():
                for form in forms:
                    self._add(name, form)
        looked_up = [*self._plain, *self._gapped]
        self._sizes = sorted({len(form) for form in looked_up})

    @classmethod
    def read(cls) -> Concepts:
        table: dict[str, Any] = read_table("concepts.toml")
        return cls(table)

    def _add(self, name: str, form: str) -> None:
        first, gap, _ = form.partition("*")
        if not gap:
            self._plain[form].append(name)
            return
        pattern = _GAP.join(re.escape(part) for part in form.split("*"))
        self._gapped[first].append((re.compile(pattern), name))

    def found(self, text: str) -> dict[str, str]:
        """Each concept that the text holds, with the first of its words that was met."""
        met: dict[str, str] = {}
        for size in self._sizes:
            for at in range(len(text) - size + 1):
                piece = text[at : at + size]
                for name in self._plain.get(piece, ()):
                    met.setdefault(name, piece)
                for pattern, name in self._gapped.get(piece, ()):
                    if name not in met:
                        whole = pattern.match(text, at)
                        if whole:
                            met[name] = whole.group()
        return met
