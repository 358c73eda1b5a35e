"""The list of events, as far as one's own units reach."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from aiohttp import web

from console.events.wording import day_of
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.clock import BEIJING
from domain.events import EventSieve, EventState
from domain.seats import HOLDING, State
from domain.staff import Permission

_WHEN = ("coming", "past")


async def list_events(page: Page) -> web.StreamResponse:
    """Events by state, unit, days and words of the title."""
    query = ListQuery.of(
        page.query,
        sorts=("-at", "title"),
        filters=("state", "unit", "when", "from", "to"),
    )
    units = [
        unit
        for unit in await page.desk.units.list_tree(page.actor)
        if page.may(Permission.EVENTS_WRITE, unit.path)
    ]
    found, total = await page.desk.events.reader.list_events(
        page.actor, _sieve(page, query), offset=query.offset, limit=query.limit
    )
    return page.render(
        "events/list.html",
        rows=ListPage(found, total, query),
        units={unit.path: unit.name for unit in units},
        states=[(one, page.t(f"console_events.event_{one}")) for one in EventState],
        when=[(one, page.t(f"console_events.when_{one}")) for one in _WHEN],
        seated=lambda counts: sum(counts.get(state, 0) for state in HOLDING),
        waiting=lambda counts: counts.get(State.WAITING, 0) + counts.get(State.APPLIED, 0),
    )


def _sieve(page: Page, query: ListQuery) -> EventSieve:
    now = page.desk.clock.now()
    state, when = query.get("state"), query.get("when")
    first, last = day_of(query.get("from")), day_of(query.get("to"))
    midnight = time(tzinfo=BEIJING)
    return EventSieve(
        words=query.q,
        state=EventState(state) if state in set(EventState) else None,
        path=query.get("unit"),
        ends_after=now if when == "coming" else None,
        ends_before=now if when == "past" else None,
        starts_from=datetime.combine(first, midnight) if first else None,
        starts_before=datetime.combine(last + timedelta(days=1), midnight) if last else None,
        order=query.order,
        is_down=query.is_down,
    )
