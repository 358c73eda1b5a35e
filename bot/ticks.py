"""What runs by the clock, and how often. Quizzes, broadcasts and others have their own."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from bot import keys
from bot.content import Content
from bot.intake import Intake
from bot.schedule import Tick
from bot.settings import Settings
from bot.staff_services import StaffServices
from domain.clock import Clock
from handlers import Desk
from services.cases import CaseClock
from services.events import EventClock
from services.outcomes import DayCounter
from storage.database import Database

Ticks: TypeAlias = dict[str, tuple[timedelta, Tick]]


def house_ticks(
    settings: Settings,
    clock: Clock,
    database: Database,
    content: Content,
    desk: Desk,
    staff: StaffServices,
    intake: Intake,
) -> Ticks:
    """Knowledge, the journal, questions, forms and keys."""

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
        "questions.count": (timedelta(minutes=10), DayCounter(database, clock).count_due),
        "forms.purge": (timedelta(hours=1), desk.forms.purge),
        "links.purge": (timedelta(hours=6), desk.links.purge),
        "limits.remind": (timedelta(minutes=5), desk.limits.remind_due),
        "evidence.purge": (timedelta(hours=1), desk.evidence.purge),
        "limits.purge": (timedelta(hours=6), desk.limits.purge),
        "hearing.purge": (timedelta(hours=6), desk.hearing.purge),
        "sign_in.purge": (timedelta(hours=1), staff.sign_in.purge),
        "keys.reseal": (timedelta(hours=1), reseal),
    }


def event_ticks(clock: EventClock, desk: Desk) -> Ticks:
    """Seats: offers that lapse, the line, draws, reminders."""
    return {
        "seats.expire": (timedelta(seconds=20), clock.expire_due),
        "seats.fill": (timedelta(seconds=60), clock.fill_due),
        "seats.draw": (timedelta(seconds=20), clock.draw_due),
        "seats.remind": (timedelta(seconds=60), clock.remind_due),
        "seats.feedback": (timedelta(minutes=10), clock.ask_feedback_due),
        "seats.purge": (timedelta(hours=6), clock.purge),
        "seats.purge_answers": (timedelta(hours=1), desk.sign_ups.purge),
    }


def case_ticks(settings: Settings, clock: Clock, database: Database) -> Ticks:
    """Cases: what is overdue goes up, return visits, early warning."""
    hours, policy = settings.office.office(), settings.cases.policy()
    cases = CaseClock(database, clock, hours, policy)
    return {
        "cases.escalate": (timedelta(minutes=5), cases.escalate_due),
        "cases.release": (timedelta(minutes=5), cases.release_due),
        "cases.ask_payments": (timedelta(minutes=10), cases.ask_payments_due),
        "cases.remind": (timedelta(minutes=10), cases.remind_meetings_due),
        "cases.warn": (timedelta(hours=1), cases.warn_due),
        "cases.purge": (timedelta(hours=6), cases.purge),
    }
