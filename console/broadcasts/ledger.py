"""Who got it and who did not, one by one; and what came of it in figures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from html import unescape

from aiohttp import web

from console.broadcasts.wording import known, reason, telling
from console.exporting import Column, Export, Filter, Kind, respond
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.broadcasts import Broadcast, Button, ButtonKind
from domain.clock import BEIJING
from domain.outbox import State
from services.broadcasts import LedgerRow, ReachReport

# More hours than this cannot be told apart on a phone.
_MOST_HOURS = 96
_COLUMNS = (
    Column("number", "console_broadcasts.column_number", Kind.NUMBER),
    Column("name", "console_broadcasts.column_name", Kind.NAME, personal=True),
    Column("unit", "console_broadcasts.column_unit"),
    Column("state", "console_broadcasts.column_state"),
    Column("reason", "console_broadcasts.column_reason"),
    Column("sent_at", "console_broadcasts.column_sent_at", Kind.INSTANT),
    Column("attempts", "console_broadcasts.column_attempts", Kind.NUMBER),
    Column("pressed_at", "console_broadcasts.column_pressed_at", Kind.INSTANT),
)
_SUMS = (
    Column("what", "console_broadcasts.column_what"),
    Column("count", "console_broadcasts.column_count", Kind.NUMBER),
)


async def show(page: Page) -> web.StreamResponse:
    """Every recipient with the fate of their message."""
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    run = await office.runs.progress(page.actor, broadcast.id)
    query = ListQuery.of(page.query, filters={"state": list(State), "why": list(run.failures)})
    state = query.get("state")
    found, total = await office.runs.ledger(
        page.actor,
        broadcast.id,
        state=State(state) if state else None,
        fail_class=query.get("why"),
        offset=query.offset,
        limit=query.limit,
    )
    t = page.t
    return page.render(
        "broadcasts/ledger.html",
        broadcast=broadcast,
        rows=ListPage(found, total, query),
        run=run,
        states=[(one, t(f"console_broadcasts.fate_{one}")) for one in State],
        reasons=[(one, reason(page, one)) for one in run.failures],
        say=telling(page, await known(page)),
    )


async def export(page: Page) -> web.StreamResponse:
    """The same as a file, names masked as on the screen."""
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    title = _said(page, "console_broadcasts.tab_ledger")

    async def rows() -> AsyncIterator[Sequence[object]]:
        number = 0
        async for row in office.runs.stream_ledger(page.actor, broadcast.id):
            number += 1
            yield (number, *_cells(page, row))

    return await respond(page, _export(page, broadcast, title, _COLUMNS, rows()))


async def show_reach(page: Page) -> web.StreamResponse:
    """What came of it: sent, failed and why, pressed, acted; hour by hour."""
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    reach = await office.runs.reach(page.actor, broadcast.id)
    hours = reach.by_hour[:_MOST_HOURS]
    return page.render(
        "broadcasts/reach.html",
        broadcast=broadcast,
        reach=reach,
        presses=_counted(reach),
        states=[one for one in State if reach.counts.get(one)],
        hours=[f"{at.astimezone(BEIJING):%m-%d %H}" for at, _, _ in hours],
        sent=[count for _, count, _ in hours],
        pressed=[count for _, _, count in hours],
        share=lambda part: f"{part / reach.total:.1%}" if reach.total else "",
        say=telling(page, await known(page)),
    )


async def export_reach(page: Page) -> web.StreamResponse:
    """The figures as a file: they add up to the number of recipients."""
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    reach = await office.runs.reach(page.actor, broadcast.id)
    title = _said(page, "console_broadcasts.tab_reach")
    lines: list[tuple[str, int]] = [(_said(page, "console_broadcasts.total"), reach.total)]
    lines += [
        (_said(page, f"console_broadcasts.fate_{one}"), reach.counts[one])
        for one in State
        if reach.counts.get(one)
    ]
    lines += [(unescape(reason(page, one)), count) for one, count in reach.failures.items()]
    lines += [
        (_said(page, "console_broadcasts.pressed"), reach.pressed),
        (_said(page, "console_broadcasts.acted"), reach.acted),
    ]
    lines += [(button.label, count) for button, count in _counted(reach)]

    async def rows() -> AsyncIterator[Sequence[object]]:
        for line in lines:
            yield line

    return await respond(page, _export(page, broadcast, title, _SUMS, rows()))


def _export(
    page: Page,
    broadcast: Broadcast,
    title: str,
    columns: Sequence[Column],
    rows: AsyncIterator[Sequence[object]],
) -> Export:
    async def still() -> None:
        await page.desk.broadcasts.desk.get(page.actor, broadcast.id)

    return Export(
        "broadcast",
        f"{broadcast.title[:20]}-{title}",
        columns,
        rows,
        [Filter("broadcast", "console_broadcasts.kind", broadcast.title)],
        path=broadcast.unit_path,
        still=still,
    )


def _counted(reach: ReachReport) -> Sequence[tuple[Button, int]]:
    """Presses of each button. Of those that open an address Telegram tells us nothing."""
    return [one for one in reach.presses if one[0].kind is not ButtonKind.LINK]


def _cells(page: Page, row: LedgerRow) -> Sequence[object]:
    why = unescape(reason(page, row.fail_class)) if row.fail_class else None
    state = _said(page, f"console_broadcasts.fate_{row.state}")
    return (row.name, row.unit, state, why, row.sent_at, row.attempts, row.pressed_at)


def _said(page: Page, key: str) -> str:
    return unescape(page.t(key))
