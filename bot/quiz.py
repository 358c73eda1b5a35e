"""The quiz as the program runs it: the bank follows its files, rounds go by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from bot.delivery.calls import Polled
from bot.delivery.filling import Fill
from bot.schedule import Tick
from bot.settings import Settings
from domain.clock import Clock, beijing_date
from domain.outbox import Claim
from knowledge.errors import ContentError
from knowledge.quiz_bank import FOLDER, load_bank
from services.duties import DutyService
from services.quiz import BankDesk, ContestClock, QuizClock
from services.quiz import contest_telling as telling
from storage.database import Database

log = structlog.get_logger(__name__)


class QuizFiles:
    """Brings the bank in line with knowledge/quiz whenever a file there has changed."""

    def __init__(self, folder: Path, bank: BankDesk, clock: Clock) -> None:
        self._folder = folder
        self._bank = bank
        self._clock = clock
        self._seen: tuple[tuple[str, int, int], ...] = ()

    async def follow(self) -> None:
        """Take over what changed. Files with a fault change nothing, and that is logged."""
        found = await asyncio.to_thread(self._look)
        if not found or found == self._seen:
            return
        today = beijing_date(self._clock.now())
        try:
            bank = await asyncio.to_thread(load_bank, self._folder, today)
        except ContentError as error:
            log.error("quiz_rejected", faults=len(error.faults))
            self._seen = found
            return
        synced = await self._bank.sync(bank.items, bank.topics)
        log.info(
            "quiz_followed",
            added=synced.added,
            changed=synced.changed,
            withdrawn=synced.withdrawn,
        )
        self._seen = found

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        paths = sorted((self._folder / FOLDER).glob("*.toml"))
        stats = [(path.name, path.stat()) for path in paths]
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def fills() -> Mapping[str, Fill]:
    """What polls and results of contests say is looked up when they go."""
    return {telling.POLL: telling.fill_poll, telling.RESULT: telling.fill_result}


def polled(database: Database, clock: Clock) -> Polled:
    """Writes down which poll a question of a contest became."""
    contests = ContestClock(database, clock)

    async def note(claim: Claim, poll_id: str, message_id: int) -> None:
        await contests.shown(claim.details, poll_id, message_id)

    return note


def ticks(
    settings: Settings, clock: Clock, database: Database, files: QuizFiles
) -> dict[str, tuple[timedelta, Tick]]:
    """What the quiz does by the clock."""
    duties = DutyService(database, clock, settings.delivery.policy().quiet)
    quiz = QuizClock(database, clock, duties.run)
    contests = ContestClock(database, clock)
    return {
        "quiz.follow": (timedelta(minutes=1), files.follow),
        "quiz.open": (timedelta(seconds=20), quiz.open_due),
        "quiz.remind": (timedelta(minutes=1), quiz.remind_due),
        "quiz.close": (timedelta(seconds=10), quiz.close_due),
        "quiz.draw": (timedelta(seconds=20), quiz.draw_due),
        "quiz.lapse": (timedelta(minutes=10), quiz.lapse_due),
        "quiz.figures": (timedelta(minutes=10), quiz.figure_due),
        "quiz.purge": (timedelta(hours=6), quiz.purge),
        "quiz.contest": (timedelta(seconds=2), contests.advance_due),
        "quiz.contest_purge": (timedelta(hours=6), contests.purge),
    }
