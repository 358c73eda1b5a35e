"""Handing in: text and recipients are frozen, and whether a second person must agree is decided.

The list is written in chunks, each its own transaction; nothing is handed in before the last one.
A list that is left over by a fault belongs to no broadcast and is forgotten by the purge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
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
    content_json,
    content_of,
    needs_second,
)
from domain.clock import Clock, beijing_date
from domain.consents import Purpose as Consent
from domain.outbox import Canary, Notice, Policy, Priority, Push, PushState
from domain.refusal import Refusal
from domain.staff import Actor, Permission
from services.broadcasts.common import (
    APPROVED,
    ASKED,
    CHUNK,
    BroadcastPolicy,
    allowed,
    count_admins,
    tell_author,
    tell_staff,
)
from services.broadcasts.segments import must_reach, reckoned
from storage.database import OpenWork
from storage.work import Work

_TOP = "/"


class HandingIn:
    """Used by staff and by the clock, which hands in what a series has made."""

    def __init__(self, open_work: OpenWork, clock: Clock, policy: BroadcastPolicy) -> None:
        self._open_work = open_work
        self._clock = clock
        self._policy = policy

    async def hand_in(self, actor: Actor, one: Broadcast, *, is_tried: bool = False) -> Broadcast:
        """The broadcast with a push that waits for approval, or for its time.

        `is_tried` is for a series, whose test is on its way. Refuses like `BroadcastDesk.hand_in`.
        """
        actor.must(Permission.BROADCAST_DRAFT, one.unit_path)
        one = replace(one, author=actor.staff_id, author_session=actor.session_id)
        async with self._open_work() as work:
            await must_reach(work, actor, one.audience)
            reckoning = await reckoned(work, one.audience, one.content.topic)
            if not is_tried:
                await self._must_be_tried(work, one)
            await judge(work, one, reckoning, self._clock.now())
            push_id = await work.pushes.add(new_push(one, self._clock.now()))
            await work.commit()
        digest, count = await freeze(self._open_work, push_id, one)
        reckoning = replace(reckoning, count=count)
        async with self._open_work() as work:
            now = self._clock.now()
            await self._must_be_same(work, one)
            second = await judge(work, one, reckoning, now)
            await work.pushes.set_audience(push_id, count, digest)
            handed = await self._place(work, one, push_id, second, now)
            await work.audit.add(
                now,
                actor.staff_id,
                "broadcast.hand_in",
                one.id,
                {"push": push_id, "recipients": count, "second": second},
            )
            await work.commit()
        return handed

    async def _place(
        self, work: Work, one: Broadcast, push_id: int, second: bool, now: datetime
    ) -> Broadcast:
        push = await work.pushes.find(push_id)
        assert push is not None
        starts = None
        if not second or one.plan.at is not None:
            starts = one.plan.starts(now, self._policy.quiet)
        await work.pushes.move(push_id, PushState.DRAFT, PushState.APPROVING)
        if not second:
            await work.pushes.move(push_id, PushState.APPROVING, PushState.APPROVED)
        await work.pushes.set_window(
            push_id, starts, starts + one.plan.lasts if starts else None, needs_second=second
        )
        placed = replace(
            one,
            push=await work.pushes.find(push_id),
            returned=None,
            return_note="",
            changed_at=now,
        )
        await work.broadcasts.save(placed)
        if second:
            path = one.unit_path
            able = await allowed(work, Permission.BROADCAST_APPROVE, path, now)
            others = [person for person in able if person.id != one.author]
            await tell_staff(work, ASKED, others, str(push_id), now, title=one.title)
        elif one.series_id is not None:
            await tell_author(work, APPROVED, one, str(push_id), now)
        return placed

    async def _must_be_tried(self, work: Work, one: Broadcast) -> None:
        since = self._clock.now() - TEST_COUNTS
        if not any(trial.at > since for trial in await good_trials(work, one)):
            raise Refusal("broadcasts.test_needed")

    async def _must_be_same(self, work: Work, one: Broadcast) -> None:
        """Nobody wrote it anew or handed it in while the list was being frozen."""
        now = await work.broadcasts.lock(one.id)
        if now is None or now.push is not None or now.changed_at != one.changed_at:
            raise Refusal("broadcasts.not_now")


async def judge(work: Work, one: Broadcast, found: Reckoning, now: datetime) -> bool:
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


async def freeze(open_work: OpenWork, push_id: int, one: Broadcast) -> tuple[str, int]:
    """Write the list of recipients; its hash and its length."""
    digest, count, last = hashlib.sha256(), 0, None
    while True:
        async with open_work() as work:
            chunk = await work.audiences.after(one.audience, one.content.topic, last, CHUNK)
            await work.pushes.freeze(push_id, chunk)
            await work.commit()
        digest.update("".join(f"{member}\n" for member in chunk).encode())
        count += len(chunk)
        if len(chunk) < CHUNK:
            return digest.hexdigest(), count
        last = chunk[-1]


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
