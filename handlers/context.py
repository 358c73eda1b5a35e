"""What every handler is given: the services, the sentences and the local particulars."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol, TypeAlias

from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from domain.certificates import Certificate
from domain.clock import Clock
from domain.documents import Format, Paper, Record
from domain.union import Union
from handlers.shown import LastPages
from locales import Markup, Texts
from services.ask import AskService
from services.broadcasts import BroadcastMembers
from services.calculate import CalculateService
from services.cases import CaseIntake, CaseService
from services.certificates import CertificateService
from services.documents import DocumentService
from services.editing import HearingService
from services.events import EventService, SignUpForms
from services.evidence import EvidenceService, UploadService
from services.forms import FormService
from services.limits import LimitService
from services.links import LinkService
from services.members import MemberService
from services.people import OwnDataService, ProfileService
from services.quiz import ContestService, PlayService, QuizService
from services.staff import PhoneService
from services.talks import TalkDesk, TalkService


class Papers(Protocol):
    """Writes papers of cases as files."""

    def name(self, paper: Paper) -> str:
        """What the paper is called."""

    def write(self, paper: Paper, record: Record, form: Format) -> bytes:
        """The paper as a file."""


class CertificatePapers(Protocol):
    """Writes certificates as files."""

    def name(self, certificate: Certificate) -> str:
        """What the paper is called."""

    def write(self, certificate: Certificate) -> bytes:
        """The certificate as a file."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one person may write: a burst, then so many a second; one notice a while."""

    burst: int
    per_second: float
    notice_seconds: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a handler may use, handed in once at assembly."""

    texts: Texts
    ask: AskService
    broadcasts: BroadcastMembers
    calculate: CalculateService
    cases: CaseService
    intake: CaseIntake
    forms: FormService
    hearing: HearingService
    limits: LimitService
    evidence: EvidenceService
    uploads: UploadService
    documents: DocumentService
    papers: Papers
    links: LinkService
    members: MemberService
    profile: ProfileService
    own_data: OwnDataService
    sign_in: PhoneService
    events: EventService
    sign_ups: SignUpForms
    certificates: CertificateService
    certificate_papers: CertificatePapers
    quiz: QuizService
    play: PlayService
    contests: ContestService
    talks: TalkService
    talk_desk: TalkDesk
    union: Union
    pace: Pace
    shown: LastPages
    clock: Clock
    # Where members reach our pages; empty if they cannot.
    upload_url: str
    question_days: int
    quarantine_days: int
    talk_days: int


class Context(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[str, Any]]):
    """PTB's context with the desk at hand; `t` speaks."""

    @property
    def desk(self) -> Desk:
        desk: Desk = self.bot_data["desk"]
        return desk

    @property
    def t(self) -> Texts:
        return self.desk.texts


# A command or a message: three moves, nothing returned.
Handler: TypeAlias = Callable[[Update, Context], Coroutine[Any, Any, None]]


class Answered(Enum):
    """What a press returns that was answered before its page was shown."""

    ALREADY = auto()


# A pressed button, with the arguments of its data; what it returns is shown as a toast.
Toast: TypeAlias = Markup | Answered | None
Press: TypeAlias = Callable[..., Coroutine[Any, Any, Toast]]
