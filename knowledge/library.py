"""The library of one day: what may be said, and how it is found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.ask import Entry, Finding, FollowUp, TopicGroup
from knowledge.figures import Figure
from knowledge.followups import FollowUps
from knowledge.waste_finding import WasteTable


class Search(Protocol):
    """What finds entries by words."""

    def ask(self, text: str, *, reasons: bool = True) -> Finding: ...


@dataclass(frozen=True, slots=True)
class Golden:
    """A question, the page that must come first, and the line of golden.toml that says so."""

    text: str
    entry_id: str
    line: int


class Library:
    """Everything that may be said on `day`. It never changes; a reload makes another one.

    `entries` are those that are valid on that day, in order of id; `withheld` are the ids of the
    others. `waste` is the table of what goes into which bin; `golden` are the questions that must
    go on finding their page. `digest` differs as soon as any file, or the day, differs.
    """

    __slots__ = (
        "_by_id",
        "_follow_ups",
        "_searcher",
        "day",
        "digest",
        "entries",
        "figures",
        "golden",
        "groups",
        "waste",
        "withheld",
    )

    def __init__(
        self,
        *,
        entries: tuple[Entry, ...],
        withheld: frozenset[str],
        groups: tuple[TopicGroup, ...],
        figures: tuple[Figure, ...],
        digest: str,
        day: date,
        searcher: Search,
        waste: WasteTable,
        golden: tuple[Golden, ...] = (),
    ) -> None:
        self.entries = entries
        self.withheld = withheld
        self.groups = groups
        self.figures = figures
        self.digest = digest
        self.day = day
        self.waste = waste
        self.golden = golden
        self._searcher = searcher
        self._follow_ups = FollowUps.read()
        self._by_id = {entry.id: entry for entry in entries}

    def ask(self, text: str, *, reasons: bool = True) -> Finding:
        """What the search makes of a question, in any form a member may type it. Never raises."""
        return self._searcher.ask(text, reasons=reasons)

    def follow_up(self, finding: Finding, page: Entry) -> FollowUp | None:
        """What the text behind the finding asks on about the page; None for a new question."""
        return self._follow_ups.follow_up(finding.normalised, page)

    def page(self, entry_id: str) -> Entry | None:
        """The entry, or None if there is none of this id or it is not valid on this day."""
        return self._by_id.get(entry_id)

    def in_topic(self, topic_id: str) -> tuple[Entry, ...]:
        """The entries of one topic for browsing: the most wanted first, the rest by id."""
        topics = (topic for group in self.groups for topic in group.topics)
        first = next((topic.first for topic in topics if topic.id == topic_id), ())
        place = {entry_id: number for number, entry_id in enumerate(first)}
        found = (entry for entry in self.entries if entry.topic == topic_id)
        return tuple(sorted(found, key=lambda entry: place.get(entry.id, len(place))))
