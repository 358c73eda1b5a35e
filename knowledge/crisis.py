"""Words that must not wait for a search: danger to life, and attempts to learn who complained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from knowledge.wording import read_table

# No word holds it: what stands before and after is not joined to a word.
_PASSED_OVER = "|"


@dataclass(frozen=True, slots=True)
class Watch:
    """The word lists of crisis.toml."""

    harmless: tuple[str, ...]
    certain: tuple[str, ...]
    violence: tuple[str, ...]
    now: tuple[str, ...]
    who: tuple[str, ...]
    worry: tuple[str, ...]

    @classmethod
    def read(cls) -> Watch:
        table: dict[str, Any] = read_table("crisis.toml")
        lists = ("harmless", "certain", "violence", "now")
        words = {name: tuple(table[name]) for name in lists}
        private = {name: tuple(table["private"][name]) for name in ("who", "worry")}
        return cls(**words, **private)

    def danger(self, clean: str) -> str | None:
        """The word that tells of danger to life, or None. Everyday exaggeration is passed over."""
        # An exaggeration is said in one breath: two lines that make one by chance are none.
        for word in self.harmless:
            clean = clean.replace(word, _PASSED_OVER)
        text = "".join(clean.split())
        certain = _first(self.certain, text)
        if certain:
            return certain
        violent = _first(self.violence, text)
        return violent if violent and _first(self.now, text) else None

    def pries(self, clean: str) -> bool:
        """True if the text asks who complained or who is a member."""
        text = "".join(clean.split())
        return bool(_first(self.who, text)) and not _first(self.worry, text)


def _first(words: Iterable[str], text: str) -> str | None:
    return next((word for word in words if word in text), None)
