"""The list of broadcasts, as far as one's own units reach."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from console.broadcasts.wording import known, telling
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.broadcasts import BroadcastSieve, Topic
from domain.outbox import PushState, State

# How staff think of states: several of ours are one of theirs.
STATES: Mapping[str, tuple[PushState, ...]] = {
    "draft": (PushState.DRAFT,),
    "approving": (PushState.FREEZING, PushState.APPROVING),
    "approved": (PushState.APPROVED,),
    "going": (PushState.EXPANDING, PushState.RUNNING),
    "stopped": (PushState.PAUSED, PushState.HELD),
    "finished": (PushState.FINISHED,),
    "cancelled": (PushState.CANCELLING, PushState.CANCELLED),
}
_MINE = ("mine",)


async def list_broadcasts(page: Page) -> web.StreamResponse:
    """Broadcasts by state, topic, author and words of the title, with how far each came."""
    query = ListQuery.of(
        page.query,
        sorts=("-made", "title"),
        filters={"state": STATES, "topic": list(Topic), "by": _MINE},
    )
    sieve = BroadcastSieve(
        words=query.q,
        states=STATES.get(query.get("state"), ()),
        topic=query.get("topic"),
        author=page.actor.staff_id if query.get("by") else "",
        order=query.order,
        is_down=query.is_down,
    )
    found, total = await page.desk.broadcasts.desk.list_broadcasts(
        page.actor, sieve, offset=query.offset, limit=query.limit
    )
    t = page.t
    return page.render(
        "broadcasts/list.html",
        rows=ListPage(found, total, query),
        states=[(one, t(f"console_broadcasts.list_{one}")) for one in STATES],
        topics=[(one, t(f"console_broadcasts.about_{one}")) for one in Topic],
        by=[(one, t("console_broadcasts.by_me")) for one in _MINE],
        say=telling(page, await known(page)),
        sent=lambda counts: counts.get(State.SENT, 0),
        total=lambda counts: sum(counts.values()),
    )
