"""The knowledge base as a workbook: taken home by lawyers, and back as drafts."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from aiohttp import web

from console.frame.page import Page
from domain.clock import BEIJING
from domain.editing import Blocked, Kind
from domain.refusal import Refusal

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def show(page: Page) -> web.StreamResponse:
    """How it goes, and the two doors."""
    faults = page.refusal.faults if isinstance(page.refusal, Blocked) else ()
    return page.render("knowledge/sheet.html", plan=None, seen={}, faults=faults)


async def export(page: Page) -> web.StreamResponse:
    """The workbook of what is in force."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "knowledge.xlsx"
        await page.desk.sheets.export(path)
        body = await asyncio.to_thread(path.read_bytes)
    day = page.desk.clock.now().astimezone(BEIJING).date()
    told = {"Content-Disposition": f'attachment; filename="nuanxin-knowledge-{day}.xlsx"'}
    return web.Response(body=body, content_type=_TYPE, headers=told)


async def plan(page: Page) -> web.StreamResponse:
    """What an edited workbook would change. Nothing is kept yet."""
    file = page.file("book")
    if file is None:
        raise Refusal("console_knowledge.choose_file")
    with tempfile.TemporaryDirectory() as folder:
        # The reader judges by the content; the name only says where faults are.
        path = Path(folder) / "upload.xlsx"
        with file.file as upload:
            await asyncio.to_thread(path.write_bytes, upload.read())
        planned = await page.desk.sheets.plan(path)
    seen = {}
    for name in planned.texts:
        standing = await page.desk.editing.find_standing(page.actor, Kind.ENTRY, name)
        seen[name] = standing.hash if standing else ""
    return page.render("knowledge/sheet.html", plan=planned, seen=seen, faults=())


async def keep(page: Page) -> web.StreamResponse:
    """Keep each changed page as a draft; they reach nobody before they are published."""
    names = page.all("name")
    for name in names:
        version = await page.desk.editing.save_draft(
            page.actor,
            Kind.ENTRY,
            name,
            page.form.get(f"text:{name}", ""),
            seen=page.form.get(f"seen:{name}", ""),
        )
        if page.form.get("hand_in"):
            await page.desk.editing.hand_in(page.actor, version.id)
    where = "/knowledge/review?mine=yes"
    return page.redirect(where, "console_knowledge.sheet_kept", size=len(names))
