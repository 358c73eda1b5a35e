"""Which concepts together ask for which entry: the knowledge in rules.toml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from knowledge.wording import read_table


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry is asked for if all of `wanted` and none of `barred` stand in a question."""

    entry_id: str
    wanted: frozenset[str]
    barred: frozenset[str]


class Rules:
    """All rules, looked up by one of the concepts that they want."""

    def __init__(
        self, lines: Mapping[str, Iterable[str]], leanings: Mapping[str, float] | None = None
    ) -> None:
        self.leanings = dict(leanings or {})
        self._by_concept: dict[str, list[Rule]] = defaultdict(list)
        for entry_id, texts in lines.items():
            for text in texts:
                rule = _parse(entry_id, text)
                self._by_concept[min(rule.wanted)].append(rule)

    @classmethod
    def read(cls) -> Rules:
        table: dict[str, Any] = read_table("rules.toml")
        return cls(table["rules"], table["leanings"])

    def concepts(self) -> set[str]:
        """Every concept that a rule names."""
        rules = [rule for rules in self._by_concept.values() for rule in rules]
        return {name for rule in rules for name in rule.wanted | rule.barred}

    def raised(self, concepts: Iterable[str]) -> dict[str, int]:
        """By entry, how many concepts the best of its rules names that hold."""
        met = frozenset(concepts)
        raised: dict[str, int] = {}
        for concept in met:
            for rule in self._by_concept.get(concept, ()):
                if rule.wanted <= met and not rule.barred & met:
                    size = len(rule.wanted)
                    raised[rule.entry_id] = max(size, raised.get(rule.entry_id, 0))
        return raised


def _parse(entry_id: str, text: str) -> Rule:
    words = text.split()
    return Rule(
        entry_id,
        frozenset(word for word in words if not word.startswith("-")),
        frozenset(word[1:] for word in words if word.startswith("-")),
    )
