"""What a member typed, in the one form that the search compares: never raises, never guesses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import opencc

from knowledge.wording import read_table

LONGEST = 500
# Far beyond any question, but it bounds the work on what a script may send.
_READ_AT_MOST = 8_000
_CLAUSE = re.compile(r"[\s,.;:!?\u3001\u3002~\u2026\-\u2014|/]+")
# Everything but the characters that nearly every question is made of.
_ODD = re.compile(r"[^ -~\u3001\u3002\u4e00-\u9fff]")
_REPEATED = re.compile(r"([^\d\s])\1{2,}")
# Letters, digits, punctuation, signs of money and sums.
_KEPT = frozenset(
    ["Lu", "Ll", "Lm", "Lo", "Nd", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc"]
)


@dataclass(frozen=True, slots=True)
class Question:
    """A cleaned question: the whole text, and its clauses in order."""

    text: str
    clauses: tuple[str, ...]
    was_blank: bool


class Normaliser:
    """Cleans texts with the word lists of fillers.toml."""

    def __init__(
        self,
        fillers: Iterable[str],
        typos: Mapping[str, str],
        unclear: Iterable[tuple[str, str, tuple[str, ...]]],
    ) -> None:
        self._simplify = opencc.OpenCC("t2s").convert
        self._fillers = _any_of(fillers)
        self._typos = dict(typos)
        self._typo = _any_of(self._typos)
        self._unclear = tuple(unclear)

    @classmethod
    def read(cls) -> Normaliser:
        table = read_table("fillers.toml")
        unclear = [(row["wrong"], row["right"], tuple(row["near"])) for row in table["unclear"]]
        return cls(table["fillers"], table["typos"], unclear)

    def clean(self, text: str) -> str:
        """Simplified, lower case, half width, without signs that cannot be seen; at most 500
        characters, of which the last clauses are kept. Cleaning twice changes nothing."""
        return self.ending(self.whole(text))

    def whole(self, text: str) -> str:
        """The same at its full length, for words that count wherever they stand."""
        text = text[-_READ_AT_MOST:]
        # One step can undo another (case and composition), so they run until nothing changes.
        for _ in range(4):
            done = self._clean_once(text)
            if done == text:
                break
            text = done
        return text

    def ending(self, clean: str) -> str:
        """As much of the end of a cleaned text as the search looks at."""
        return clean if len(clean) <= LONGEST else _last_clauses(clean)

    def question(self, text: str) -> Question:
        """The text as the search sees it: cleaned, typos mended, fillers left out."""
        return self.bare(self.clean(text))

    def bare(self, clean: str) -> Question:
        """A text that is cleaned already, without typos and fillers."""
        mended = self._mended(clean)
        bare = self._fillers.sub(" ", mended)
        clauses = tuple(part for part in _CLAUSE.split(bare) if part)
        return Question(" ".join(clauses), clauses, was_blank=not _CLAUSE.sub("", clean))

    def key(self, text: str) -> str:
        """Equal for two texts that differ in script, width, case or punctuation only."""
        return "".join(char for char in self.clean(text) if char.isalnum())

    def _clean_once(self, text: str) -> str:
        folded = unicodedata.normalize("NFKC", text).lower()
        seen = _ODD.sub(_visible, folded)
        plain = unicodedata.normalize("NFKC", self._simplify(seen)).lower()
        return _REPEATED.sub(r"\1", " ".join(plain.split()))

    def _mended(self, text: str) -> str:
        text = self._typo.sub(lambda found: self._typos[found.group()], text)
        for wrong, right, near in self._unclear:
            if wrong in text and any(word in text.replace(wrong, "") for word in near):
                text = text.replace(wrong, right)
        return text


def _visible(found: re.Match[str]) -> str:
    char = found.group()
    if char.isspace():
        return " "
    kind = unicodedata.category(char)
    if kind in _KEPT:
        return char
    # A pictogram parts words; marks, controls, surrogates and unassigned code points vanish.
    return " " if kind[0] == "S" or kind == "No" else ""


def _last_clauses(text: str) -> str:
    tail = text[-LONGEST:]
    cut = _CLAUSE.search(tail)
    # Half a clause misleads; but if the first end of a clause comes late, the words count more.
    return tail[cut.end() :] if cut and cut.end() <= LONGEST // 3 else tail.lstrip()


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in longest_first))
