"""Rosters: uploading one, looking at what it would do, taking it over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import web
from aiohttp.web_request import FileField

from console.frame.page import Page
from console.frame.routes import Route
from console.importing import rosters
from console.importing.workbooks import MOST_BYTES
from domain.refusal import Refusal
from domain.roster import Issue, Stage, misses_many
from domain.staff import Permission

_IMPORT = Permission.ROSTER_IMPORT
_LIMIT = MOST_BYTES + 100_000
_LOOK_AGAIN_SECONDS = "3"


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/roster", show_upload, _IMPORT, nav="members"),
        Route(
            "POST",
            "/roster",
            plan,
            _IMPORT,
            nav="members",
            back=show_upload,
            files=True,
            limit=_LIMIT,
        ),
        Route("GET", "/roster/{id}", show, _IMPORT, nav="members"),
        Route("POST", "/roster/{id}", confirm, _IMPORT, nav="members", back=show),
    )


async def show_upload(page: Page) -> web.StreamResponse:
    """Choose a file and the unit whose roster it is."""
    units = await page.desk.units.list_tree(page.actor)
    return page.render(
        "members/upload.html",
        units=[
            (unit.id, unit.name) for unit in units if unit.is_open and page.may(_IMPORT, unit.path)
        ],
    )


async def plan(page: Page) -> web.StreamResponse:
    """The dry run: what is wrong with which line, or what it would do."""
    file, unit = page.file("file"), page.form.get("unit", "")
    if file is None:
        raise Refusal("console_members.choose_file")
    # A big workbook takes seconds to read: not on the loop that answers members.
    raw = await asyncio.to_thread(_content, file)
    if not (unit.isascii() and unit.isdigit() and len(unit) < 19):
        raise Refusal("console_members.choose_unit")
    texts = page.desk.texts
    read = await asyncio.to_thread(rosters.read, raw, texts)
    planned = await page.desk.rosters.plan(
        page.actor, int(unit), read.rows, rosters.occupations(texts)
    )
    return page.render(
        "members/plan.html",
        plan=planned,
        read=read,
        issues=[(issue, _told(page, issue)) for issue in planned.issues],
        more=planned.errors - sum(issue.is_error for issue in planned.issues),
    )


async def show(page: Page) -> web.StreamResponse:
    """How far an import has come."""
    found = await page.desk.rosters.find(page.actor, page.arg("id"))
    if found is None:
        raise Refusal("console.not_found")
    response = page.render(
        "members/import.html",
        plan=found,
        share=100 * found.done_chunks // max(found.chunks, 1),
        misses_many=misses_many(found.counts["missing"], found.counts["present"]),
    )
    if found.stage is Stage.RUNNING:
        response.headers["Refresh"] = _LOOK_AGAIN_SECONDS
    return response


async def confirm(page: Page) -> web.StreamResponse:
    """Take it over. Many missing people must be typed as a number."""
    if await page.desk.rosters.find(page.actor, page.arg("id")) is None:
        raise Refusal("console.not_found")
    typed = page.form.get("missing", "").strip()
    missing = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None
    done = await page.desk.rosters.confirm(page.actor, page.arg("id"), missing)
    return page.redirect(f"/roster/{done.id}")


def _content(file: FileField) -> bytes:
    with file.file:
        return file.file.read()


def _told(page: Page, issue: Issue) -> str:
    values = dict(issue.values)
    if "column" in values:
        values["column"] = page.t(f"roster.column_{values['column']}").split()[0]
    return page.t(issue.code, **values)
