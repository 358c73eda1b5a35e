"""A case in three records: where it stands, who it is about, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.cases.kinds import Kind
from domain.cases.states import ENDED, State
from domain.units import Level

# Nobody drowns the house in cases, and nobody is left alone with a fourth: there is a human way.
MOST_OPEN = 3
STORY_LIMIT = 1000
REASON_LIMIT = 200
# What a member is answered stands on their page, with all the rest in one message.
ANSWER_LIMIT = 1500


class Wish(StrEnum):
    """What the member asks for."""

    CONSULT = "consult"
    MEDIATE = "mediate"


@dataclass(frozen=True, slots=True)
class Case:
    """Where a case stands. Nothing in it says who it is about or what happened.

    `unit_id` answers for the case; `offered_id` is the unit it was passed on to, which has not
    accepted yet. `overseer_path` is the unit above that looks after it once it is overdue.
    """

    id: str
    number: str
    state: State
    wish: Wish
    kind: Kind
    # Where the member wants it to be dealt with.
    level: Level
    unit_id: int
    unit_path: str
    opened_at: datetime
    changed_at: datetime
    is_anonymous: bool
    respondent_id: int | None = None
    respondent_path: str | None = None
    # A keyed hash of the employer's name: the same employer is known again, found or typed.
    employer_print: str = ""
    offered_id: int | None = None
    offered_path: str | None = None
    overseer_path: str | None = None
    assigned_to: str | None = None
    due_at: datetime | None = None
    escalated_at: datetime | None = None
    closed_at: datetime | None = None
    lead_id: str | None = None
    head_count: int = 1
    stars: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    def is_overdue(self, now: datetime) -> bool:
        """Whether the stage should be over by now."""
        return self.is_open and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a case is about. All None in an anonymous consultation."""

    name: str | None = None
    phone: str | None = None
    # How and when the member wants to be reached, in their own words.
    reach: str | None = None
    # Where the program reaches the member; never shown to anybody.
    chat_id: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened, in the member's words, with what came along from the question.

    Money is in fen. `sheet` holds what a calculator said, as whole texts by names of their own.
    """

    story: str
    employer: str = ""
    claimed: int | None = None
    question: str = ""
    entry_id: str = ""
    sheet: Mapping[str, str] = field(default_factory=dict)


class Act(StrEnum):
    """What happened to a case, as it stands in its history."""

    FILED = "filed"
    OFFERED = "offered"
    RETURNED = "returned"
    TAKEN_OVER = "taken_over"
    ASSIGNED = "assigned"
    MOVED = "moved"
    ESCALATED = "escalated"
    IDENTIFIED = "identified"
    ADDED = "added"
    # Appointments; a bare "met" stands in histories from before they were told apart.
    MET = "met"
    MET_OFFERED = "met_offered"
    MET_AGAIN = "met_again"
    MET_CHOSEN = "met_chosen"
    MET_NONE = "met_none"
    MET_CANNOT = "met_cannot"
    MET_FIXED = "met_fixed"
    MET_HELD = "met_held"
    MET_OFF = "met_off"
    DISCLOSED = "disclosed"
    REFERRED = "referred"
    SETTLED = "settled"
    PAID = "paid"
    UNPAID = "unpaid"
    WITHDRAWN = "withdrawn"
    LINKED = "linked"
    RATED = "rated"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's history. `by` is a staff id, "member" or "clock".

    `note` is a reason between staff; the member sees the act and the stage, never the note. Only
    with the stage ANSWERED it is what the member is answered.
    """

    at: datetime
    act: Act
    by: str
    before: State
    after: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody of the staff looked into the case. The member sees the role and the time."""

    at: datetime
    staff_id: str
    role: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What staff write for each other. It never reaches the member."""

    at: datetime
    by: str
    text: str
