"""The pump: claims what is due when it has a place free, sends it, writes down what became of it.

A message is claimed only when it can be sent, so at most `in_flight` are between the two databases
of the world, ours and Telegram's, at any moment. Nothing is sent inside a transaction. What was
sent is written down in the transaction that claims the next: its place is free only then.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from telegram.error import TelegramError

from bot.delivery.breaker import Breaker
from bot.delivery.checking import Go, decide, skipped
from bot.delivery.filling import Fill, Filling
from bot.delivery.outcomes import Failure, classify
from bot.delivery.policy import Policy
from bot.delivery.recording import Entry
from bot.delivery.turns import Batch, Taken, Turns
from bot.delivery.window import Window
from bot.delivery.wire import WireClock
from bot.metrics import Metrics
from domain.clock import Clock
from domain.outbox import LINE_FAILURES, Claim, Fate, Outcome, Push, State, fate
from handlers.letters import Letter
from handlers.notices import Renderers
from storage.claiming import Attempt, Result, Standing
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.workers import Span, Worker

# Sends one message and returns its number at Telegram.
Send = Callable[[Claim, Letter], Awaitable[int]]
# Raises InvalidToken as long as the token is refused.
AskToken = Callable[[], Awaitable[object]]
# Told of members who cannot be reached any more.
Lose = Callable[[int], None]

# No process for longer than this is an outage of ours, which deadlines must not suffer from.
DOWNTIME = timedelta(seconds=60)
_GONE = (Outcome.GONE, Outcome.DEACTIVATED)

log = structlog.get_logger(__name__)


class Pump:
    """Sends what the outbox holds until it is stopped. `name` tells this process from others."""

    def __init__(
        self,
        database: Database,
        send: Send,
        ask_token: AskToken,
        lose: Lose,
        letters: Renderers,
        policy: Policy,
        clock: Clock,
        wire: WireClock,
        window: Window,
        metrics: Metrics,
        name: str,
        fills: Mapping[str, Fill] | None = None,
    ) -> None:
        self._database = database
        self._send = send
        self._ask_token = ask_token
        self._lose = lose
        self._letters = letters
        self._clock = clock
        self._wire = wire
        self._window = window
        self._metrics = metrics
        self._turns = Turns(policy, clock, wire, name)
        self._filling = Filling(database, fills or {})
        self._breaker = Breaker()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._done: list[Entry] = []
        self._done_since = 0.0
        self._apart = False
        self._stopping = asyncio.Event()
        self._stirred = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._token_refused_at: datetime | None = None
        self._paused_until: datetime | None = None
        self._looked_at: datetime | None = None
        self._idle = asyncio.Event()
        self._chance = random.SystemRandom()

    @property
    def _policy(self) -> Policy:
        return self._turns.policy

    @_policy.setter
    def _policy(self, policy: Policy) -> None:
        self._turns.policy = policy

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())

    def stop_claiming(self) -> None:
        """Begin nothing more."""
        self._stopping.set()
        self._stirred.set()

    async def stop(self, seconds: float) -> None:
        """Begin nothing more, see through what is on its way, give back what is not."""
        self.stop_claiming()
        if self._loop is not None:
            # It ends by itself when all that was begun is written down.
            await asyncio.wait([self._loop], timeout=seconds)
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop

    async def drained(self) -> None:
        """Return when nothing is left that may be sent now. For tests."""
        for _ in range(2):
            # Twice: a look that had begun before may have missed what is there now.
            self._idle.clear()
            self._stirred.set()
            await self._idle.wait()

    def faults(self) -> dict[str, str]:
        """Why nothing is being sent, for operators."""
        if self._token_refused_at is not None:
            return {"delivery": "the token is refused"}
        last = self._looked_at
        if last is None or self._wire.now() - last > timedelta(seconds=30):
            return {"delivery": "no sign of life"}
        return {}

    async def reclaim(self, *, everything: bool = False) -> int:
        """Take up messages whose sender is gone; how many. Nobody knows whether they arrived.

        `everything` is for a start on SQLite, where the lock proves that no other sender lives.
        """
        wire = None if everything else self._wire.now()
        async with self._database.open_read() as work:
            orphans = await work.claims.list_orphans(wire)
        now = self._clock.now()
        entries = [self._entry(one, Attempt(now, now, Outcome.ORPHANED)) for one in orphans]
        if entries:
            await self._database.write(lambda work: self._turns.write(work, entries))
            self._stirred.set()
        return len(entries)

    async def beat(self, me: Worker) -> Span | None:
        """Give a sign of life; the time in which no process was there, if it was long."""
        async with self._database.open_work() as work:
            shared = await work.workers.database_now()
            if shared is not None:
                self._wire.set(shared)
            span = await work.workers.beat(replace(me, beat_at=self._wire.now()), DOWNTIME)
            self._metrics.outbox_due.set(await work.outbox.count_due(self._clock.now()))
            await work.commit()
        return span

    async def _run(self) -> None:
        while not self._stopping.is_set() or self._in_flight or self._done:
            self._stirred.clear()
            try:
                wait = await self._round()
            except StorageUnavailable:
                log.warning("delivery_waits", why="storage")
                wait = 1.0
            except Exception:  # the edge: whatever it is, the next round may do better
                log.exception("delivery_round_failed")
                self._apart = True
                wait = 5.0
            if wait > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._stirred.wait()

    async def _round(self) -> float:
        """Write down what is done and fill the free places; seconds until to look again."""
        poll = self._policy.poll.total_seconds()
        self._looked_at = self._wire.now()
        if self._apart:
            await self._write_apart()
        free = await self._places()
        if not free and not self._done:
            return poll
        if not free and (wait := self._time_to_wait()) > 0:
            return wait
        batch = await self._visit(free)
        for taken in batch.taken:
            task = asyncio.create_task(self._see_through(taken, batch.is_probe))
            self._in_flight.add(task)
            task.add_done_callback(self._ended)
        is_over = not (batch.taken or batch.has_more or self._in_flight or self._done)
        if free and is_over:
            self._idle.set()
        return 0.0 if batch.is_full else poll

    async def _places(self) -> int:
        """How many messages may be claimed; 0 as long as it is not worth a visit."""
        free = self._policy.in_flight - len(self._in_flight)
        if self._stopping.is_set() or free < max(1, self._policy.in_flight // 2):
            return 0
        if self._token_refused_at is not None and not await self._token_is_good():
            return 0
        return free

    def _time_to_wait(self) -> float:
        """Seconds for which what is done may wait for others, to be written down with them."""
        is_plain = all(one.result.attempt.outcome is Outcome.SENT for one in self._done)
        if self._stopping.is_set() or not is_plain or not self._in_flight:
            return 0.0
        passed = asyncio.get_running_loop().time() - self._done_since
        return self._policy.together.total_seconds() - passed

    async def _visit(self, free: int) -> Batch:
        """One transaction: write down what is done, claim as many as are free."""
        done, self._done = self._done, []
        try:
            batch = await self._database.write(
                lambda work: self._turns.take(work, done, free, lambda: not self._idle.is_set())
            )
        except BaseException:
            self._done[:0] = done
            raise
        self._tell(done, batch.kept)
        return batch

    async def _write_apart(self) -> None:
        """Write down one by one what is done: after a failure, so that one cannot spoil others."""
        done, self._done = self._done, []
        while done:
            entry = done.pop(0)
            try:
                kept = await self._database.write(partial(self._turns.write, done=[entry]))
            except StorageUnavailable:
                self._done[:0] = [entry, *done]
                raise
            except Exception:  # the lease will end, and then it is taken up as unclear
                log.exception("fate_cannot_be_written", message=entry.result.claim.id)
            else:
                self._tell([entry], kept)
        self._apart = False

    def _tell(self, done: list[Entry], kept: Sequence[bool]) -> None:
        for entry, is_ours in zip(done, kept, strict=True):
            claim, outcome = entry.result.claim, entry.result.attempt.outcome
            if not is_ours:
                log.warning("claim_lost", message=claim.id)
            if outcome in _GONE and claim.member_id is not None:
                self._lose(claim.member_id)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._stirred.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("delivery_failed", exc_info=task.exception())

    async def _see_through(self, taken: Taken, is_probe: bool) -> None:
        """From a claim to its end. What is not sent is given back, unless the tables say no."""
        with suppress(TimeoutError):
            async with asyncio.timeout((taken.at - self._wire.now()).total_seconds()):
                await self._stopping.wait()
        entry = await self._outcome(taken)
        if entry is None:
            log.warning("claim_lost", message=taken.claim.id)
            return
        self._metrics.sends.labels(entry.result.attempt.outcome.value).inc()
        if not self._done:
            self._done_since = asyncio.get_running_loop().time()
        self._done.append(self._judged(entry, is_probe))

    async def _outcome(self, taken: Taken) -> Entry | None:
        """Try to send it, if it still should be; None if it is not ours any more."""
        claim, standing = taken.claim, taken.standing
        if self._stopping.is_set() or self._token_refused_at is not None:
            return self._not_tried(claim, _given_back(claim))
        paused = self._paused_until
        if paused is not None and self._wire.now() < paused:
            return self._not_tried(claim, _given_back(claim))
        if standing is None or not self._is_fresh(standing):
            try:
                standing = await self._database.read(partial(self._turns.look, claim))
            except StorageUnavailable:
                return self._not_tried(claim, _given_back(claim))
        verdict = decide(claim, standing, self._clock.now(), self._wire.now(), self._policy)
        if isinstance(verdict, Go):
            return await self._fill_and_try(claim, taken.push)
        return self._not_tried(claim, verdict) if isinstance(verdict, Fate) else None

    async def _fill_and_try(self, claim: Claim, push: Push | None) -> Entry:
        try:
            whole = await self._filling.filled(claim)
        except StorageUnavailable:
            return self._not_tried(claim, _given_back(claim))
        if whole is None:
            return self._not_tried(claim, skipped(claim, "gone"))
        return await self._try(whole, push)

    def _is_fresh(self, standing: Standing) -> bool:
        # With other processes beside us there may be a refusal that only the tables tell of.
        is_alone = self._database.is_sqlite
        return is_alone and self._wire.now() - standing.at <= self._policy.fresh

    async def _try(self, claim: Claim, push: Push | None) -> Entry:
        try:
            letter = self._letter(claim, push)
        except Exception as error:  # noqa: BLE001 - a mistake in one kind must not stop the others
            log.error("notice_cannot_be_said", kind=claim.kind, error=type(error).__name__)
            return self._failed(
                claim, self._clock.now(), Failure(Outcome.CONTENT, type(error).__name__)
            )
        started = self._clock.now()
        try:
            async with self._window.bulk():
                started = self._clock.now()
                number = await self._send(claim, letter)
        except TelegramError as error:
            return self._failed(claim, started, classify(error))
        except Exception as error:  # the edge: it may have been sent before things went wrong
            log.exception("send_failed", message=claim.id)
            failure = Failure(Outcome.AMBIGUOUS, type(error).__name__)
            return self._failed(claim, started, failure)
        attempt = Attempt(started, self._clock.now(), Outcome.SENT, message_id=number)
        return self._entry(claim, attempt)

    def _letter(self, claim: Claim, push: Push | None) -> Letter:
        return self._letters.letter(
            claim.kind,
            claim.details if push is None else {**push.body, **claim.details},
            is_again=claim.ambiguous > 0,
            number=None if push is None else push.notice_no,
        )

    def _failed(self, claim: Claim, started: datetime, failure: Failure) -> Entry:
        """The entry of a failed try, with what it means for all other messages."""
        attempt = Attempt(started, self._clock.now(), failure.outcome, failure.text)
        entry = replace(self._entry(claim, attempt), moved_to=failure.chat_id)
        if failure.outcome is Outcome.TOKEN:
            log.error("token_refused", hint="nothing is sent until the token is good again")
            self._token_refused_at = entry.wire
        if failure.outcome is Outcome.RATE_LIMITED:
            log.warning("rate_limited", seconds=failure.retry_after)
            # A little later than told, and each process differently.
            wait = failure.retry_after * (1 + self._chance.random() / 10)
            until = entry.wire + timedelta(seconds=wait)
            self._pause(until)
            entry = replace(entry, paused_until=until)
        return entry

    def _pause(self, until: datetime) -> None:
        """Send nothing until then, though what is claimed by now does not know of it yet."""
        self._paused_until = until

    def _not_tried(self, claim: Claim, decided: Fate) -> Entry:
        now = self._clock.now()
        return self._entry(claim, Attempt(now, now, Outcome.NOT_TRIED), decided)

    def _entry(self, claim: Claim, attempt: Attempt, decided: Fate | None = None) -> Entry:
        end = decided or fate(claim, attempt.outcome, attempt.ended_at, self._chance.random())
        return Entry(Result(claim, end, attempt), self._wire.now())

    def _judged(self, entry: Entry, is_probe: bool) -> Entry:
        """The entry with what it says about the line."""
        outcome = entry.result.attempt.outcome
        is_failure = outcome in LINE_FAILURES
        if outcome is Outcome.NOT_TRIED:
            return replace(entry, ends_probe=is_probe)
        if is_probe:
            self._breaker.reset()
            return replace(entry, opens_breaker=is_failure, closes_breaker=not is_failure)
        if (is_failure or outcome is Outcome.SENT) and self._breaker.note(entry.wire, is_failure):
            log.warning("delivery_rests", why="too many failures")
            self._breaker.reset()
            return replace(entry, opens_breaker=True)
        return entry

    async def _token_is_good(self) -> bool:
        """Ask Telegram once in a while whether the token is accepted again."""
        refused = self._token_refused_at
        if refused is not None and self._wire.now() - refused < self._policy.token_probe:
            return False
        try:
            await self._ask_token()
        except TelegramError:
            self._token_refused_at = self._wire.now()
            return False
        log.info("token_accepted")
        self._token_refused_at = None
        return True


def _given_back(claim: Claim) -> Fate:
    return Fate(State.PENDING, claim.due_at, claim.ambiguous, counts=False)
