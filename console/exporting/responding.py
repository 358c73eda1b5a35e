"""Handing a list over: rights asked again on the way, noted before it leaves, memory flat."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Sequence,
)
from contextlib import aclosing
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web

from console.exporting.cells import Preparing
from console.exporting.countersigning import second_asked
from console.exporting.csv import write_csv
from console.exporting.spool import Spool
from console.exporting.xlsx import Book, write_xlsx
from console.frame.edge import dress
from console.frame.page import Page
from console.frame.speech import moment
from domain.countersigns import Act
from domain.exports import Column, Filter, Format, Taken, checked_reason
from domain.refusal import Refusal
from domain.staff import Actor, Permission

_CHUNK = 500
_PIECE = 256 * 1024
_FREE_BYTES = 1_000_000_000
# Rights are asked for again this often; a revocation must be felt within five seconds.
_AGAIN_SECONDS = 1.0
_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}
_END = object()
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Export:
    """A list that a page hands over.

    `noun` is what the audit log calls it; `title` names file and sheet. `rows` are read to their
    end at full speed, so that a snapshot behind them is soon given back; each has a value for
    each column. `path` is the unit whose people are in it. Personal columns are masked unless
    `full` is permitted there and a reason is given. `still` refuses when the subject is gone.
    """

    noun: str
    title: str
    columns: Sequence[Column]
    rows: AsyncIterator[Sequence[object]]
    filters: Sequence[Filter] = ()
    full: Permission = Permission.EXPORTS_FULL
    path: str | None = None
    still: Callable[[], Awaitable[None]] | None = None
    # What the second person agrees to. A list of cases needs one always, whatever its columns.
    act: Act = Act.EXPORT


async def respond(page: Page, export: Export) -> web.StreamResponse:
    """Answer a POST with the list. The form says `format`, and `full` with a `reason`.

    Whole names need a second person: where nobody has agreed to exactly this list yet, somebody
    is asked, and the answer leads to the page on which that can be followed. Refuses
    `exports.reason_missing`, `exports.reason_long`, `exports.no_space`, and what `still` refuses;
    `staff.not_allowed` if a right is missing, also one that was taken meanwhile.
    """
    taken = _asked(page, export)
    async with page.desk.exports.turn():
        with Spool() as spool:
            watch = _Watch(page, export, taken.is_full)
            try:
                await watch.look()
                await _collect(page, export, taken, spool, watch)
                taken = replace(taken, rows=spool.rows)
                await watch.look()
                if taken.is_full and (asked := await second_asked(page, export, taken)):
                    return asked
            except Refusal as refusal:
                stopped = replace(taken, rows=spool.rows)
                await page.desk.exports.note_stopped(page.actor, stopped, refusal.code)
                raise
            await page.desk.exports.note_made(page.actor, taken)
            with tempfile.TemporaryDirectory(prefix="nuanxin-export-") as folder:
                pieces = await _written(page, export, taken, spool, Path(folder))
                return await _hand_over(page, export, taken, pieces, watch)


def _asked(page: Page, export: Export) -> Taken:
    form = page.form
    is_personal = any(column.personal for column in export.columns)
    is_full = export.act is Act.CASES or (form.get("full") == "yes" and is_personal)
    if is_full:
        page.actor.must(export.full, export.path)
    if shutil.disk_usage(tempfile.gettempdir()).free < _FREE_BYTES:
        raise Refusal("exports.no_space")
    return Taken(
        noun=export.noun,
        format=Format.CSV if form.get("format") == Format.CSV else Format.XLSX,
        columns=tuple(column.key for column in export.columns),
        filters=tuple(export.filters),
        is_full=is_full,
        reason=checked_reason(form.get("reason", "")) if is_full else "",
        rows=0,
    )


class _Watch:
    """Asks again, once a second, whether who takes the list still may and it is still there."""

    def __init__(self, page: Page, export: Export, is_full: bool) -> None:
        self._page, self._export, self._is_full = page, export, is_full
        self._next = 0.0

    async def look(self) -> None:
        """Refuses if not."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + _AGAIN_SECONDS
        actor = await self._actor()
        permission = self._page.route.permission
        if actor is None or (isinstance(permission, Permission) and not actor.may(permission)):
            raise Refusal("staff.not_allowed")
        if self._is_full:
            actor.must(self._export.full, self._export.path)
        if self._export.still is not None:
            await self._export.still()

    async def _actor(self) -> Actor | None:
        token = self._page.token
        return None if token is None else await self._page.desk.sign_in.actor_of(token)


