"""Health: the line to Telegram, queues, the clock's work, copies, versions, room."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Route
from console.frame.summaries import Card, CardMaker, Tone
from domain.health import GRAVE
from domain.staff import Permission


def routes() -> Sequence[Route]:
    return (Route("GET", "/health", show, Permission.HEALTH_READ, nav="health"),)


def cards() -> Sequence[CardMaker]:
    return (troubles,)


async def show(page: Page) -> web.StreamResponse:
    """Everything at one look, what is wrong on top with what to do about it."""
    health = await page.desk.health()
    return page.render(
        "health/show.html",
        health=health,
        tick_words=lambda name: _words(page, name),
        grave=GRAVE,
        gigabytes=lambda size: f"{size / 1e9:.1f}",
    )


async def troubles(page: Page) -> Card | None:
    """What is wrong with the house, for those who can do something about it."""
    if not page.may(Permission.HEALTH_READ):
        return None
    found = (await page.desk.health()).troubles()
    first = page.t(f"console_health.trouble_{found[0]}") if found else ""
    tone: Tone = "bad" if set(found) & GRAVE else "warn"
    return Card(page.t("console_health.card_title"), len(found), first, "/health", tone)


def _words(page: Page, tick: str) -> str:
    """What a tick does, in words; one that has none yet keeps its name."""
    key = f"console_health.tick_{tick.replace('.', '_')}"
    return page.t(key) if page.t.knows(key) else tick
