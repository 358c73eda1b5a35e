"""Rules of talks between members and staff: whose turn it is, by when, who may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from domain.calendar import OfficeHours
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from domain.units import Level, Unit, is_within

TEXT_LIMIT = 3000
# What Telegram hangs on a file is shorter.
CAPTION_LIMIT = 900
NOTE_LIMIT = 2000
# PRODUCT B12: a talk that was closed can be opened again for a week.
REOPEN_WITHIN = timedelta(days=7)
STARS = (1, 2, 3)


class State(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


LIVE = frozenset({State.OPEN, State.PENDING, State.SNOOZED})
MOVES: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.PENDING, State.SNOOZED, State.RESOLVED}),
    State.PENDING: frozenset({State.OPEN, State.SNOOZED, State.RESOLVED}),
    State.SNOOZED: frozenset({State.OPEN, State.PENDING, State.RESOLVED}),
    # Only when the member wants to go on.
    State.RESOLVED: frozenset({State.OPEN}),
}


class Priority(IntEnum):
    """What is answered first. URGENT halves the times in which staff must answer."""

    URGENT = 1
    NORMAL = 2
    LOW = 3


class Ending(StrEnum):
    """How a talk came to its end."""

    STAFF = "staff"
    MEMBER = "member"
    IDLE = "idle"


class Complaint(StrEnum):
    """Why somebody was not content."""

    SLOW = "slow"
    UNCLEAR = "unclear"
    UNSOLVED = "unsolved"
    MANNER = "manner"


class Box(StrEnum):
    """A part of the inbox."""

    QUEUE = "queue"
    MINE = "mine"
    SNOOZED = "snoozed"
    OVERDUE = "overdue"
    CALLS = "calls"
    ALL = "all"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TalkPolicy:
    """How fast staff answer, in minutes of office hours, and when the bot speaks again.

    `idle` counts from the last word of staff, by the clock on the wall.
    """

    first_minutes: int = 30
    next_minutes: int = 60
    solve_minutes: int = 2 * 390
    idle: timedelta = timedelta(hours=24)
    keep: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk, without its words. `assignee` is the account that owns it.

    `unit_path` is the town or district that answers, `level_path` where an escalation has brought
    it. `due_at` is when staff owe the next word; None while the member has it.
    """

    id: str
    member_id: int | None
    state: State
    priority: Priority
    topic: str
    entry_id: str | None
    unit_path: str
    level_path: str
    employer_path: str | None
    opened_at: datetime
    first_due_at: datetime
    solve_by: datetime
    assignee: str | None = None
    member_at: datetime | None = None
    staff_at: datetime | None = None
    first_reply_at: datetime | None = None
    due_at: datetime | None = None
    escalate_at: datetime | None = None
    escalations: int = 0
    snoozed_until: datetime | None = None
    closed_at: datetime | None = None
    ending: Ending | None = None
    stars: int | None = None
    complaint: Complaint | None = None
    called_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_queued(self) -> bool:
        """Nobody has it yet."""
        return self.is_live and self.assignee is None

    def is_overdue(self, now: datetime) -> bool:
        """Staff are later than was promised, with the next word or with the whole."""
        late = self.due_at is not None and self.due_at <= now
        return self.is_live and (late or self.solve_by <= now)

    def may_reopen(self, now: datetime) -> bool:
        closed = self.closed_at
        return not self.is_live and closed is not None and now < closed + REOPEN_WITHIN

    def is_silent(self, now: datetime, policy: TalkPolicy) -> bool:
        """Whether the bot leaves the word to people: until they were silent for too long."""
        return self.is_live and now - (self.staff_at or self.opened_at) < policy.idle


@dataclass(frozen=True, slots=True)
class Context:
    """Where the member came from: what was asked, and what stood on the screen."""

    question: str = ""
    shown: str = ""
    entry_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something said in a talk. `staff_id` is None for the member."""

    id: str
    talk_id: str
    at: datetime
    text: str
    staff_id: str | None = None
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What staff write for each other. It is kept apart and never sent."""

    id: str
    talk_id: str
    at: datetime
    staff_id: str
    text: str


@dataclass(frozen=True, slots=True)
class TalkFile:
    """A picture or a document in a talk; its bytes are read by themselves."""

    id: str
    talk_id: str
    kind: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """A reply that is written once. `entry_id` names the page its `{entry...}` gaps speak of."""

    id: str
    title: str
    text: str
    entry_id: str | None
    unit_path: str
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TalkFigures:
    """Counts over talks that were opened in a span."""

    opened: int = 0
    answered: int = 0
    in_time: int = 0
    closed: int = 0
    stars: Mapping[int, int] = field(default_factory=dict)
    complaints: Mapping[Complaint, int] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    median_minutes: int | None = None


def must_move(old: State, new: State) -> None:
    """Refuses with `talks.not_now` a move that no talk may make."""
    if new not in MOVES[old]:
        raise Refusal("talks.not_now")


def home_of(unit: Unit | None, above: Unit | None, top: Unit | None) -> tuple[str, str | None]:
    """The path of the unit that answers somebody, and of the enterprise that must not know.

    `unit` is the member's own and `above` the one it hangs below. An enterprise never answers its
    own people; whose unit is not known is answered from the top.
    """
    if unit is None:
        return (top.path if top else "/"), None
    if unit.level is not Level.ENTERPRISE:
        return unit.path, None
    return (above.path if above else "/"), unit.path


