"""What every page is given: the services, the sentences, and how the console is reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiohttp import web
from markupsafe import Markup

from domain.ask import Entry, Fault
from domain.broadcasts import Content
from domain.clock import Clock
from domain.documents import Format, Letter, Paper, Record
from domain.events import Event
from domain.health import Health
from domain.quiz_bank import BankItem
from domain.reading.words import Words
from domain.union import Union
from locales import Texts
from services.broadcasts import (
    ApprovalDesk,
    BroadcastDesk,
    CallDesk,
    EmergencyDesk,
    RunDesk,
    SegmentDesk,
)
from services.cases import (
    CaseDesk,
    CaseExports,
    CaseFigures,
    DisclosureDesk,
    FirmDesk,
    MeetingDesk,
    RiskDesk,
    SettlementDesk,
)
from services.certificates import CertificateService
from services.countersigns import CountersignService
from services.documents import DocumentService
from services.editing import EditingService
from services.events import EventDesk, EventDoor, EventReader, SeatDesk, View
from services.evidence import EvidenceDesk
from services.exports import ExportService
from services.limits import LimitService
from services.outbox import OutboxService
from services.outcomes import OutcomeService
from services.people import PeopleOffice
from services.quiz import (
    BankDesk,
    ContestDesk,
    PrizeDesk,
    QuizImports,
    RoundDesk,
    RoundReader,
)
from services.repeats import RepeatService
from services.roster import RosterService
from services.staff import AuditService, FactorService, SignInService, StaffService
from services.talks import PhraseService, TalkDesk, TalkReader
from services.units import UnitService
from services.unsent import UnsentService


@dataclass(frozen=True, slots=True)
class PhonePage:
    """A page as members see it: HTML that is safe, and the labels of its buttons in rows."""

    html: Markup
    buttons: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What an edited workbook would change: sentences that tell it, the texts by entry id, and
    the golden questions that would lose their page."""

    lines: tuple[str, ...]
    texts: Mapping[str, str]
    lost: tuple[Fault, ...]


class Sheets(Protocol):
    """The knowledge base as a workbook, with what staff published."""

    async def export(self, path: Path) -> None:
        """Write the workbook. Raises Blocked with the faults that prevent it."""

    async def plan(self, path: Path) -> SheetPlan:
        """What importing the workbook would change. Raises Blocked, faults by sheet and row."""


@dataclass(frozen=True, slots=True)
class EventOffice:
    """What the pages of events use. `phone_page` shows an event as members see it, `when` says
    its day and hours to them; `words` are those by which typed figures and days are read."""

    desk: EventDesk
    seats: SeatDesk
    door: EventDoor
    reader: EventReader
    phone_page: Callable[[View], PhonePage]
    when: Callable[[Event], Markup]
    words: Words


@dataclass(frozen=True, slots=True)
class QuizOffice:
    """What the pages of quizzes use. `phone_item` shows a question as members see it;
    `referring` are phrases by which an option speaks of the others, which none may."""

    bank: BankDesk
    imports: QuizImports
    rounds: RoundDesk
    reader: RoundReader
    prizes: PrizeDesk
    contests: ContestDesk
    phone_item: Callable[[BankItem], PhonePage]
    referring: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BroadcastOffice:
    """What the pages of broadcasts use. `phone_page` shows a broadcast to a member of a unit;
    `entries` are the titles of the pages that a button may lead to, by id."""

    segments: SegmentDesk
    desk: BroadcastDesk
    approvals: ApprovalDesk
    runs: RunDesk
    calls: CallDesk
    emergencies: EmergencyDesk
    outbox: OutboxService
    phone_page: Callable[[Content, str], PhonePage]
    entries: Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class TalkOffice:
    """What the pages of talks use."""

    desk: TalkDesk
    reader: TalkReader
    phrases: PhraseService


class CasePapers(Protocol):
    """Writes papers of cases, and letters to employers, as files."""

    def name(self, paper: Paper) -> str:
        """What the paper is called."""

    def write(self, paper: Paper, record: Record, form: Format) -> bytes:
        """The paper as a file."""

    def write_letter(self, letter: Letter, form: Format) -> bytes:
        """The letter as a file."""


@dataclass(frozen=True, slots=True)
class CaseOffice:
    """What the pages of cases use."""

    desk: CaseDesk
    meetings: MeetingDesk
    settlements: SettlementDesk
    disclosures: DisclosureDesk
    firms: FirmDesk
    risks: RiskDesk
    figures: CaseFigures
    exports: CaseExports
    evidence: EvidenceDesk
    documents: DocumentService
    limits: LimitService
    papers: CasePapers


@dataclass(frozen=True, slots=True)
class ConsoleDesk:
    """Everything a page may use, handed in once at assembly.

    `behind_proxy`: a reverse proxy of ours stands in front and says who asks and whether by
    https; otherwise those headers are anybody's invention and are not read.
    """

    texts: Texts
    clock: Clock
    union: Union
    sign_in: SignInService
    factors: FactorService
    staff: StaffService
    units: UnitService
    audit: AuditService
    repeats: RepeatService
    countersigns: CountersignService
    exports: ExportService
    outcomes: OutcomeService
    editing: EditingService
    sheets: Sheets
    phone_page: Callable[[Entry, bool], PhonePage]
    people: PeopleOffice
    rosters: RosterService
    events: EventOffice
    certificates: CertificateService
    talks: TalkOffice
    quiz: QuizOffice
    cases: CaseOffice
    broadcasts: BroadcastOffice
    unsent: UnsentService
    health: Callable[[], Awaitable[Health]]
    bot_name: str = ""
    behind_proxy: bool = False

    @property
    def is_demo(self) -> bool:
        """True in `make demo` only: it shows the mark and lets anybody in as anybody."""
        return self.sign_in.is_demo

    def address_of(self, request: web.Request) -> str:
        """The address that asks, for limits and the audit."""
        if self.behind_proxy:
            # The last one is what our own proxy saw; those before it came with the request.
            told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            if told:
                return told[:64]
        return request.remote or ""

    def is_secure(self, request: web.Request) -> bool:
        """True if the browser's own connection is encrypted."""
        if self.behind_proxy:
            return request.headers.get("X-Forwarded-Proto") == "https"
        return request.secure
