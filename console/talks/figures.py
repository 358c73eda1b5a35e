"""Figures of talks: how many, how fast, how content. No names, no words."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from console.frame.page import Page
from console.talks.inbox import topics
from domain.talks import STARS, Complaint

PERIODS = (7, 30, 90)


async def show(page: Page) -> web.StreamResponse:
    """Counts over some days."""
    asked = page.query.get("days", "")
    days = int(asked) if asked in {str(one) for one in PERIODS} else PERIODS[1]
    now = page.desk.clock.now()
    figures = await page.desk.talks.reader.figures(page.actor, now - timedelta(days=days), now)
    known, t = topics(page), page.t
    by_topic = sorted(figures.topics.items(), key=lambda one: (-one[1], one[0]))
    return page.render(
        "talks/figures.html",
        figures=figures,
        days=days,
        periods=PERIODS,
        in_time=_percent(figures.in_time, figures.answered),
        content=_percent(figures.stars.get(max(STARS), 0), sum(figures.stars.values())),
        topics=[
            (known.get(name) or t("console_talks.no_topic"), count) for name, count in by_topic
        ],
        stars=[(t(f"talks.stars_{one}"), figures.stars.get(one, 0)) for one in STARS[::-1]],
        complaints=[
            (t(f"talks.complaint_{one}"), figures.complaints.get(one, 0)) for one in Complaint
        ],
    )


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
