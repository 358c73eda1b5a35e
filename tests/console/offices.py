"""A server with one page that hands over a list, and readers of what it hands over."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import openpyxl
import sqlalchemy as sa
from aiohttp import web
from openpyxl.utils.escape import unescape

from console.exporting import Column, Export, Kind, respond
from console.frame.page import Page
from console.frame.speech import Speech
from domain.refusal import Refusal
from domain.staff import Actor, Grant, Permission, Role
from locales import load
from services.countersigns import CountersignService
from services.exports import ExportService
from storage.database import Database
from storage.tables import audit
from tests import agreeing
from tests.world import MovableClock

COLUMNS = (
    Column("name", "console_exports.line_by", Kind.NAME, personal=True),
    Column("phone", "console_exports.line_list", Kind.PHONE, personal=True),
    Column("number", "console_exports.line_rows", Kind.CODE),
    Column("count", "console_exports.about", Kind.NUMBER),
    Column("on", "console_exports.line_filters", Kind.DATE),
    Column("at", "console_exports.line_at", Kind.INSTANT),
    Column("note", "console_exports.line_reason"),
)
AT = datetime(2026, 11, 25, 6, 30, 5, tzinfo=UTC)
GOOD = ("王芳", "13812345678", "0012", 3, date(2026, 11, 25), AT, "来")


def officer(*roles: Role) -> Actor:
    return Actor("s1", "刘干事", tuple(Grant(role, "/1/") for role in roles))


class Office:
    """A server with one page that hands over one list, to whoever the test says."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.actor: Actor | None = officer(Role.ORGANISER)
        self.list: Callable[[], Export] = lambda: export([GOOD])
        self.clock = clock
        self.desk = SimpleNamespace(
            countersigns=CountersignService(database, clock),
            exports=ExportService(database.open_work, clock),
            clock=clock,
            sign_in=SimpleNamespace(actor_of=self._actor_of),
            is_secure=lambda request: False,
        )
        self.url = ""
        self.refusals: list[str] = []

    async def _actor_of(self, token: str) -> Actor | None:
        return self.actor

    async def handle(self, request: web.Request) -> web.StreamResponse:
        # What the frame does before a handler: tests/console has tests of the frame itself.
        page = SimpleNamespace(
            request=request,
            route=SimpleNamespace(permission=Permission.EVENTS_NAMES),
            desk=self.desk,
            token="t",
            actor=self.actor or officer(),
            form=dict(await request.post()),
            t=Speech(load()),
            redirect=lambda path, flash: web.Response(status=303, headers={"Location": path}),
        )
        try:
            return await respond(cast("Page", page), self.list())
        except Refusal as refusal:
            self.refusals.append(refusal.code)
            return web.Response(status=422)

    async def take(self, **form: str) -> tuple[int, bytes, dict[str, str]]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=form, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.read(), dict(answer.headers)

    async def take_whole(self, **form: str) -> tuple[int, bytes, dict[str, str]]:
        """Take a list with whole names, after a second person has agreed to it."""
        assert (await self.take(full="yes", **form))[0] == 303
        assert await agreeing.on_everything(self.database, self.clock) == 1
        return await self.take(full="yes", **form)

    async def audited(self) -> list[tuple[str, dict[str, Any]]]:
        async with self.database.open_read() as work:
            rows = await work._connection.execute(
                sa.select(audit.c.actor, audit.c.act, audit.c.object, audit.c.detail).order_by(
                    audit.c.id
                )
            )
            found = [row for row in rows if row.act.startswith("export.")]
        assert all((row.actor, row.object) == ("s1", "events") for row in found)
        return [(row.act, json.loads(row.detail)) for row in found]


def export(rows: Iterable[Sequence[object]], **more: Any) -> Export:
    async def reading() -> AsyncIterator[Sequence[object]]:
        for row in rows:
            yield row

    return Export("events", "冰壶联赛：报名", COLUMNS, reading(), **more)


def table(body: bytes) -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body[3:].decode(), newline="")))


def book(body: bytes) -> tuple[dict[str, str], list[list[Any]]]:
    """The lines about the list, and its rows; no cell may be a formula or a link."""
    workbook = openpyxl.load_workbook(io.BytesIO(body))
    for sheet in workbook:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.coordinate
                assert cell.hyperlink is None
    about, *sheets = workbook.worksheets
    assert workbook.active is sheets[0]
    assert all(sheet.freeze_panes == "A2" for sheet in sheets)
    lines = {str(row[0].value): str(row[1].value) for row in about.iter_rows()}
    rows = [[cell.value for cell in row] for sheet in sheets for row in sheet.iter_rows()]
    # What Excel does with _x005F_ and openpyxl leaves to its caller.
    return lines, [
        [unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    ]
