"""One broadcast: what it is, what is to be done next, how far it came; its numbers while it
is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from console.broadcasts.wording import Known, known, telling
from console.broadcasts.writing import look_at
from console.frame.page import Page
from domain.broadcasts import RECALL_WITHIN, Broadcast, Trial, body_hash
from domain.outbox import PushState, State
from domain.staff import Permission

# Sent so far, or being sent: there are numbers to look at.
_BEGUN = frozenset(
    {
        PushState.EXPANDING,
        PushState.RUNNING,
        PushState.PAUSED,
        PushState.HELD,
        PushState.CANCELLING,
        PushState.CANCELLED,
        PushState.FINISHED,
    }
)
_GOING = frozenset({PushState.EXPANDING, PushState.RUNNING})
_MOVING = _GOING | {PushState.CANCELLING}
# While they move nothing else can be done with them.
_OPEN = frozenset({PushState.EXPANDING, PushState.RUNNING, PushState.PAUSED, PushState.HELD})
# What somebody may want to try once more.
_AGAIN = ("ambiguous", "content")
# Acts that stand still and wait for somebody.
_RESTING = frozenset({PushState.PAUSED, PushState.HELD})
_DONE = frozenset({State.SENT, State.FAILED, State.UNKNOWN, State.SKIPPED, State.EXPIRED})


async def show(page: Page) -> web.StreamResponse:
    """The page of a broadcast."""
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    names = await known(page)
    has_begun = broadcast.state in _BEGUN and broadcast.push is not None
    history = () if broadcast.push is None else await office.desk.history(page.actor, broadcast.id)
    acts = await office.runs.acts(page.actor, broadcast.id) if has_begun else ()
    is_freezing = broadcast.state is PushState.FREEZING
    # An approved one has its board too: the page then follows when sending begins.
    waits = is_freezing or broadcast.state is PushState.APPROVED
    board = await _board(page, broadcast) if has_begun or waits else None
    people = {broadcast.author, *(one.staff_id for one in history)}
    people |= {one.asked_by for one in acts} | {broadcast.reviewed_by or ""}
    is_own = broadcast.author == page.actor.staff_id
    may_write = page.may(Permission.BROADCAST_DRAFT, broadcast.unit_path)
    trials = await office.desk.trials(page.actor, broadcast.id) if may_write else ()
    return page.render(
        "broadcasts/show.html",
        broadcast=broadcast,
        look=await look_at(page, names, broadcast.draft, broadcast.id) if may_write else None,
        phone=office.phone_page(broadcast.content, _unit(names, broadcast)),
        say=telling(page, names),
        names=await office.desk.names([one for one in people if one]),
        history=history,
        trials=trials,
        has_trial=_has_trial(broadcast, trials),
        board=board,
        acts=[
            (one, await office.runs.act_progress(page.actor, one.id) if one.push_id else None)
            for one in acts
        ],
        resting=_RESTING,
        is_own=is_own,
        may_write=may_write,
        may_approve=page.may(Permission.BROADCAST_APPROVE, broadcast.unit_path),
        may_review=page.may(Permission.BROADCAST_APPROVE, broadcast.unit_path) and not is_own,
        again=[one for one in _AGAIN if board and board["run"].failures.get(one)],
        may_go_on=page.may(Permission.BROADCAST_RESUME, broadcast.unit_path),
        has_begun=has_begun,
        is_open=broadcast.state in _OPEN,
        is_freezing=is_freezing,
        recall_hours=RECALL_WITHIN.total_seconds() // 3600,
        now=page.desk.clock.now(),
    )


async def progress(page: Page) -> web.StreamResponse:
    """The numbers alone, for a page that stays open; a header tells the state."""
    broadcast = await page.desk.broadcasts.desk.get(page.actor, page.arg("id"))
    board = await _board(page, broadcast)
    response = page.render(
        "broadcasts/board.html", board=board, say=telling(page, await known(page))
    )
    response.headers["X-State"] = str(board["mark"])
    return response


async def _board(page: Page, broadcast: Broadcast) -> dict[str, Any]:
    """What the page tells of a run. `mark` changes when the rest of the page is out of date."""
    run = await page.desk.broadcasts.runs.progress(page.actor, broadcast.id)
    state = run.broadcast.state
    return {
        "run": run,
        "broadcast": run.broadcast,
        "done": sum(count for one, count in run.counts.items() if one in _DONE),
        "states": [one for one in State if run.counts.get(one)],
        "is_moving": state in _MOVING,
        "is_freezing": state is PushState.FREEZING,
        "mark": "going" if state in _GOING else state.value,
        "now": page.desk.clock.now(),
    }


def _has_trial(broadcast: Broadcast, trials: Sequence[Trial]) -> bool:
    """Whether this very text arrived in somebody's own chat."""
    body = body_hash(broadcast.content)
    return any(one.has_arrived and one.body_hash == body for one in trials)


def _unit(names: Known, broadcast: Broadcast) -> str:
    paths = broadcast.audience.paths or (broadcast.unit_path,)
    return names.units.get(paths[0], "")
