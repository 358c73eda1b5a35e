"""Questions: what was asked and what became of it, what rises, and what found nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiohttp import web

from console.frame.page import Page
from console.frame.routes import Route
from console.frame.summaries import Card, CardMaker
from domain.ask import TopicGroup
from domain.editing import Blocked
from domain.outcomes import Mark, percent, times_read
from domain.refusal import Refusal
from domain.staff import Permission

_READ = Permission.QUESTIONS_READ
PERIODS = (7, 30, 90)
TREND_DAYS = 7
MOST_PAGES = 15
# Gathering what was missed takes long where very many ask: a page says so, a card is left out.
_PAGE_PATIENCE, _CARD_PATIENCE = timedelta(seconds=2), timedelta(seconds=0.3)


def routes() -> Sequence[Route]:
    return (
        Route("GET", "/questions", show, _READ, nav="questions"),
        Route("GET", "/questions/misses", list_misses, _READ, nav="questions"),
        Route(
            "POST",
            "/questions/misses/phrasing",
            add_phrasing,
            Permission.KNOWLEDGE_PUBLISH,
            nav="questions",
            back=list_misses,
            once=True,
        ),
    )


def cards() -> Sequence[CardMaker]:
    return (missed,)


async def show(page: Page) -> web.StreamResponse:
    """Counts and trends of some days: no names, no words."""
    days, outcomes = _days(page), page.desk.outcomes
    report = await outcomes.count(page.actor, days)
    by_day = await outcomes.by_day(page.actor, days)
    topics = _titles(page.desk.editing.topics(page.actor))
    lines = {line.id: line.title for line in await page.desk.editing.list_pages(page.actor)}
    read = {name: times_read(counts) for name, counts in report.topics.items()}
    order = sorted((name for name in read if read[name]), key=lambda name: (-read[name], name))
    best = sorted(report.pages, key=lambda name: (-times_read(report.pages[name]), name))
    return page.render(
        "questions/show.html",
        days=days,
        periods=PERIODS,
        totals={mark.value: report.totals.get(mark, 0) for mark in Mark},
        by_day=by_day,
        topics=[(topics.get(name, name), read[name]) for name in order],
        rising=[
            (topics.get(rise.topic, rise.topic), rise)
            for rise in await outcomes.rising(page.actor, TREND_DAYS)
        ],
        pages=[
            (name, lines.get(name, name), report.pages[name], percent(report.pages[name], _BAD))
            for name in best[:MOST_PAGES]
            if times_read(report.pages[name])
        ],
        Mark=Mark,
        times_read=times_read,
    )


async def list_misses(page: Page) -> web.StreamResponse:
    """What was asked in vain, in clusters that are large enough to be shown."""
    days = _days(page)
    report = await page.desk.outcomes.peek_misses(page.actor, days, _PAGE_PATIENCE)
    if report is None:
        return page.render("questions/gathering.html", days=days, periods=PERIODS)
    lines = await page.desk.editing.list_pages(page.actor)
    titles = {line.id: line.title for line in lines if line.is_shown}
    groups: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        if line.is_shown:
            groups.setdefault(line.topic, []).append((line.id, line.title))
    return page.render(
        "questions/misses.html",
        days=days,
        periods=PERIODS,
        report=report,
        titles=titles,
        groups=groups,
        can_add=page.may(Permission.KNOWLEDGE_PUBLISH),
        can_write=page.may(Permission.KNOWLEDGE_SUGGEST),
        blocked=page.refusal.faults if isinstance(page.refusal, Blocked) else (),
    )


async def add_phrasing(page: Page) -> web.StreamResponse:
    """Add a wording that was missed to a page; say what it finds now."""
    form, editing = page.form, page.desk.editing
    name = form.get("other") or form.get("near", "")
    text = form.get("phrasing", "").strip()
    if not name:
        raise Refusal("console_questions.choose_page")
    await editing.add_phrasing(page.actor, name, text)
    found = await editing.find_answer(page.actor, text)
    said = "added" if found == name else "added_astray"
    return page.redirect("/questions/misses", f"console_questions.{said}", text=text)


async def missed(page: Page) -> Card | None:
    """Clusters of misses that nobody has answered yet."""
    if not (page.may(_READ) and page.may(Permission.KNOWLEDGE_PUBLISH)):
        return None
    try:
        report = await page.desk.outcomes.peek_misses(page.actor, PERIODS[1], _CARD_PATIENCE)
    except Refusal:
        # Without a good knowledge base another card says so.
        return None
    if report is None:
        return None
    t = page.t
    title, text = t("console_questions.card_misses"), t("console_questions.card_misses_text")
    return Card(title, len(report.clusters), text, "/questions/misses", "warn")


_BAD = Mark.UNHELPFUL


def _days(page: Page) -> int:
    asked = page.query.get("days", "")
    return int(asked) if asked in {str(days) for days in PERIODS} else PERIODS[1]


def _titles(groups: Sequence[TopicGroup]) -> Mapping[str, str]:
    return {topic.id: topic.title for group in groups for topic in group.topics}
