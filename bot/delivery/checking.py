"""The last look before a message goes: whether it is still wanted, allowed, and the right hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.delivery.policy import Policy
from domain.consents import VERSIONS, Answer, Purpose
from domain.members import Reach
from domain.outbox import EDITED, Claim, Fate, Priority, PushState, State, given_up
from domain.pushes import next_welcome
from storage.claiming import Standing
from storage.pace import is_paused


@dataclass(frozen=True, slots=True)
class Lost:
    """The message is not ours any more: another process has it, or it was held or erased."""


@dataclass(frozen=True, slots=True)
class Go:
    """Send it."""


Verdict = Lost | Go | Fate


def decide(
    claim: Claim, standing: Standing | None, now: datetime, wire: datetime, policy: Policy
) -> Verdict:
    """What to do with a claimed message at this moment."""
    if standing is None or not standing.is_ours:
        return Lost()
    if claim.lease_until - wire < policy.send_time:
        return _later(claim, now)
    stopped = _of_push(claim, standing.push_state, now)
    if stopped is not None:
        return stopped
    if is_paused(standing.paused_until, wire):
        return _later(claim, now)
    if claim.expires_at is not None and claim.expires_at <= now:
        return given_up(claim, State.EXPIRED)
    if standing.reach not in (None, Reach.REACHABLE):
        return skipped(claim, "unreachable")
    return _of_member(claim, standing, now, policy)


def _of_member(claim: Claim, standing: Standing, now: datetime, policy: Policy) -> Verdict:
    if EDITED in claim.details:
        # It makes no sound, and what is wrong should not stay until the morning.
        return Go()
    if claim.member_id is not None:
        if claim.purpose is not None and not _agrees(claim.purpose, standing):
            return skipped(claim, "consent")
        if standing.is_muted:
            return skipped(claim, "topic")
    if claim.priority is Priority.SECURITY:
        return Go()
    free = policy.quiet.next_end(now)
    # A member's own hours are for what comes unasked, and then they rule instead of ours.
    if claim.priority >= Priority.QUIZ and standing.windows:
        free = next_welcome(standing.windows, now)
    if free == now:
        return Go()
    if claim.expires_at is not None and claim.expires_at <= free:
        return given_up(claim, State.EXPIRED, "quiet")
    return _later(claim, free)


def _agrees(purpose: Purpose, standing: Standing) -> bool:
    is_given = standing.said is Answer.GIVEN
    if purpose is not Purpose.SERVICE:
        return is_given and standing.said_version == VERSIONS[purpose]
    # The union's own news need no yes, but a no counts.
    return standing.said is None or is_given


def _of_push(claim: Claim, state: PushState | None, now: datetime) -> Fate | None:
    if state in (PushState.CANCELLING, PushState.CANCELLED):
        return given_up(claim, State.CANCELLED)
    if state in (PushState.PAUSED, PushState.HELD):
        return _later(claim, now)
    return None


def _later(claim: Claim, at: datetime) -> Fate:
    return Fate(State.PENDING, at, claim.ambiguous, counts=False)


def skipped(claim: Claim, why: str) -> Fate:
    """The message is not for this member, or not any more."""
    return given_up(claim, State.SKIPPED, why)
