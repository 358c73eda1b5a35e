"""Health: the line to Telegram, queues, the clock's work, copies, versions, room."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Route
from console.frame.summaries import Card, CardMaker, Tone
from domain.health import GRAVE
from domain.staff import Permission

_REASONS = frozenset(
    ("ambiguous", "content", "blocked", "deactivated", "gone_message", "restored", "held")
)


def routes() -> Sequence[Route]:
    write = Permission.SYSTEM_WRITE
    return (
        Route("GET", "/health", show, Permission.HEALTH_READ, nav="health"),
        Route(
            "POST", "/health/resend", resend, write, nav="health", back=show, once=True, again=True
        ),
        Route(
            "POST",
            "/health/release",
            release,
            write,
            nav="health",
            back=show,
            once=True,
            again=True,
        ),
        Route(
            "POST",
            "/health/give-up",
            give_up,
            write,
            nav="health",
            back=show,
            once=True,
            again=True,
        ),
    )


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
        may_settle=page.may(Permission.SYSTEM_WRITE),
        noun_words=lambda kind: _noun(page, kind),
        reason_words=lambda reason: page.t(f"console_health.reason_{_reason(reason)}"),
        gigabytes=lambda size: f"{size / 1e9:.1f}",
    )


async def resend(page: Page) -> web.StreamResponse:
    """Send what failed for one reason again."""
    kind, reason = page.form.get("kind", ""), page.form.get("reason", "")
    count = await page.desk.unsent.resend(page.actor, kind, reason)
    return page.redirect("/health", "console_health.resent", count=count)


async def release(page: Page) -> web.StreamResponse:
    """Let go what was held after a restore."""
    count = await page.desk.unsent.release(page.actor)
    return page.redirect("/health", "console_health.released", count=count)


async def give_up(page: Page) -> web.StreamResponse:
    """Never send what was held after a restore."""
    count = await page.desk.unsent.give_up(page.actor)
    return page.redirect("/health", "console_health.given_up", count=count)


async def troubles(page: Page) -> Card | None:
    """What is wrong with the house, for those who can do something about it."""
    if not page.may(Permission.HEALTH_READ):
        return None
    found = (await page.desk.health()).troubles()
    first = page.t(f"console_health.trouble_{found[0]}") if found else ""
    tone: Tone = "bad" if set(found) & GRAVE else "warn"
    return Card(page.t("console_health.card_title"), len(found), first, "/health", tone)


def _noun(page: Page, kind: str) -> str:
    """What a message was about: its noun, as the navigation calls it."""
    key = f"console.nav_{kind.partition('.')[0]}"
    return page.t(key) if page.t.knows(key) else page.t("console_health.noun_other")


def _reason(reason: str) -> str:
    return reason if reason in _REASONS else "other"


def _words(page: Page, tick: str) -> str:
    """What a tick does, in words; one that has none yet keeps its name."""
    key = f"console_health.tick_{tick.replace('.', '_')}"
    return page.t(key) if page.t.knows(key) else tick
