"""Files of a case: evidence that was handed in, and papers made from the record."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from aiohttp import web

from console.frame.edge import BOXED
from console.frame.page import Page
from domain.documents import Format, Paper
from domain.evidence import FileKind
from domain.refusal import Refusal

TYPES = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_EVIDENCE_TYPES = {
    FileKind.JPEG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WEBP: "image/png",
    FileKind.PDF: "application/pdf",
}


async def download(page: Page) -> web.StreamResponse:
    """A file of evidence, only to be saved; in a browser it may do nothing."""
    opened = await page.desk.cases.evidence.open(page.actor, page.arg("id"), page.arg("file"))
    one = opened.evidence
    content_type = _EVIDENCE_TYPES[one.kind]
    ending = content_type.rpartition("/")[2]
    name = f"{one.label}-{one.name}" if one.name else f"{one.label}.{ending}"
    return attachment(opened.data, name, content_type)


async def make(page: Page) -> web.StreamResponse:
    """A paper made from the record as it is now."""
    try:
        paper, form = Paper(page.arg("paper")), Format(page.arg("form"))
    except ValueError:
        raise Refusal("console.not_found") from None
    desk = page.desk.cases
    record = await desk.documents.for_staff(page.actor, page.arg("id"), paper)
    data = await asyncio.to_thread(desk.papers.write, paper, record, form)
    return attachment(data, f"{desk.papers.name(paper)}-{record.number}.{form}", TYPES[form])


def attachment(data: bytes, name: str, content_type: str) -> web.Response:
    """A file to be saved. Should a browser show it all the same, it is nobody's page."""
    return web.Response(
        body=data,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Content-Security-Policy": BOXED,
        },
    )
