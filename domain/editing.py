"""Rules of editing: how a version of a page or a figure comes into force, and who must agree."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.ask import Entry, Fault
from domain.refusal import Refusal


class Kind(StrEnum):
    """What a version is a version of."""

    ENTRY = "entry"
    FIGURE = "figure"


class State(StrEnum):
    """Where a version stands. ARCHIVED is in force like PUBLISHED, but shows nothing."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    ARCHIVED = "archived"
    REJECTED = "rejected"
    REPLACED = "replaced"


MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.IN_REVIEW, State.PUBLISHED, State.ARCHIVED, State.REJECTED}),
    State.IN_REVIEW: frozenset({State.DRAFT, State.PUBLISHED, State.REJECTED}),
    State.REJECTED: frozenset({State.DRAFT}),
    State.PUBLISHED: frozenset({State.REPLACED}),
    State.ARCHIVED: frozenset({State.REPLACED}),
    State.REPLACED: frozenset(),
}
# At most one version of a name is in one of these states.
IN_FORCE = frozenset({State.PUBLISHED, State.ARCHIVED})
OPEN = frozenset({State.DRAFT, State.IN_REVIEW, State.REJECTED})
# So long after a faulty publish an earlier version may come back without a second editor.
QUICK_ROLLBACK = timedelta(hours=24)
# The number of the text that was shipped with the program.
SHIPPED = 0
REASON_LENGTH = 500
SOURCE_LENGTH = 50_000
_NAMES = {
    Kind.ENTRY: re.compile(r"[a-z0-9_]{1,31}\.[a-z0-9_]{1,32}"),
    Kind.FIGURE: re.compile(r"[a-z][a-z0-9_]{0,63}"),
}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a page or figure: its text, how it stands, and what it was made from.

    `base_hash` is the hash of the text that was in force when its author began, `base_number`
    that version's number (SHIPPED: the file). `needs_review` says whether a second editor must
    publish it; `is_material` that members who follow the page are told. Times are UTC.
    """

    id: int
    kind: Kind
    name: str
    number: int
    state: State
    source: str
    base_number: int
    base_hash: str
    needs_review: bool
    is_material: bool
    author: str
    reviewer: str | None
    reason: str
    created_at: datetime
    changed_at: datetime
    decided_at: datetime | None = None

    @property
    def hash(self) -> str:
        return hash_of(self.source)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force of a name: the text, its number, and whether it is shown."""

    source: str
    number: int
    is_shown: bool = True

    @property
    def hash(self) -> str:
        return hash_of(self.source)


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: `mark` is "+", "-" or a blank; "@" stands for lines left out."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Try:
    """How a question would fare: what is decided, and the pages with scores and reasons."""

    decision: str
    ranking: tuple[tuple[str, str, float, tuple[str, ...]], ...]


