"""Intake: an update is acknowledged only after it was handled, whatever happens in between.

Telegram keeps what we have not acknowledged; the journal says what we have finished. Between the
two nothing is lost and nothing takes effect twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial

import structlog
from telegram import Update
from telegram.ext import ExtBot

from bot.lanes import LaneFull, Lanes
from bot.link import Outage, TelegramLink
from bot.metrics import Metrics
from bot.updates import Envelope, Unusable, read, received
from domain.clock import Clock
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.group import Group
from storage.journal import MAX_ATTEMPTS, Begin, Begun, State
from storage.marking import Notes, noting, write_all
from storage.work import Work

# Attempts come at once, after 1 s and after 10 s more.
_RETRY_AFTER = {1: 1.0, 2: 10.0}
_STORAGE_PATIENCE = 0.9
_HANDLER_SECONDS = 50

log = structlog.get_logger(__name__)


class Fate(StrEnum):
    """How an update that may be acknowledged ended."""

    DONE = "done"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


class NotHandled(Exception):  # noqa: N818 - named for what the caller must know
    """The update must come again, after `retry_after` seconds; nothing is acknowledged."""

    def __init__(self, retry_after: float, reason: str) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Intake:
    """Takes updates from the webhook or from polling and sees each through to its end.

    `handle` runs the handlers; it returns the error that ended them, or None. `apologise` tells
    the member, once, that a message could not be handled; `alert` tells staff, without content.
    """

    def __init__(
        self,
        database: Database,
        bot: ExtBot[None],
        handle: Callable[[Update], Awaitable[BaseException | None]],
        apologise: Callable[[Update], Awaitable[None]],
        alert: Callable[[int], Awaitable[None]],
        link: TelegramLink,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._open_work = database.open_work
        self._bot = bot
        self._handle = handle
        self._apologise = apologise
        self._alert = alert
        self._link = link
        self._clock = clock
        self._metrics = metrics
        self._lanes = Lanes()
        self._running: dict[int, asyncio.Task[Fate]] = {}
        # Begun in the journal but never run, because storage or Telegram was away.
        self._not_run: set[int] = set()
        # Run, and failed, in this process.
        self._failed: set[int] = set()
        self._alone = asyncio.Lock()
        # Run to the end, but the mark could not be written yet.
        self._unmarked: dict[int, Notes] = {}
        self._begin = Group[Begin, Begun](database.write, _begin)
        self._finish = Group[tuple[int, Notes], None](database.write, self._finish_all)

    async def accept_body(self, body: bytes) -> Fate:
        """Handle a webhook's body. Raises NotHandled if it must come again."""
        try:
            return await self.accept(read(body))
        except Unusable as unusable:
            return await self._reject(str(unusable), body)

    async def accept_data(self, data: object) -> Fate:
        """Handle a parsed update from polling. Raises NotHandled if it must come again."""
        try:
            return await self.accept(received(data))
        except Unusable as unusable:
            return await self._reject(str(unusable), json.dumps(data).encode())

    async def accept(self, envelope: Envelope) -> Fate:
        """See one update through. Raises NotHandled if it must come again."""
        task = self._running.get(envelope.update_id)
        if task is None:
            # A task of its own: a caller that hangs up must not stop the handling half-way.
            task = asyncio.create_task(self._timed(envelope))
            self._running[envelope.update_id] = task
            task.add_done_callback(partial(self._ended, envelope.update_id))
        return await asyncio.shield(task)

    def _ended(self, update_id: int, task: asyncio.Task[Fate]) -> None:
        self._running.pop(update_id, None)
        # Looked at even if the caller has hung up meanwhile: nobody else would.
        if not task.cancelled():
            task.exception()

    async def drain(self, seconds: float) -> None:
        """Wait for what is being handled, at most `seconds`."""
        running = list(self._running.values())
        if running:
            await asyncio.wait(running, timeout=seconds)
        await self._begin.close()
        await self._finish.close()

    async def replay_due(self) -> int:
        """Handle quarantined updates that staff asked to try again; how many."""
        async with self._open_work() as work:
            waiting = await work.journal.list_in(State.REPLAY)
        for item in waiting:
            await self._run_again(item.update_id, item.body)
        return len(waiting)

    async def _timed(self, envelope: Envelope) -> Fate:
        with self._metrics.update_seconds.time():
            try:
                async with self._lanes.turn(envelope.lane):
                    fate = await self._one(envelope)
            except LaneFull:
                raise NotHandled(5, "too many waiting") from None
            except StorageUnavailable as error:
                log.warning("update_postponed", update=envelope.update_id, why="storage")
                raise NotHandled(5, "storage unavailable") from error
        self._metrics.updates.labels(_known_kind(envelope.kind), fate.value).inc()
        return fate

    async def _one(self, envelope: Envelope) -> Fate:
        if envelope.update_id in self._unmarked:
            await self._mark(envelope.update_id)
            return Fate.DONE
        has_failed = envelope.update_id in self._failed
        is_ours = has_failed or envelope.update_id in self._not_run
        begin = Begin(
            envelope.update_id,
            envelope.kind,
            self._clock.now(),
            counts=has_failed,
        )
        # Until the handlers have run, a second coming is not a second attempt.
        self._failed.discard(envelope.update_id)
        self._not_run.add(envelope.update_id)
        begun = await self._begin.submit(begin, patience=_STORAGE_PATIENCE)
        if begun.state is not State.WORKING:
            self._forget(envelope.update_id)
            return Fate.DUPLICATE
        if is_ours or begun.is_new:
            return await self._attempt(begin, begun, envelope)
        # The program died in the middle of it, and maybe because of it. One after another, so
        # that only the one that kills the program is blamed, not all that were under way.
        async with self._alone:
            counted = replace(begin, counts=True)
            begun = await self._begin.submit(counted, patience=_STORAGE_PATIENCE)
            return await self._attempt(begin, begun, envelope)

    async def _attempt(self, begin: Begin, begun: Begun, envelope: Envelope) -> Fate:
        try:
            update = Update.de_json(envelope.data, self._bot)
        except Exception as error:  # noqa: BLE001 - hostile content makes PTB raise almost anything
            return await self._quarantine(begin, envelope, error)
        if begun.attempts > MAX_ATTEMPTS:
            return await self._give_up(begin, envelope, update, None)
        return await self._run(begin, begun, envelope, update)

    async def _run(self, begin: Begin, begun: Begun, envelope: Envelope, update: Update) -> Fate:
        error: BaseException | None
        with noting(envelope.update_id) as notes:
            try:
                async with asyncio.timeout(_HANDLER_SECONDS):
                    error = await self._handle(update)
            except Exception as raised:  # noqa: BLE001 - the edge: PTB too may stumble over content
                error = raised
        if error is not None:
            outage = self._outage(error)
            if outage is not None:
                log.warning("update_postponed", update=envelope.update_id, why=outage.reason)
                raise NotHandled(outage.retry_after, outage.reason)
            self._not_run.discard(envelope.update_id)
            self._failed.add(envelope.update_id)
            log.error(
                "update_failed",
                update=envelope.update_id,
                kind=envelope.kind,
                attempt=begun.attempts,
                exc_info=error,
            )
            if begun.attempts >= MAX_ATTEMPTS:
                return await self._give_up(begin, envelope, update, error)
            raise NotHandled(_RETRY_AFTER[begun.attempts], "handler failed")
        self._forget(envelope.update_id)
        self._unmarked[envelope.update_id] = notes
        await self._mark(envelope.update_id)
        return Fate.DONE

    def _forget(self, update_id: int) -> None:
        self._not_run.discard(update_id)
        self._failed.discard(update_id)

    def _outage(self, error: BaseException) -> Outage | None:
        if isinstance(error, StorageUnavailable):
            return Outage(5, "storage unavailable")
        return self._link.outage(error)

    async def _mark(self, update_id: int) -> None:
        notes = self._unmarked.get(update_id, [])
        await self._finish.submit((update_id, notes), patience=_STORAGE_PATIENCE)
        self._unmarked.pop(update_id, None)

    async def _give_up(
        self, begin: Begin, envelope: Envelope, update: Update, error: BaseException | None
    ) -> Fate:
        cause = error or RuntimeError("the program stopped each time it handled this")
        fate = await self._quarantine(begin, envelope, cause)
        await self._apologise(update)
        return fate

    async def _quarantine(self, begin: Begin, envelope: Envelope, error: BaseException) -> Fate:
        body = json.dumps(envelope.data, ensure_ascii=True)
        async with self._open_work() as work:
            await work.journal.quarantine(begin, type(error).__name__, body, self._clock.now())
            await work.commit()
        self._forget(envelope.update_id)
        log.error("update_quarantined", update=envelope.update_id, error=type(error).__name__)
        await self._alert(envelope.update_id)
        return Fate.QUARANTINED

    async def _reject(self, reason: str, body: bytes) -> Fate:
        text = body[:100_000].decode("utf-8", "replace").replace("\0", "")
        try:
            async with self._open_work() as work:
                await work.journal.reject(reason, text, self._clock.now())
                await work.commit()
        except StorageUnavailable as error:
            raise NotHandled(5, "storage unavailable") from error
        self._metrics.updates.labels("none", Fate.REJECTED.value).inc()
        return Fate.REJECTED

    async def _run_again(self, update_id: int, body: str) -> None:
        error: BaseException | None
        with noting(update_id) as notes:
            try:
                error = await self._handle(Update.de_json(json.loads(body), self._bot))
            except Exception as raised:  # noqa: BLE001 - the edge, as in _attempt and _run
                error = raised
        if error is None:
            self._unmarked[update_id] = notes
            await self._mark(update_id)
            log.info("update_replayed", update=update_id)
            return
        if self._outage(error) is None:
            begin = Begin(update_id, "replay", self._clock.now())
            async with self._open_work() as work:
                await work.journal.quarantine(begin, type(error).__name__, body, self._clock.now())
                await work.commit()
            log.error("replay_failed", update=update_id, exc_info=error)

    async def _finish_all(self, work: Work, batch: Sequence[tuple[int, Notes]]) -> Sequence[None]:
        await write_all(work, [notes for _, notes in batch])
        await work.journal.finish_all([update_id for update_id, _ in batch], self._clock.now())
        return [None] * len(batch)


async def _begin(work: Work, batch: Sequence[Begin]) -> Sequence[Begun]:
    begun = await work.journal.begin_all(batch)
    return [begun[item.update_id] for item in batch]


def _known_kind(kind: str) -> str:
    """A label from a closed list: the sender must not be able to make endless metrics."""
    return kind if kind in Update.ALL_TYPES else "other"
