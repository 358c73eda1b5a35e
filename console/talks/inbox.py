"""The inbox: who waits for whom. Nothing here says who a member is or what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.refusal import Refusal
from domain.talks import Box


async def show(page: Page) -> web.StreamResponse:
    """One box of the inbox."""
    return page.render("talks/inbox.html", **await _values(page))


async def rows(page: Page) -> web.StreamResponse:
    """The list alone, for a page that stays open."""
    template = page.frame.templates.get_template("talks/rows.html")
    return page.json({"html": template.render(page=page, **await _values(page))})


async def _values(page: Page) -> dict[str, Any]:
    query = ListQuery.of(page.query, filters={"box": list(Box)})
    box = Box(query.get("box") or Box.QUEUE)
    reader = page.desk.talks.reader
    found, total = await reader.list(page.actor, box, offset=query.offset, limit=query.limit)
    return {
        "rows": ListPage(found, total, query),
        "box": box,
        "boxes": list(Box),
        "counts": await reader.counts(page.actor),
        "topics": topics(page),
        "now": page.desk.clock.now(),
    }


def topics(page: Page) -> Mapping[str, str]:
    """The titles of the topics; without a good knowledge base talks go on without titles."""
    try:
        groups = page.desk.editing.topics(page.actor)
    except Refusal:
        return {}
    return {topic.id: topic.title for group in groups for topic in group.topics}
