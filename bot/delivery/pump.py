"""The pump: claims what is due when it has a place free, sends it, writes down what became of it.

A message is claimed only when it can be sent, so at most `in_flight` are between the two databases
of the world, ours and Telegram's, at any moment. Nothing is sent inside a transaction.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from telegram.error import TelegramError

from bot.delivery.breaker import Breaker
from bot.delivery.checking import Go, Lost, Verdict, check
from bot.delivery.outcomes import Failure, classify
from bot.delivery.policy import Policy
from bot.delivery.recording import Entry, Recorder
from bot.delivery.window import Window
from bot.delivery.wire import WireClock
from bot.metrics import Metrics
from domain.clock import Clock
from domain.outbox import LINE_FAILURES, Claim, Fate, Outcome, Push, State, fate
from handlers.letters import Letter
from handlers.notices import Renderers
from storage.claiming import Attempt, Result
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.group import Group
from storage.pace import Gate
from storage.work import Work
from storage.workers import Span, Worker

# Sends one message and returns its number at Telegram.
Send = Callable[[Claim, Letter], Awaitable[int]]
# Raises InvalidToken as long as the token is refused.
AskToken = Callable[[], Awaitable[object]]
# Told of members who cannot be reached any more.
Lose = Callable[[int], None]

# No process for longer than this is an outage of ours, which deadlines must not suffer from.
DOWNTIME = timedelta(seconds=60)
_PUSHES_REMEMBERED = 100

_OPEN = Gate(is_open=True)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one visit to the tables gave: messages with their moments, and whether to go on."""

    claims: tuple[tuple[Claim, datetime], ...] = ()
    gate: Gate = _OPEN
    is_full: bool = False
    has_more: bool = False

    @property
    def is_probe(self) -> bool:
        """Whether it is the one try after an outage."""
        return self.gate.most is not None


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
    ) -> None:
        self._database = database
        self._send = send
        self._ask_token = ask_token
        self._lose = lose
        self._letters = letters
        self._policy = policy
        self._clock = clock
        self._wire = wire
        self._window = window
        self._metrics = metrics
        self._name = name
        self._breaker = Breaker()
        self._record = Group[Entry, bool](database.write, Recorder(policy.per_second).write)
        self._in_flight: set[asyncio.Task[None]] = set()
        self._pushes: dict[int, Push] = {}
        self._stopping = asyncio.Event()
        self._stirred = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._token_refused_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._idle = asyncio.Event()
        self._chance = random.SystemRandom()

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
            await self._loop
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=seconds)
        await self._record.close()

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
        for orphan in orphans:
            now = self._clock.now()
            entry = self._entry(orphan, Attempt(now, now, Outcome.ORPHANED))
            await self._record.submit(entry)
        return len(orphans)

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
        while not self._stopping.is_set():
            self._stirred.clear()
            try:
                wait = await self._round()
            except StorageUnavailable:
                log.warning("delivery_waits", why="storage")
                wait = 1.0
            except Exception:  # the edge: whatever it is, the next round may do better
                log.exception("delivery_round_failed")
                wait = 5.0
            if wait > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._stirred.wait()

    async def _round(self) -> float:
        """Fill the free places; seconds until it is worth looking again."""
        poll = self._policy.poll.total_seconds()
        self._looked_at = self._wire.now()
        free = self._policy.in_flight - len(self._in_flight)
        if free < max(1, self._policy.in_flight // 2):
            return poll
        if self._token_refused_at is not None and not await self._token_is_good():
            return poll
        batch = await self._database.write(partial(self._claim, free))
        for claim, at in batch.claims:
            task = asyncio.create_task(self._see_through(claim, at, batch.is_probe))
            self._in_flight.add(task)
            task.add_done_callback(self._ended)
        if not batch.claims and not self._in_flight and not batch.has_more:
            self._idle.set()
        return 0.0 if batch.is_full else poll

    async def _claim(self, free: int, work: Work) -> Batch:
        wire = self._wire.now()
        gate = await work.pace.look(wire)
        if not gate.is_open or (gate.most is not None and not await work.pace.begin_probe(wire)):
            return Batch(gate=gate, has_more=gate.reason == "rate limit")
        most = min(free, gate.most or free)
        claims = await work.claims.claim(
            self._clock.now(), wire, most, self._name, self._policy.lease
        )
        if not claims:
            if gate.most is not None:
                # There is nothing to try with: the next message may be the probe.
                await work.pace.end_probe(wire)
            # Only somebody who waits for the end wants to know; an idle bot need not look.
            is_asked = not self._idle.is_set()
            return Batch(has_more=is_asked and await work.outbox.has_due(self._clock.now()))
        moments = await work.pace.reserve(len(claims), wire, self._policy.per_second)
        pairs = tuple(zip(claims, moments, strict=True))
        await work.claims.pace_chats({claim.chat_id: at for claim, at in pairs})
        return Batch(pairs, gate, is_full=len(claims) == most)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._stirred.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("delivery_failed", exc_info=task.exception())

    async def _see_through(self, claim: Claim, at: datetime, is_probe: bool) -> None:
        """From a claim to its end. What is not sent is given back, unless the tables say no."""
        with suppress(TimeoutError):
            async with asyncio.timeout((at - self._wire.now()).total_seconds()):
                await self._stopping.wait()
        entry = await self._outcome(claim)
        if entry is None:
            log.warning("claim_lost", message=claim.id)
            return
        await self._write(self._judged(entry, is_probe))
        gone = (Outcome.GONE, Outcome.DEACTIVATED)
        if entry.result.attempt.outcome in gone and claim.member_id is not None:
            self._lose(claim.member_id)

    async def _outcome(self, claim: Claim) -> Entry | None:
        """Try to send it, if it still should be; None if it is not ours any more."""
        if self._stopping.is_set() or self._token_refused_at is not None:
            return self._not_tried(claim, _given_back(claim))
        try:
            verdict = await self._database.read(partial(self._look, claim))
        except StorageUnavailable:
            return self._not_tried(claim, _given_back(claim))
        if isinstance(verdict, Lost):
            return None
        if isinstance(verdict, Fate):
            return self._not_tried(claim, verdict)
        return await self._try(claim)

    async def _look(self, claim: Claim, work: Work) -> Verdict:
        verdict = await check(work, claim, self._clock.now(), self._wire.now(), self._policy)
        push_id = claim.push_id
        if isinstance(verdict, Go) and push_id is not None and push_id not in self._pushes:
            push = await work.pushes.find(push_id)
            assert push is not None
            if len(self._pushes) >= _PUSHES_REMEMBERED:
                self._pushes.clear()
            # A push that is being sent does not change: a change is a new version.
            self._pushes[push_id] = push
        return verdict

    async def _try(self, claim: Claim) -> Entry:
        try:
            letter = self._letter(claim)
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

    def _letter(self, claim: Claim) -> Letter:
        push = None if claim.push_id is None else self._pushes[claim.push_id]
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
            entry = replace(entry, paused_until=entry.wire + timedelta(seconds=wait))
        return entry

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

    async def _write(self, entry: Entry) -> None:
        """Write it down. If that cannot be done before the lease ends, nobody knows any more."""
        claim = entry.result.claim
        self._metrics.sends.labels(entry.result.attempt.outcome.value).inc()
        while self._wire.now() < claim.lease_until:
            try:
                if not await self._record.submit(entry):
                    log.warning("claim_lost", message=claim.id)
            except StorageUnavailable:
                await asyncio.sleep(0.5)
            else:
                return

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
