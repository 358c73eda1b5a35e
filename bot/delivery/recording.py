"""What tries came to is written down, together with all that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.broadcasts import EDIT, RECALL
from domain.members import Reach
from domain.outbox import SENDABLE, Outcome, PushState, State
from services.stopping import tell_stopped
from storage.claiming import Result
from storage.work import Work

# So many of the first messages of a push refused for their content: the push is wrong.
_BAD_CONTENT = 5
_FIRST = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A result, and what it says about the line and the recipient."""

    result: Result
    wire: datetime
    # Set with the outcomes that it belongs to.
    paused_until: datetime | None = None
    moved_to: int | None = None
    opens_breaker: bool = False
    closes_breaker: bool = False
    ends_probe: bool = False


class Recorder:
    """Writes entries in one transaction. `rate` is what the pace is when nothing slows it."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    async def write(self, work: Work, batch: Sequence[Entry]) -> Sequence[bool]:
        """Write the entries; False for each whose claim was lost meanwhile."""
        kept = await work.claims.settle([entry.result for entry in batch])
        for entry in batch:
            await self._line(work, entry)
        for entry, is_ours in zip(batch, kept, strict=True):
            if is_ours:
                await _recipient(work, entry)
        return kept

    async def _line(self, work: Work, entry: Entry) -> None:
        if entry.paused_until is not None:
            await work.pace.pause(entry.paused_until, entry.wire, self._rate)
        if entry.opens_breaker:
            await work.pace.open_breaker(entry.wire)
        elif entry.closes_breaker:
            await work.pace.close_breaker()
        elif entry.ends_probe:
            await work.pace.end_probe(entry.wire)


async def _recipient(work: Work, entry: Entry) -> None:
    claim, outcome = entry.result.claim, entry.result.attempt.outcome
    if outcome in (Outcome.GONE, Outcome.DEACTIVATED) and claim.member_id is not None:
        reach = Reach.BLOCKED if outcome is Outcome.GONE else Reach.DEACTIVATED
        await work.members.set_reach(claim.member_id, reach)
    if entry.moved_to is not None:
        await work.outbox.move_chat(claim.chat_id, entry.moved_to)
    if outcome is Outcome.CONTENT and claim.push_id is not None:
        await _stop_if_wrong(work, claim.push_id, entry.result.attempt.ended_at)


async def _stop_if_wrong(work: Work, push_id: int, now: datetime) -> None:
    failures = await work.outbox.failures(push_id)
    if failures.get("content", 0) < _BAD_CONTENT:
        return
    counts = await work.outbox.counts(push_id)
    ended = sum(counts.get(state, 0) for state in (State.SENT, State.FAILED, State.UNKNOWN))
    push = await work.pushes.find(push_id)
    if ended > _FIRST or push is None or push.state not in SENDABLE:
        return
    # A correction that is refused cannot be let go on: another one is written.
    stopped = PushState.CANCELLING if push.kind in (EDIT, RECALL) else PushState.PAUSED
    if await work.pushes.move(push_id, push.state, stopped, pause_reason="content"):
        await tell_stopped(work, push, now)
