"""What every act that needs a second person shares: asking for one, and using an agreement.

The verbs that act call these inside of their own transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.countersigns import Act, Countersign, State
from domain.staff import Actor
from services.rights import actor_now
from storage.work import Work


def digest_of(*parts: str) -> str:
    """What binds an agreement to exactly one thing."""
    told = hashlib.sha256()
    for part in parts:
        told.update(f"{len(part)}:{part}".encode())
    return told.hexdigest()


async def ask_second(
    work: Work,
    actor: Actor,
    act: Act,
    digest: str,
    path: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> Countersign:
    """Ask for a second person. What the actor asked about this thing before is taken back."""
    for before in await work.countersigns.list_for(act, digest):
        if before.asked_by == actor.staff_id and before.is_waiting(now):
            await work.countersigns.settle(before, State.TAKEN_BACK, actor.staff_id, now)
    one = Countersign(
        id=secrets.token_urlsafe(9),
        act=act,
        digest=digest,
        path=path,
        asked_by=actor.staff_id,
        asked_session=actor.session_id,
        asked_at=now,
    )
    await work.countersigns.add(one, detail)
    told = {"act": act.value, "reason": detail.get("reason", "")}
    await work.audit.add(now, actor.staff_id, "countersign.asked", one.id, told)
    return one


async def use_agreement(
    work: Work, act: Act, digest: str, now: datetime, *, asked_by: str | None = None
) -> Countersign | None:
    """The agreement to this thing, used up by this; None if there is none that holds.

    `asked_by` narrows it to what one person asked for. Whoever agreed must still be allowed to.
    """
    for one in await work.countersigns.list_for(act, digest):
        if asked_by not in (None, one.asked_by) or not one.is_agreed(now):
            continue
        second = await actor_now(work, one.settled_by or "", now)
        if second is None or not one.is_for(second):
            continue
        if await work.countersigns.settle(one, State.DONE, one.settled_by, now):
            return one
    return None
