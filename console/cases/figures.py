"""What was settled in a period, by the level that settled it."""

from __future__ import annotations

from aiohttp import web

from console.events.wording import day_of
from console.frame.page import Page
from domain.cases.figures import Half, Tier
from domain.cases.risks import LEAST
from domain.cases.settlement import yuan
from domain.clock import beijing_date


async def show(page: Page) -> web.StreamResponse:
    """The half year that runs, or the days that were asked for."""
    today = beijing_date(page.desk.clock.now())
    first = day_of(page.query.get("from", "")) or Half.of(today).first
    last = day_of(page.query.get("to", "")) or today
    tiers = await page.desk.cases.figures.settled(page.actor, first, last)
    return page.render(
        "cases/figures.html",
        tiers=tiers,
        first=first,
        last=last,
        yuan=yuan,
        settled=[one.settled / 100 if one else 0 for one in tiers],
        labels=[page.t(f"console_cases.tier_{tier}") for tier in Tier],
        least=LEAST,
    )
