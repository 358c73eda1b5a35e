"""What was settled in a period, by the level that settled it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from aiohttp import web

from console.events.wording import day_of
from console.frame.page import Page
from domain.cases.figures import Half, Tier
from domain.cases.risks import LEAST
from domain.cases.settlement import yuan
from domain.clock import beijing_date
from domain.staff import Permission


def period_of(page: Page, given: Mapping[str, str]) -> tuple[date, date]:
    """The days that were asked for, else the half year that runs."""
    today = beijing_date(page.desk.clock.now())
    first = day_of(given.get("from", "")) or Half.of(today).first
    return first, day_of(given.get("to", "")) or today


async def show(page: Page) -> web.StreamResponse:
    """The half year that runs, or the days that were asked for."""
    first, last = period_of(page, page.query)
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
        may_export=page.may(Permission.CASES_EXPORT),
    )
