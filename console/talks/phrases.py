"""Replies that are written once: the list, adding, changing, removing."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from console.frame.page import Page
from domain.staff import Permission
from domain.talk_phrases import PAGE_GAPS, TITLE_LIMIT
from domain.talks import TEXT_LIMIT, Phrase

_WRITE = Permission.TALKS_PHRASES


async def list_phrases(page: Page) -> web.StreamResponse:
    """All phrases within reach, and the form for a new one."""
    return page.render(
        "talks/phrases.html",
        phrases=await page.desk.talks.phrases.list(page.actor),
        may_write=page.may(_WRITE),
        **await _form(page, None),
    )


async def edit(page: Page) -> web.StreamResponse:
    """The form of one phrase."""
    phrase = await page.desk.talks.phrases.find(page.actor, page.arg("phrase"))
    return page.render("talks/phrase.html", phrase=phrase, **await _form(page, phrase))


async def add(page: Page) -> web.StreamResponse:
    await _write(page, "")
    return page.redirect("/talks/phrases", "console_talks.phrase_saved")


async def save(page: Page) -> web.StreamResponse:
    await _write(page, page.arg("phrase"))
    return page.redirect("/talks/phrases", "console_talks.phrase_saved")


async def remove(page: Page) -> web.StreamResponse:
    await page.desk.talks.phrases.remove(page.actor, page.arg("phrase"))
    return page.redirect("/talks/phrases", "console_talks.phrase_removed")


async def _write(page: Page, phrase_id: str) -> None:
    form = page.form
    await page.desk.talks.phrases.write(
        page.actor,
        phrase_id,
        form.get("title", ""),
        form.get("text", ""),
        form.get("entry", ""),
        form.get("unit", ""),
    )


async def _form(page: Page, phrase: Phrase | None) -> dict[str, Any]:
    lines = await page.desk.editing.list_pages(page.actor)
    units = await page.desk.units.list_tree(page.actor)
    return {
        "entries": [(line.id, line.title) for line in lines if line.is_shown],
        "units": [(unit.path, unit.name) for unit in units if page.may(_WRITE, unit.path)],
        "gaps": page.desk.talks.phrases.gaps(page.actor),
        "page_gaps": PAGE_GAPS,
        "limits": {"title": TITLE_LIMIT, "text": TEXT_LIMIT},
        "path": phrase.unit_path if phrase else "",
    }
