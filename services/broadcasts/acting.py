"""What is done to a broadcast after it was sent: corrected, recalled, sent again.

Each is a push of its own, whose rows change the messages of the first; so it has the same ledger,
the same pace and the same way through a restart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    change_of,
)
from domain.outbox import PUSH_MOVES, Priority, Push, PushState
from domain.refusal import Refusal
from services.broadcasts.common import CHUNK, sent_push
from storage.work import Work

# A change that could not be made within a day is not worth disturbing anybody.
_LASTS = timedelta(hours=24)


async def planned(work: Work, one: Broadcast, kind: ActKind, now: datetime) -> Change:
    """Which messages a correction or a recall is for."""
    return _change(sent_push(one), await _corrections(work, one), kind, now)


async def carry_out(
    work: Work, one: Broadcast, act: BroadcastAct, by: str, now: datetime
) -> BroadcastAct:
    """Begin with it; the messages are written by the clock and sent by the pump.

    Refuses like `must_resend` to send again what may not be sent any more.
    """
    # Locked: it must not come to its end, or begin anew, while we look at where it is.
    push = await work.pushes.lock(sent_push(one).id)
    assert push is not None
    made: int | None = None
    if act.kind is ActKind.RESEND:
        await must_resend(work, one, push, now)
        await work.outbox.resend(push.id, now, act.fail_class, CHUNK * 100)
        if push.state is PushState.FINISHED:
            await work.pushes.move(push.id, push.state, PushState.RUNNING)
    else:
        earlier = await _corrections(work, one)
        change = _change(push, earlier, act.kind, now)
        for old in (push, *earlier):
            if _is_live(old):
                # Nobody gets the old words any more; who has not got them gets the new ones.
                await work.pushes.move(old.id, old.state, PushState.CANCELLING)
        made = await work.pushes.add(_push(one, act, change, by, now))
    done = replace(act, state=ActState.DONE, settled_by=by, settled_at=now, push_id=made)
    await work.agreements.save_act(done)
    return done


async def must_resend(work: Work, one: Broadcast, push: Push, now: datetime) -> None:
    """Refuses with `broadcasts.not_now` while it rests, with `broadcasts.resend_late` after its
    time, and with `broadcasts.resend_old` if its words were corrected or taken back since."""
    if push.state not in (PushState.RUNNING, PushState.FINISHED):
        raise Refusal("broadcasts.not_now")
    if push.expires_at is not None and push.expires_at <= now:
        raise Refusal("broadcasts.resend_late")
    done = [act for act in await work.agreements.acts_of(one.id) if act.state is ActState.DONE]
    if any(act.kind is not ActKind.RESEND for act in done):
        raise Refusal("broadcasts.resend_old")


async def _corrections(work: Work, one: Broadcast) -> Sequence[Push]:
    """The pushes of the corrections so far, the oldest first."""
    acts = await work.agreements.acts_of(one.id)
    found = await work.pushes.find_all([act.push_id for act in acts if act.push_id])
    return [found[number] for number in sorted(found) if found[number].kind == EDIT]


def _change(push: Push, earlier: Sequence[Push], kind: ActKind, now: datetime) -> Change:
    also = tuple(old.id for old in earlier)
    if kind is ActKind.RECALL:
        return Change(push.id, now - RECALL_WITHIN, also=also)
    # Who was left out by a correction that stopped the rest belongs to the next one as well.
    rest = _is_live(push) or any(change_of(old).rest for old in earlier)
    return Change(push.id, None, again=True, rest=rest, also=also)


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
