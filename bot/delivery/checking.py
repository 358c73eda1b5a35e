"""The last look before a message goes: whether it is still wanted, allowed, and the right hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.delivery.policy import Policy
from domain.consents import Answer, Consents, Purpose
from domain.members import Reach
from domain.outbox import Claim, Fate, Priority, PushState, State
from domain.pushes import next_welcome
from storage.work import Work


@dataclass(frozen=True, slots=True)
class Lost:
    """The message is not ours any more: another process has it, or it was held."""


@dataclass(frozen=True, slots=True)
class Go:
    """Send it."""


Verdict = Lost | Go | Fate


async def check(
    work: Work, claim: Claim, now: datetime, wire: datetime, policy: Policy
) -> Verdict:
    """What to do with a claimed message at this moment."""
    standing = await work.claims.standing(claim)
    if not standing.is_ours:
        return Lost()
    if claim.lease_until - wire < policy.send_time:
        return _later(claim, now)
    stopped = _of_push(claim, standing.push_state, now)
    if stopped is not None:
        return stopped
    if standing.paused_until is not None and wire < standing.paused_until:
        return _later(claim, now)
    if claim.expires_at is not None and claim.expires_at <= now:
        return Fate(State.EXPIRED, counts=False, ambiguous=claim.ambiguous)
    if standing.reach not in (None, Reach.REACHABLE):
        return _skipped(claim, "unreachable")
    return await _of_member(work, claim, now, policy)


async def _of_member(work: Work, claim: Claim, now: datetime, policy: Policy) -> Verdict:
    member = claim.member_id
    if member is not None and claim.purpose is not None:
        given = await work.consents.of(member)
        if not _agrees(claim.purpose, given):
            return _skipped(claim, "consent")
    if claim.priority is Priority.SECURITY:
        return Go()
    free = policy.quiet.next_end(now)
    # A member's own hours are for what comes unasked, and then they rule instead of ours.
    if member is not None and claim.priority >= Priority.QUIZ:
        windows = await work.push_windows.of(member)
        free = next_welcome(windows, now) if windows else free
    if free == now:
        return Go()
    if claim.expires_at is not None and claim.expires_at <= free:
        return Fate(State.EXPIRED, fail_class="quiet", counts=False, ambiguous=claim.ambiguous)
    return _later(claim, free)


def _agrees(purpose: Purpose, given: Consents) -> bool:
    if purpose is not Purpose.SERVICE:
        return given.holds(purpose)
    # The union's own news need no yes, but a no counts.
    last = given.last(purpose)
    return last is None or last.answer is Answer.GIVEN


def _of_push(claim: Claim, state: PushState | None, now: datetime) -> Fate | None:
    if state in (PushState.CANCELLING, PushState.CANCELLED):
        return Fate(State.CANCELLED, counts=False, ambiguous=claim.ambiguous)
    if state in (PushState.PAUSED, PushState.HELD):
        return _later(claim, now)
    return None


def _later(claim: Claim, at: datetime) -> Fate:
    return Fate(State.PENDING, at, claim.ambiguous, counts=False)


def _skipped(claim: Claim, why: str) -> Fate:
    return Fate(State.SKIPPED, ambiguous=claim.ambiguous, fail_class=why, counts=False)
