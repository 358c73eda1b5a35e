"""The root: every part, started in the order of need and stopped in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web

from bot import erasures, keys, quiz, talking, telegram
from bot.broadcasting import broadcast_ticks
from bot.console import console_of
from bot.content import Content
from bot.delivery import Pump, Window
from bot.delivery import build as delivery
from bot.intake import Intake
from bot.link import TelegramLink
from bot.lock import only_process
from bot.metrics import Metrics
from bot.papers import Writer, clean
from bot.papers.certificate import CertificateWriter
from bot.polling import ALLOWED_UPDATES, Polling
from bot.readiness import readiness_of
from bot.request import AiohttpRequest, Observer
from bot.schedule import Schedule
from bot.settings import Settings
from bot.staff_services import StaffServices
from bot.staff_services import build as build_staff
from bot.ticks import case_ticks, event_ticks, house_ticks
from bot.uploads import UploadPages
from bot.web import Hook, Readiness, application, hook_path
from domain.calendar import load_calendar
from domain.clock import Clock, SystemClock, beijing_date
from domain.reading.words import Words
from handlers import Desk
from handlers.context import Pace
from handlers.shown import LastPages
from locales import load as load_texts
from locales import load_words
from services.ask import AskService
from services.broadcasts import BroadcastMembers
from services.calculate import CalculateService
from services.cases import FILLED, CaseIntake, CaseService, fill_notice
from services.certificates import CertificateService
from services.countersigns import CountersignService
from services.documents import DocumentService
from services.editing import EditingService, HearingService, InForce
from services.events import EventClock, EventService, SignUpForms
from services.evidence import EvidenceService, UploadService
from services.forms import FormService
from services.limits import LimitService
from services.links import LinkService
from services.members import MemberService
from services.outbox import OutboxService
from services.people import OwnDataService, ProfileService
from services.quiz import BankDesk, ContestService, ItemShelf, PlayService, QuizService
from services.repeats import RepeatService
from services.roster import RosterService
from services.talks import REPLY, fill_reply
from storage.database import Database
from storage.migrate import migrate

_DRAIN_SECONDS = 25

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """The whole program while it runs, for whoever started it and for tests."""

    url: str
    database: Database
    content: Content
    editing: EditingService
    intake: Intake
    schedule: Schedule
    desk: Desk
    staff: StaffServices
    pump: Pump
    outbox: OutboxService
    link: TelegramLink
    metrics: Metrics


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock | None = None, *, demo: bool = False
) -> AsyncIterator[Running]:
    """Start everything; on leaving, stop taking updates, finish those begun, close.

    With `demo` anybody may sign in to the console as anybody: no setting can ask for that.

    Raises AlreadyRunning for a second process on the same SQLite data, NewerSchema for a database
    of a newer program, KeysFault without the keys of this data, StorageUnavailable, InvalidToken.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        stack.enter_context(only_process(settings.database.url))
        vault = keys.open_vault(settings.keys.file)
        await asyncio.to_thread(migrate, settings.database.url)
        database = Database(settings.database.url, vault)
        stack.push_async_callback(database.close)
        await keys.check(database)
        await erasures.keep_at_start(database, clock, erasures.place(settings))
        staff = await build_staff(settings, clock, database, demo=demo)
        parts = await _build(settings, clock, database, staff, stack)
        parts.schedule.start()
        stack.callback(parts.schedule.stop)
        # Nothing new is begun while replies and what is on its way are seen through.
        stack.callback(parts.pump.stop_claiming)
        yield parts


async def _build(
    settings: Settings,
    clock: Clock,
    database: Database,
    staff: StaffServices,
    stack: AsyncExitStack,
) -> Running:
    metrics = Metrics()
    folder = settings.knowledge.folder
    content = Content(folder, lambda: beijing_date(clock.now()), metrics, InForce(database))
    await content.reload_if_changed()
    editing = EditingService(database, content.knowledge, clock, content.serve)
    desk = await _desk(settings, clock, database, content, staff)
    link = TelegramLink()
    observe = _observer(link, metrics)
    policy = settings.delivery.policy()
    window = Window(policy.limit)
    request = AiohttpRequest(observe=observe, admit=window.reply)
    app = telegram.build(settings.telegram.token, settings.telegram.api_url, request, desk)
    stack.push_async_callback(app.bot.shutdown)
    await app.bot.initialize()
    await app.initialize()
    stack.push_async_callback(app.shutdown)
    staff_chats = settings.telegram.staff_chats
    await telegram.introduce(app.bot, desk.texts, desk.union, staff_chats)
    intake = Intake(
        database,
        app.bot,
        telegram.handler_of(app),
        telegram.apology(app.bot, desk.texts),
        telegram.alarm(app.bot, desk.texts, staff_chats),
        link,
        clock,
        metrics,
    )
    stack.push_async_callback(intake.drain, _DRAIN_SECONDS)
    repeats = RepeatService(database.open_work, clock)
    ticks = house_ticks(settings, clock, database, content, desk, staff, intake)
    ticks |= event_ticks(EventClock(database, clock), desk)
    ticks["forms_sent.purge"] = (timedelta(hours=1), repeats.purge)
    ticks |= talking.ticks(settings, database, clock)
    ticks |= case_ticks(settings, clock, database)
    quiz_files = quiz.QuizFiles(folder, BankDesk(database, clock), clock)
    await quiz_files.follow()
    ticks |= quiz.ticks(settings, clock, database, quiz_files)
    rosters = RosterService(database, clock)
    ticks["roster.resume"] = (timedelta(seconds=3), rosters.resume)
    ticks["roster.purge"] = (timedelta(hours=1), rosters.purge)
    keep = erasures.keeping(database, clock, settings, desk.members.forget)
    ticks["erasures.keep"] = (timedelta(minutes=1), keep)
    countersigns = CountersignService(database, clock)
    ticks["countersigns.purge"] = (timedelta(hours=6), countersigns.purge)
    pump, me = await delivery.start(
        delivery.Line(
            settings.telegram.token, settings.telegram.api_url, _observer(None, metrics)
        ),
        policy,
        clock,
        database,
        desk.texts,
        window,
        metrics,
        desk.members.forget,
        stack,
        {REPLY: fill_reply, **dict.fromkeys(FILLED, fill_notice), **quiz.fills()},
        quiz.polled(database, clock),
    )
    outbox = OutboxService(database, clock, weekly_cap=settings.broadcasts.weekly_cap)
    ticks |= broadcast_ticks(settings, clock, database)
    ticks |= delivery.ticks(pump, me, outbox, timedelta(days=settings.delivery.keep_days))
    schedule = Schedule(ticks, clock)
    console = console_of(
        settings,
        clock,
        database,
        content,
        editing,
        desk.texts,
        staff,
        repeats,
        desk.members,
        rosters,
        outbox,
        link,
        schedule,
        app.bot.username,
    )
    ready = readiness_of(database, content, link, pump, clock)
    uploads = UploadPages(desk.uploads, desk.texts)
    url = await _serve_web(settings, intake, ready, metrics, console, uploads, stack)
    await _open_intake(settings, app, intake, observe, stack)
    return Running(
        url,
        database,
        content,
        editing,
        intake,
        schedule,
        desk,
        staff,
        pump,
        outbox,
        link,
        metrics,
    )


