"""The words by which typed figures and days are known: handed in, since they are a language's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Frame:
    """Words around a value that say nothing about it."""

    before: re.Pattern[str]
    after: re.Pattern[str]

    def bare(self, text: str) -> str:
        """The text without them."""
        while (found := self.before.match(text)) and found.end() < len(text):
            text = text[found.end() :]
        while (found := self.after.search(text)) and found.start() > 0:
            text = text[: found.start()]
        return text


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. `lists` are alternations for patterns, `shifts` are numbers."""

    digits: Mapping[str, int]
    scales: Mapping[str, int]
    frames: Mapping[str, Frame]
    lists: Mapping[str, str]
    shifts: Mapping[str, Mapping[str, int]]
    choices: Mapping[str, Mapping[str, tuple[str, ...]]]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Words:
        """From a table of word lists: `money.before`, `day.year` and so on."""
        lists = {
            f"{group}.{name}": any_of(words)
            for group, row in table.items()
            for name, words in row.items()
            if isinstance(words, list)
        }
        return cls(
            digits=table["number"]["digits"],
            scales=table["number"]["scales"],
            frames={name: _frame(row) for name, row in table.items() if "before" in row},
            lists=lists,
            shifts={name: table["day"][name] for name in ("years", "months", "days")},
            choices={
                field: {choice: tuple(words) for choice, words in row.items()}
                for field, row in table["choices"].items()
            },
        )


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word) for word in longest_first) + ")"


def folded(text: str) -> str:
    """Half width, lower case, without spaces and final stops."""
    # An input method writes 2021.3.5 and 4,500 with full-width signs; NFKC leaves the round stop.
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u3002", ".")
    return _SPACE.sub("", plain).strip(".,!;~")


def _frame(row: Mapping[str, list[str]]) -> Frame:
    return Frame(re.compile(any_of(row["before"])), re.compile(any_of(row["after"]) + r"\Z"))
