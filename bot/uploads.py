"""The page on which a member sends files past Telegram: one form, no script, one use."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from aiohttp import BodyPartReader, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from console.frame.speech import Speech
from domain.evidence import MEGABYTE, MOST_BYTES
from domain.refusal import Refusal
from locales import Texts
from services.evidence import UploadService
from services.evidence.uploads import MOST_AT_ONCE

_FOLDER = Path(__file__).parent
# Ten photos of today's phones; more would let one page fill the memory.
_MOST_IN_ALL = 80 * MEGABYTE
# A phone in a basement is slow; one that says nothing for so long has gone.
_BODY_SECONDS = 300
_AT_ONCE = 4
_CHUNK = 64 * 1024

_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UploadPages:
    """The two routes of the page, to be mounted on the bot's own web server."""

    def __init__(self, uploads: UploadService, t: Texts) -> None:
        self._uploads = uploads
        self._t = Speech(t)
        self._words = {
            "title": self._t("evidence.page_title"),
            "choose": self._t("evidence.page_choose"),
            "send": self._t("evidence.page_send"),
            "note": self._t("evidence.page_note"),
        }
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._style = (_FOLDER / "upload_page.css").read_text("utf-8")
        digest = b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._headers = {
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
                "base-uri 'none'; frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        }
        environment = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("upload_page.html")

    def add_to(self, app: web.Application) -> None:
        """Put the routes in place."""
        app.router.add_get("/files/{token}", self._show)
        app.router.add_post("/files/{token}", self._send)

    async def _show(self, request: web.Request) -> web.Response:
        return await self._page(request.match_info["token"])

    async def _send(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        try:
            # Before a byte of the body is read: a stranger costs nothing.
            await self._uploads.peek(token)
            async with self._turn, asyncio.timeout(_BODY_SECONDS):
                files = await _files(request)
                kept, refused = await self._uploads.send(token, files)
        except Refusal as refusal:
            return await self._page(token, bad=(self._said(refusal),))
        except TimeoutError:
            return self._answer(408, (), (), 0)
        t = self._t
        good = (
            (
                t(
                    "evidence.page_done",
                    count=len(kept),
                    labels=" ".join(one.label for one in kept),
                ),
            )
            if kept
            else ()
        )
        bad = tuple(
            t("evidence.page_refused", name=name[:60], reason=self._said(refusal))
            for name, refusal in refused
        )
        if kept:
            return self._answer(200, good, bad, 0)
        return await self._page(token, bad=bad)

    async def _page(self, token: str, bad: tuple[Markup, ...] = ()) -> web.Response:
        try:
            page = await self._uploads.peek(token)
        except Refusal as refusal:
            gone = self._said(refusal)
            status = 404 if refusal.code == "evidence.link_unknown" else 410
            return self._answer(status, (), (gone,), 0)
        return self._answer(422 if bad else 200, (), bad, page.minutes)

    def _answer(
        self, status: int, good: tuple[Markup, ...], bad: tuple[Markup, ...], minutes: int
    ) -> web.Response:
        html = self._template.render(
            words=self._words,
            intro=self._t("evidence.page_intro", minutes=minutes) if minutes else "",
            style=Markup(self._style),  # noqa: S704 - a file of ours
            good=good,
            bad=bad,
        )
        return web.Response(
            text=html, status=status, content_type="text/html", headers=self._headers
        )

    def _said(self, refusal: Refusal) -> Markup:
        return self._t(refusal.code, **refusal.values)


async def _files(request: web.Request) -> list[tuple[str, bytes]]:
    """The files of the form, each capped. Refuses with `evidence.large`, `evidence.many_at_once`,
    `evidence.none_chosen`."""
    if not request.content_type.startswith("multipart/"):
        raise Refusal("evidence.none_chosen")
    found: list[tuple[str, bytes]] = []
    total = 0
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name != "files":
                continue
            if len(found) >= MOST_AT_ONCE:
                raise Refusal("evidence.many_at_once", most=MOST_AT_ONCE)
            data = bytearray()
            while chunk := await part.read_chunk(_CHUNK):
                data += chunk
                total += len(chunk)
                if len(data) > MOST_BYTES or total > _MOST_IN_ALL:
                    raise Refusal("evidence.large", most=MOST_BYTES // MEGABYTE)
            if part.filename:
                found.append((part.filename, bytes(data)))
    except ValueError:
        raise Refusal("evidence.none_chosen") from None
    return found
