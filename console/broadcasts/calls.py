"""The call sheet: people whom it concerns and whom the message did not reach."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from html import unescape

from aiohttp import web

from console.broadcasts.wording import known, telling
from console.exporting import Column, Export, Filter, Kind, respond
from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.broadcasts import CallOutcome
from domain.exports import mask_phone
from domain.refusal import Refusal
from domain.staff import Permission
from services.broadcasts import CallRow

_COLUMNS = (
    Column("number", "console_broadcasts.column_number", Kind.NUMBER),
    Column("name", "console_broadcasts.column_name", Kind.NAME, personal=True),
    Column("phone", "console_broadcasts.column_phone", Kind.PHONE, personal=True),
    Column("unit", "console_broadcasts.column_unit"),
    Column("why", "console_broadcasts.column_reason"),
    Column("assigned", "console_broadcasts.column_assigned"),
    Column("outcome", "console_broadcasts.column_outcome"),
    Column("called_at", "console_broadcasts.column_called_at", Kind.INSTANT),
)


async def show(page: Page) -> web.StreamResponse:
    """Who is to be called, by whom, and what came of it."""
    return await _sheet(page)


async def show_phone(page: Page) -> web.StreamResponse:
    """The same with one whole phone number, which is noted."""
    person = page.arg("person")
    phone = await page.desk.broadcasts.calls.phone(page.actor, page.arg("id"), person)
    return await _sheet(page, {person: phone})


async def assign(page: Page) -> web.StreamResponse:
    """Hand some of the calls to somebody."""
    people, who = page.all("person"), page.form.get("staff", "")
    if not people:
        raise Refusal("console_broadcasts.choose_people")
    for person in people:
        await page.desk.broadcasts.calls.assign(page.actor, page.arg("id"), person, who)
    return page.redirect(_path(page), "console_broadcasts.assigned", count=len(people))


async def called(page: Page) -> web.StreamResponse:
    """Note what a call came to."""
    outcome = page.form.get("outcome", "")
    if outcome not in set(CallOutcome):
        raise Refusal("console_broadcasts.choose_outcome")
    await page.desk.broadcasts.calls.called(
        page.actor, page.arg("id"), page.arg("person"), CallOutcome(outcome)
    )
    return page.redirect(_path(page), "console_broadcasts.called")


async def export(page: Page) -> web.StreamResponse:
    """The sheet as a file: masked, unless who takes it may read members' data and says why."""
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    title = unescape(page.t("console_broadcasts.tab_calls"))

    async def rows() -> AsyncIterator[Sequence[object]]:
        number = 0
        async for row in office.calls.stream_sheet(page.actor, broadcast.id):
            number += 1
            why = unescape(page.t(f"console_broadcasts.unreached_{row.why}"))
            told = page.t(f"console_broadcasts.call_{row.outcome}") if row.outcome else ""
            yield (
                number,
                row.name,
                row.phone,
                row.unit,
                why,
                row.assigned_name,
                unescape(told),
                row.called_at,
            )

    async def still() -> None:
        await office.desk.get(page.actor, broadcast.id)

    return await respond(
        page,
        Export(
            "broadcast",
            f"{broadcast.title[:20]}-{title}",
            _COLUMNS,
            rows(),
            [Filter("broadcast", "console_broadcasts.kind", broadcast.title)],
            full=Permission.MEMBERS_READ,
            path=broadcast.unit_path,
            still=still,
        ),
    )


async def _sheet(page: Page, phones: dict[str, str] | None = None) -> web.Response:
    office = page.desk.broadcasts
    broadcast = await office.desk.get(page.actor, page.arg("id"))
    query = ListQuery.of(page.query)
    found, total = await office.calls.sheet(
        page.actor, broadcast.id, offset=query.offset, limit=query.limit
    )
    t = page.t
    return page.render(
        "broadcasts/calls.html",
        broadcast=broadcast,
        rows=ListPage(found, total, query),
        revealed=phones or {},
        staff=[(one.id, one.name) for one in await office.calls.staff(page.actor, broadcast.id)],
        phone_of=lambda row: _shown(row, phones or {}),
        outcomes=[(one, t(f"console_broadcasts.call_{one}")) for one in CallOutcome],
        may_phone=page.may(Permission.MEMBERS_READ, broadcast.unit_path),
        say=telling(page, await known(page)),
    )


def _shown(row: CallRow, phones: dict[str, str]) -> str:
    """Masked for everybody; who may see more asks for it, and that is noted."""
    known = phones.get(row.person_id)
    return known or (mask_phone(row.phone) if row.is_whole and row.phone else row.phone)


def _path(page: Page) -> str:
    return f"/broadcasts/{page.arg('id')}/calls"
