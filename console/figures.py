"""Figures with their days: what stands in texts today, until when, and changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Route
from domain.clock import beijing_date
from domain.editing import FigureLine, Kind, State
from domain.refusal import Refusal
from domain.staff import Permission

_READ, _WRITE = Permission.KNOWLEDGE_READ, Permission.FIGURES_WRITE
AHEAD = timedelta(days=60)
# One row more than there are, for the next period.
MOST_PERIODS = 20
WORDS = ("label", "unit", "region", "source")
KEYS = ("amount", "start", "end", "review")


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/figures", list_figures, _READ, nav="figures"),
        Route("GET", "/figures/{name}", show, _READ, nav="figures"),
        Route("POST", "/figures/{name}", save, _WRITE, nav="figures", back=show, once=True),
    )


async def list_figures(page: Page) -> web.StreamResponse:
    """Every figure, those that need care first."""
    lines = await page.desk.editing.list_figures(page.actor)
    today = beijing_date(page.desk.clock.now())
    ordered = sorted(lines, key=lambda line: (_due(line) or date.max, line.name))
    return page.render(
        "figures/list.html",
        lines=[(line, _due(line), _is_soon(line, today)) for line in ordered],
        today=today,
    )


async def show(page: Page) -> web.StreamResponse:
    """One figure: its periods, the pages that use it, its versions, and the form."""
    name, editing = page.arg("name"), page.desk.editing
    figure = await editing.find_figure(page.actor, name)
    history = await editing.history(page.actor, Kind.FIGURE, name)
    lines = await editing.list_pages(page.actor)
    return page.render(
        "figures/show.html",
        figure=figure,
        history=history,
        titles={line.id: line.title for line in lines},
        rows=_rows(page, figure),
        today=beijing_date(page.desk.clock.now()),
        can_write=page.may(_WRITE),
        can_publish=page.may(Permission.KNOWLEDGE_PUBLISH),
        State=State,
    )


async def save(page: Page) -> web.StreamResponse:
    """Keep the form as a new version and hand it in: a second editor looks at every figure."""
    name, editing, form = page.arg("name"), page.desk.editing, page.form
    await editing.find_figure(page.actor, name)
    words = {word: form.get(word, "") for word in WORDS}
    periods = _typed(form)
    if not periods:
        raise Refusal("console_figures.no_periods")
    source = editing.write_figure(page.actor, name, words, periods)
    version = await editing.save_draft(
        page.actor, Kind.FIGURE, name, source, seen=form.get("seen", "")
    )
    try:
        await editing.hand_in(page.actor, version.id)
    except Refusal:
        # The form is shown again: a draft that nobody can mend would only be in the way.
        await editing.discard(page.actor, version.id)
        raise
    return page.redirect(f"/knowledge/version/{version.id}", "console_knowledge.handed_in")


def _rows(page: Page, figure: FigureLine) -> list[tuple[str, str, str, str]]:
    """The periods as fields, with one empty row; what was typed comes back."""
    rows = [
        (one.amount, one.start.isoformat(), _iso(one.end), _iso(one.review))
        for one in figure.periods
    ]
    if page.form:
        rows = _typed(page.form)
    return [*rows, ("", "", "", "")][:MOST_PERIODS]


def _typed(form: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """The rows of the form that say an amount."""
    found = []
    for at in range(MOST_PERIODS):
        amount, start, end, review = (form.get(f"{key}{at}", "") for key in KEYS)
        if amount.strip():
            found.append((amount, start, end, review))
    return found


def _due(line: FigureLine) -> date | None:
    """The day by which somebody must look: the last period's review, or its end."""
    last = line.periods[-1]
    return min((day for day in (last.review, last.end) if day), default=None)


def _is_soon(line: FigureLine, today: date) -> bool:
    due = _due(line)
    return due is not None and due <= today + AHEAD


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