async def _collect(page: Page, export: Export, taken: Taken, spool: Spool, watch: _Watch) -> None:
    cut = _said(page, "console_exports.cut")
    preparing = Preparing(export.columns, cut, is_full=taken.is_full)

    def keep(chunk: list[Sequence[object]]) -> None:
        spool.add(preparing.rows(chunk))

    async with aclosing(in_chunks(export.rows, _CHUNK)) as chunks:
        async for chunk in chunks:
            await asyncio.to_thread(keep, chunk)
            await watch.look()


async def in_chunks(rows: AsyncIterator[Item], size: int) -> AsyncGenerator[list[Item], None]:
    """The rows, so many at a time. What they hold open is closed as soon as they are left."""
    chunk: list[Item] = []
    try:
        async for row in rows:
            chunk.append(row)
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
    finally:
        # Only generators have it; left to itself one would close when memory is tidied.
        close = getattr(rows, "aclose", None)
        if close is not None:
            await close()


async def _written(
    page: Page, export: Export, taken: Taken, spool: Spool, folder: Path
) -> Iterator[bytes]:
    titles = [column.label or _said(page, column.title) for column in export.columns]
    kinds = [column.kind for column in export.columns]
    lines = _about(page, export, taken)
    if taken.format is Format.CSV:
        note = " | ".join(f"{name}: {value}" for name, value in lines)
        return write_csv(titles, kinds, note, spool.chunks())
    path = folder / "list.xlsx"
    about = _said(page, "console_exports.about")
    book = Book(about, _sheet_name(export.title), titles, kinds, lines)
    await asyncio.to_thread(write_xlsx, path, book, spool.chunks())
    return _pieces(path)


def _about(page: Page, export: Export, taken: Taken) -> list[tuple[str, str]]:
    """The watermark: what it is, whose hands it is in, what for."""
    filters = "; ".join(f"{_said(page, one.title)}: {one.value}" for one in taken.filters)
    shown = "console_exports.full" if taken.is_full else "console_exports.masked"
    personal = any(column.personal for column in export.columns)
    lines = {
        "list": export.title,
        "by": page.actor.name,
        "at": moment(page.desk.clock.now()),
        "rows": str(taken.rows),
        "filters": filters or _said(page, "console_exports.no_filter"),
        "personal": _said(page, shown if personal else "console_exports.no_names"),
        "reason": taken.reason,
    }
    clean = Preparing((), "", is_full=True).text
    return [
        (_said(page, f"console_exports.line_{name}"), clean(value))
        for name, value in lines.items()
        if value
    ]


async def _hand_over(
    page: Page, export: Export, taken: Taken, pieces: Iterator[bytes], watch: _Watch
) -> web.StreamResponse:
    day = page.desk.clock.now()
    name = f"{export.title}-{moment(day)[:10]}.{taken.format}"
    response = web.StreamResponse()
    response.content_type = _TYPES[taken.format].partition(";")[0]
    response.charset = "utf-8" if taken.format is Format.CSV else None
    # The first name is for programs that know nothing but ASCII.
    plain_name, full_name = f"{export.noun}.{taken.format}", quote(name, "")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain_name}\"; filename*=UTF-8''{full_name}"
    )
    dress(response, is_secure=page.desk.is_secure(page.request))
    await response.prepare(page.request)
    try:
        while (piece := await asyncio.to_thread(next, pieces, _END)) is not _END:
            assert isinstance(piece, bytes)
            await watch.look()
            await response.write(piece)
        await response.write_eof()
    except (Refusal, ConnectionError) as fault:
        why = fault.code if isinstance(fault, Refusal) else "exports.cut_off"
        await page.desk.exports.note_stopped(page.actor, taken, why)
        # Ended without the last chunk: the browser sees that the file is not whole.
        if page.request.transport is not None:
            page.request.transport.abort()
    return response


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _said(page: Page, key: str) -> str:
    return unescape(page.t(key))


def _sheet_name(title: str) -> str:
    """What Excel takes as a sheet's name."""
    return "".join(one for one in title if one not in "[]:*?/\\'")[:28].strip() or "1"
