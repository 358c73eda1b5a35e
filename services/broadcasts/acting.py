"""What is done to a broadcast after it was sent: corrected, recalled, sent again.

Each is a push of its own, whose rows change the messages of the first; so it has the same ledger,
the same pace and the same way through a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.broadcasts import (
    EDIT,
    RECALL,
    RECALL_WITHIN,
    ActKind,
    ActState,
    Broadcast,
    BroadcastAct,
    Change,
    change_json,
)
from domain.outbox import PUSH_MOVES, Priority, Push, PushState
from services.broadcasts.common import CHUNK, sent_push
from storage.work import Work

# A change that could not be made within a day is not worth disturbing anybody.
_LASTS = timedelta(hours=24)


def planned(one: Broadcast, kind: ActKind, now: datetime) -> Change:
    """Which messages a correction or a recall is for."""
    push = sent_push(one)
    if kind is ActKind.RECALL:
        return Change(push.id, now - RECALL_WITHIN)
    return Change(push.id, None, again=True, rest=_is_live(push))


async def carry_out(
    work: Work, one: Broadcast, act: BroadcastAct, by: str, now: datetime
) -> BroadcastAct:
    """Begin with it; the messages are written by the clock and sent by the pump."""
    push = sent_push(one)
    made: int | None = None
    if act.kind is ActKind.RESEND:
        await work.outbox.resend(push.id, now, act.fail_class, CHUNK * 100)
        if push.state is PushState.FINISHED:
            await work.pushes.move(push.id, push.state, PushState.RUNNING)
    else:
        change = planned(one, act.kind, now)
        if _is_live(push):
            # Nobody gets the old words any more; who has not got them gets the new ones.
            await work.pushes.move(push.id, push.state, PushState.CANCELLING)
        made = await work.pushes.add(_push(one, act, change, by, now))
    done = replace(act, state=ActState.DONE, settled_by=by, settled_at=now, push_id=made)
    await work.agreements.save_act(done)
    return done


def _push(one: Broadcast, act: BroadcastAct, change: Change, by: str, now: datetime) -> Push:
    push = sent_push(one)
    is_recall = act.kind is ActKind.RECALL
    body: Mapping[str, Any] = push.body if is_recall else {**push.body, "text": act.text}
    return Push(
        RECALL if is_recall else EDIT,
        one.title,
        body,
        by,
        now,
        path=one.unit_path,
        audience=change_json(change),
        audience_count=act.recipients,
        state=PushState.EXPANDING,
        priority=Priority.REMINDER,
        purpose=None,
        expires_at=now + _LASTS,
        notice_no=push.notice_no,
    )


def _is_live(push: Push) -> bool:
    return PushState.CANCELLING in PUSH_MOVES[push.state]