def duty_level(home: str, reaches: Iterable[str]) -> str | None:
    """The nearest level, from `home` upwards, at which somebody may answer; None if nowhere."""
    over = [path for path in set(reaches) if is_within(home, path)]
    return max(over, key=len, default=None)


def is_walled(belongs: Iterable[str], talk_employer: str | None) -> bool:
    """True for who belongs to the member's enterprise: the talk is not there for them."""
    return talk_employer is not None and any(is_within(path, talk_employer) for path in belongs)


def may_see(actor: Actor, talk: Talk) -> bool:
    """Whether the talk is there for the actor at all: within reach, and no wall between."""
    return actor.may(Permission.TALKS_ANSWER, talk.unit_path) and not is_walled(
        actor.belongs, talk.employer_path
    )


def opened(talk: Talk, hours: OfficeHours, policy: TalkPolicy) -> Talk:
    """A talk with the times that are promised from its opening on."""
    first = _after(hours, talk.opened_at, policy.first_minutes, talk.priority)
    solve = _after(hours, talk.opened_at, policy.solve_minutes, talk.priority)
    return replace(talk, first_due_at=first, due_at=first, escalate_at=first, solve_by=solve)


def heard(talk: Talk, now: datetime, hours: OfficeHours, policy: TalkPolicy) -> Talk:
    """The member has said something: staff owe a word, from the first one that has none yet."""
    if not talk.is_live:
        raise Refusal("talks.not_now")
    said = replace(talk, member_at=now, state=State.OPEN, snoozed_until=None)
    if talk.due_at is not None:
        return said
    due = _after(hours, now, policy.next_minutes, talk.priority)
    return replace(said, due_at=due, escalate_at=due)


def answered(talk: Talk, now: datetime) -> Talk:
    """Staff have said something: now it is the member's turn."""
    if talk.state is not State.PENDING:
        must_move(talk.state, State.PENDING)
    return replace(
        talk,
        state=State.PENDING,
        staff_at=now,
        first_reply_at=talk.first_reply_at or now,
        due_at=None,
        escalate_at=None,
        snoozed_until=None,
    )


def snoozed(talk: Talk, now: datetime, until: datetime) -> Talk:
    """Put aside until a moment to come; a word that is owed stays owed.

    Refuses with `talks.snooze_past`.
    """
    if until <= now:
        raise Refusal("talks.snooze_past")
    if talk.state is not State.SNOOZED:
        must_move(talk.state, State.SNOOZED)
    return replace(talk, state=State.SNOOZED, snoozed_until=until)


def woken(talk: Talk) -> Talk:
    """The time of a snoozed talk has come: it is staff's turn."""
    return replace(talk, state=State.OPEN, snoozed_until=None)


def closed(talk: Talk, now: datetime, ending: Ending) -> Talk:
    must_move(talk.state, State.RESOLVED)
    return replace(
        talk,
        state=State.RESOLVED,
        closed_at=now,
        ending=ending,
        due_at=None,
        escalate_at=None,
        snoozed_until=None,
    )


def reopened(talk: Talk, now: datetime, hours: OfficeHours, policy: TalkPolicy) -> Talk:
    """The member wants to go on. Refuses with `talks.reopen_late` after a week."""
    if not talk.may_reopen(now):
        raise Refusal("talks.reopen_late")
    again = replace(
        talk, state=State.OPEN, closed_at=None, ending=None, stars=None, complaint=None
    )
    due = _after(hours, now, policy.next_minutes, talk.priority)
    solve = _after(hours, now, policy.solve_minutes, talk.priority)
    return replace(again, member_at=now, due_at=due, escalate_at=due, solve_by=solve)


def escalated(
    talk: Talk, above: str | None, now: datetime, hours: OfficeHours, policy: TalkPolicy
) -> Talk:
    """Nobody answered in time: the level above has it too, and the next one if they are late.

    At the top nobody is above: then the talk stays overdue, visibly.
    """
    if above is None:
        return replace(talk, escalate_at=None, escalations=talk.escalations + 1)
    again = _after(hours, now, policy.next_minutes, talk.priority)
    return replace(talk, level_path=above, escalate_at=again, escalations=talk.escalations + 1)


def level_above(level: str, reaches: Collection[str]) -> str | None:
    """The next level above with somebody who may answer; None at the top."""
    over = [path for path in set(reaches) if path != level and is_within(level, path)]
    return max(over, key=len, default=None)


def checked_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """What is said, as it is kept. Refuses with `talks.text_empty` or `talks.text_long`."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refusal("talks.text_empty")
    # As Telegram counts: a face may be two.
    length = len(text.encode("utf-16-le")) // 2
    if length > limit:
        raise Refusal("talks.text_long", limit=limit, length=length)
    return text


def _after(hours: OfficeHours, at: datetime, minutes: int, priority: Priority) -> datetime:
    return hours.add_working_minutes(at, minutes / 2 if priority is Priority.URGENT else minutes)