async def _desk(
    settings: Settings,
    clock: Clock,
    database: Database,
    content: Content,
    staff: StaffServices,
) -> Desk:
    async with database.open_work() as work:
        key = await work.instance.key("questions")
        votes_key = await work.instance.key("contest_votes")
        await work.commit()
    members = MemberService(database, clock)
    write, read = database.open_work, database.open_read
    talks, talk_desk = talking.in_chat(settings, database, clock)
    hours = settings.office.office()
    return Desk(
        texts=(texts := load_texts()),
        documents=DocumentService(database, clock),
        papers=Writer(texts),
        ask=AskService(database, content.knowledge, clock, key),
        broadcasts=BroadcastMembers(database, clock),
        calculate=CalculateService(write, read, content.knowledge, clock, Words.of(load_words())),
        forms=FormService(database, clock, key),
        hearing=HearingService(database, content.knowledge, clock),
        limits=LimitService(database, clock, Words.of(load_words()), load_calendar()),
        evidence=EvidenceService(database, clock, clean),
        uploads=UploadService(database, clock, clean),
        upload_url=settings.web.upload_url or settings.telegram.public_url.rstrip("/"),
        links=LinkService(write, read, clock),
        members=members,
        profile=ProfileService(database, clock),
        cases=CaseService(database, clock, hours),
        intake=CaseIntake(database, clock, hours, Words.of(load_words())),
        own_data=OwnDataService(database, clock, forgotten=members.forget),
        sign_in=staff.phone,
        events=EventService(database, clock),
        sign_ups=SignUpForms(database, clock, Words.of(load_words())),
        certificates=CertificateService(database, clock, settings.union.card()),
        certificate_papers=CertificateWriter(texts),
        quiz=QuizService(database, clock, load_words()["quiz"]["reserved"]),
        play=PlayService(database, clock, ItemShelf()),
        contests=ContestService(database, clock, votes_key),
        talks=talks,
        talk_desk=talk_desk,
        union=settings.union.card(),
        pace=Pace(**settings.limits.model_dump()),
        shown=LastPages(clock),
        clock=clock,
        question_days=settings.retention.question_days,
        quarantine_days=settings.retention.quarantine_days,
        talk_days=settings.retention.talk_days,
    )


async def _serve_web(
    settings: Settings,
    intake: Intake,
    readiness: Readiness,
    metrics: Metrics,
    console: web.Application,
    uploads: UploadPages,
    stack: AsyncExitStack,
) -> str:
    """Listen, and say where."""
    hook = None
    if settings.telegram.mode == "webhook":
        hook = Hook(hook_path(settings.telegram.token), settings.telegram.secret)
    runner = web.AppRunner(
        application(intake, hook, readiness, metrics, console, uploads),
        handle_signals=False,
        access_log=None,
        shutdown_timeout=_DRAIN_SECONDS,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.web.host, settings.web.port)
    await site.start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


async def _open_intake(
    settings: Settings,
    app: telegram.App,
    intake: Intake,
    observe: Observer,
    stack: AsyncExitStack,
) -> None:
    """Begin to take updates: the last thing to start and the first to stop."""
    if settings.telegram.mode == "webhook":
        await app.bot.set_webhook(
            settings.telegram.public_url.rstrip("/") + hook_path(settings.telegram.token),
            secret_token=settings.telegram.secret,
            max_connections=settings.telegram.max_connections,
            allowed_updates=ALLOWED_UPDATES,
            drop_pending_updates=False,
        )
        return
    await app.bot.delete_webhook(drop_pending_updates=False)
    request = AiohttpRequest(connections=2, observe=observe)
    await request.initialize()
    stack.push_async_callback(request.shutdown)
    polling = Polling(f"{settings.telegram.api_url}/bot{settings.telegram.token}", request, intake)
    polling.start()
    stack.push_async_callback(polling.stop)


def _observer(link: TelegramLink | None, metrics: Metrics) -> Observer:
    def observe(method: str, outcome: str) -> None:
        # Delivery has a breaker of its own: its failures say nothing about replies.
        if link is not None:
            link.observe(method, outcome)
        metrics.calls.labels(method, outcome).inc()

    return observe
