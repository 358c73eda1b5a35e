"""Broadcasts as the program starts them: their policy, their ticks, what their pages use."""

from __future__ import annotations

from datetime import timedelta

from markupsafe import Markup

from bot.content import Content
from bot.schedule import Tick
from bot.settings import Settings
from console.desk import BroadcastOffice, PhonePage
from domain.broadcasts import UNIT, content_json
from domain.broadcasts import Content as Written
from domain.calendar import load_calendar
from domain.clock import Clock
from handlers.broadcasts import message
from locales import Texts
from services.broadcasts import (
    ApprovalDesk,
    BroadcastClock,
    BroadcastDesk,
    BroadcastPolicy,
    CallDesk,
    EmergencyDesk,
    RunDesk,
    SegmentDesk,
)
from services.outbox import OutboxService
from storage.database import Database


def policy_of(settings: Settings) -> BroadcastPolicy:
    """What messages to many may do."""
    delivery = settings.delivery.policy()
    return BroadcastPolicy(
        hosts=settings.broadcasts.link_hosts,
        per_second=delivery.per_second,
        keep=timedelta(days=settings.retention.broadcast_days),
        quiet=delivery.quiet,
        calendar=load_calendar(),
    )


def broadcast_ticks(
    settings: Settings, clock: Clock, database: Database
) -> dict[str, tuple[timedelta, Tick]]:
    """What broadcasts do by the clock."""
    broadcasts = BroadcastClock(database, clock, policy_of(settings))
    return {
        "broadcasts.freeze": (timedelta(seconds=1), broadcasts.freeze_due),
        "broadcasts.start": (timedelta(seconds=2), broadcasts.start_due),
        "broadcasts.give_back": (timedelta(seconds=30), broadcasts.return_due),
        "broadcasts.make": (timedelta(minutes=1), broadcasts.make_due),
        "broadcasts.purge": (timedelta(hours=6), broadcasts.purge),
    }


def broadcast_office(
    settings: Settings,
    clock: Clock,
    database: Database,
    content: Content,
    texts: Texts,
    outbox: OutboxService,
) -> BroadcastOffice:
    """All that the pages of broadcasts use."""
    kit = (database, clock, policy_of(settings))

    def entries() -> dict[str, str]:
        library = content.knowledge.current
        return {entry.id: entry.title for entry in library.entries} if library else {}

    def phone_page(written: Written, unit: str) -> PhonePage:
        letter = message(texts, {**content_json(written), "broadcast": "preview", UNIT: unit})
        rows = letter.buttons.inline_keyboard if letter.buttons else ()
        # Its markup was checked when it was written.
        return PhonePage(
            Markup(letter.text),  # noqa: S704
            tuple(tuple(key.text for key in row) for row in rows),
        )

    return BroadcastOffice(
        SegmentDesk(*kit),
        BroadcastDesk(*kit),
        ApprovalDesk(*kit),
        RunDesk(*kit),
        CallDesk(*kit),
        EmergencyDesk(*kit),
        outbox,
        phone_page,
        entries,
    )
