"""The root: every part, started in the order of need and stopped in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from aiohttp import web

from bot import keys, telegram
from bot.console import console_of
from bot.content import Content
from bot.delivery import Pump, Window
from bot.delivery import build as delivery
from bot.intake import Intake
from bot.link import TelegramLink
from bot.lock import only_process
from bot.metrics import Metrics
from bot.polling import ALLOWED_UPDATES, Polling
from bot.request import AiohttpRequest, Observer
from bot.schedule import Schedule, Tick
from bot.settings import Settings
from bot.staff_services import StaffServices
from bot.staff_services import build as build_staff
from bot.web import Hook, Readiness, application, hook_path
from domain.clock import Clock, SystemClock, beijing_date
from domain.reading.words import Words
from handlers import Desk
from handlers.context import Pace
from handlers.shown import LastPages
from locales import load as load_texts
from locales import load_words
from services.ask import AskService
from services.calculate import CalculateService
from services.editing import EditingService, HearingService, InForce
from services.events import EventClock, EventService, SignUpForms
from services.forms import FormService
from services.links import LinkService
from services.members import MemberService
from services.outbox import OutboxService
from services.people import OwnDataService, ProfileService
from services.repeats import RepeatService
from services.roster import RosterService
from storage.database import Database
from storage.errors import StorageUnavailable
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
    content = Content(folder, lambda: _today(clock), metrics, InForce(database))
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
    ticks = _ticks(settings, clock, database, content, desk, staff, intake)
    ticks |= _event_ticks(EventClock(database, clock), desk)
    ticks["forms_sent.purge"] = (timedelta(hours=1), repeats.purge)
    rosters = RosterService(database, clock)
    ticks["roster.resume"] = (timedelta(seconds=3), rosters.resume)
    ticks["roster.purge"] = (timedelta(hours=1), rosters.purge)
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
    )
    outbox = OutboxService(database, clock)
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
        link,
        schedule,
        app.bot.username,
    )
    ready = _readiness(database, content, link, pump, clock)
    url = await _serve_web(settings, intake, ready, metrics, console, stack)
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
        await work.commit()
    members = MemberService(database, clock)
    write, read = database.open_work, database.open_read
    return Desk(
        texts=load_texts(),
        ask=AskService(database, content.knowledge, clock, key),
        calculate=CalculateService(write, read, content.knowledge, clock, Words.of(load_words())),
        forms=FormService(database, clock, key),
        hearing=HearingService(database, content.knowledge, clock),
        links=LinkService(write, read, clock),
        members=members,
        profile=ProfileService(database, clock),
        own_data=OwnDataService(database, clock, forgotten=members.forget),
        sign_in=staff.phone,
        events=EventService(database, clock),
        sign_ups=SignUpForms(database, clock, Words.of(load_words())),
        union=settings.union.card(),
        pace=Pace(**settings.limits.model_dump()),
        shown=LastPages(clock),
        clock=clock,
        question_days=settings.retention.question_days,
        quarantine_days=settings.retention.quarantine_days,
    )


def _ticks(
    settings: Settings,
    clock: Clock,
    database: Database,
    content: Content,
    desk: Desk,
    staff: StaffServices,
    intake: Intake,
) -> dict[str, tuple[timedelta, Tick]]:
    async def purge_journal() -> None:
        now, keep = clock.now(), settings.retention
        async with database.open_work() as work:
            await work.journal.purge_before(now - timedelta(hours=keep.journal_hours))
            await work.journal.purge_failed_before(now - timedelta(days=keep.quarantine_days))
            await work.commit()

    async def reseal() -> None:
        # Keys may have been rotated beside us, and other processes may still have used old ones.
        await keys.keep_sealed(database, settings.keys.file)

    async def purge_questions() -> None:
        await desk.ask.purge(timedelta(days=settings.retention.question_days))

    return {
        "knowledge.reload": (
            timedelta(seconds=settings.knowledge.reload_seconds),
            content.reload_if_changed,
        ),
        "journal.replay": (timedelta(seconds=10), intake.replay_due),
        "journal.purge": (timedelta(hours=1), purge_journal),
        "questions.purge": (timedelta(hours=6), purge_questions),
        "forms.purge": (timedelta(hours=1), desk.forms.purge),
        "links.purge": (timedelta(hours=6), desk.links.purge),
        "hearing.purge": (timedelta(hours=6), desk.hearing.purge),
        "sign_in.purge": (timedelta(hours=1), staff.sign_in.purge),
        "keys.reseal": (timedelta(hours=1), reseal),
    }


def _event_ticks(clock: EventClock, desk: Desk) -> dict[str, tuple[timedelta, Tick]]:
    return {
        "seats.expire": (timedelta(seconds=20), clock.expire_due),
        "seats.fill": (timedelta(seconds=60), clock.fill_due),
        "seats.draw": (timedelta(seconds=20), clock.draw_due),
        "seats.remind": (timedelta(seconds=60), clock.remind_due),
        "seats.feedback": (timedelta(minutes=10), clock.ask_feedback_due),
        "seats.purge": (timedelta(hours=6), clock.purge),
        "seats.purge_answers": (timedelta(hours=1), desk.sign_ups.purge),
    }


async def _serve_web(
    settings: Settings,
    intake: Intake,
    readiness: Readiness,
    metrics: Metrics,
    console: web.Application,
    stack: AsyncExitStack,
) -> str:
    """Listen, and say where."""
    hook = None
    if settings.telegram.mode == "webhook":
        hook = Hook(hook_path(settings.telegram.token), settings.telegram.secret)
    runner = web.AppRunner(
        application(intake, hook, readiness, metrics, console),
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


def _readiness(
    database: Database, content: Content, link: TelegramLink, pump: Pump, clock: Clock
) -> Readiness:
    async def faults() -> dict[str, str]:
        found = pump.faults()
        if link.token_refused:
            found["telegram"] = "the token is refused"
        elif link.is_down:
            found["telegram"] = "unreachable"
        if content.knowledge.current is None:
            found["knowledge"] = "no good version"
        try:
            async with asyncio.timeout(2), database.open_work() as work:
                await work.instance.touch(clock.now())
                await work.commit()
        except (StorageUnavailable, TimeoutError):
            found["database"] = "cannot write"
        return found

    return faults


def _observer(link: TelegramLink | None, metrics: Metrics) -> Observer:
    def observe(method: str, outcome: str) -> None:
        # Delivery has a breaker of its own: its failures say nothing about replies.
        if link is not None:
            link.observe(method, outcome)
        metrics.calls.labels(method, outcome).inc()

    return observe


def _today(clock: Clock) -> date:
    return beijing_date(clock.now())
