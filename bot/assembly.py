"""The root: every part, started in the order of need and stopped in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from aiohttp import web

from bot import telegram
from bot.content import Content
from bot.intake import Intake
from bot.link import TelegramLink
from bot.lock import only_process
from bot.metrics import Metrics
from bot.polling import ALLOWED_UPDATES, Polling
from bot.request import AiohttpRequest, Observer
from bot.schedule import Schedule, Tick
from bot.settings import Settings
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
from services.forms import FormService
from services.links import LinkService
from services.members import MemberService
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
    intake: Intake
    schedule: Schedule
    desk: Desk
    link: TelegramLink
    metrics: Metrics


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Start everything; on leaving, stop taking updates, finish those begun, close.

    Raises AlreadyRunning for a second process on the same SQLite data, NewerSchema for a database
    of a newer program, StorageUnavailable, InvalidToken.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        stack.enter_context(only_process(settings.database.url))
        await asyncio.to_thread(migrate, settings.database.url)
        database = Database(settings.database.url)
        stack.push_async_callback(database.close)
        parts = await _build(settings, clock, database, stack)
        parts.schedule.start()
        stack.callback(parts.schedule.stop)
        yield parts


async def _build(
    settings: Settings, clock: Clock, database: Database, stack: AsyncExitStack
) -> Running:
    metrics = Metrics()
    content = Content(settings.knowledge.folder, lambda: _today(clock), metrics)
    content.load()
    desk = await _desk(settings, clock, database, content)
    link = TelegramLink()
    observe = _observer(link, metrics)
    request = AiohttpRequest(observe=observe)
    app = telegram.build(settings.telegram.token, settings.telegram.api_url, request, desk)
    stack.push_async_callback(app.bot.shutdown)
    await app.bot.initialize()
    await app.initialize()
    stack.push_async_callback(app.shutdown)
    staff = settings.telegram.staff_chats
    await telegram.introduce(app.bot, desk.texts, desk.union, staff)
    intake = Intake(
        database,
        app.bot,
        telegram.handler_of(app),
        telegram.apology(app.bot, desk.texts),
        telegram.alarm(app.bot, desk.texts, staff),
        link,
        clock,
        metrics,
    )
    stack.push_async_callback(intake.drain, _DRAIN_SECONDS)
    schedule = Schedule(_ticks(settings, clock, database, content, desk, intake))
    url = await _serve_web(
        settings, intake, _readiness(database, content, link, clock), metrics, stack
    )
    await _open_intake(settings, app, intake, observe, stack)
    return Running(url, database, content, intake, schedule, desk, link, metrics)


async def _desk(settings: Settings, clock: Clock, database: Database, content: Content) -> Desk:
    async with database.open_work() as work:
        key = await work.instance.key("questions")
        await work.commit()
    write, read = database.open_work, database.open_read
    return Desk(
        texts=load_texts(),
        ask=AskService(database, content.knowledge, clock, key),
        calculate=CalculateService(write, read, content.knowledge, clock, Words.of(load_words())),
        forms=FormService(database, clock, key),
        links=LinkService(write, read, clock),
        members=MemberService(database, clock),
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
    intake: Intake,
) -> dict[str, tuple[timedelta, Tick]]:
    async def purge_journal() -> None:
        now, keep = clock.now(), settings.retention
        async with database.open_work() as work:
            await work.journal.purge_before(now - timedelta(hours=keep.journal_hours))
            await work.journal.purge_failed_before(now - timedelta(days=keep.quarantine_days))
            await work.commit()

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
    }


async def _serve_web(
    settings: Settings,
    intake: Intake,
    readiness: Readiness,
    metrics: Metrics,
    stack: AsyncExitStack,
) -> str:
    """Listen, and say where."""
    hook = None
    if settings.telegram.mode == "webhook":
        hook = Hook(hook_path(settings.telegram.token), settings.telegram.secret)
    runner = web.AppRunner(
        application(intake, hook, readiness, metrics),
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
    database: Database, content: Content, link: TelegramLink, clock: Clock
) -> Readiness:
    async def faults() -> dict[str, str]:
        found = {}
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


def _observer(link: TelegramLink, metrics: Metrics) -> Observer:
    def observe(method: str, outcome: str) -> None:
        link.observe(method, outcome)
        metrics.calls.labels(method, outcome).inc()

    return observe


def _today(clock: Clock) -> date:
    return beijing_date(clock.now())
