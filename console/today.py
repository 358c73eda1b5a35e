"""Today: what waits for whoever looks, gathered from all nouns."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Access, Route


def routes() -> Sequence[Route]:
    return (Route("GET", "/", show, Access.SIGNED_IN, nav="today"),)


async def show(page: Page) -> web.StreamResponse:
    cards = [card for make in page.frame.cards if (card := await make(page)) is not None]
    waiting = [card for card in cards if card.count]
    return page.render("today/show.html", cards=waiting, now=page.desk.clock.now())
