"""What the faces are given of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.cases.aside import Disclosure, Firm, Referral
from domain.cases.case import Act, Case, Facts, Identity, Note, Opening, Step
from domain.cases.kinds import Kind, Theme
from domain.cases.meeting import Appointment
from domain.cases.settlement import Agreement, Instalment
from domain.cases.states import State

PAGE = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases staff want to see.

    `queue` is "" for all, or "queue" (nobody works on it yet), "mine", "overdue", "offered"
    (passed on to us), "ended". `words` is a number or a part of one.
    """

    queue: str = ""
    kind: Kind | None = None
    state: State | None = None
    words: str = ""
    sort: str = "due"
    offset: int = 0
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Row:
    """A case in a list: nothing of who or what."""

    case: Case
    unit_name: str
    assigned_name: str


@dataclass(frozen=True, slots=True)
class Listing:
    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for somebody."""

    queue: int = 0
    mine: int = 0
    overdue: int = 0
    offered: int = 0


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it is opened. `moves` is what whoever opened it may choose as the next stage;
    `may_accept`: it was passed on to a unit that they lead."""

    case: Case
    unit_name: str
    offered_name: str
    respondent_name: str
    assigned_name: str
    identity: Identity
    facts: Facts
    steps: tuple[Step, ...]
    openings: tuple[Opening, ...]
    notes: tuple[Note, ...]
    appointments: tuple[Appointment, ...]
    agreements: tuple[Agreement, ...]
    disclosures: tuple[Disclosure, ...]
    referrals: tuple[Referral, ...]
    linked: tuple[Case, ...]
    moves: frozenset[State]
    is_assigned: bool
    is_lead: bool
    may_accept: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MyCase:
    """A case as its member sees it: no names of staff, no notes between them. `answer` is what
    they were answered last."""

    case: Case
    unit_name: str
    is_handled: bool
    steps: tuple[Step, ...]
    openings: tuple[Opening, ...]
    appointment: Appointment | None
    agreement: Agreement | None
    disclosure: Disclosure | None
    asked: Instalment | None
    firm: Firm | None
    answer: str = ""

    @property
    def met(self) -> Act | None:
        """What happened last with appointments."""
        acts = [step.act for step in self.steps if step.act.startswith(Act.MET)]
        return acts[-1] if acts else None


@dataclass(frozen=True, slots=True)
class RiskName:
    """One case behind a risk, after two people agreed to see it."""

    number: str
    case_id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a letter to an employer may say: counts and what it is about, never who."""

    employer: str
    theme: Theme
    members: int
    days: int
