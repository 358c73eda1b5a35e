"""Rules of events: their states and times, who may come, what is asked, which quota counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.clock import BEIJING
from domain.draw import Weights
from domain.refusal import Refusal
from domain.seats import Quota, QuotaKind
from domain.units import is_within

# What holds if staff say nothing else.
CANCEL_BEFORE = timedelta(hours=24)
CUT_OFF_BEFORE = timedelta(hours=2)
DRAW_AFTER = timedelta(minutes=10)
REMIND_BEFORE = (timedelta(hours=24), timedelta(hours=2))
# A reminder that comes later than this helps nobody (RELIABILITY R15).
REMIND_UNTIL = timedelta(minutes=15)
FEEDBACK_AFTER = timedelta(hours=2)
MOST_COMPANIONS = 9
TITLE_LIMIT = 60
_KEY = re.compile(r"[a-z][a-z0-9_]{0,15}")


class EventState(StrEnum):
    """Where an event is on its way. A held one is published and takes nobody for the moment."""

    DRAFT = "draft"
    PUBLISHED = "published"
    HELD = "held"
    CLOSED = "closed"
    CANCELLED = "cancelled"


EVENT_MOVES: Mapping[EventState, frozenset[EventState]] = {
    EventState.DRAFT: frozenset({EventState.PUBLISHED, EventState.CANCELLED}),
    EventState.PUBLISHED: frozenset({EventState.HELD, EventState.CLOSED, EventState.CANCELLED}),
    EventState.HELD: frozenset({EventState.PUBLISHED, EventState.CANCELLED}),
    # Closed too early, or attendance must be put right.
    EventState.CLOSED: frozenset({EventState.PUBLISHED}),
    EventState.CANCELLED: frozenset(),
}
SHOWN = frozenset({EventState.PUBLISHED, EventState.HELD, EventState.CLOSED})


class Mode(StrEnum):
    """How seats are given: to whoever comes first, or by lot when sign-up has closed."""

    FIRST_COME = "first_come"
    DRAW = "draw"


class RuleKind(StrEnum):
    """What an eligibility rule looks at."""

    UNIT = "unit"
    OCCUPATION = "occupation"
    ROSTER = "roster"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules and quotas may know of somebody. None and empty mean: not known."""

    unit_path: str | None = None
    occupation: str | None = None
    is_on_roster: bool = False
    # Among events of this union, ever.
    attended: int = 0
    # In the last year.
    missed: int = 0
    # Draws lost since the last one won.
    lost_draws: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may come. `values` are unit paths or occupations; `name` is what members read."""

    kind: RuleKind
    values: tuple[str, ...] = ()
    name: str = ""

    def check(self, facts: Facts) -> None:
        """Refuses with the rule that failed, or with what must be known first."""
        if self.kind is RuleKind.UNIT:
            if facts.unit_path is None:
                raise Refusal("events.unit_unknown", units=self.name)
            if not any(is_within(facts.unit_path, path) for path in self.values):
                raise Refusal("events.rule_unit", units=self.name)
        elif self.kind is RuleKind.OCCUPATION:
            if facts.occupation is None:
                raise Refusal("events.occupation_unknown", groups=self.name)
            if facts.occupation not in self.values:
                raise Refusal("events.rule_occupation", groups=self.name)
        elif self.kind is RuleKind.ROSTER and not facts.is_on_roster:
            raise Refusal("events.rule_roster")
        elif self.kind is RuleKind.NEWCOMER and facts.attended:
            raise Refusal("events.rule_newcomer")


class GroupKind(StrEnum):
    """By what the group of a quota is known."""

    UNIT = "unit"
    OCCUPATION = "occupation"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class GroupQuota:
    """A quota and whom it counts: units by path, occupations, or sessions by key."""

    quota: Quota
    kind: GroupKind
    values: tuple[str, ...]

    def counts(self, facts: Facts, session: str | None) -> bool:
        if self.kind is GroupKind.SESSION:
            return session in self.values
        if self.kind is GroupKind.OCCUPATION:
            return facts.occupation in self.values
        path = facts.unit_path
        return path is not None and any(is_within(path, top) for top in self.values)


class AnswerKind(StrEnum):
    """What kind of answer a question takes."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that an event asks. `profile` names what is filled in if it is known already."""

    key: str
    kind: AnswerKind
    label: str
    choices: tuple[str, ...] = ()
    is_required: bool = True
    least: Decimal | None = None
    most: Decimal | None = None
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """One of several times of the same event, with seats of its own."""

    key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    seats: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event is. Coordinates are WGS-84, both or none."""

    name: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None

    @property
    def has_pin(self) -> bool:
        return self.latitude is not None and self.longitude is not None


@dataclass(frozen=True, slots=True)
class Event:
    """An event with everything that staff decided about it."""

    id: str
    title: str
    state: EventState
    mode: Mode
    unit_path: str
    capacity: int
    opens_at: datetime
    closes_at: datetime
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    created_by: str
    summary: str = ""
    place: Place = field(default_factory=Place)
    contact: str = ""
    rules: tuple[Rule, ...] = ()
    quotas: tuple[GroupQuota, ...] = ()
    questions: tuple[Question, ...] = ()
    sessions: tuple[Session, ...] = ()
    weights: Weights = field(default_factory=Weights)
    companions: int = 0
    # 0: no teams.
    team_size: int = 0
    # Volunteer hours that attending counts for.
    hours: Decimal = Decimal(0)
    cancel_before: timedelta = CANCEL_BEFORE
    cut_off_before: timedelta = CUT_OFF_BEFORE
    # Why it is held or cancelled, in the words that members read.
    note: str = ""
    series_id: str | None = None
    is_demo: bool = False
    last_rank: int = 0
    owes_fill: bool = False
    code_salt: str = ""
    seed: str | None = None
    seed_hash: str | None = None
    entries_hash: str | None = None
    drawn_at: datetime | None = None
    draw_record: str | None = None
    asked_feedback_at: datetime | None = None

    def cancel_until(self, session: str | None = None) -> datetime:
        """Until then members give their seat back by themselves."""
        return self.starts(session) - self.cancel_before

    @property
    def last_start(self) -> datetime:
        """When its last session begins, or it itself."""
        return max([self.starts_at, *(one.starts_at for one in self.sessions)])

    @property
    def cut_off(self) -> datetime:
        """From then on the line does not move."""
        return self.starts_at - self.cut_off_before

    @property
    def is_drawn(self) -> bool:
        """True where seats are given by lot and that has not happened yet."""
        return self.mode is Mode.DRAW and self.drawn_at is None

    def session(self, key: str | None) -> Session | None:
        return next((one for one in self.sessions if one.key == key), None)

    def session_title(self, key: str | None) -> str:
        """Empty for one that was taken away."""
        found = self.session(key)
        return found.title if found else ""

    def starts(self, session: str | None) -> datetime:
        """When it starts for somebody of this session."""
        found = self.session(session)
        return found.starts_at if found else self.starts_at

    def ends(self, session: str | None) -> datetime:
        found = self.session(session)
        return found.ends_at if found else self.ends_at

    def all_quotas(self) -> tuple[Quota, ...]:
        """The quotas, and the seats of each session as a limit."""
        limits = (
            Quota(_session_mark(one.key), one.title, QuotaKind.LIMIT, one.seats)
            for one in self.sessions
        )
        return (*(one.quota for one in self.quotas), *limits)

    def marks(self, facts: Facts, session: str | None) -> frozenset[str]:
        """The quotas that a seat of this person counts for."""
        found = {one.quota.key for one in self.quotas if one.counts(facts, session)}
        if session is not None:
            found.add(_session_mark(session))
        return frozenset(found)

    def quota_name(self, key: str) -> str:
        return next((quota.name for quota in self.all_quotas() if quota.key == key), key)


@dataclass(frozen=True, slots=True)
class EventSieve:
    """Which events a list of staff shows, and in which order: `order` is "at" or "title"."""

    words: str = ""
    state: EventState | None = None
    path: str = ""
    ends_after: datetime | None = None
    ends_before: datetime | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None
    order: str = "at"
    is_down: bool = True


def check_open(event: Event, now: datetime) -> None:
    """Refuses what keeps everybody from signing up now: the state, the time."""
    if event.state is EventState.CANCELLED:
        raise Refusal("events.is_cancelled", title=event.title)
    if event.state is EventState.HELD:
        raise Refusal("events.is_held", title=event.title)
    if event.state is not EventState.PUBLISHED:
        raise Refusal("events.not_found")
    if now < event.opens_at:
        raise Refusal("events.not_open_yet", at=stamp(event.opens_at))
    if now >= min(event.closes_at, event.starts_at):
        raise Refusal("events.is_closed")


def check_eligible(event: Event, facts: Facts) -> None:
    """Refuses with the first rule that fails."""
    for rule in event.rules:
        rule.check(facts)


def check_session(event: Event, session: str | None, now: datetime) -> None:
    """Refuses with `events.which_session` or `events.session_over`."""
    if not event.sessions:
        if session is not None:
            raise Refusal("events.which_session")
        return
    found = event.session(session)
    if found is None:
        raise Refusal("events.which_session")
    if now >= found.starts_at:
        raise Refusal("events.session_over")


def check_party(event: Event, party: int) -> None:
    """Refuses with `events.too_many_companions`. `party` counts the member too."""
    if not 1 <= party <= 1 + event.companions:
        raise Refusal("events.too_many_companions", most=event.companions)


def check_plan(event: Event) -> None:
    """Refuses an event that could not be held as it is written; each fault has its code."""
    times = (event.opens_at, event.closes_at, event.starts_at, event.ends_at)
    if not event.title.strip() or len(event.title) > TITLE_LIMIT:
        raise Refusal("events.plan_title", limit=TITLE_LIMIT)
    if list(times) != sorted(times) or event.starts_at == event.ends_at:
        raise Refusal("events.plan_times")
    if event.opens_at == event.closes_at:
        raise Refusal("events.plan_times")
    if event.mode is Mode.DRAW and event.closes_at + DRAW_AFTER > event.cut_off:
        raise Refusal("events.plan_draw", at=stamp(event.cut_off))
    if event.capacity < 1:
        raise Refusal("events.plan_capacity")
    if not 0 <= event.companions <= MOST_COMPANIONS:
        raise Refusal("events.plan_companions", most=MOST_COMPANIONS)
    reserved = sum(one.quota.seats for one in event.quotas if one.quota.kind is QuotaKind.RESERVED)
    if reserved > event.capacity:
        raise Refusal("events.plan_reserved", reserved=reserved, capacity=event.capacity)
    _check_keys([one.quota.key for one in event.quotas])
    _check_keys([one.key for one in event.questions])
    _check_keys([one.key for one in event.sessions])
    for session in event.sessions:
        if not event.starts_at <= session.starts_at < session.ends_at <= event.ends_at:
            raise Refusal("events.plan_sessions")


def must_move_event(before: EventState, after: EventState) -> None:
    """Refuses with `events.not_now` what the table of moves does not know."""
    if after not in EVENT_MOVES[before]:
        raise Refusal("events.not_now")


def shifted(event: Event, by: timedelta) -> Event:
    """The same event at another time: for clones and series."""
    sessions = tuple(
        replace(one, starts_at=one.starts_at + by, ends_at=one.ends_at + by)
        for one in event.sessions
    )
    return replace(
        event,
        opens_at=event.opens_at + by,
        closes_at=event.closes_at + by,
        starts_at=event.starts_at + by,
        ends_at=event.ends_at + by,
        sessions=sessions,
    )


def stamp(moment: datetime) -> str:
    """A moment as members read it, in Beijing: 2026-11-25 14:00."""
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def _check_keys(keys: Sequence[str]) -> None:
    if len(set(keys)) != len(keys) or not all(map(_KEY.fullmatch, keys)):
        raise Refusal("events.plan_keys")


def _session_mark(key: str) -> str:
    # No quota of staff can have this key: theirs begin with a letter.
    return f"_{key}"
