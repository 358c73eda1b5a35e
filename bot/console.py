"""The console's desk, and its place on the web server."""

from __future__ import annotations

from functools import partial

from aiohttp import web
from markupsafe import Markup

from bot import talking
from bot.broadcasting import broadcast_office
from bot.console_sheets import ConsoleSheets
from bot.content import Content
from bot.health import health_of
from bot.link import TelegramLink
from bot.papers import Writer
from bot.schedule import Schedule
from bot.settings import Settings
from bot.staff_services import StaffServices
from console.app import build
from console.desk import (
    CaseOffice,
    ConsoleDesk,
    EventOffice,
    PhonePage,
    QuizOffice,
)
from domain.ask import Entry
from domain.calendar import load_calendar
from domain.clock import Clock
from domain.quiz_bank import BankItem
from domain.reading.words import Words
from handlers.events.pages import detail, when
from handlers.pages import full_page, page
from handlers.quiz.pages import preview
from knowledge.quiz_bank import WORDS as QUIZ_WORDS
from knowledge.wording import read_table
from locales import Texts, load_words
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
from services.editing import EditingService, InForce
from services.events import EventDesk, EventDoor, EventReader, SeatDesk, View
from services.evidence import EvidenceDesk
from services.exports import ExportService
from services.limits import LimitService
from services.members import MemberService
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
from services.unsent import UnsentService
from storage.database import Database


def console_of(
    settings: Settings,
    clock: Clock,
    database: Database,
    content: Content,
    editing: EditingService,
    texts: Texts,
    staff: StaffServices,
    repeats: RepeatService,
    members: MemberService,
    rosters: RosterService,
    outbox: OutboxService,
    link: TelegramLink,
    schedule: Schedule,
    bot_name: str,
) -> web.Application:
    """The console, to be mounted under /console."""
    return build(
        ConsoleDesk(
            texts=texts,
            clock=clock,
            union=settings.union.card(),
            sign_in=staff.sign_in,
            factors=staff.factors,
            staff=staff.staff,
            units=staff.units,
            audit=staff.audit,
            repeats=repeats,
            countersigns=CountersignService(database, clock),
            exports=ExportService(database.open_work, clock),
            outcomes=OutcomeService(
                database, content.knowledge, clock, settings.privacy.cluster_size
            ),
            editing=editing,
            sheets=ConsoleSheets(content.knowledge, InForce(database), texts, clock),
            phone_page=partial(_phone_page, texts),
            people=PeopleOffice(database, clock, forgotten=members.forget),
            rosters=rosters,
            events=_event_office(database, clock, texts),
            certificates=CertificateService(database, clock, settings.union.card()),
            talks=talking.in_console(settings, database, clock, content),
            quiz=_quiz_office(settings, database, clock, texts),
            cases=_case_office(settings, clock, database, texts),
            broadcasts=broadcast_office(settings, clock, database, content, texts, outbox),
            unsent=UnsentService(database, clock),
            health=health_of(settings, clock, database, content, link, schedule),
            bot_name=bot_name,
            behind_proxy=settings.console.behind_proxy,
        )
    )


def _event_office(database: Database, clock: Clock, texts: Texts) -> EventOffice:
    def phone_page(view: View) -> PhonePage:
        text, keyboard = detail(texts, view, clock.now())
        rows = tuple(tuple(key.text for key in row) for row in keyboard.inline_keyboard)
        return PhonePage(Markup(text), rows)  # noqa: S704

    return EventOffice(
        EventDesk(database, clock),
        SeatDesk(database, clock),
        EventDoor(database, clock),
        EventReader(database, clock),
        phone_page,
        lambda event: Markup(when(texts, event)),  # noqa: S704 - its texts are escaped there
        Words.of(load_words()),
    )


def _case_office(settings: Settings, clock: Clock, database: Database, texts: Texts) -> CaseOffice:
    office = settings.office.office()
    return CaseOffice(
        desk=CaseDesk(database, clock, office),
        meetings=MeetingDesk(database, clock, office),
        settlements=SettlementDesk(database, clock, office),
        disclosures=DisclosureDesk(database, clock, office),
        firms=FirmDesk(database, clock, office),
        risks=RiskDesk(database, clock, office, settings.cases.policy()),
        figures=CaseFigures(database, clock, office),
        exports=CaseExports(database, clock, office),
        evidence=EvidenceDesk(database, clock),
        documents=DocumentService(database, clock),
        limits=LimitService(database, clock, Words.of(load_words()), load_calendar()),
        papers=Writer(texts),
    )


def _quiz_office(settings: Settings, database: Database, clock: Clock, texts: Texts) -> QuizOffice:
    def phone_item(one: BankItem) -> PhonePage:
        text, keyboard = preview(texts, one.item)
        rows = tuple(tuple(key.text for key in row) for row in keyboard.inline_keyboard)
        return PhonePage(Markup(text), rows)  # noqa: S704

    return QuizOffice(
        BankDesk(database, clock),
        QuizImports(database, clock),
        RoundDesk(database, clock, load_calendar()),
        RoundReader(database, clock),
        PrizeDesk(database, clock),
        ContestDesk(database, clock, settings.delivery.policy().quiet),
        phone_item,
        tuple(read_table(QUIZ_WORDS)["referring"]),
    )


def _phone_page(t: Texts, entry: Entry, is_full: bool) -> PhonePage:
    """A page as the chat shows it, made by the same code. Its HTML was escaped there."""
    text, keyboard = (full_page if is_full else page)(t, entry, "preview")
    rows = tuple(tuple(key.text for key in row) for row in keyboard.inline_keyboard)
    return PhonePage(Markup(text), rows)  # noqa: S704
