"""What a member asks and what we may say: entries, findings and the decision between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.waste import WasteFinding


class Decision(StrEnum):
    """What the search is sure enough to do with a question."""

    ANSWER = "answer"
    CHOICES = "choices"
    NONE = "none"


class Section(StrEnum):
    """The part of a page that a follow-up asks for."""

    STEPS = "steps"
    LIMITS = "limits"
    EVIDENCE = "evidence"
    BASIS = "basis"
    COST = "cost"
    ALL = "all"


class Urgency(StrEnum):
    """Whether the words ask for help that must not wait for a search."""

    NORMAL = "normal"
    CRISIS = "crisis"


@dataclass(frozen=True, slots=True)
class Basis:
    """One source of an answer: a law with its article, or an official document."""

    source: str
    article: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """A button below an answer. `target` is an entry id, or an action written as `@name`."""

    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the knowledge base, figures already filled in.

    Texts are plain, with `**bold**` as the only markup. `answer` begins with the conclusion and,
    together with `steps`, fits one phone screen. `expired_figures` names the figures in the texts
    whose period is over on the day of loading: such an entry is shown with a mark.
    """

    id: str
    title: str
    answer: str
    steps: tuple[str, ...] = ()
    details: str = ""
    mistakes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    phrasings: tuple[str, ...] = ()
    region: str = ""
    audience: str = ""
    reviewed_on: date | None = None
    reviewed_by: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    expired_figures: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        return self.id.partition(".")[0]

    def is_valid(self, today: date) -> bool:
        """True from `valid_from` to `valid_to`, both days included."""
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_to is None or today <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading for browsing: entries whose id begins with `id` and a dot.

    Only public topics are spoken of in groups; the rest is for the private chat. `first` are the
    entries that most members look for, in the order of browsing. What a legal topic says is
    published by a second editor only.
    """

    id: str
    title: str
    is_public: bool = False
    first: tuple[str, ...] = ()
    is_legal: bool = True


@dataclass(frozen=True, slots=True)
class TopicGroup:
    """The first level of browsing: a few topics that belong together."""

    id: str
    title: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that the search considered. `score` is 0..1 and comparable between questions."""

    entry_id: str
    score: float
    matched_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What the search made of one question: candidates best first, and how sure it is.

    With ANSWER the first candidate is shown; with CHOICES at most the first three are offered.
    `second` is what the question asks besides its answer; the answer then is what stands first
    in the text where the search was in doubt between the two.
    """

    decision: Decision
    candidates: tuple[Candidate, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    reason: str = ""
    normalised: str = field(default="", compare=False)
    second: Candidate | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A text that asks on about a page. `costs` are the page's paragraphs about money."""

    section: Section
    costs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a content file, told to the editor as `file:line: reason`.

    `code` names the kind of fault for programs; `reason` is the sentence for people.
    """

    path: str
    line: int
    reason: str
    code: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


class Verdict(StrEnum):
    """What a member said of an answer."""

    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"


class Complaint(StrEnum):
    """Why an answer did not help."""

    OFF_TOPIC = "off_topic"
    UNCLEAR = "unclear"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is kept: without the person, with the day only, numbers masked.

    `offered` are the choices that the asker saw, if it came to choices.
    """

    id: str
    asked_on: date
    text: str
    decision: Decision
    entry_id: str | None
    score: float
    in_group: bool = False
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of asking: what was decided and the pages to show or to offer.

    `pages` holds the answer alone, or the choices; it is empty when nothing was found. With
    urgency CRISIS the crisis page comes alone and the question is not kept at all. With `waste`
    the question was one for the table of waste; `pages` are then those about the classes. With
    `follow_up` the text asked on about the page shown before, which is then the only one of
    `pages`. `second` is the page that the question asked for besides.
    """

    question_id: str
    decision: Decision
    pages: tuple[Entry, ...]
    urgency: Urgency = Urgency.NORMAL
    reason: str = ""
    waste: WasteFinding | None = None
    second: Entry | None = None
    follow_up: FollowUp | None = None