class FieldKind(StrEnum):
    """How a part of a page is typed into the form."""

    LINE = "line"
    DAY = "day"
    CHOICE = "choice"
    TEXT = "text"
    # One line for each.
    ITEMS = "items"
    BUTTONS = "buttons"


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form of a page. `word` is its heading in the file; `limit` is in characters,
    of a list for each item, and `least` and `most` are how many items there may be (0: any)."""

    name: str
    word: str
    kind: FieldKind
    is_required: bool
    limit: int = 0
    least: int = 0
    most: int = 0
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A phrasing that is there already: on the page of this title, or in the same list ("")."""

    text: str
    page: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A text as it would be served: the page if it has no fault, else every fault of its own."""

    entry: Entry | None
    faults: tuple[Fault, ...]
    needs_review: bool
    is_changed: bool = True


class Blocked(Refusal):
    """A version must not come into force as it is. `faults` says why, each with its line."""

    def __init__(self, code: str, faults: tuple[Fault, ...]) -> None:
        super().__init__(code, size=len(faults))
        self.faults = faults


class Outdated(Refusal):
    """Another version came into force meanwhile. `changes` is what it changed."""

    def __init__(self, number: int, changes: tuple[DiffLine, ...]) -> None:
        super().__init__("knowledge.outdated", number=number)
        self.changes = changes


def check_move(version: Version, to: State) -> None:
    """Refuses with `knowledge.wrong_state` what the table of moves does not know."""
    if to not in MOVES[version.state]:
        raise Refusal("knowledge.wrong_state")


def check_publisher(version: Version, staff_id: str, needs_review: bool) -> None:
    """Refuses if the rules want another person, or the review first.

    A text that needs a review is published out of review by somebody who did not write it.
    Another text is published by its author, or by anybody once it was handed in.
    """
    if needs_review and version.state is State.DRAFT:
        raise Refusal("knowledge.review_first")
    if needs_review and version.author == staff_id:
        raise Refusal("knowledge.own_review")
    if version.state is State.DRAFT and version.author != staff_id:
        raise Refusal("knowledge.not_author")


def counted_since(
    hash_: str, history: Sequence[Version], shipped: str | None, since: datetime
) -> bool:
    """True if a text that counts no more still counted at some moment since then.

    `history` is what became of its name, `shipped` the file. Who goes back to such a text undoes
    only what was published since; an older one, or one that never counted, is a new decision.
    """
    counted = sorted(
        (one.decided_at, one.hash) for one in history if one.decided_at and one.state not in OPEN
    )
    first = "" if shipped is None else hash_of(shipped)
    hashes = (first, *(text for _, text in counted))
    return any(
        text == hash_ and end >= since for text, (end, _) in zip(hashes, counted, strict=False)
    )


def check_name(kind: Kind, name: str) -> str:
    """The name. Refuses with `knowledge.bad_name`; a good one can be no path to anywhere else."""
    if not _NAMES[kind].fullmatch(name):
        raise Refusal("knowledge.bad_name", name=name[:64])
    return name


def check_reason(reason: str) -> str:
    """The reason without blanks around it. Refuses with `knowledge.reason_missing` or `_long`."""
    said = reason.strip()
    if not said:
        raise Refusal("knowledge.reason_missing")
    if len(said) > REASON_LENGTH:
        raise Refusal("knowledge.reason_long", limit=REASON_LENGTH)
    return check_source(said).strip()


# What no page may hold: it is not seen, or turns round what is read.
UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    r"\u061c\ufeff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]"
)


def check_source(source: str) -> str:
    """The tidied text. Refuses with `knowledge.bad_text` or `knowledge.text_long` what cannot be
    kept; what else is wrong with it is for the checks before it is published."""
    if UNSEEN.search(source):
        raise Refusal("knowledge.bad_text")
    if len(source) > SOURCE_LENGTH:
        raise Refusal("knowledge.text_long", limit=SOURCE_LENGTH)
    return tidy(source)


def tidy(source: str) -> str:
    """A text with plain line ends, no blank lines around it and one line end at the end."""
    return source.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def hash_of(source: str) -> str:
    """The same for texts that differ in line ends or blank lines around them only."""
    return hashlib.sha256(tidy(source).encode("utf-8", "surrogatepass")).hexdigest()


def difference(old: str, new: str, around: int = 2) -> tuple[DiffLine, ...]:
    """What `new` changes in `old`, line by line, with a few lines around each change."""
    found: list[DiffLine] = []
    for line in difflib.unified_diff(
        tidy(old).splitlines(), tidy(new).splitlines(), lineterm="", n=around
    ):
        if line.startswith(("---", "+++")) and not found:
            continue
        mark = "@" if line.startswith("@@") else line[:1]
        found.append(DiffLine(mark, "" if mark == "@" else line[1:]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page in the editors' list. `open_count` are its drafts and versions in review;
    `is_shown` is false if staff withhold it, or if its days are over or not come."""

    id: str
    title: str
    topic: str
    number: int
    is_shown: bool
    is_archived: bool
    is_legal: bool
    reviewed_on: date | None
    valid_to: date | None
    expired_figures: tuple[str, ...]
    open_count: int


@dataclass(frozen=True, slots=True)
class Period:
    """A value of a figure with its days, both included; `review` is when it must be checked."""

    amount: str
    start: date
    end: date | None
    review: date | None


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A figure in the editors' list. `current` is as it stands in texts today."""

    name: str
    label: str
    unit: str
    region: str
    source: str
    current: str
    is_known: bool
    periods: tuple[Period, ...]
    used_by: tuple[str, ...]
    number: int
    open_count: int


@dataclass(frozen=True, slots=True)
class History:
    """Everything that became of a name: what is in force, and the versions, newest first.

    `shipped` is the text that came with the program, None if staff made the page. `names` are
    those of the people, by the ids that stand in the versions.
    """

    standing: Standing | None
    shipped: str | None
    versions: tuple[Version, ...]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GoldenLine:
    """A golden question, its page, and what is wrong with it now."""

    text: str
    entry_id: str
    title: str
    fault: Fault | None
