"""The queues of cases: where each stands, never who it is about or what happened."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.cases.kinds import Kind
from domain.cases.states import State
from domain.staff import Permission
from services.cases.views import Wanted

QUEUES = ("queue", "mine", "overdue", "offered", "ended")


def query_of(given: Mapping[str, str]) -> ListQuery:
    """The search and filters of a list, from its address or its form."""
    return ListQuery.of(
        given,
        sorts=("due", "-opened"),
        filters={"queue": QUEUES, "kind": list(Kind), "state": list(State)},
    )


def wanted_of(query: ListQuery) -> Wanted:
    """The same for the desk."""
    kind, state = query.get("kind"), query.get("state")
    return Wanted(
        queue=query.get("queue"),
        kind=Kind(kind) if kind else None,
        state=State(state) if state else None,
        words=query.q,
        sort=query.order,
        offset=query.offset,
        limit=query.limit,
    )


async def show(page: Page) -> web.StreamResponse:
    """One queue, or all that is there."""
    query, desk = query_of(page.query), page.desk.cases.desk
    found = await desk.list_cases(page.actor, wanted_of(query))
    counts = await desk.counts(page.actor)
    t = page.t
    return page.render(
        "cases/list.html",
        rows=ListPage(found.rows, found.total, query),
        queues=("", *QUEUES),
        counts={
            "queue": counts.queue,
            "mine": counts.mine,
            "overdue": counts.overdue,
            "offered": counts.offered,
        },
        kinds=[(one, t(f"documents.kind_{one}")) for one in Kind],
        states=[(one, t(f"console_cases.state_{one}")) for one in State],
        now=page.desk.clock.now(),
        is_lead=page.may(Permission.CASES_ASSIGN),
        may_export=page.may(Permission.CASES_EXPORT),
    )
