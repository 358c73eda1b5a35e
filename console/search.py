"""The search over everything, within one's rights."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Access, Route
from console.frame.summaries import Found

_LONGEST = 60


def routes() -> Sequence[Route]:
    return (Route("GET", "/search", show, Access.SIGNED_IN),)


async def show(page: Page) -> web.StreamResponse:
    words = page.query.get("q", "").strip()[:_LONGEST]
    found: list[Found] = []
    if words:
        for searcher in page.frame.searchers:
            found += await searcher(page, words)
    return page.render("search.html", words=words, found=found)
