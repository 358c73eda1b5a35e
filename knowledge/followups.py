"""Following up: short texts that ask on about the page just shown. Words in followups.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from domain.ask import Entry, FollowUp, Section
from knowledge.wording import read_table


class FollowUps:
    """Tells follow-ups from new questions; when in doubt a text is a new question."""

    def __init__(
        self,
        *,
        longest: int,
        openings: Iterable[str],
        endings: Iterable[str],
        sections: Mapping[str, Iterable[str]],
        marks: Iterable[str],
    ) -> None:
        self._longest = longest
        before, after = _any_of(openings), _any_of(endings)
        self._phrases = [
            (Section(name), re.compile(f"{before}*{_any_of(phrases)}{after}*"))
            for name, phrases in sections.items()
        ]
        self._marks = re.compile(_any_of(marks))

    @classmethod
    def read(cls) -> FollowUps:
        table: dict[str, Any] = read_table("followups.toml")
        return cls(
            longest=table["longest"],
            openings=table["openings"],
            endings=table["endings"],
            sections=table["sections"],
            marks=table["cost"]["marks"],
        )

    def section(self, normalised: str) -> Section | None:
        """The part of a page that a normalised text asks for, or None for a new question."""
        text = normalised.replace(" ", "")
        if len(text) > self._longest:
            return None
        return next((name for name, said in self._phrases if said.fullmatch(text)), None)

    def follow_up(self, normalised: str, page: Entry) -> FollowUp | None:
        """What a text asks of the page, with what the page says of it; None: a new question."""
        section = self.section(normalised)
        if section is None:
            return None
        return FollowUp(section, self._costs(page) if section is Section.COST else ())

    def _costs(self, page: Entry) -> tuple[str, ...]:
        paragraphs = [page.answer, *page.details.split("\n\n")]
        return tuple(text for text in paragraphs if self._marks.search(text))


def _any_of(parts: Iterable[str]) -> str:
    return f"(?:{'|'.join(parts)})"
