"""Talks as the program has them: for the chat, for the console, by the clock."""

from __future__ import annotations

from datetime import timedelta

from bot.content import Content
from bot.schedule import Tick
from bot.settings import Settings
from console.desk import TalkOffice
from domain.clock import Clock
from services.talks import PhraseService, TalkClock, TalkDesk, TalkReader, TalkService
from storage.database import Database


def in_chat(settings: Settings, database: Database, clock: Clock) -> tuple[TalkService, TalkDesk]:
    """What members do, and what staff do from their phones."""
    hours = settings.office.office()
    policy = settings.talks.policy(settings.retention.talk_days)
    return (
        TalkService(database, clock, hours, policy),
        TalkDesk(database, clock, hours, policy),
    )


def in_console(
    settings: Settings, database: Database, clock: Clock, content: Content
) -> TalkOffice:
    """What the pages of talks use."""
    hours = settings.office.office()
    policy = settings.talks.policy(settings.retention.talk_days)
    return TalkOffice(
        TalkDesk(database, clock, hours, policy),
        TalkReader(database, clock, hours, policy),
        PhraseService(database, clock, content.knowledge, settings.union.card()),
    )


def ticks(
    settings: Settings, database: Database, clock: Clock
) -> dict[str, tuple[timedelta, Tick]]:
    """What is done by the clock."""
    policy = settings.talks.policy(settings.retention.talk_days)
    talks = TalkClock(database, clock, settings.office.office(), policy)
    return {
        "talks.escalate": (timedelta(seconds=30), talks.escalate_due),
        "talks.wake": (timedelta(seconds=60), talks.wake_due),
        "talks.close_idle": (timedelta(minutes=5), talks.close_idle_due),
        "talks.purge": (timedelta(hours=6), talks.purge),
    }
