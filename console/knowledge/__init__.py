"""Knowledge: the pages that members read, their drafts, reviews and versions."""

from __future__ import annotations

from collections.abc import Sequence

from console.frame.page import Page
from console.frame.routes import Handler, Route
from console.frame.summaries import Card, CardMaker, Found, Searcher
from console.knowledge import pages, sheets, versions, writing
from domain.editing import State
from domain.staff import Permission

_READ, _SUGGEST = Permission.KNOWLEDGE_READ, Permission.KNOWLEDGE_SUGGEST
_PUBLISH, _REVIEW = Permission.KNOWLEDGE_PUBLISH, Permission.KNOWLEDGE_REVIEW
# A long entry, percent-encoded, with room to spare; a workbook of the whole knowledge base.
_TEXT, _BOOK = 512 * 1024, 8 * 1024 * 1024


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/knowledge", pages.list_pages, _READ, nav="knowledge"),
        Route("GET", "/knowledge/new", writing.begin, _SUGGEST, nav="knowledge"),
        Route("GET", "/knowledge/review", versions.list_open, _READ, nav="knowledge"),
        Route("GET", "/knowledge/golden", pages.list_golden, _READ, nav="knowledge"),
        Route("GET", "/knowledge/page/{name}", pages.show, _READ, nav="knowledge"),
        Route("GET", "/knowledge/page/{name}/edit", writing.edit, _SUGGEST, nav="knowledge"),
        Route(
            "POST",
            "/knowledge/page/{name}/draft",
            writing.save,
            _SUGGEST,
            nav="knowledge",
            back=writing.edit,
            once=True,
            limit=_TEXT,
        ),
        Route("POST", "/knowledge/preview", writing.preview, _READ, limit=_TEXT),
        Route("POST", "/knowledge/try", writing.try_out, _READ, limit=_TEXT),
        _act("/knowledge/page/{name}/phrasing", pages.add_phrasing, _PUBLISH, pages.show),
        _act("/knowledge/page/{name}/archive", pages.archive, _PUBLISH, pages.show),
        _act("/knowledge/page/{name}/restore", pages.restore, _PUBLISH, pages.show),
        Route("GET", "/knowledge/version/{id}", versions.show, _READ, nav="knowledge"),
        _act("/knowledge/version/{id}/hand-in", versions.hand_in, _SUGGEST, versions.show),
        _act("/knowledge/version/{id}/take-back", versions.take_back, _SUGGEST, versions.show),
        _act("/knowledge/version/{id}/discard", versions.discard, _SUGGEST, versions.show),
        _act("/knowledge/version/{id}/reject", versions.reject, _REVIEW, versions.show),
        _act("/knowledge/version/{id}/publish", versions.publish, _PUBLISH, versions.show),
        Route("GET", "/knowledge/sheet", sheets.show, _READ, nav="knowledge"),
        Route("POST", "/knowledge/sheet/export", sheets.export, _READ, nav="knowledge"),
        Route(
            "POST",
            "/knowledge/sheet/plan",
            sheets.plan,
            _SUGGEST,
            nav="knowledge",
            back=sheets.show,
            files=True,
            limit=_BOOK,
        ),
        Route(
            "POST",
            "/knowledge/sheet/drafts",
            sheets.keep,
            _SUGGEST,
            nav="knowledge",
            back=sheets.show,
            once=True,
            limit=_BOOK,
        ),
    )


def cards() -> Sequence[CardMaker]:
    return (waiting, own_drafts, faulty)


def searchers() -> Sequence[Searcher]:
    return (find,)


async def waiting(page: Page) -> Card | None:
    """What waits for somebody else's eyes."""
    if not page.may(_REVIEW):
        return None
    found = [
        version
        for version in await page.desk.editing.list_open(page.actor)
        if version.state is State.IN_REVIEW and version.author != page.actor.staff_id
    ]
    t = page.t
    title, text = t("console_knowledge.card_review"), t("console_knowledge.card_review_text")
    return Card(title, len(found), text, "/knowledge/review", "warn")


async def own_drafts(page: Page) -> Card | None:
    """Drafts of one's own that nobody was asked about yet."""
    if not page.may(_SUGGEST):
        return None
    found = [
        version
        for version in await page.desk.editing.list_open(page.actor)
        if version.state is State.DRAFT and version.author == page.actor.staff_id
    ]
    t = page.t
    title, text = t("console_knowledge.card_drafts"), t("console_knowledge.card_drafts_text")
    return Card(title, len(found), text, "/knowledge/review?mine=yes", "plain")


async def faulty(page: Page) -> Card | None:
    """Faults that keep the newest state from being served."""
    if not page.may(_READ):
        return None
    t, count = page.t, len(page.desk.editing.faults(page.actor))
    title, text = t("console_knowledge.card_faults"), t("console_knowledge.card_faults_text")
    return Card(title, count, text, "/knowledge", "bad")


async def find(page: Page, words: str) -> Sequence[Found]:
    """Pages whose title or id contains the words."""
    if not page.may(_READ):
        return ()
    sought = words.casefold()
    return [
        Found(page.t("console_knowledge.kind"), line.title, line.id, f"/knowledge/page/{line.id}")
        for line in await page.desk.editing.list_pages(page.actor)
        if sought in line.title.casefold() or sought in line.id
    ][:10]


def _act(path: str, handler: Handler, permission: Permission, back: Handler) -> Route:
    return Route(
        "POST", path, handler, permission, nav="knowledge", back=back, once=True, again=True
    )
