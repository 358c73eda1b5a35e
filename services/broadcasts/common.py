"""What all verbs on broadcasts share: reach, audit, who acts, who may agree, the policy."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from domain.broadcasts import KEEP, Broadcast, Returned
from domain.calendar import Calendar, QuietHours
from domain.clock import Clock
from domain.outbox import Notice, Priority, Push, PushState
from domain.refusal import Refusal
from domain.staff import Actor, GrantState, Permission, Role, Staff
from storage.database import Database
from storage.work import Work

# At most so many recipients are written or read in one transaction.
CHUNK = 5000
# What staff are told: the kinds are the keys of their sentences.
ASKED = "broadcasts.notice_asked"
RETURNED = "broadcasts.notice_returned"
APPROVED = "broadcasts.notice_approved"
HELD = "broadcasts.notice_held"
EMERGENCY = "broadcasts.notice_emergency"
ACT_ASKED = "broadcasts.notice_act_asked"
TOLD_STAFF = (ASKED, RETURNED, APPROVED, HELD, EMERGENCY, ACT_ASKED)


@dataclass(frozen=True, slots=True)
class BroadcastPolicy:
    """What this union has set. `hosts` are where links may lead; `per_second` is the pace; `keep`
    is how long it is known who got what."""

    hosts: tuple[str, ...] = ("gov.cn",)
    per_second: float = 25.0
    keep: timedelta = KEEP
    quiet: QuietHours = field(default_factory=QuietHours)
    calendar: Calendar = field(default_factory=Calendar)


class Desk:
    """A broadcast out of reach is refused like one that is not there."""

    def __init__(self, database: Database, clock: Clock, policy: BroadcastPolicy) -> None:
        self._open_work = database.open_work
        self._open_read = database.open_read
        self._clock = clock
        self._policy = policy

    async def _find(
        self, work: Work, actor: Actor, broadcast_id: str, permission: Permission
    ) -> Broadcast:
        return reached(actor, permission, await work.broadcasts.find(broadcast_id))

    async def _lock(
        self, work: Work, actor: Actor, broadcast_id: str, permission: Permission
    ) -> Broadcast:
        return reached(actor, permission, await work.broadcasts.lock(broadcast_id))

    async def _audit(self, work: Work, actor: Actor, act: str, subject: str, **more: Any) -> None:
        await work.audit.add(self._clock.now(), actor.staff_id, act, subject, more)


def reached(actor: Actor, permission: Permission, found: Broadcast | None) -> Broadcast:
    """The broadcast, if it is there and the actor may. Refuses with `broadcasts.not_found`."""
    actor.must(permission)
    if found is None or not actor.may(permission, found.unit_path):
        raise Refusal("broadcasts.not_found")
    return found


def sent_push(broadcast: Broadcast) -> Push:
    """The version that was sent or is being sent. Refuses with `broadcasts.not_sent`."""
    never = (PushState.DRAFT, PushState.FREEZING, PushState.APPROVING, PushState.APPROVED)
    if broadcast.push is None or broadcast.push.state in never:
        raise Refusal("broadcasts.not_sent")
    return broadcast.push


def new_id() -> str:
    """An id that nobody can guess: members see it in the data of buttons."""
    return secrets.token_urlsafe(9)


async def count_admins(work: Work, now: datetime) -> int:
    """How many active people are admins now."""
    admins = {
        one.staff_id
        for one in await work.grants.list_untaken()
        if one.grant.role is Role.ADMIN and one.state(now) is GrantState.IN_FORCE
    }
    accounts = [await work.staff.find(staff_id) for staff_id in sorted(admins)]
    return sum(account is not None and account.is_active for account in accounts)


@dataclass(frozen=True, slots=True)
class FrozenList:
    """The hash of a list of recipients, how many they are, and what tells whether it changed."""

    digest: str
    count: int
    last: int | None
    erased: int


async def read_list(work: Work, push_id: int) -> FrozenList:
    """The list as it is now. Long lists take seconds: not for a transaction that writes."""
    # First, so that whoever is erased while we read shows in `is_same_list`.
    push = await work.pushes.find(push_id)
    digest, count, last = hashlib.sha256(), 0, None
    while True:
        chunk = await work.pushes.audience_after(push_id, last, CHUNK)
        digest.update("".join(f"{member}\n" for member in chunk).encode())
        count += len(chunk)
        last = chunk[-1] if chunk else last
        if len(chunk) < CHUNK:
            return FrozenList(digest.hexdigest(), count, last, push.erased if push else 0)


async def is_same_list(work: Work, push: Push, seen: FrozenList) -> bool:
    """Whether nobody was added or erased since it was read. The caller holds the push's lock."""
    return (push.erased, await work.pushes.last_frozen(push.id)) == (seen.erased, seen.last)


async def tell_staff(
    work: Work,
    kind: str,
    people: Sequence[Staff],
    fact: str,
    now: datetime,
    *,
    priority: Priority = Priority.REMINDER,
    **details: str,
) -> None:
    """Tell staff in their own chats. `fact` makes it one of its kind: it is told once."""
    await work.outbox.add(
        *(
            Notice(
                kind,
                None,
                f"{kind}:{fact}:{person.id}",
                now,
                details=details,
                priority=priority,
                chat_id=person.telegram_id,
            )
            for person in people
        )
    )


async def tell_author(work: Work, kind: str, one: Broadcast, fact: str, now: datetime) -> None:
    account = await work.staff.find(one.author)
    if account is not None and account.is_active:
        await tell_staff(work, kind, [account], f"{one.id}:{fact}", now, title=one.title)


async def give_back(
    work: Work, one: Broadcast, why: Returned, now: datetime, note: str = ""
) -> Broadcast:
    """Let a version that was not sent go back to its author as a draft, and say why."""
    if one.push is not None:
        moved = await work.pushes.move(one.push.id, one.push.state, PushState.DRAFT)
        if not moved:
            raise Refusal("broadcasts.not_now")
    returned = replace(
        one, push=None, returned=why, return_note=note, changed_at=now, author_session=""
    )
    await work.broadcasts.save(returned)
    if why is not Returned.TAKEN_BACK:
        await tell_author(work, RETURNED, returned, f"{now.timestamp():.3f}", now)
    return returned
