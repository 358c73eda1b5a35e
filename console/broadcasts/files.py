"""Photos and documents of broadcasts, as the preview shows them."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from console.frame.page import Page
from domain.outbox import MediaKind


async def show(page: Page) -> web.StreamResponse:
    """A photo to look at; anything else to be saved, never opened on our own page."""
    file, content = await page.desk.broadcasts.desk.open_file(page.actor, page.arg("file"))
    how = "inline" if file.kind is MediaKind.PHOTO else "attachment"
    told = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, '')}"}
    return web.Response(body=content, content_type=file.content_type, headers=told)
