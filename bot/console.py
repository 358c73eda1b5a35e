"""The console's desk, and its place on the web server."""

from __future__ import annotations

from functools import partial

from aiohttp import web
from markupsafe import Markup

from bot.console_sheets import ConsoleSheets
from bot.content import Content
from bot.health import health_of
from bot.link import TelegramLink
from bot.schedule import Schedule
from bot.settings import Settings
from bot.staff_services import StaffServices
from console.app import build
from console.desk import ConsoleDesk, EventOffice, PhonePage
from domain.ask import Entry
from domain.clock import Clock
from domain.reading.words import Words
from handlers.events.pages import detail
from handlers.pages import full_page, page
from locales import Texts, load_words
from services.editing import EditingService, InForce
from services.events import EventDesk, EventDoor, EventReader, SeatDesk, View
from services.exports import ExportService
from services.members import MemberService
from services.outcomes import OutcomeService
from services.people import PeopleOffice
from services.repeats import RepeatService
from services.roster import RosterService
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
        Words.of(load_words()),
    )


def _phone_page(t: Texts, entry: Entry, is_full: bool) -> PhonePage:
    """A page as the chat shows it, made by the same code. Its HTML was escaped there."""
    text, keyboard = (full_page if is_full else page)(t, entry, "preview")
    rows = tuple(tuple(key.text for key in row) for row in keyboard.inline_keyboard)
    return PhonePage(Markup(text), rows)  # noqa: S704
