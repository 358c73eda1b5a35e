"""Lists of cases as files: asked for with a reason, agreed to by a second person who leads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from html import unescape

from aiohttp import web

from console.cases.figures import period_of
from console.cases.listing import query_of, wanted_of
from console.exporting import Column, Export, Filter, Kind, respond
from console.frame.page import Page
from domain.clock import beijing_date
from domain.countersigns import Act
from domain.staff import Permission
from services.cases.exporting import Line
from services.countersigns import Asked

_COLUMNS = tuple(
    Column(name, f"console_cases.{title}", kind)
    for name, title, kind in (
        ("number", "number", Kind.TEXT),
        ("kind", "kind_of", Kind.TEXT),
        ("level", "tier", Kind.TEXT),
        ("unit", "unit", Kind.TEXT),
        ("state", "stage", Kind.TEXT),
        ("opened_on", "opened_on", Kind.DATE),
        ("closed_on", "closed_on", Kind.DATE),
        ("agreed_on", "agreed_on", Kind.DATE),
        ("claimed", "figure_claimed", Kind.NUMBER),
        ("settled", "figure_settled", Kind.NUMBER),
        ("performed", "performed", Kind.TEXT),
    )
)


async def queue(page: Page) -> web.StreamResponse:
    """What the queue shows with its search and filters."""
    query = query_of(page.form)
    t = page.t
    shown = {
        "queue": ("queues", f"console_cases.queue_{query.get('queue')}"),
        "kind": ("kind_of", f"documents.kind_{query.get('kind')}"),
        "state": ("stage", f"console_cases.state_{query.get('state')}"),
    }
    filters = [
        Filter(name, f"console_cases.{title}", unescape(t(words)))
        for name, (title, words) in shown.items()
        if query.get(name)
    ]
    if query.q:
        filters.append(Filter("q", "console_cases.number", query.q, personal=True))
    rows = page.desk.cases.exports.stream(page.actor, wanted_of(query))
    return await _respond(page, rows, filters)


async def settled(page: Page) -> web.StreamResponse:
    """The cases behind the figures of a period."""
    first, last = period_of(page, page.form)
    rows = page.desk.cases.exports.stream_settled(page.actor, first, last)
    days = f"{first} - {last}"
    return await _respond(page, rows, [Filter("period", "console_cases.agreed_on", days)])


async def show(page: Page) -> web.StreamResponse:
    """What waits for this person's yes, and what they asked for themselves."""
    own = await page.desk.countersigns.own(page.actor)
    return page.render(
        "cases/exports.html",
        waiting=await waiting(page),
        mine=[one for one in own if one.countersign.act is Act.CASES],
        is_fresh=page.actor.is_fresh(page.desk.clock.now()),
        now=page.desk.clock.now(),
    )


async def agree(page: Page) -> web.StreamResponse:
    """Agree, as the second person."""
    await page.desk.countersigns.agree(page.actor, page.arg("one"))
    return page.redirect("/cases/exports", "console_countersigns.done_agree")


async def refuse(page: Page) -> web.StreamResponse:
    """Say no, or take back what one asked for."""
    await page.desk.countersigns.refuse(page.actor, page.arg("one"))
    return page.redirect("/cases/exports", "console_countersigns.done_refuse")


async def waiting(page: Page) -> Sequence[Asked]:
    """Lists of cases that this person could agree to."""
    found = await page.desk.countersigns.waiting(page.actor)
    return [one for one in found if one.countersign.act is Act.CASES]


async def _respond(
    page: Page, rows: AsyncIterator[Line], filters: Sequence[Filter]
) -> web.StreamResponse:
    return await respond(
        page,
        Export(
            "cases",
            unescape(page.t("console.nav_cases")),
            _COLUMNS,
            (_cells(page, line) async for line in rows),
            filters,
            full=Permission.CASES_EXPORT,
            path=page.desk.cases.exports.path(page.actor),
            act=Act.CASES,
        ),
    )


def _cells(page: Page, line: Line) -> Sequence[object]:
    case, made = line.case, line.agreement

    def said(key: str) -> str:
        return unescape(page.t(key))

    return (
        case.number,
        said(f"documents.kind_{case.kind}"),
        said(f"console_cases.level_{line.level}"),
        line.unit_name,
        said(f"console_cases.state_{case.state}"),
        beijing_date(case.opened_at),
        beijing_date(case.closed_at) if case.closed_at else None,
        made.agreed_on if made else None,
        made.claimed / 100 if made and made.claimed is not None else None,
        made.settled / 100 if made else None,
        said(f"console_cases.performed_{'yes' if made.is_performed else 'no'}") if made else "",
    )
