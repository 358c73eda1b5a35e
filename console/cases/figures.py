"""What was settled in a period, by the level that settled it."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from console.events.wording import day_of
from console.frame.page import Page
from domain.cases.settlement import yuan
from domain.clock import beijing_date

_JULY = 7


async def show(page: Page) -> web.StreamResponse:
    """The half year that runs, or the days that were asked for."""
    today = beijing_date(page.desk.clock.now())
    half = date(today.year, _JULY if today.month >= _JULY else 1, 1)
    first = day_of(page.query.get("from", "")) or half
    last = day_of(page.query.get("to", "")) or today
    tiers = await page.desk.cases.figures.settled(page.actor, first, last)
    return page.render(
        "cases/figures.html",
        tiers=tiers,
        first=first,
        last=last,
        yuan=yuan,
        settled=[one.settled / 100 for one in tiers],
        labels=[page.t(f"console_cases.tier_{one.tier}") for one in tiers],
    )
