"""Handing in: the text is fixed, and whether a second person must agree is decided.

The list of recipients is written by the clock afterwards (freezing.py): with many members that
takes longer than somebody should wait for a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.broadcasts import (
    LEAST,
    LEAST_ADMINS,
    MESSAGE,
    MOST_ALONE,
    TEST,
    TEST_COUNTS,
    UNIT,
    Broadcast,
    Purpose,
    Reckoning,
    Trial,
    audience_json,
    audience_of,
    body_hash,
    check_inside,
    content_json,
    content_of,
    needs_second,
)
from domain.clock import beijing_date
from domain.consents import Purpose as Consent
from domain.outbox import Canary, Notice, Policy, Priority, Push, PushState
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.broadcasts.common import count_admins
from services.broadcasts.segments import must_reach, reckoned
from services.rights import allowed
from storage.work import Work

_TOP = "/"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What decides whether a broadcast may go out, and who must agree."""

    count: int
    share: float
    without_unit: int


async def weigh(
    work: Work, actor: Actor, one: Broadcast, now: datetime, *, is_tried: bool = False
) -> Reckoning:
    """Whom it would reach. Refuses what may not be handed in at all.

    `is_tried` is for a series, whose test is on its way. `broadcasts.test_needed`,
    `broadcasts.audience_outside`, and all that `judge` refuses.
    """
    actor.must(Permission.BROADCAST_DRAFT, one.unit_path)
    if one.is_series or one.purpose is not Purpose.MEMBERS:
        raise Refusal("broadcasts.not_now")
    await must_reach(work, actor, one.audience)
    # A unit of it may hang elsewhere since this was written.
    check_inside(one.audience, one.unit_path)
    found = await reckoned(work, one.audience, one.content.topic)
    own = replace(one, author=actor.staff_id)
    if not is_tried:
        since = now - TEST_COUNTS
        if not any(trial.at > since for trial in await good_trials(work, own)):
            raise Refusal("broadcasts.test_needed")
    await judge(work, own, weighed(found), now)
    return found


async def place(
    work: Work, actor: Actor, one: Broadcast, found: Reckoning, now: datetime
) -> Broadcast:
    """The broadcast with a push whose list of recipients is to be written."""
    own = replace(one, author=actor.staff_id, author_session=actor.session_id)
    second = await judge(work, own, weighed(found), now)
    push_id = await work.pushes.add(
        replace(new_push(own, now), needs_second=second, audience_count=found.count)
    )
    placed = replace(
        own,
        push=await work.pushes.find(push_id),
        returned=None,
        return_note="",
        changed_at=now,
    )
    await work.broadcasts.save(placed)
    detail = {"push": push_id, "recipients": found.count, "second": second}
    await work.audit.add(now, actor.staff_id, "broadcast.hand_in", one.id, detail)
    return placed


def weighed(found: Reckoning) -> Weighed:
    """The part of a reckoning that decides."""
    return Weighed(found.count, found.share, found.without_unit)


async def judge(work: Work, one: Broadcast, found: Weighed, now: datetime) -> bool:
    """Whether a second person must agree. Refuses what may not go out at all.

    `broadcasts.too_few`, `.placeholder_empty`, `.two_admins`, `.no_approver`.
    """
    if found.count < LEAST:
        raise Refusal("broadcasts.too_few", count=found.count, least=LEAST)
    if UNIT in one.content.placeholders and found.without_unit:
        raise Refusal("broadcasts.placeholder_empty", count=found.without_unit, name=f"{{{UNIT}}}")
    top = await work.units.find_top()
    everyone = one.audience.is_everyone(top.path if top else _TOP)
    if not needs_second(found.count, found.share, is_everyone=everyone):
        return False
    if await count_admins(work, now) < LEAST_ADMINS:
        # A union of one person may reach its few members; more need a second pair of eyes.
        if found.count > MOST_ALONE:
            raise Refusal("broadcasts.two_admins", most=MOST_ALONE)
        return await _has_approver(work, one, now)
    if not await _has_approver(work, one, now):
        raise Refusal("broadcasts.no_approver")
    return True


def new_push(one: Broadcast, now: datetime) -> Push:
    """The version that is handed in, before its recipients are known."""
    is_emergency = one.purpose is Purpose.EMERGENCY
    return Push(
        MESSAGE,
        one.title,
        body_of(one),
        one.author,
        now,
        path=one.unit_path,
        body_hash=body_hash(one.content),
        audience=audience_json(one.audience),
        state=PushState.FREEZING,
        priority=Priority.SECURITY if is_emergency else Priority.BROADCAST,
        policy=Policy.RESEND,
        purpose=None if is_emergency else Consent.SERVICE,
        notice_no=f"{beijing_date(now):%m%d}-{one.id[:4]}",
        topic=one.content.topic.value,
        canary=Canary.WAITING,
    )


def body_of(one: Broadcast) -> Mapping[str, Any]:
    """What the message is made from; the number lets its buttons be told from others'."""
    return {**content_json(one.content), "broadcast": one.id}


def is_as_hashed(push: Push, one: Broadcast) -> bool:
    """Whether text and criteria are still those whose hash was taken."""
    return (
        body_hash(content_of(push.body)) == push.body_hash
        and audience_of(push.audience) == one.audience
    )


async def good_trials(work: Work, one: Broadcast) -> list[Trial]:
    """Tests of exactly this text by its author that arrived."""
    wanted = body_hash(one.content)
    return [
        trial
        for trial in await work.agreements.trials_of(one.id)
        if trial.has_arrived and trial.body_hash == wanted and trial.staff_id == one.author
    ]


async def send_trial(work: Work, one: Broadcast, staff_id: str, now: datetime) -> None:
    """Put a test of it into the outbox, to the own chat of one of the staff."""
    account = await work.staff.find(staff_id)
    if account is None:
        raise Refusal("broadcasts.test_nowhere")
    trial = Trial(now, body_hash(one.content), staff_id, None)
    chain = f"{TEST}:{one.id}:{staff_id}:{trial.body_hash[:8]}:{now.timestamp():.0f}"
    await work.agreements.add_trial(one.id, chain, trial)
    # No member, only a chat: nothing of a test can be taken for a message to members.
    await work.outbox.add(
        Notice(
            TEST,
            None,
            chain,
            now,
            details={"body": body_of(one)},
            priority=Priority.SECURITY,
            chat_id=account.telegram_id,
        )
    )


async def _has_approver(work: Work, one: Broadcast, now: datetime) -> bool:
    able = await allowed(work, Permission.BROADCAST_APPROVE, one.unit_path, now)
    return any(person.id != one.author for person in able)
