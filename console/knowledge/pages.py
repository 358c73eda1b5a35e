"""The list of pages with their health, one page with its history, the golden questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web

from console.frame.lists import ListPage, ListQuery
from console.frame.page import Page
from domain.ask import Fault
from domain.clock import beijing_date
from domain.editing import Blocked, Kind, PageLine, State
from domain.outcomes import Counts, Mark, percent, times_read
from domain.refusal import Refusal
from domain.staff import Permission

DAYS = 30
_PATIENCE = timedelta(milliseconds=300)
# A page's review holds for a year; staff are told two months before.
REVIEW, AHEAD = timedelta(days=365), timedelta(days=60)
# So many readers must have said that it does not help, and such a part of them.
POOR_COUNT, POOR_PERCENT = 3, 20
STATES = ("shown", "archived", "hidden", "open", "due", "expired", "poor")


@dataclass(frozen=True, slots=True)
class Row:
    """A page and how it fares: readings, what did not help, misses that come nearest to it."""

    line: PageLine
    read: int
    unhelpful: int | None
    missed: int
    due_on: date | None
    marks: tuple[str, ...]


async def list_pages(page: Page) -> web.StreamResponse:
    """All pages; what needs care can be filtered."""
    editing, actor = page.desk.editing, page.actor
    rows = await _rows(page)
    topics = dict.fromkeys(row.line.topic for row in rows)
    query = ListQuery.of(
        page.query,
        sorts=("title", "read", "unhelpful", "missed", "due"),
        filters={"topic": topics, "state": STATES},
    )
    found = [row for row in rows if _fits(row, query)]
    found.sort(key=lambda row: _key(row, query.order), reverse=query.is_down)
    shown = found[query.offset : query.offset + query.limit]
    waiting = [one for one in await editing.list_open(actor) if one.state is State.IN_REVIEW]
    return page.render(
        "knowledge/list.html",
        rows=ListPage(shown, len(found), query),
        topics=[(topic, topic) for topic in topics],
        states=[(state, page.t(f"console_knowledge.state_{state}")) for state in STATES],
        counts={state: sum(state in row.marks for row in rows) for state in STATES},
        total=len(rows),
        waiting=len(waiting),
        faults=editing.faults(actor),
        days=DAYS,
    )


async def show(page: Page) -> web.StreamResponse:
    """One page as members see it, its health, and every version."""
    name = page.arg("name")
    editing, actor = page.desk.editing, page.actor
    history = await editing.history(actor, Kind.ENTRY, name)
    row = next((row for row in await _rows(page) if row.line.id == name), None)
    entry = None
    faults: tuple[Fault, ...] = ()
    if history.standing is not None:
        preview = await editing.preview(actor, Kind.ENTRY, name, history.standing.source)
        entry, faults = preview.entry, preview.faults
    return page.render(
        "knowledge/page.html",
        name=name,
        row=row,
        history=history,
        faults=faults,
        phone=page.desk.phone_page(entry, False) if entry else None,
        whole=page.desk.phone_page(entry, True) if entry else None,
        blocked=page.refusal.faults if isinstance(page.refusal, Blocked) else (),
        can_publish=page.may(Permission.KNOWLEDGE_PUBLISH),
        can_write=page.may(Permission.KNOWLEDGE_SUGGEST),
        days=DAYS,
    )


async def list_golden(page: Page) -> web.StreamResponse:
    """The questions that must never lose their page."""
    lines = await page.desk.editing.list_golden(page.actor)
    return page.render("knowledge/golden.html", lines=lines)


async def add_phrasing(page: Page) -> web.StreamResponse:
    """Add a way of asking; say what it finds now."""
    name, text = page.arg("name"), page.form.get("phrasing", "").strip()
    await page.desk.editing.add_phrasing(page.actor, name, text)
    found = await page.desk.editing.find_answer(page.actor, text)
    said = "phrasing_added" if found == name else "phrasing_astray"
    return page.redirect(f"/knowledge/page/{name}", f"console_knowledge.{said}", text=text)


async def archive(page: Page) -> web.StreamResponse:
    """Withhold the page."""
    name = page.arg("name")
    await page.desk.editing.archive(page.actor, name, page.form.get("reason", ""))
    return page.redirect(f"/knowledge/page/{name}", "console_knowledge.archived")


async def restore(page: Page) -> web.StreamResponse:
    """Bring back an earlier version."""
    name, number = page.arg("name"), page.form.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        raise Refusal("knowledge.not_found")
    kind = Kind.FIGURE if page.form.get("kind") == Kind.FIGURE else Kind.ENTRY
    reason = page.form.get("reason", "")
    done = await page.desk.editing.roll_back(page.actor, kind, name, int(number), reason)
    said = "restored" if done.version.state is State.PUBLISHED else "restore_waits"
    where = f"/figures/{name}" if kind is Kind.FIGURE else f"/knowledge/page/{name}"
    return page.redirect(where, f"console_knowledge.{said}")


async def _rows(page: Page) -> list[Row]:
    """Every page with its health. Counts of questions are only for who may read them."""
    lines = await page.desk.editing.list_pages(page.actor)
    today = beijing_date(page.desk.clock.now())
    counts: Mapping[str, Counts] = {}
    missed: dict[str, int] = {}
    if page.may(Permission.QUESTIONS_READ):
        counts = (await page.desk.outcomes.count(page.actor, DAYS)).pages
        # Where very many ask, gathering takes long: the next look has it.
        report = await page.desk.outcomes.peek_misses(page.actor, DAYS, _PATIENCE)
        for cluster in report.clusters if report else ():
            for near in cluster.near[:1]:
                missed[near.entry_id] = missed.get(near.entry_id, 0) + cluster.size
    return [_row(line, counts.get(line.id, {}), missed.get(line.id, 0), today) for line in lines]


def _row(line: PageLine, counts: Counts, missed: int, today: date) -> Row:
    due = line.reviewed_on + REVIEW if line.reviewed_on else None
    if line.valid_to is not None:
        due = min(due, line.valid_to) if due else line.valid_to
    part = percent(counts, Mark.UNHELPFUL)
    is_poor = counts.get(Mark.UNHELPFUL, 0) >= POOR_COUNT and (part or 0) >= POOR_PERCENT
    marks = {
        "shown": line.is_shown,
        "archived": line.is_archived,
        "hidden": not line.is_shown and not line.is_archived,
        "open": line.open_count > 0,
        "due": due is not None and due <= today + AHEAD,
        "expired": bool(line.expired_figures),
        "poor": is_poor,
    }
    kept = tuple(name for name, holds in marks.items() if holds)
    return Row(line, times_read(counts), part, missed, due, kept)


def _fits(row: Row, query: ListQuery) -> bool:
    sought, line = query.q.casefold(), row.line
    return (
        (not sought or sought in line.title.casefold() or sought in line.id)
        and query.get("topic") in ("", line.topic)
        and (not query.get("state") or query.get("state") in row.marks)
    )


def _key(row: Row, order: str) -> tuple[object, ...]:
    if order == "title":
        return (row.line.id,)
    if order == "due":
        return (row.due_on or date.max, row.line.id)
    value = {"read": row.read, "unhelpful": row.unhelpful, "missed": row.missed}[order]
    return (value or 0, row.line.id)
