"""What became of questions: counted for each page and topic, and never for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.ask import Candidate, Complaint, Decision, Verdict


class Mark(StrEnum):
    """What is counted."""

    ASKED = "asked"
    ANSWERED = "answered"
    CHOICES = "choices"
    NONE = "none"
    OFFERED = "offered"
    CHOSEN = "chosen"
    REJECTED = "rejected"
    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"
    OFF_TOPIC = "off_topic"
    UNCLEAR = "unclear"
    OUTDATED = "outdated"
    HUMAN = "human"
    LEFT = "left"


Counts = Mapping[Mark, int]

_DECISIONS = {
    Decision.ANSWER: Mark.ANSWERED,
    Decision.CHOICES: Mark.CHOICES,
    Decision.NONE: Mark.NONE,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Questions that ended in the same way, and how many they were.

    `entry_id` is the best page of the search, which was shown only with decision ANSWER;
    `offered` are the choices that the asker saw.
    """

    decision: Decision
    entry_id: str | None
    offered: tuple[str, ...]
    chosen: str | None
    rejected: bool
    verdict: Verdict | None
    complaint: Complaint | None
    asked_human: bool
    for_staff: bool
    count: int

    @property
    def page(self) -> str | None:
        """The page that the asker read at last, and that the verdict is about."""
        if self.chosen is not None:
            return self.chosen
        return self.entry_id if self.decision is Decision.ANSWER else None

    def afterwards(self) -> Iterator[Mark]:
        """What the asker did after the page, or instead of one."""
        if self.verdict is Verdict.HELPFUL:
            yield Mark.HELPFUL
        if self.verdict is Verdict.UNHELPFUL:
            yield Mark.UNHELPFUL
            # A reason that was given before the asker thought better of it says nothing.
            if self.complaint is not None:
                yield Mark(self.complaint.value)
        if self.asked_human:
            yield Mark.HUMAN
        if self.for_staff:
            yield Mark.LEFT


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """The counts of all questions, and of each topic and page by id."""

    totals: Counts
    topics: Mapping[str, Counts]
    pages: Mapping[str, Counts]


def tally(outcomes: Iterable[Outcome]) -> OutcomeReport:
    """Count outcomes. What followed is counted for the page that was read at last."""
    totals: Counter[Mark] = Counter()
    pages: dict[str, Counter[Mark]] = {}
    for outcome in outcomes:
        after = list(outcome.afterwards())
        whole = [Mark.ASKED, _DECISIONS[outcome.decision], *after]
        whole += [Mark.CHOSEN] if outcome.chosen is not None else []
        whole += [Mark.REJECTED] if outcome.rejected else []
        _add(totals, whole, outcome.count)
        for offered in outcome.offered:
            _add(pages.setdefault(offered, Counter()), [Mark.OFFERED], outcome.count)
        if outcome.page is not None:
            read = Mark.CHOSEN if outcome.chosen is not None else Mark.ANSWERED
            _add(pages.setdefault(outcome.page, Counter()), [read, *after], outcome.count)
    return report_of(totals, pages)


def report_of(totals: Counts, pages: Mapping[str, Counts]) -> OutcomeReport:
    """The report on these counts of all questions and of pages; topics are sums of their pages."""
    topics: dict[str, Counter[Mark]] = {}
    for page, counts in pages.items():
        topics.setdefault(page.partition(".")[0], Counter()).update(counts)
    return OutcomeReport(totals, topics, pages)


def together(one: OutcomeReport, other: OutcomeReport) -> OutcomeReport:
    """The report on the questions of both."""
    pages = {name: Counter(counts) for name, counts in one.pages.items()}
    for name, counts in other.pages.items():
        pages.setdefault(name, Counter()).update(counts)
    totals = Counter(one.totals)
    totals.update(other.totals)
    return report_of(totals, pages)


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The questions of one day: all of them, and how many got a page, choices, or nothing."""

    day: date
    asked: int
    answered: int
    choices: int
    none: int


@dataclass(frozen=True, slots=True)
class Rise:
    """A topic that is asked about more than before: questions of the last days, and of as many
    days before them."""

    topic: str
    now: int
    before: int


# Fewer questions than that are no trend, whatever they were before.
LEAST_RISE = 5


def rises(now: OutcomeReport, before: OutcomeReport) -> tuple[Rise, ...]:
    """The topics that were read half as often again as before, the steepest first."""
    found = []
    for topic, counts in now.topics.items():
        read, earlier = times_read(counts), times_read(before.topics.get(topic, {}))
        if read >= LEAST_RISE and read * 2 >= earlier * 3:
            found.append(Rise(topic, read, earlier))
    return tuple(sorted(found, key=lambda rise: (rise.before - rise.now, rise.topic)))


def times_read(counts: Counts) -> int:
    """How often a page was read: as the answer, or chosen."""
    return counts.get(Mark.ANSWERED, 0) + counts.get(Mark.CHOSEN, 0)


def percent(counts: Counts, mark: Mark) -> int | None:
    """The part of the readings that ended so, rounded; None if there was no reading."""
    read = times_read(counts)
    return round(100 * counts.get(mark, 0) / read) if read else None


def _add(counter: Counter[Mark], marks: Iterable[Mark], count: int) -> None:
    for mark in marks:
        counter[mark] += count


@dataclass(frozen=True, slots=True)
class Missed:
    """Questions of the same words that we failed in the same way; `shown` are the pages that
    their askers had before them."""

    text: str
    shown: frozenset[str]
    count: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Missed questions that are alike: how many, the words that most of them have, the pages
    that come nearest now (with the mean score), and a few of them as they were asked."""

    size: int
    words: tuple[str, ...]
    near: tuple[Candidate, ...]
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissReport:
    """What we failed to answer, largest cluster first.

    `settled` of the `questions` get another page by now and are left out. Clusters that are too
    small to be shown are only counted: `small` clusters with `small_questions` in them.
    """

    questions: int
    settled: int
    clusters: tuple[Cluster, ...]
    small: int
    small_questions: int
