"""One visit to the tables: what was sent is written down, and the next messages are claimed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.delivery.checking import Go, Lost, decide
from bot.delivery.policy import Policy
from bot.delivery.recording import Entry, Recorder
from bot.delivery.wire import WireClock
from domain.clock import Clock
from domain.outbox import Claim, Fate, Outcome, Push
from storage.claiming import Attempt, Result, Standing
from storage.pace import Gate
from storage.work import Work

_PUSHES_REMEMBERED = 100

_OPEN = Gate(is_open=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed message, how things stood with it then, when it may go, and what it is part of."""

    claim: Claim
    standing: Standing | None
    at: datetime
    push: Push | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one visit gave. `kept` says of each entry whether its claim was still ours."""

    taken: tuple[Taken, ...] = ()
    kept: Sequence[bool] = ()
    gate: Gate = _OPEN
    is_full: bool = False
    has_more: bool = False

    @property
    def is_probe(self) -> bool:
        """Whether it is the one try after an outage."""
        return self.gate.most is not None


class Turns:
    """The pump's business with the tables. `name` tells this process from others."""

    def __init__(self, policy: Policy, clock: Clock, wire: WireClock, name: str) -> None:
        self.policy = policy
        self._clock = clock
        self._wire = wire
        self._name = name
        self._recorder = Recorder(policy.per_second)
        self._pushes: dict[int, Push] = {}

    async def take(
        self, work: Work, done: Sequence[Entry], free: int, is_asked: Callable[[], bool]
    ) -> Batch:
        """Write down `done`, then claim up to `free` messages that may go now.

        With nothing to claim `has_more` tells whether anything waits, if `is_asked` for it.
        """
        kept = await self._recorder.write(work, done) if done else ()
        batch = await self._claim(work, free, is_asked) if free > 0 else Batch()
        return replace(batch, kept=kept)

    async def write(self, work: Work, done: Sequence[Entry]) -> Sequence[bool]:
        """Write down what became of messages; False for each whose claim was lost meanwhile."""
        return await self._recorder.write(work, done)

    async def look(self, claim: Claim, work: Work) -> Standing | None:
        """How things stand with a claimed message; None if it is not there any more."""
        return (await work.claims.standings([claim], self._wire.now())).get(claim.id)

    async def _claim(self, work: Work, free: int, is_asked: Callable[[], bool]) -> Batch:
        wire, now = self._wire.now(), self._clock.now()
        gate = await work.pace.look(wire)
        if not gate.is_open or (gate.most is not None and not await work.pace.begin_probe(wire)):
            return Batch(gate=gate, has_more=gate.reason == "rate limit")
        most = min(free, gate.most or free)
        claims = await work.claims.claim(now, wire, most, self._name, self.policy.lease)
        going = await self._that_go(work, claims, now, wire)
        if not going:
            if gate.most is not None:
                # There is nothing to try with: the next message may be the probe.
                await work.pace.end_probe(wire)
            # Only somebody who waits for the end wants to know; an idle bot need not look.
            has_more = bool(claims) or (is_asked() and await work.outbox.has_due(now))
            return Batch(has_more=has_more, is_full=len(claims) == most)
        moments = await work.pace.reserve(len(going), wire, self.policy.per_second)
        await work.claims.pace_chats(
            {claim.chat_id: at for (claim, _), at in zip(going, moments, strict=True)}
        )
        taken = [
            Taken(claim, standing, at, await self._push(work, claim.push_id))
            for (claim, standing), at in zip(going, moments, strict=True)
        ]
        return Batch(tuple(taken), gate=gate, is_full=len(claims) == most)

    async def _that_go(
        self, work: Work, claims: Sequence[Claim], now: datetime, wire: datetime
    ) -> Sequence[tuple[Claim, Standing]]:
        """Those claims that may be sent; the fate of the others is written down at once."""
        standings = await work.claims.standings(claims, wire)
        going, ended = [], []
        for claim in claims:
            standing = standings.get(claim.id)
            verdict = decide(claim, standing, now, wire, self.policy)
            if isinstance(verdict, Fate):
                ended.append(Result(claim, verdict, Attempt(now, now, Outcome.NOT_TRIED)))
            elif standing is not None and isinstance(verdict, Go):
                going.append((claim, standing))
            else:
                assert isinstance(verdict, Lost)
        if ended:
            await work.claims.settle(ended)
        return going

    async def _push(self, work: Work, push_id: int | None) -> Push | None:
        if push_id is None:
            return None
        push = self._pushes.get(push_id)
        if push is None:
            push = await work.pushes.find(push_id)
            assert push is not None
            if len(self._pushes) >= _PUSHES_REMEMBERED:
                self._pushes.clear()
            # A push that is being sent does not change: a change is a new version.
            self._pushes[push_id] = push
        return push
