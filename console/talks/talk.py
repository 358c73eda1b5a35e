"""One talk: what was said, where the member came from, what can be done."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from console.frame.page import Page
from console.talks.inbox import topics
from domain.attachments import Kind
from domain.exports import mask_phone
from domain.refusal import Refusal
from domain.talks import CAPTION_LIMIT, NOTE_LIMIT, TEXT_LIMIT, Priority


async def show(page: Page) -> web.StreamResponse:
    """The page of a talk."""
    return await _shown(page, phone=None)


async def show_phone(page: Page) -> web.StreamResponse:
    """The same with the whole phone number; that it was asked for is noted."""
    number = await page.desk.talks.desk.reveal_phone(page.actor, page.arg("id"))
    return await _shown(page, phone=number)


async def said(page: Page) -> web.StreamResponse:
    """What was said alone, for a page that stays open."""
    view = await page.desk.talks.reader.get(page.actor, page.arg("id"))
    template = page.frame.templates.get_template("talks/said.html")
    html = template.render(page=page, view=view, talk=view.talk)
    return page.json({"html": html, "state": view.talk.state.value})


async def phrase(page: Page) -> web.StreamResponse:
    """A phrase with its gaps filled, for the field of the reply."""
    text = await page.desk.talks.phrases.fill(page.actor, page.arg("id"), page.arg("phrase"))
    return page.json({"text": text})


async def download(page: Page) -> web.StreamResponse:
    """A file, to be shown in our page or saved; opened by itself it is nobody's page."""
    found = await page.desk.talks.reader.read_file(page.actor, page.arg("id"), page.arg("file"))
    kind = Kind(found.file.kind)
    return web.Response(
        body=found.data,
        headers={
            "Content-Type": kind.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file.name)}",
        },
    )


async def _shown(page: Page, phone: str | None) -> web.Response:
    desk = page.desk.talks
    view = await desk.reader.get(page.actor, page.arg("id"))
    now = page.desk.clock.now()
    if not view.is_own:
        template = "talks/look.html" if view.is_open else "talks/closed_door.html"
        return page.render(template, view=view, talk=view.talk, topics=topics(page), now=now)
    person = view.person
    masked = mask_phone(person.phone) if person and person.phone else ""
    return page.render(
        "talks/talk.html",
        view=view,
        talk=view.talk,
        now=now,
        topics=topics(page),
        phone=phone or masked,
        is_whole=phone is not None,
        phrases=await desk.phrases.list(page.actor),
        typed=await _prefilled(page),
        priorities=[(int(one), page.t(f"console_talks.priority_{int(one)}")) for one in Priority],
        pages=await _pages(page),
        limits={"text": TEXT_LIMIT, "caption": CAPTION_LIMIT, "note": NOTE_LIMIT},
        accept=",".join(f".{kind}" for kind in Kind),
    )


async def _prefilled(page: Page) -> str:
    """What stands in the field of the reply: a phrase, if one was chosen without a script."""
    chosen = page.query.get("phrase", "")
    if not chosen:
        return ""
    return await page.desk.talks.phrases.fill(page.actor, page.arg("id"), chosen)


async def _pages(page: Page) -> dict[str, str]:
    """The titles of the pages that are shown, by id; none without a good knowledge base."""
    try:
        lines = await page.desk.editing.list_pages(page.actor)
    except Refusal:
        return {}
    return {line.id: line.title for line in lines if line.is_shown}
